"""A publisher on the loopback that counts who reads at the same time, and can keep one of them waiting."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.processes import feed

HELD_S = 0.3


class Publisher:
    """Each answer has another price, `1.500` first and a thousandth more each time, so each run has to load it."""

    def __init__(self, folder: Path, stations: int) -> None:
        self.url = ""
        self.answers = 0
        """How often it was asked."""
        self.most_at_once = 0
        self.may_answer = threading.Event()
        self.may_answer.set()
        self._folder = folder
        self._stations = stations
        self._lock = threading.Lock()
        self._readers = 0

    def answer(self, send: Callable[[bytes], object]) -> None:
        """Answer one reader, as soon as that may be."""
        with self._lock:
            number, self.answers = self.answers, self.answers + 1
            self._readers += 1
            self.most_at_once = max(self.most_at_once, self._readers)
        try:
            self.may_answer.wait(60)
            # Long enough that two who read at the same time would be seen.
            time.sleep(HELD_S)
            name = f"feed-{number}.zip"
            feed(self._folder, stations=self._stations, price=price(number), name=name)
            send((self._folder / name).read_bytes())
        finally:
            with self._lock:
                self._readers -= 1


def price(number: int) -> str:
    """What the answer of this number says that a litre costs."""
    return f"1.{500 + number}"


@contextmanager
def publishing(folder: Path, *, stations: int = 3) -> Iterator[Publisher]:
    """The publisher, at its `url`."""
    made = Publisher(folder, stations)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.answer(self._send)

        def _send(self, content: bytes) -> None:
            # Who was killed while it waited reads no more.
            with suppress(OSError):
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Nothing on the screen of the tests."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        made.url = f"http://127.0.0.1:{server.server_port}/feed.zip"
        try:
            yield made
        finally:
            made.may_answer.set()
            server.shutdown()
            thread.join()
