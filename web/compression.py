"""Compressed answers: what never changes is compressed once and kept, the rest where nobody else does it."""

import asyncio
import gzip
from collections import OrderedDict
from dataclasses import dataclass
from http import HTTPStatus

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_KEPT_BYTES = 32 * 1024 * 1024
SMALLEST_BYTES = 800
# Larger answers pass as they come: they are downloads, and would be held in memory as a whole.
LARGEST_BYTES = 16 * 1024 * 1024
LEVEL = 6
TEXT = (
    "text/",
    "application/javascript",
    "application/json",
    "application/manifest+json",
    "application/wasm",
    "application/xml",
    "image/svg+xml",
)
# Streamlit compresses the answers of its other routes and of ours itself, anew each time, but not these.
STATIC = "/static/"
DOCUMENT = "/"


@dataclass(frozen=True)
class Kept:
    """A compressed answer."""

    headers: list[tuple[bytes, bytes]]
    body: bytes


class Cache:
    """Compressed answers up to a number of bytes; what was not asked for the longest goes first."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._answers: OrderedDict[str, Kept] = OrderedDict()
        self.bytes = 0

    def get(self, key: str) -> Kept | None:
        """The answer under this key, if it is still kept."""
        if key in self._answers:
            self._answers.move_to_end(key)
        return self._answers.get(key)

    def put(self, key: str, answer: Kept) -> None:
        """Keep an answer, and drop others where that makes too many bytes."""
        if len(answer.body) > self._most_bytes:
            return
        former = self._answers.pop(key, None)
        self._answers[key] = answer
        self.bytes += len(answer.body) - (len(former.body) if former else 0)
        while self.bytes > self._most_bytes:
            _, dropped = self._answers.popitem(last=False)
            self.bytes -= len(dropped.body)


class StaticCompression:
    """Compresses Streamlit's static files and its page; an immutable file once for the life of the process."""

    def __init__(self, app: ASGIApp, most_kept_bytes: int = MOST_KEPT_BYTES) -> None:
        self.app = app
        self.cache = Cache(most_kept_bytes)
        self._locks: dict[str, asyncio.Lock] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not _is_for_us(scope):
            await self.app(scope, receive, send)
            return
        path = scope["path"]
        kept = self.cache.get(path)
        if kept is not None:
            await _answer(kept, scope, receive, send)
            return
        # Many first visitors at once: one compresses, the others wait for it.
        async with self._locks.setdefault(path, asyncio.Lock()):
            kept = self.cache.get(path)
            if kept is None:
                await self._ask(scope, receive, send)
                self._locks.pop(path, None)
                return
        await _answer(kept, scope, receive, send)

    async def _ask(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = _Answer(send)
        await self.app(scope, receive, answer.send)
        if answer.is_passed_on:
            return
        plain = b"".join(answer.parts)
        # A large script takes tens of milliseconds: not on the event loop, which serves everybody.
        body = await asyncio.to_thread(gzip.compress, plain, LEVEL, mtime=0)
        headers = MutableHeaders(raw=list(answer.start["headers"]))
        headers["content-encoding"] = "gzip"
        headers["content-length"] = str(len(body))
        headers.add_vary_header("accept-encoding")
        if "etag" in headers and not headers["etag"].startswith("W/"):
            # The same content in other bytes: by the standard, a weak validator.
            headers["etag"] = f"W/{headers['etag']}"
        kept = Kept(headers.raw, body)
        if _is_for_ever(headers):
            self.cache.put(scope["path"], kept)
        await _answer(kept, scope, receive, send)


class _Answer:
    """Collects an answer that is worth compressing and passes on every other one as it comes."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.start: Message = {}
        self.parts: list[bytes] = []
        self.is_passed_on = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.start = message
            self.is_passed_on = not _is_worth_it(message)
        elif message["type"] == "http.response.body" and not self.is_passed_on:
            self.parts.append(message.get("body", b""))
            return
        if self.is_passed_on:
            await self._send(message)


def _is_for_us(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["method"] != "GET":
        return False
    headers = Headers(scope=scope)
    return (
        (scope["path"] == DOCUMENT or scope["path"].startswith(STATIC))
        and "range" not in headers
        and _accepts_gzip(headers.get("accept-encoding", ""))
    )


def _accepts_gzip(accepted: str) -> bool:
    for choice in accepted.lower().split(","):
        name, _, weight = choice.partition(";")
        if name.strip() == "gzip":
            return weight.strip().replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False


def _is_worth_it(start: Message) -> bool:
    headers = Headers(raw=start["headers"])
    size = headers.get("content-length", "")
    return (
        start["status"] == HTTPStatus.OK
        and "content-encoding" not in headers
        and "set-cookie" not in headers
        and headers.get("content-type", "").startswith(TEXT)
        and size.isdigit()
        and SMALLEST_BYTES <= int(size) <= LARGEST_BYTES
    )


def _is_for_ever(headers: Headers) -> bool:
    return "immutable" in headers.get("cache-control", "")


async def _answer(kept: Kept, scope: Scope, receive: Receive, send: Send) -> None:
    headers = Headers(raw=kept.headers)
    known = {tag.strip().removeprefix("W/") for tag in Headers(scope=scope).get("if-none-match", "").split(",")}
    if headers.get("etag", "").removeprefix("W/") in known - {""}:
        answer = Response(status_code=HTTPStatus.NOT_MODIFIED)
        answer.raw_headers = [pair for pair in kept.headers if pair[0] not in {b"content-length", b"content-encoding"}]
    else:
        answer = Response(kept.body)
        answer.raw_headers = list(kept.headers)
    await answer(scope, receive, send)
