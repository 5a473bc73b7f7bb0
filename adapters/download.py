"""Fetching a publisher's file: bounded in time and size, checked, tried again where that helps."""

import errno
import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import BinaryIO, Self
from urllib.parse import urljoin, urlsplit
from urllib.request import url2pathname

import requests
import urllib3
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    stop_before_delay,
    wait_random_exponential,
)

from errors import SourceUnreachable
from settings import settings
from utils import without_credentials

CHUNK = 1 << 16
MOST_REDIRECTS = 5
LOOPBACK = {"127.0.0.1", "::1", "localhost"}
REDIRECTS = {301, 302, 303, 307, 308}
# An overloaded or restarting server may answer better in a moment; any other refusal is meant.
WORTH_REPEATING = {408, 425, 429, 500, 502, 503, 504}


@dataclass(frozen=True)
class Validators:
    """What a server gave with a file, to be asked next time whether it is still the same."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True)
class Download:
    """A file that has arrived whole."""

    path: Path
    sha256: str
    size: int
    etag: str | None
    last_modified: str | None


@dataclass(frozen=True)
class Limits:
    """How long and how large a download may be."""

    connect_s: float = 5.0
    read_s: float = 20.0
    """Seconds without a single byte; also how long a request to stop may go unheard."""
    total_s: float = 300.0
    """Seconds for everything, tries and pauses included."""
    tries: int = 4
    longest_pause_s: float = 10.0
    most_bytes: int = 200 << 20

    @classmethod
    def from_settings(cls) -> Self:
        """The limits that the operator set."""
        chosen = settings()
        return cls(
            connect_s=chosen.connect_timeout_s,
            read_s=chosen.read_timeout_s,
            total_s=chosen.download_timeout_s,
            tries=chosen.download_tries,
            most_bytes=chosen.download_max_mb << 20,
        )


class _Hiccup(SourceUnreachable):
    """A failure that may pass within seconds."""


def download(
    url: str,
    into: Path,
    *,
    source: str,
    known: Validators,
    limits: Limits,
    on_retry: Callable[[], None] | None = None,
) -> Download | None:
    """Fetch `url` into the folder `into`; None where the server says that nothing changed since `known`.

    Whatever goes wrong becomes SourceUnreachable with a message for people, and leaves no file behind. `on_retry` is
    called before each pause between two tries.
    """
    target = into / "extract"
    try:
        parts = urlsplit(url)
        if parts.scheme == "file":
            return _copied(Path(url2pathname(parts.path)), target, source=source, limits=limits)
    except ValueError as error:
        raise SourceUnreachable(source, f"the address {without_credentials(url)!r} cannot be read ({error})") from error
    deadline = time.monotonic() + limits.total_s

    def pause(_state: RetryCallState) -> None:
        if on_retry is not None:
            on_retry()

    tries = Retrying(
        retry=retry_if_exception_type(_Hiccup),
        stop=stop_after_attempt(limits.tries) | stop_before_delay(limits.total_s),
        # Jitter: a thousand installations must not come back in the same second.
        wait=wait_random_exponential(multiplier=min(1.0, limits.longest_pause_s), max=limits.longest_pause_s),
        before_sleep=pause,
        reraise=True,
    )
    try:
        return tries(_fetched, url, target, source=source, known=known, limits=limits, deadline=deadline)
    except _Hiccup as error:
        # Outside of this module a failure is a failure.
        raise SourceUnreachable(source, error.detail) from error


def _fetched(
    url: str, target: Path, *, source: str, known: Validators, limits: Limits, deadline: float
) -> Download | None:
    try:
        with requests.Session() as session, _answer(session, url, known, source, limits, deadline) as answer:
            if answer.status_code == HTTPStatus.NOT_MODIFIED:
                return None
            chunks = _body(answer, source, deadline)
            sha256, size = _kept(chunks, target, source=source, limits=limits)
            validators = answer.headers.get("ETag"), answer.headers.get("Last-Modified")
            return Download(target, sha256, size, _short(validators[0], 200), _short(validators[1], 64))
    except requests.exceptions.SSLError as error:
        raise SourceUnreachable(source, f"the server's certificate cannot be trusted ({_cause(error)})") from error
    except (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema, UnicodeError) as error:
        raise SourceUnreachable(source, f"the address {without_credentials(url)!r} cannot be used") from error
    except (requests.exceptions.Timeout, urllib3.exceptions.TimeoutError) as error:
        raise _Hiccup(source, f"the server did not answer within {limits.read_s:g} s") from error
    except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
        raise _Hiccup(source, f"the connection failed or broke off ({_cause(error)})") from error


@contextmanager
def _answer(
    session: requests.Session, url: str, known: Validators, source: str, limits: Limits, deadline: float
) -> Iterator[requests.Response]:
    """The answer at the end of the redirects, 200 or 304. Each address on the way is checked as the first was."""
    about = settings().code_url
    headers = {
        # A publisher who wonders who asks finds us, where this deployment has an address to give.
        "User-Agent": f"Carburoam (+{about})" if about else "Carburoam",
        # The file is a zip; a length that counts its own bytes tells whether all of it came.
        "Accept-Encoding": "identity",
    }
    if known.etag:
        headers["If-None-Match"] = known.etag
    if known.last_modified:
        headers["If-Modified-Since"] = known.last_modified
    for _ in range(MOST_REDIRECTS + 1):
        _check_address(url, source)
        left_s = max(0.1, deadline - time.monotonic())
        with session.get(
            url,
            headers=headers,
            stream=True,
            allow_redirects=False,
            timeout=(min(limits.connect_s, left_s), min(limits.read_s, left_s)),
        ) as answer:
            location = answer.headers.get("Location")
            if answer.status_code not in REDIRECTS or not location:
                _check_status(answer, source, is_conditional=len(headers) > 2)  # noqa: PLR2004
                yield answer
                return
            url = urljoin(url, location)
    raise SourceUnreachable(source, f"the server redirects more than {MOST_REDIRECTS} times")


def _check_address(url: str, source: str) -> None:
    parts = urlsplit(url)
    is_allowed = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    if not is_allowed or not parts.hostname:
        raise SourceUnreachable(source, f"the address {without_credentials(url)!r} is neither https:// nor file://")


def _check_status(answer: requests.Response, source: str, *, is_conditional: bool) -> None:
    status = answer.status_code
    if status == HTTPStatus.OK or (status == HTTPStatus.NOT_MODIFIED and is_conditional):
        return
    kind = _Hiccup if status in WORTH_REPEATING else SourceUnreachable
    raise kind(source, f"the server answered {status} {answer.reason or ''}".rstrip())


def _body(answer: requests.Response, source: str, deadline: float) -> Iterator[bytes]:
    announced = answer.headers.get("Content-Length", "")
    received = 0
    # read1 returns what one read of the socket gave: a server that drips cannot hold us beyond the deadline.
    while chunk := answer.raw.read1(CHUNK, decode_content=True):
        received += len(chunk)
        if time.monotonic() > deadline:
            raise SourceUnreachable(source, "the download took too long and was given up")
        yield chunk
    if announced.isdecimal() and "Content-Encoding" not in answer.headers and received != int(announced):
        raise _Hiccup(source, f"the download broke off after {received} of {announced} bytes")


def _copied(file: Path, target: Path, *, source: str, limits: Limits) -> Download:
    try:
        opened = file.open("rb")
    except OSError as error:
        raise SourceUnreachable(source, f"{file} cannot be read ({error.strerror})") from error
    with opened:
        sha256, size = _kept(_blocks(opened, file, source), target, source=source, limits=limits)
    return Download(target, sha256, size, None, None)


def _blocks(opened: BinaryIO, file: Path, source: str) -> Iterator[bytes]:
    try:
        while block := opened.read(CHUNK):
            yield block
    except OSError as error:
        raise SourceUnreachable(source, f"{file} cannot be read ({error.strerror})") from error


def _kept(chunks: Iterator[bytes], target: Path, *, source: str, limits: Limits) -> tuple[str, int]:
    """Write the chunks to `target`, all or nothing; their SHA-256 and how many bytes they were."""
    digest = hashlib.sha256()
    size = 0
    is_whole = False
    try:
        with target.open("wb") as file:
            for chunk in chunks:
                size += len(chunk)
                if size > limits.most_bytes:
                    raise SourceUnreachable(source, f"the download is larger than {limits.most_bytes >> 20} MB")
                digest.update(chunk)
                file.write(chunk)
        is_whole = True
    except OSError as error:
        if isinstance(error, requests.RequestException):
            raise
        is_full = error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
        reason = "there is no room left on this disk" if is_full else f"it cannot be written ({error.strerror})"
        raise SourceUnreachable(source, f"the download was not kept: {reason}") from error
    finally:
        if not is_whole:
            target.unlink(missing_ok=True)
    return digest.hexdigest(), size


def _short(header: str | None, longest: int) -> str | None:
    # A validator cut short would never match again: a monstrous one is not kept at all.
    return header if header and len(header) <= longest else None


def _cause(error: BaseException) -> str:
    """The innermost reason in a word or two; the outer ones repeat addresses and objects."""
    while (inner := error.__cause__ or error.__context__) is not None:
        error = inner
    return str(error)[:200] or type(error).__name__
