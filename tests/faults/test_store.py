"""An S3 service that answers 503, late, or loses its answers: a proxy in front of the real protocol misbehaves."""

import http.client
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal
from urllib.parse import urlsplit

import pytest

from adapters import s3_store
from adapters.s3_store import s3_client
from adapters.storage import open_store
from errors import StoreUnavailable, UsernameTaken
from services import account_changes, passwords
from settings import settings
from tests import people, stores
from tests.stores import Place

BUSY = b"<?xml version='1.0'?><Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"

Mood = Literal["well", "busy", "busy once", "slow", "answers lost"]


class Proxy(ThreadingHTTPServer):
    """Hands every request on to the service, or does what it is in the mood for."""

    daemon_threads = True

    def __init__(self, behind: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.behind = urlsplit(behind).netloc
        self.mood: Mood = "well"
        self.asked = 0
        self.released = threading.Event()


class _Handler(BaseHTTPRequestHandler):
    server: Proxy

    def _answer(self) -> None:
        self.server.asked += 1
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        mood = self.server.mood
        if mood == "busy once":
            self.server.mood = "well"
        if mood == "slow":
            self.server.released.wait(60)
        if mood in {"busy", "busy once", "slow"}:
            self._say(503, {}, BUSY)
            return
        connection = http.client.HTTPConnection(self.server.behind, timeout=30)
        connection.request(self.command, self.path, body or None, dict(self.headers))
        found = connection.getresponse()
        answer = found.read()
        if mood == "answers lost":
            self._say(503, {}, BUSY)
        else:
            headers = {name: value for name, value in found.getheaders() if name.lower() in {"etag", "content-type"}}
            self._say(found.status, headers, answer)

    do_GET = do_PUT = do_DELETE = do_HEAD = _answer  # noqa: N815 - its names there

    def _say(self, status: int, headers: dict[str, str], body: bytes) -> None:
        with suppress(OSError):
            self.send_response(status)
            for name, value in (headers | {"Content-Length": str(len(body))}).items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def proxy(s3_endpoint: str) -> Iterator[Proxy]:
    """A service of S3 whose mood the test chooses."""
    with Proxy(s3_endpoint) as made:
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield made
        made.released.set()
        made.shutdown()
        thread.join()


@pytest.fixture
def place(proxy: Proxy, laptop: Place, environment: pytest.MonkeyPatch) -> Iterator[Place]:
    """An installation whose credentials lie behind the proxy, with anna's in it; its patience is short."""
    environment.setattr(s3_store, "READ_S", 1)
    environment.setattr(passwords, "COST", 4)
    variables = stores.s3_environment(f"http://127.0.0.1:{proxy.server_port}")
    for name, value in variables.items():
        environment.setenv(name, value)
    settings.cache_clear()
    s3_client.cache_clear()
    stores.make_bucket(variables)
    made = Place(open_store(), laptop.base, variables)
    people.register(made, "anna")
    yield made
    s3_client.cache_clear()


@pytest.mark.parametrize("mood", ["busy", "slow"])
def test_a_service_that_is_busy_or_slow_is_said_and_loses_nothing(place: Place, proxy: Proxy, mood: Mood):
    """Signing in, registering and a change of password end in the same words; when it is well, all is as it was."""
    before = people.content(place, "anna")
    proxy.mood = mood
    begun = time.monotonic()

    with pytest.raises(StoreUnavailable, match="the credentials store"):
        people.sign_in(place, "anna")
    with pytest.raises(StoreUnavailable, match="the credentials store"):
        people.register(place, "bob")
    with pytest.raises(StoreUnavailable, match="the credentials store"):
        account_changes.set_admin(place.store, user_id=1, is_admin=True)
    assert time.monotonic() - begun < 60

    proxy.released.set()
    proxy.mood = "well"
    assert people.content(place, "anna") == before
    assert people.sign_in(place, "anna").username == "anna"
    assert people.in_base(place).keys() == people.in_store(place) == {"anna"}
    assert people.register(place, "bob").username == "bob"


def test_a_service_that_is_busy_once_is_not_noticed(place: Place, proxy: Proxy):
    """Every request is tried a second time."""
    proxy.mood = "busy once"
    assert people.sign_in(place, "anna").username == "anna"
    proxy.mood = "busy once"
    assert people.register(place, "bob").username == "bob"


def test_a_registration_whose_answer_is_lost_comes_whole_or_not_at_all(
    place: Place, proxy: Proxy, caplog: pytest.LogCaptureFixture
):
    """It was written, and the service says 503: the person reads of it, and nobody else gets what is half theirs."""
    proxy.mood = "answers lost"
    with caplog.at_level(logging.WARNING), pytest.raises(StoreUnavailable):
        people.register(place, "bob")
    proxy.mood = "well"

    with suppress(UsernameTaken):
        people.register(place, "bob")
    assert people.sign_in(place, "bob").username == "bob"
    assert people.in_base(place).keys() == people.in_store(place) == {"anna", "bob"}
