"""Visitors who reload all the time, through nginx, each by the protocol of the page; and who was turned away."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlencode

import requests
from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection

from tests.visitor import connected, rerun

CARD = "<article"
COOKIE = "carburoam_at"
# A search around Orsay, as somebody shares it.
SEARCH = urlencode({"fuel": "1", "at": "48.6987,2.1875", "place": "Orsay (91400)", "km": "10"})


class TurnedAway(Exception):
    """A visitor did not get the page that they asked for; the message says what they met instead."""


@dataclass
class Visitor:
    """One device: it keeps the cookie by which nginx knows it."""

    port: int
    address: str = ""
    """Where a proxy in front says that it comes from."""
    cookie: str = ""

    def reload(self, *, stays_s: float = 0.0) -> str:
        """Open the page anew and leave it once it is whole, or look at it for a while; who served the document.

        Raises TurnedAway.
        """
        try:
            served_by = self._document()
            with connected(self.port, f"{COOKIE}={self.cookie}", address=self.address) as page:
                self._look(page)
                if stays_s:
                    time.sleep(stays_s)
                    self._look(page)
        except (requests.RequestException, WebSocketException, OSError) as error:
            raise TurnedAway(f"{type(error).__name__}: {error}") from error
        return served_by

    def _document(self) -> str:
        headers = {"Connection": "close", "Cookie": f"{COOKIE}={self.cookie}" if self.cookie else ""}
        if self.address:
            headers["X-Forwarded-For"] = self.address
        answer = requests.get(f"http://127.0.0.1:{self.port}/?{SEARCH}", headers=headers, timeout=30)
        if answer.status_code != requests.codes.ok:
            raise TurnedAway(f"the document was answered with {answer.status_code}")
        self.cookie = answer.cookies.get(COOKIE) or self.cookie
        return answer.headers["X-Served-By"].rpartition(", ")[2]

    def _look(self, page: ClientConnection) -> None:
        if not any(CARD in message.delta.new_element.html.body for message in rerun(page, query=SEARCH)):
            raise TurnedAway("the page came without a price")


@dataclass
class Tally:
    """What became of all visits so far."""

    visits: Counter[str] = field(default_factory=Counter)
    """Whole visits, by the address of the server that the document came from."""
    turned_away: list[str] = field(default_factory=list)


@contextmanager
def reloading(
    port: int, number: int, *, pause_s: float = 0.0, readers: int = 0, stays_s: float = 0.0
) -> Iterator[Tally]:
    """So many visitors for as long as the block lasts; `readers` of them look at each page for `stays_s`."""
    tally, is_over, lock = Tally(), threading.Event(), threading.Lock()

    def visit(who: Visitor, stays_s: float) -> None:
        while not is_over.is_set():
            try:
                served_by = who.reload(stays_s=stays_s)
                with lock:
                    tally.visits[served_by] += 1
            except TurnedAway as error:
                with lock:
                    tally.turned_away.append(str(error))
            is_over.wait(pause_s)

    threads = [
        threading.Thread(target=visit, args=(Visitor(port), stays_s if each < readers else 0.0), daemon=True)
        for each in range(number)
    ]
    for thread in threads:
        thread.start()
        # They come one after another, as people do.
        time.sleep(pause_s / number)
    try:
        yield tally
    finally:
        is_over.set()
        for thread in threads:
            thread.join(60)
