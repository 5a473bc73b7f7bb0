"""Whose page is drawn next where many are asked for at once: one at a time, and everybody's prices before the rest.

A process runs Python on one core. Left to themselves, runs that begin together go on together and end together: nobody
sees a price until all are nearly done, and the thread that sends waits among them.
Why so: docs/adr/0019-one-page-at-a-time.md.
"""

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

PATIENCE_S = 0.05
"""A run that keeps its turn longer waits for something else than the processor: others need not wait for it."""
LONGEST_WAIT_S = 2.0
"""So long the rest of a page stands behind the prices of others."""


class Turns:
    """The turn, who has it, and who waits for it. A turn is a lock that is shut until it is given."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._working: threading.Lock | None = None
        """Whose run has the processor. Who keeps a turn too long for that is away, and goes on beside it."""
        self._first: deque[threading.Lock] = deque()
        self._later: deque[threading.Lock] = deque()
        self._somebody_waits = threading.Event()
        self._watcher: threading.Thread | None = None

    @property
    def is_wanted(self) -> bool:
        """Whether somebody waits for their prices."""
        return bool(self._first)

    def take(self, *, later: bool = False) -> threading.Lock:
        """Wait for a turn; with `later` behind all who wait for their prices, for a while, then in line with them."""
        turn = threading.Lock()
        turn.acquire()
        with self._lock:
            if self._working is None:
                self._working = turn
                return turn
            self._watch()
            (self._later if later else self._first).append(turn)
        if later and turn.acquire(timeout=LONGEST_WAIT_S):
            return turn
        with self._lock:
            if turn in self._later:
                self._later.remove(turn)
                self._first.append(turn)
        turn.acquire()
        return turn

    def give(self, turn: threading.Lock) -> None:
        """Pass it on, unless that was done while its run was away."""
        with self._lock:
            if self._working is turn:
                self._pass_on()

    def _pass_on(self) -> None:
        waiting = self._first or self._later
        self._working = waiting.popleft() if waiting else None
        if self._working:
            self._working.release()

    def _watch(self) -> None:
        if self._watcher is None:
            watcher = threading.Thread(target=self._look_after, name="turns", daemon=True)
            watcher.start()
            self._watcher = watcher
        self._somebody_waits.set()

    def _look_after(self) -> None:
        """Pass on what is kept too long: its run asks a database, or hashes a password."""
        while self._somebody_waits.wait():
            before = self._working
            time.sleep(PATIENCE_S)
            with self._lock:
                if not self._first and not self._later:
                    self._somebody_waits.clear()
                elif self._working is before:
                    self._pass_on()


_turns = Turns()


@dataclass
class _Run:
    turn: threading.Lock
    owes_prices: bool = True


_run: ContextVar[_Run | None] = ContextVar("run_of_a_page", default=None)


@contextmanager
def taken() -> Iterator[None]:
    """The turn of one run of a page."""
    run = _Run(_turns.take())
    token = _run.set(run)
    try:
        yield
    finally:
        _turns.give(run.turn)
        _run.reset(token)


def after_prices() -> None:
    """Called where a page has drawn its first prices: others come to theirs before it goes on."""
    run = _run.get()
    if run is None or not run.owes_prices:
        return
    run.owes_prices = False
    if _turns.is_wanted:
        _turns.give(run.turn)
        run.turn = _turns.take(later=True)
