"""The owner's service on this machine, for tests: it notes what it is told, or refuses it."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer

SECRET = "hunter2-very-secret"


@dataclass
class Owner:
    """Who is told."""

    address: str = ""
    """In Apprise's form, with a secret in it."""
    answers: int = 200
    heard: list[dict[str, str]] = field(default_factory=list)

    @property
    def titles(self) -> list[str]:
        """Of all that was taken, without the name of the application."""
        return [words["title"].removeprefix("Carburoam – ") for words in self.heard]


@contextmanager
def owner() -> Iterator[Owner]:
    """Somebody who listens until the block ends."""
    listening = Owner()

    class Service(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            said = json.loads(self.rfile.read(int(self.headers["content-length"])))
            if listening.answers < 400:
                listening.heard.append(said)
            self.send_response(listening.answers)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    with HTTPServer(("127.0.0.1", 0), Service) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        listening.address = f"json://owner:{SECRET}@127.0.0.1:{server.server_port}/{SECRET}"
        yield listening
        server.shutdown()
