"""Downloads from a real server on this machine, which behaves as badly as servers do."""

import hashlib
import resource
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from adapters.download import Download, Limits, Validators, download
from errors import SourceUnreachable

BODY = b"PK\x03\x04 and so on " * 5_000
QUICK = Limits(connect_s=1, read_s=0.5, total_s=5, tries=3, longest_pause_s=0.01, most_bytes=1 << 20)
NOTHING = Validators()


class Server(ThreadingHTTPServer):
    """Answers each path by the function that the test gave; counts what it was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: dict[str, Callable[[Handler], None]] = {}
        self.asked: list[dict[str, str]] = []

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server_port}{path}"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.asked.append({name.lower(): value for name, value in self.headers.items()})
        self.server.answers[self.path](self)

    def reply(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(body))} | headers).items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as made:
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield made
        made.shutdown()
        thread.join()


def fetch(url: str, into: Path, known: Validators = NOTHING, limits: Limits = QUICK) -> Download | None:
    return download(url, into, source="test", known=known, limits=limits)


def test_a_file_arrives_whole_with_its_hash_and_validators(server: Server, tmp_path: Path):
    """What came is what was sent, and what the server gave to ask with next time is kept."""
    server.answers["/"] = lambda h: h.reply(200, BODY, ETag='"one"', Last_Modified="Fri, 07 Feb 2025 07:30:00 GMT")

    found = fetch(server.url("/"), tmp_path)

    assert found is not None
    assert found.path.read_bytes() == BODY
    assert (found.sha256, found.size) == (hashlib.sha256(BODY).hexdigest(), len(BODY))
    assert (found.etag, found.last_modified) == ('"one"', "Fri, 07 Feb 2025 07:30:00 GMT")
    assert "if-none-match" not in server.asked[0]


def test_a_file_that_did_not_change_is_not_sent_again(server: Server, tmp_path: Path):
    """The validators of last time are sent, and 304 is no failure."""
    server.answers["/"] = lambda h: h.reply(304)

    found = fetch(server.url("/"), tmp_path, Validators('"one"', "Fri, 07 Feb 2025 07:30:00 GMT"))

    assert found is None
    assert server.asked[0]["if-none-match"] == '"one"'
    assert server.asked[0]["if-modified-since"] == "Fri, 07 Feb 2025 07:30:00 GMT"


def test_an_unasked_304_is_a_failure(server: Server, tmp_path: Path):
    """Nothing can be unmodified since nothing."""
    server.answers["/"] = lambda h: h.reply(304)

    with pytest.raises(SourceUnreachable, match="304"):
        fetch(server.url("/"), tmp_path)


@pytest.mark.parametrize("status", [403, 404, 410])
def test_a_refusal_that_is_meant_is_not_repeated(server: Server, tmp_path: Path, status: int):
    """Asking three times for what is not there only annoys the publisher."""
    server.answers["/"] = lambda h: h.reply(status)

    with pytest.raises(SourceUnreachable, match=f"the server answered {status}"):
        fetch(server.url("/"), tmp_path)

    assert len(server.asked) == 1
    assert not list(tmp_path.iterdir())


def test_a_server_that_recovers_is_asked_again(server: Server, tmp_path: Path):
    """500, then 503, then the file; each pause is announced."""
    answers = iter([500, 503, 200])

    def answer(handler: Handler) -> None:
        status = next(answers)
        handler.reply(status, BODY if status == 200 else b"")

    server.answers["/"] = answer
    pauses: list[int] = []

    found = download(
        server.url("/"), tmp_path, source="test", known=NOTHING, limits=QUICK, on_retry=lambda: pauses.append(1)
    )

    assert found is not None
    assert found.size == len(BODY)
    assert len(pauses) == 2


def test_a_server_that_stays_broken_is_given_up(server: Server, tmp_path: Path):
    """After the last try the failure is plain SourceUnreachable."""
    server.answers["/"] = lambda h: h.reply(502)

    with pytest.raises(SourceUnreachable, match="502") as caught:
        fetch(server.url("/"), tmp_path)

    assert type(caught.value) is SourceUnreachable
    assert len(server.asked) == QUICK.tries


def test_a_server_that_never_answers_costs_the_read_timeout(server: Server, tmp_path: Path):
    """Silence ends after `read_s` a try."""
    server.answers["/"] = lambda _: time.sleep(2)
    begun = time.monotonic()

    with pytest.raises(SourceUnreachable, match=r"did not answer within 0\.3 s"):
        fetch(server.url("/"), tmp_path, limits=Limits(read_s=0.3, tries=1))

    assert time.monotonic() - begun < 1.5


def test_a_body_that_drips_is_given_up_at_the_deadline(server: Server, tmp_path: Path):
    """Each byte comes in time, the whole never would."""

    def drip(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "100000")
        handler.end_headers()
        for _ in range(100):
            try:
                handler.wfile.write(b"x")
            except OSError:
                return
            time.sleep(0.05)

    server.answers["/"] = drip
    begun = time.monotonic()

    with pytest.raises(SourceUnreachable, match="too long"):
        fetch(server.url("/"), tmp_path, limits=Limits(read_s=1, total_s=0.5, tries=3))

    assert time.monotonic() - begun < 3
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("is_announced", [True, False])
def test_a_body_that_is_cut_short_is_tried_again_and_then_a_failure(
    server: Server, tmp_path: Path, *, is_announced: bool
):
    """Half a zip must never look like a whole one, whether its length or its chunks tell."""

    def cut(handler: Handler) -> None:
        handler.protocol_version = "HTTP/1.1"
        handler.send_response(200)
        if is_announced:
            handler.send_header("Content-Length", str(len(BODY)))
        else:
            handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        handler.wfile.write(BODY[:1_000] if is_announced else b"3e8\r\n" + BODY[:1_000] + b"\r\n")
        handler.close_connection = True

    server.answers["/"] = cut

    with pytest.raises(SourceUnreachable, match="broke off"):
        fetch(server.url("/"), tmp_path)

    assert len(server.asked) == QUICK.tries
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("is_announced", [True, False])
def test_a_body_larger_than_allowed_is_given_up_early(server: Server, tmp_path: Path, *, is_announced: bool):
    """A server gone mad must not fill the disk, whatever length it announces."""

    def flood(handler: Handler) -> None:
        handler.send_response(200)
        if is_announced:
            handler.send_header("Content-Length", str(64 << 20))
        handler.end_headers()
        try:
            for _ in range(64):
                handler.wfile.write(b"x" * (1 << 20))
        except OSError:
            return

    server.answers["/"] = flood

    with pytest.raises(SourceUnreachable, match="larger than 1 MB"):
        fetch(server.url("/"), tmp_path)

    assert len(server.asked) == 1
    assert not list(tmp_path.iterdir())


def test_redirects_are_followed(server: Server, tmp_path: Path):
    """Publishers move their files."""
    server.answers["/"] = lambda h: h.reply(302, Location="/moved")
    server.answers["/moved"] = lambda h: h.reply(200, BODY)

    found = fetch(server.url("/"), tmp_path)

    assert found is not None
    assert found.size == len(BODY)


def test_redirects_in_a_circle_end(server: Server, tmp_path: Path):
    """A loop is followed five times, and not tried anew."""
    server.answers["/"] = lambda h: h.reply(302, Location="/")

    with pytest.raises(SourceUnreachable, match="redirects more than 5 times"):
        fetch(server.url("/"), tmp_path)

    assert len(server.asked) == 6


@pytest.mark.parametrize("target", ["http://example.org/feed.zip", "file:///etc/passwd", "ftp://127.0.0.1/feed.zip"])
def test_a_redirect_leads_nowhere_that_was_not_allowed_at_first(server: Server, tmp_path: Path, target: str):
    """A server must not send us to a file of ours, nor to a wire that anyone can listen to."""
    server.answers["/"] = lambda h: h.reply(302, Location=target)

    with pytest.raises(SourceUnreachable, match="neither https:// nor file://"):
        fetch(server.url("/"), tmp_path)


@pytest.mark.parametrize("url", ["http://example.org/feed.zip", "feed.zip", "", "https://", "http://[::1/x"])
def test_an_address_that_is_none_of_ours_is_refused(tmp_path: Path, url: str):
    """Plain http is for loopback only; nonsense is told as such."""
    with pytest.raises(SourceUnreachable):
        fetch(url, tmp_path)


def test_nobody_listening_is_a_failure(tmp_path: Path):
    """The port of a server that is down."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    with pytest.raises(SourceUnreachable, match="connection failed"):
        fetch(f"http://127.0.0.1:{port}/", tmp_path)


