"""Addresses below a page, and what else has a slash in it."""

from urllib.parse import unquote

import pytest
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.types import Message, Receive, Scope, Send

from tests.loops import in_a_loop
from web.nested import NestedAddresses


async def _streamlit(scope: Scope, receive: Receive, send: Send) -> None:
    """What Streamlit does: its document for whatever it has no file for."""
    is_ours = Request(scope).url.path.startswith("/layers/")
    answer = PlainTextResponse("points") if is_ours else HTMLResponse("the document")
    await answer(scope, receive, send)


def _asked(address: str) -> tuple[int, str, str]:
    """The status, where it leads on, and the body."""
    path, _, question = address.partition("?")
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.request"}

    scope = {"type": "http", "method": "GET", "path": unquote(path), "query_string": question.encode(), "headers": []}
    in_a_loop(NestedAddresses(_streamlit)(scope, receive, send))
    headers = dict(sent[0]["headers"])
    body = b"".join(message.get("body", b"") for message in sent[1:])
    return sent[0]["status"], headers.get(b"location", b"").decode(), body.decode()


@pytest.mark.parametrize(
    ("asked", "leads_to"),
    [
        ("/map/lyon", "/lyon"),
        ("/fr/search?fuel=1&at=48.7,2.2", "/search?fuel=1&at=48.7,2.2"),
        ("/a/b/c/", "/c"),
        ("/a/%22%3E%0D%0AX:%20y", "/%22%3E%0D%0AX%3A%20y"),
        ("/a//evil%5Cx", "/evil%5Cx"),
    ],
)
def test_an_address_below_a_page_leads_to_its_last_part(asked: str, leads_to: str):
    """On this host alone, and with nothing in the header that was not in the address."""
    assert _asked(asked) == (303, leads_to, "")


@pytest.mark.parametrize("asked", ["/", "/map", "/map/", "//evil", "/component/x/index.html"])
def test_pages_and_the_documents_of_components_pass(asked: str):
    """They are where they are."""
    assert _asked(asked) == (200, "", "the document")


def test_what_is_no_document_passes():
    """Files and routes of ours lie as deep as they like."""
    assert _asked("/layers/tag/1") == (200, "", "points")
