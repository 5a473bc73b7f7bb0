"""A hundred visitors who arrive at the same moment: how long until they see prices, on a server of its own process."""

import statistics
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

from bench.pages import EMPTY_PAGE, SEARCH, a_member, fill, served
from bench.report import Row
from settings import ROOT
from tests.visitor import arrived, connected, messages

VISITORS = 100
ROUNDS = 3
WARM_UP = 5
P95 = 19  # of the twentieths
MOST_S = 1.2
CARD = "<article"


def measure() -> list[Row]:
    """The rows of strangers who open a shared search, and of members on their first page."""
    with tempfile.TemporaryDirectory() as made:
        outputs = Path(made) / "outputs"
        fill(outputs)
        cookie = a_member(outputs)
        empty_script = Path(made) / "empty.py"
        empty_script.write_text(EMPTY_PAGE, encoding="utf-8")
        with served(empty_script, outputs) as (_, port):
            empty = statistics.median(_p95(_arrive(port, "", "", sees="")) for _ in range(ROUNDS))
        with served(ROOT / "server.py", outputs) as (_, port):
            for _ in range(WARM_UP):
                with arrived(port):
                    _seen_s(port, SEARCH, "")
                    _seen_s(port, "", cookie)
            strangers = [_arrive(port, SEARCH, "") for _ in range(ROUNDS)]
            members = [_arrive(port, "", cookie) for _ in range(ROUNDS)]
    return [
        _row("100 visitors at once, first prices p95", strangers, empty),
        _row("  100 members at once, home", members, empty),
    ]


def _row(what: str, rounds: list[list[float]], empty: float) -> Row:
    """The middle one of the rounds: what a neighbour on the machine spoils is one of them."""
    half = statistics.median(statistics.median(seen) for seen in rounds)
    note = f"half of them {half:.2f} s; an empty page {empty:.2f} s"
    return Row(what, statistics.median(_p95(seen) for seen in rounds), MOST_S, "s", note)


def _p95(seen: list[float]) -> float:
    return statistics.quantiles(seen, n=20)[P95 - 1]


def _arrive(port: int, query: str, cookie: str, *, sees: str = CARD) -> list[float]:
    """Seconds until each sees prices, from the moment at which all of them knock."""
    together = Barrier(VISITORS)

    def visit() -> float:
        together.wait()
        return _seen_s(port, query, cookie, sees=sees)

    with ThreadPoolExecutor(VISITORS) as crowd:
        return [seen.result() for seen in [crowd.submit(visit) for _ in range(VISITORS)]]


def _seen_s(port: int, query: str, cookie: str, *, sees: str = CARD) -> float:
    """Seconds from the knock to the first element that holds `sees`; the visitor stays until the page is whole."""
    knocked, seen = time.perf_counter(), 0.0
    with connected(port, cookie) as visit:
        for message in messages(visit, query=query):
            if not seen and message.WhichOneof("type") == "delta" and sees in message.delta.new_element.html.body:
                seen = time.perf_counter() - knocked
    if not seen:
        raise RuntimeError("a page came without a single card")
    return seen
