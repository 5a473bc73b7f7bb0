"""A visitor without a browser: speaks the protocol of Streamlit's page, a few messages of it."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

NOTHING: Mapping[str, str] = MappingProxyType({})


@contextmanager
def arrived(port: int) -> Iterator[ClientConnection]:
    """Open the page and stay."""
    with connected(port) as connection:
        rerun(connection)
        yield connection


@contextmanager
def connected(port: int, cookie: str = "", *, address: str = "") -> Iterator[ClientConnection]:
    """A connection over which nothing was asked yet, of a device with this cookie.

    `address` is where a proxy in front says that the visitor comes from.
    """
    headers = {"Cookie": cookie, "X-Forwarded-For": address}
    with connect(
        f"ws://127.0.0.1:{port}/_stcore/stream",
        subprotocols=[Subprotocol("streamlit")],
        origin=None,
        additional_headers={name: value for name, value in headers.items() if value},
        max_size=None,
        open_timeout=20,
        # A browser does not ask whether the server is there.
        ping_interval=None,
    ) as connection:
        yield connection


def rerun(
    connection: ClientConnection,
    page: str = "",
    query: str = "",
    *,
    typed: Mapping[str, str] = NOTHING,
    pressed: str = "",
    kept: Iterable[str] = (),
) -> list[ForwardMsg]:
    """Have the page drawn anew; what the server sent until the script had finished for good.

    `typed` is the text of fields by their ids in the page's own messages, `pressed` the id of a button, `kept`
    the hashes of messages that need not be sent again.
    """
    return list(messages(connection, page, query, typed=typed, pressed=pressed, kept=kept))


def messages(
    connection: ClientConnection,
    page: str = "",
    query: str = "",
    *,
    typed: Mapping[str, str] = NOTHING,
    pressed: str = "",
    kept: Iterable[str] = (),
) -> Iterator[ForwardMsg]:
    """The same, each message as it comes."""
    asked = BackMsg()
    asked.rerun_script.query_string = query
    asked.rerun_script.page_name = page
    asked.rerun_script.cached_message_hashes.extend(kept)
    for field, text in typed.items():
        asked.rerun_script.widget_states.widgets.add(id=field, string_value=text)
    if pressed:
        asked.rerun_script.widget_states.widgets.add(id=pressed, trigger_value=True)
    connection.send(asked.SerializeToString())
    is_done = False
    while not is_done:
        message = ForwardMsg()
        message.ParseFromString(connection.recv(timeout=60, decode=False))
        yield message
        is_done = (
            message.WhichOneof("type") == "script_finished"
            and message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN
        )
