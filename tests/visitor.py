"""A visitor without a browser: speaks the protocol of Streamlit's page, a few messages of it."""

from collections.abc import Iterator
from contextlib import contextmanager

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol


@contextmanager
def arrived(port: int) -> Iterator[ClientConnection]:
    """Open the page and stay."""
    with connected(port) as connection:
        rerun(connection)
        yield connection


@contextmanager
def connected(port: int) -> Iterator[ClientConnection]:
    """A connection over which nothing was asked yet."""
    with connect(
        f"ws://127.0.0.1:{port}/_stcore/stream",
        subprotocols=[Subprotocol("streamlit")],
        origin=None,
        max_size=None,
        open_timeout=20,
    ) as connection:
        yield connection


def rerun(connection: ClientConnection, page: str = "") -> list[ForwardMsg]:
    """Have the page drawn anew; what the server sent until the script had finished."""
    asked = BackMsg()
    asked.rerun_script.query_string = ""
    asked.rerun_script.page_name = page
    connection.send(asked.SerializeToString())
    sent: list[ForwardMsg] = []
    while not sent or sent[-1].WhichOneof("type") != "script_finished":
        message = ForwardMsg()
        message.ParseFromString(connection.recv(timeout=30, decode=False))
        sent.append(message)
    return sent
