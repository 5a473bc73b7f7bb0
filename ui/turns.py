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

PATIENCE_S = 0.05
"""A run that keeps its turn longer waits for something else than the processor: others need not wait for it."""
LONGEST_WAIT_S = 2.0
"""So long the rest of a page stands behind the prices of others."""


class Turns:
    """The turn, and who waits for it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._free = 1
        """Below nought where some did not wait for it."""
        self._given = 0
        self._first: deque[threading.Lock] = deque()
        self._later: deque[threading.Lock] = deque()
        self._somebody_waits = threading.Event()
        self._watcher: threading.Thread | None = None

    @property
    def is_wanted(self) -> bool:
        """Whether somebody waits for their prices."""
        return bool(self._first)

    def take(self, *, later: bool = False) -> None:
        """Wait for the turn; with `later` behind all who wait for their prices, up to a limit, then among them."""
        with self._lock:
            if self._free > 0:
                self._free -= 1
                self._given += 1
                return
            turn = threading.Lock()
            turn.acquire()
            (self._later if later else self._first).append(turn)
            self._watch()
        if later and turn.acquire(timeout=LONGEST_WAIT_S):
            return
        with self._lock:
            if turn in self._later:
                self._later.remove(turn)
                self._first.append(turn)
        turn.acquire()

    def give(self) -> None:
        """Pass the turn on."""
        with self._lock:
            self._free += 1
            if self._free > 0:
                self._pass_on()

    def _pass_on(self) -> None:
        waiting = self._first or self._later
        if waiting:
            self._free -= 1
            self._given += 1
            waiting.popleft().release()

    def _watch(self) -> None:
        self._somebody_waits.set()
        if self._watcher is None:
            self._watcher = threading.Thread(target=self._look_after, name="turns", daemon=True)
            self._watcher.start()

    def _look_after(self) -> None:
        """Give a turn beside the one that is kept too long: its run asks a database, or hashes a password."""
        while self._somebody_waits.wait():
            before = self._given
            time.sleep(PATIENCE_S)
            with self._lock:
                if not self._first and not self._later:
                    self._somebody_waits.clear()
                elif self._given == before:
                    self._pass_on()


_turns = Turns()
_owes_prices: ContextVar[bool] = ContextVar("owes_prices", default=False)
"""Whether this run has its turn, and has drawn no price yet."""


@contextmanager
def taken() -> Iterator[None]:
    """The turn of one run of a page."""
    _turns.take()
    token = _owes_prices.set(True)
    try:
        yield
    finally:
        _owes_prices.reset(token)
        _turns.give()


def after_prices() -> None:
    """Called where a page has drawn its first prices: others come to theirs before it goes on."""
    if _owes_prices.get():
        _owes_prices.set(False)
        if _turns.is_wanted:
            _turns.give()
            _turns.take(later=True)
