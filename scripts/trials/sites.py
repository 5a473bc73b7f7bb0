"""What a probe may meet at an address: an app that sleeps, one that never wakes, and pages that are none."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SLEEPING = """<!doctype html><title>Zzz</title><h1>This app has gone to sleep due to inactivity</h1>
<iframe src="{button}" width="380" height="200"></iframe>"""
BUTTON = """<!doctype html><p>Would you like to wake it back up?</p>
<button onclick="fetch('/wake', {method: 'POST'}).then(() => setTimeout(() => top.location.reload(), 1500))">
Yes, get this <b>app back up!</b></button>"""
DEAD_BUTTON = "<!doctype html><p>Zzz</p><button>Yes, get this app back up!</button>"
# Ours to look at, and no prices: the frame stands, the page in it failed.
FAILED = """<!doctype html><title>Carburoam</title><div class="cb-brand">Carbur<b>oam</b></div>
<p>Erreur 1a2b3c4d. Le prix du jour : 1,2 million d'excuses.</p>"""
SLOW_S = 3.0


class _Site(BaseHTTPRequestHandler):
    app = ""
    """The address of the application."""
    is_awake = threading.Event()
    is_over = threading.Event()

    def do_GET(self) -> None:
        match self.path:
            case "/asleep" if self.is_awake.is_set():
                self._redirect(self.app)
            case "/asleep":
                self._page(SLEEPING.format(button="/button"))
            case "/button":
                self._page(BUTTON)
            case "/never":
                self._page(SLEEPING.format(button="/dead-button"))
            case "/dead-button":
                self._page(DEAD_BUTTON)
            case "/failed":
                self._page(FAILED)
            case "/loop":
                self._redirect("/loop")
            case "/slow":
                time.sleep(SLOW_S)
                self._redirect(self.app)
            case "/silent":
                self.is_over.wait()
            case _:
                self._page("<title>404</title>", HTTPStatus.NOT_FOUND)

    def do_POST(self) -> None:
        self.is_awake.set()
        self._page("")

    def _page(self, text: str, status: HTTPStatus = HTTPStatus.OK) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _redirect(self, address: str) -> None:
        self.send_response(HTTPStatus.FOUND)
        self.send_header("Location", address)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@contextmanager
def sites(app: str) -> Iterator[str]:
    """The address below which the sites are; where one becomes the application, that is at the address `app`."""
    is_over = threading.Event()
    kind = type("Site", (_Site,), {"app": app, "is_awake": threading.Event(), "is_over": is_over})
    with ThreadingHTTPServer(("127.0.0.1", 0), kind) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        is_over.set()
        server.shutdown()
