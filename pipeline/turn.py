"""One turn of one source: under its lease, with a heartbeat, and given up when told to stop."""

import contextvars
import logging
import os
import platform
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from uuid import uuid4

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from errors import DatabaseUnavailable, LeaseLost, Stopped
from pipeline import lease
from pipeline.harvest import Progress
from pipeline.load import MOST_LOST
from pipeline.run import GOOD, RunResult, run_once
from session import writing
from sources.base import AnySource

log = logging.getLogger(__name__)

# The machine and the process are for a person who reads the table; the rest makes it unique for ever.
HOLDER = f"{platform.node()[:32]}:{os.getpid()}:{uuid4().hex[:12]}"
TICK_S = 0.5

run_id: contextvars.ContextVar[str] = contextvars.ContextVar("run_id", default="-")
"""What the log lines of one turn have in common."""


@dataclass
class Turn:
    """The turn under way. `stop` may be called from any thread; the run then ends at its next sign of life."""

    source: AnySource
    held: lease.Held
    _end: Stopped | LeaseLost | None = field(default=None, init=False)

    def stop(self, why: str) -> None:
        """Give the run up."""
        self._end = self._end or Stopped(f"{self.source.name}: {why}")

    def lose(self, error: LeaseLost) -> None:
        """Give the run up because another process took its lease."""
        self._end = self._end or error

    def go_on(self) -> None:
        """Raise Stopped where the run was given up, LeaseLost where its lease is known to be lost."""
        if self._end is not None:
            raise self._end


@contextmanager
def turn(source: AnySource, *, on: Engine, lasts: timedelta, work: str = "etl") -> Iterator[Turn | None]:
    """Hold the lease of this source; None where another process holds it. It is given back at the end.

    Each kind of `work` has a lease of its own: one that takes hours keeps no other waiting.
    """
    token = run_id.set(uuid4().hex[:8])
    try:
        with writing(on) as session:
            held = lease.take(session, f"{work}:{source.name}", holder=HOLDER, lasts=lasts)
        if held is None:
            yield None
            return
        mine = Turn(source, held)
        try:
            with _heartbeat(mine, on=on, lasts=lasts):
                yield mine
        finally:
            give_back(held, on=on)
    finally:
        run_id.reset(token)


def give_back(held: lease.Held, *, on: Engine) -> None:
    """Release a lease; where that fails it ends by itself, and nobody waits longer than that."""
    try:
        with writing(on) as session:
            lease.release(session, held)
    except (DatabaseUnavailable, SQLAlchemyError) as error:
        log.warning("the lease %s could not be given back: %s", held.name, error)


def run_in(
    mine: Turn,
    url: str,
    *,
    on: Engine,
    by: AnySource | None = None,
    progress: Progress | None = None,
    on_retry: Callable[[], None] | None = None,
    most_lost: float = MOST_LOST,
) -> RunResult:
    """Run the source of this turn once, read `by` another way where one is given.

    Raises Stopped where the turn was given up, LeaseLost where it was lost.
    """

    def tell(stage: str, done: int, total: int | None) -> None:
        if total is None or done < total:  # what is done is done: a load that was committed is no failure
            mine.go_on()
        if progress:
            progress(stage, done, total)

    def tell_retry() -> None:
        mine.go_on()
        log.warning("source=%s no usable answer yet, trying again", mine.source.name)
        if on_retry:
            on_retry()

    started = time.monotonic()
    log.info("source=%s started", mine.source.name)
    result = run_once(
        by or mine.source, url=url, on=on, held=mine.held, progress=tell, on_retry=tell_retry, most_lost=most_lost
    )
    log.log(
        logging.INFO if result.outcome in GOOD else logging.WARNING,
        "source=%s row=%s outcome=%s seconds=%.2f %s error=%s",
        mine.source.name,
        result.run_id,
        result.outcome,
        time.monotonic() - started,
        " ".join(f"{name}={count}" for name, count in (asdict(result.counts) | result.steps).items()),
        result.error,
    )
    return result


@contextmanager
def _heartbeat(mine: Turn, *, on: Engine, lasts: timedelta) -> Iterator[None]:
    finished = threading.Event()

    def beat() -> None:
        while not finished.wait(lasts.total_seconds() / 3):
            try:
                with writing(on) as session:
                    lease.prolong(session, mine.held, lasts=lasts)
            except LeaseLost as error:
                mine.lose(error)
                return
            except (DatabaseUnavailable, SQLAlchemyError) as error:
                # Our own load may hold the base for a while; the next beat, or the check in the load, decides.
                log.warning("heartbeat missed: %s", error)

    thread = threading.Thread(target=contextvars.copy_context().run, args=(beat,), name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        finished.set()
        thread.join(TICK_S)
