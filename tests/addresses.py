"""An address service on this machine, which answers as the national one does, or as badly as a test wants."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


def answer(**changes: object) -> bytes:
    """One address in the service's form, but for the changes; a property given as None is left out."""
    facts = {
        "label": "8 Boulevard du Port 80000 Amiens",
        "score": 0.99,
        "housenumber": "8",
        "name": "8 Boulevard du Port",
        "postcode": "80000",
        "citycode": "80021",
        "city": "Amiens",
        "type": "housenumber",
        "distance": 24,
    } | changes
    feature = {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [2.29, 49.89]},
        "properties": {name: value for name, value in facts.items() if value is not None},
    }
    return json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()


NOTHING = b'{"type": "FeatureCollection", "features": []}'


class AddressService(ThreadingHTTPServer):
    """Gives every question the next of `answers`, the last of them again and again; keeps what it was asked."""

    daemon_threads = True

    def __init__(self, answers: list[tuple[int, bytes]]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers = answers
        self.asked: list[dict[str, str]] = []
        self.before: Callable[[], object] = lambda: None
        """Called before each answer."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/geocodage/reverse"


class _Handler(BaseHTTPRequestHandler):
    server: AddressService

    def do_GET(self) -> None:
        service = self.server
        service.asked.append({name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()})
        status, body = service.answers[min(len(service.asked), len(service.answers)) - 1]
        service.before()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def address_service(*bodies: bytes, status: int = 200) -> Iterator[AddressService]:
    """A service that gives these answers in turn."""
    with AddressService([(status, body) for body in bodies]) as made:
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield made
        made.shutdown()
        thread.join()