def test_a_server_that_does_not_speak_tls_is_not_trusted(server: Server, tmp_path: Path):
    """The certificate is never waived."""
    with pytest.raises(SourceUnreachable, match="certificate"):
        fetch(server.url("/").replace("http:", "https:"), tmp_path)


def test_a_local_file_is_copied(tmp_path: Path):
    """`file://` gives the same facts as a download."""
    feed = tmp_path / "mon flux été.zip"
    feed.write_bytes(BODY)
    into = tmp_path / "into"
    into.mkdir()

    found = fetch(feed.as_uri(), into)

    assert found == Download(into / "extract", hashlib.sha256(BODY).hexdigest(), len(BODY), None, None)
    assert found.path.read_bytes() == BODY


@pytest.mark.parametrize("name", ["missing.zip", "."])
def test_a_local_file_that_cannot_be_read_is_a_failure(tmp_path: Path, name: str):
    """No such file, or a folder."""
    with pytest.raises(SourceUnreachable, match="cannot be read"):
        fetch((tmp_path / name).as_uri(), tmp_path)


def test_a_full_disk_is_told_and_leaves_nothing_behind(tmp_path: Path):
    """The system refuses to write more than 10 kB to a file, as a full disk would."""
    feed = tmp_path / "feed.zip"
    feed.write_bytes(BODY)
    into = tmp_path / "into"
    into.mkdir()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, before[1]))
    try:
        with pytest.raises(SourceUnreachable, match="no room left"):
            fetch(feed.as_uri(), into)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

    assert not list(into.iterdir())
