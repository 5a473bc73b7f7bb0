"""What is compressed, what is kept, and for whom: on a small application of our own."""

import asyncio
import gzip
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from tests.loops import in_a_loop
from web.compression import Cache, Kept, StaticCompression

TEXT = b"price " * 1000
Answer = tuple[dict[str, str], bytes]
FOR_EVER = (b"cache-control", b"public, immutable, max-age=31536000")


class Files:
    """An application with one file; it counts how often it was asked."""

    def __init__(self, body: bytes = TEXT, kind: bytes = b"text/javascript", *more: tuple[bytes, bytes]) -> None:
        self.body = body
        self.headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode()), *more]
        self.asked = 0

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        self.asked += 1
        await asyncio.sleep(0)
        half = len(self.body) // 2
        await send({"type": "http.response.start", "status": 200, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.body[:half], "more_body": True})
        await send({"type": "http.response.body", "body": self.body[half:]})


async def _ask(
    app: Any, path: str = "/static/a.js", *, method: str = "GET", **headers: str
) -> tuple[dict[str, str], bytes]:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.request"}

    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    await app({"type": "http", "method": method, "path": path, "headers": named}, receive, send)
    start = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return start, b"".join(message.get("body", b"") for message in sent[1:])


@pytest.mark.parametrize(
    ("accepted", "is_compressed"),
    [("gzip", True), ("br, GZIP;q=0.5", True), ("gzip;q=0", False), ("gzip; q=0.0", False), ("br", False), ("", False)],
)
def test_only_who_understands_it_gets_it(accepted: str, is_compressed: bool):  # noqa: FBT001
    """By the request's own word."""
    headers, body = in_a_loop(_ask(StaticCompression(Files()), accept_encoding=accepted))

    assert ("content-encoding" in headers) is is_compressed
    assert (gzip.decompress(body) if is_compressed else body) == TEXT
    assert headers["content-length"] == str(len(body))


@pytest.mark.parametrize(
    ("path", "method", "headers"),
    [
        ("/media/a.js", "GET", {}),
        ("/static/a.js", "HEAD", {}),
        ("/static/a.js", "GET", {"range": "bytes=0-10"}),
    ],
)
def test_other_requests_pass_as_they_are(path: str, method: str, headers: dict[str, str]):
    """Streamlit compresses its other routes itself; a part of a file is counted in plain bytes."""
    answer, body = in_a_loop(_ask(StaticCompression(Files()), path, method=method, accept_encoding="gzip", **headers))

    assert "content-encoding" not in answer
    assert body == TEXT


@pytest.mark.parametrize(
    "files",
    [
        Files(b"x" * 5000, b"font/woff2"),
        Files(b"short"),
        Files(TEXT, b"text/html", (b"set-cookie", b"a=1")),
        Files(TEXT, b"text/html", (b"content-encoding", b"br")),
    ],
    ids=["a font", "a few bytes", "a cookie", "compressed already"],
)
def test_other_answers_pass_as_they_are(files: Files):
    """Nothing to win, or nothing to share."""
    _, body = in_a_loop(_ask(StaticCompression(files), accept_encoding="gzip"))

    assert body == files.body


def test_what_is_immutable_is_asked_for_once_by_many():
    """Twenty first visitors at the same moment: one compression."""
    files = Files(TEXT, b"text/javascript", FOR_EVER, (b"etag", b'"1"'))
    app = StaticCompression(files)

    async def many() -> list[tuple[dict[str, str], bytes]]:
        return await asyncio.gather(*(_ask(app, accept_encoding="gzip") for _ in range(20)))

    answers = in_a_loop(many())

    assert files.asked == 1
    assert {gzip.decompress(body) for _, body in answers} == {TEXT}
    assert {headers["etag"] for headers, _ in answers} == {'W/"1"'}


def test_what_may_change_is_asked_for_each_time():
    """The page has one name for ever; an old one must not stay in memory."""
    files = Files(TEXT, b"text/html", (b"cache-control", b"no-cache"))
    app = StaticCompression(files)
    in_a_loop(_ask(app, "/", accept_encoding="gzip"))
    files.body = files.body[::-1]

    _, body = in_a_loop(_ask(app, "/", accept_encoding="gzip"))

    assert gzip.decompress(body) == TEXT[::-1]
    assert app.cache.bytes == 0


def test_the_cache_stays_within_its_bound_and_drops_what_was_not_asked_for():
    """Memory is bounded whatever is asked."""
    cache = Cache(250)
    for name in ("a", "b"):
        cache.put(name, Kept([], b"x" * 100))
    cache.get("a")

    cache.put("c", Kept([], b"x" * 100))
    cache.put("c", Kept([], b"x" * 90))
    cache.put("too large", Kept([], b"x" * 251))

    assert cache.bytes == 190
    assert [name for name in ("a", "b", "c", "too large") if cache.get(name)] == ["a", "c"]
