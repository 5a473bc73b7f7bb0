"""Addresses below a page: there are none, and Streamlit's document would look for its own files there in vain."""

from http import HTTPStatus
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class NestedAddresses:
    """Sends who would get the document below a page on to the last part of the address, which says what it is."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not _is_nested(scope):
            await self.app(scope, receive, send)
            return
        is_sent_on = False

        async def send_on(message: Message) -> None:
            nonlocal is_sent_on
            if message["type"] == "http.response.start" and _is_document(message):
                is_sent_on = True
                await RedirectResponse(_last_part(scope), HTTPStatus.SEE_OTHER)(scope, receive, send)
            elif not is_sent_on:
                await send(message)

        await self.app(scope, receive, send_on)


def _is_nested(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["method"] != "GET":
        return False
    above, _, last = scope["path"].strip("/").rpartition("/")
    # A file of Streamlit's, such as a component's own document, has an ending.
    return bool(above) and "." not in last


def _is_document(start: Message) -> bool:
    kind = Headers(raw=start["headers"]).get("content-type", "")
    return bool(start["status"] == HTTPStatus.OK and kind.startswith("text/html"))


def _last_part(scope: Scope) -> str:
    last = scope["path"].strip("/").rpartition("/")[2]
    asked = scope["query_string"].decode("latin-1")
    return f"/{quote(last)}" + (f"?{asked}" if asked else "")
