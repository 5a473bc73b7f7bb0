"""Whose page is drawn next: one at a time, prices first, and nobody behind who waits for something else."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.processes import until
from ui import turns
from ui.turns import Turns


@contextmanager
def held(line: Turns) -> Iterator[None]:
    """The turn is somebody's, who does not wait for anything."""
    turn = line.take()
    try:
        yield
    finally:
        line.give(turn)


def started(work: Callable[[], object]) -> threading.Thread:
    """A run of its own."""
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def waits(line: Turns, *, later: bool = False) -> int:
    """How many stand there."""
    return len(line._later if later else line._first)


class Page:
    """A run of a page that writes down what it draws."""

    def __init__(self, drawn: list[str], name: str) -> None:
        self.drawn, self.name = drawn, name
        self.thread = started(self.run)

    def run(self) -> None:
        """Prices, then the rest."""
        with turns.taken():
            self.drawn.append(f"prices of {self.name}")
            turns.after_prices()
            self.drawn.append(f"rest of {self.name}")


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is thought to wait for something else, however slow this machine is."""
    monkeypatch.setattr(turns, "PATIENCE_S", 60.0)


@pytest.mark.usefixtures("patient")
def test_prices_of_all_come_before_the_rest_of_any(monkeypatch: pytest.MonkeyPatch):
    """Three come while somebody is served: in the order of their coming, prices first."""
    line, drawn = Turns(), list[str]()
    monkeypatch.setattr(turns, "_turns", line)
    with held(line):
        pages = list[Page]()
        for name in "abc":
            pages.append(Page(drawn, name))
            until(lambda: waits(line) == len(pages))

    for page in pages:
        page.thread.join(10)
    assert drawn[:3] == ["prices of a", "prices of b", "prices of c"]
    assert sorted(drawn[3:]) == ["rest of a", "rest of b", "rest of c"]
    assert drawn.index("rest of a") < drawn.index("rest of b")


@pytest.mark.usefixtures("patient")
def test_one_works_at_a_time():
    """Twenty who come at once are never two at the same moment."""
    line, at_once, most = Turns(), 0, 0

    def work() -> None:
        nonlocal at_once, most
        with held(line):
            at_once += 1
            most = max(most, at_once)
            threading.Event().wait(0.002)
            at_once -= 1

    for thread in [started(work) for _ in range(20)]:
        thread.join(10)
    assert (most, at_once) == (1, 0)


def test_who_waits_for_something_else_keeps_nobody(monkeypatch: pytest.MonkeyPatch):
    """One hashes a password or asks a base that is gone: it is passed over once, and then in nobody's way."""
    line = Turns()
    away = line.take()
    first = line.take()

    # From here on nobody is passed over: they only come through because the one who is away does not count.
    monkeypatch.setattr(turns, "PATIENCE_S", 60.0)
    line.give(first)
    for _ in range(100):
        line.give(line.take())

    # Back again, it gives what is not its own any more: the turn of another stays theirs.
    with held(line):
        line.give(away)
        other = started(line.take)
        until(lambda: waits(line) == 1)
        other.join(0.1)
        assert other.is_alive()
    other.join(10)
    assert not other.is_alive()


@pytest.mark.usefixtures("patient")
def test_the_rest_of_a_page_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch):
    """However many come for their prices: after a while it stands among them."""
    monkeypatch.setattr(turns, "LONGEST_WAIT_S", 0.05)
    line = Turns()
    with held(line):
        started(lambda: line.take(later=True))
        until(lambda: waits(line) == 1)
        assert waits(line, later=True) == 0


@pytest.mark.usefixtures("patient")
def test_a_page_that_fails_passes_the_turn_on(monkeypatch: pytest.MonkeyPatch):
    """Whatever a run ends with, the next one has its turn; what draws prices outside of a run waits for nobody."""
    line = Turns()
    monkeypatch.setattr(turns, "_turns", line)
    with pytest.raises(SystemExit), turns.taken():
        raise SystemExit

    other = started(line.take)
    other.join(10)
    assert not other.is_alive()
    turns.after_prices()


@pytest.mark.usefixtures("patient")
def test_prices_drawn_twice_step_aside_once(monkeypatch: pytest.MonkeyPatch):
    """A list drawn in two pieces lets others through after the first of them."""
    line, drawn = Turns(), list[str]()
    monkeypatch.setattr(turns, "_turns", line)

    def draw() -> None:
        with turns.taken():
            for piece in ("first", "second"):
                drawn.append(piece)
                turns.after_prices()

    with held(line):
        page = started(draw)
        until(lambda: waits(line) == 1)
        other = Page(drawn, "b")
        until(lambda: waits(line) == 2)
    page.join(10)
    other.thread.join(10)
    assert drawn[:2] == ["first", "prices of b"]
    assert drawn.count("second") == 1
