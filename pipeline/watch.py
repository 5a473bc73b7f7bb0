"""The ETL loop: each source at its own pace, what people ask for in between, and never twice at once.

Every source has a thread of its own: one that hangs, fails or lies delays no other.
"""

import logging
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from sqlalchemy import Engine, func, select
from sqlalchemy.exc import SQLAlchemyError

from errors import CarburoamError, DatabaseUnavailable, LeaseLost, Stopped
from models import EtlRun
from pipeline import lease, orders
from pipeline.roads import run_on_roads
from pipeline.run import GOOD
from pipeline.turn import Turn, turn
from session import reading
from settings import now, settings
from sources.base import AnySource, has_prices

log = logging.getLogger(__name__)

POLL_S = 1.0
# While another process works on a source, we look again this often: it may die, or leave us something to do.
TAKEN_S = 2.0
# A feed that could not be had is asked for again sooner than at the next tick, then less and less often.
FIRST_RETRY_S = 60.0
NO_ANSWER = ("unreachable", "failed")
# What comes once a week is asked for again on the next day when it failed.
LONGEST_RETRY_S = 86_400.0
# Not at once: the first seconds belong to the first load of prices.
NAMES_AFTER_S = 5.0


@dataclass
class Job:
    """A source, and when it runs next."""

    source: AnySource
    url: str
    interval: timedelta
    due_at: float = 0.0
    """On this process's monotonic clock."""
    is_ordered: bool = False
    """Somebody asked for a run now: a recent one does not stand in its way."""
    is_stopped: bool = False
    """Somebody asked for no more runs until the next order."""
    failures: int = 0
    """Tries in a row that gave no answer at all."""

    @property
    def has_prices(self) -> bool:
        """Whether it is prices that it brings, not a list beside them."""
        return has_prices(self.source)


class Watcher:
    """Runs its sources until `stop` is set. A source that fails costs one tick, not the process."""

    def __init__(
        self, sources: Iterable[tuple[AnySource, str, timedelta]], *, on: Engine, stop: threading.Event
    ) -> None:
        self._jobs = [Job(source, url, interval) for source, url, interval in sources]
        for job in self._jobs:
            if not job.has_prices:
                job.due_at = time.monotonic() + NAMES_AFTER_S
        self._on = on
        self._stop = stop
        self._turns: list[Turn] = []
        self._turn_lock = threading.Lock()

    @property
    def held(self) -> list[lease.Held]:
        """The leases in hand while runs go on."""
        return [each.held for each in tuple(self._turns)]

    def watch(self) -> None:
        """Now, then at every tick, until told to stop."""
        self._hear()  # before the first run: a stop holds over a restart
        threading.Thread(target=self._listen, name="orders", daemon=True).start()
        workers = [
            threading.Thread(target=self._work, args=(job,), name=job.source.name, daemon=True) for job in self._jobs
        ]
        for worker in workers:
            worker.start()
        self._stop.wait()
        for worker in workers:
            worker.join()

    def _work(self, job: Job) -> None:
        while not self._stop.is_set():
            if _is_due(job):
                self._take_turn(job)
            else:
                self._stop.wait(POLL_S / 2)

    def give_up(self) -> None:
        """End the runs that are going on at their next sign of life."""
        with self._turn_lock:
            for each in self._turns:
                each.stop("the ETL process was told to end")

    def _take_turn(self, job: Job) -> None:
        started = time.monotonic()
        is_ordered, job.is_ordered = job.is_ordered, False
        job.due_at = started + job.interval.total_seconds()
        try:
            with turn(job.source, on=self._on, lasts=settings().lease_lasts) as mine:
                if mine is None:
                    job.is_ordered, job.due_at = is_ordered or job.is_ordered, started + TAKEN_S
                    return
                rest_s = 0.0 if is_ordered else resting_s(job.source.name, job.interval, on=self._on)
                if rest_s > 0:
                    job.due_at = started + rest_s
                    log.info("source=%s ran a short while ago; next run in %.0f s", job.source.name, rest_s)
                    return
                outcome = self._run(job, mine)
        except Stopped as error:
            log.warning("%s", error)
            return
        except LeaseLost as error:
            log.warning("%s; nothing of this run was written", error)
            job.due_at = started + TAKEN_S
            return
        except CarburoamError as error:
            log.error("source=%s %s", job.source.name, error)  # noqa: TRY400 - for a person, not a stack
            outcome = "failed"
        except Exception:
            # The outermost loop: whatever happened, the next try may fare better.
            log.exception("source=%s the run failed", job.source.name)
            outcome = "failed"
        self._plan_next(job, outcome, started)

    def _run(self, job: Job, mine: Turn) -> str:
        with self._turn_lock:
            self._turns.append(mine)
        try:
            if self._stop.is_set():
                self.give_up()
            on_retry = partial(fill_empty_base, self._on) if job.has_prices else None
            return run_on_roads(mine, job.url, on=self._on, on_retry=on_retry).outcome
        finally:
            with self._turn_lock:
                self._turns.remove(mine)

    def _plan_next(self, job: Job, outcome: str, started: float) -> None:
        if outcome not in GOOD:
            if job.has_prices:
                fill_empty_base(self._on)
            job.due_at = min(job.due_at, started + LONGEST_RETRY_S)
        job.failures = job.failures + 1 if outcome in NO_ANSWER else 0
        if job.failures:
            wait_s = FIRST_RETRY_S * 2 ** min(job.failures - 1, 20)
            wait_s = min(wait_s, job.interval.total_seconds(), LONGEST_RETRY_S)
            job.due_at = started + wait_s
            log.info("source=%s next try in %.0f s", job.source.name, wait_s)

    def _listen(self) -> None:
        while not self._stop.wait(POLL_S):
            self._hear()

    def _hear(self) -> None:
        """Pick up what people asked for."""
        try:
            with reading(self._on) as session:
                stopped = {job.source.name: orders.is_stopped(session, job.source.name) for job in self._jobs}
            # Last: what is picked up is nobody else's, and would be lost with what fails after it.
            claimed = orders.pick_up(self._on)
        except (DatabaseUnavailable, SQLAlchemyError) as error:
            log.warning("orders could not be read: %s", error)
            return
        for job in self._jobs:
            self._obey(job, claimed, is_stopped=stopped[job.source.name])

    def _obey(self, job: Job, claimed: list[tuple[str, str | None]], *, is_stopped: bool) -> None:
        gives_up = is_stopped
        for action, source in claimed:
            if source in {None, job.source.name}:
                log.info("source=%s order=%s", job.source.name, action)
                job.is_ordered = action == orders.RUN
                # Also where an order to run came right after it: that is how a run is begun anew.
                gives_up = gives_up or action == orders.STOP
        job.is_stopped = is_stopped
        if gives_up:
            with self._turn_lock:
                for each in self._turns:
                    if each.source.name == job.source.name:
                        each.stop("told to stop by an order")


def _is_due(job: Job) -> bool:
    return not job.is_stopped and (job.is_ordered or time.monotonic() >= job.due_at)


def resting_s(source: str, interval: timedelta, *, on: Engine) -> float:
    """Seconds until the source is due again by what the base knows, whichever process ran it last."""
    with reading(on) as session:
        last = session.scalar(
            select(func.max(EtlRun.started_at)).where(EtlRun.source == source, EtlRun.outcome.in_(GOOD))
        )
    if last is None:
        return 0.0
    age = now() - last
    # A run in the future was made under another clock: far ahead it says nothing, and none keeps us longer than one
    # that began now.
    return (interval - max(age, timedelta(0))).total_seconds() if abs(age) < interval else 0.0


def is_any_running(on: Engine) -> bool:
    """Whether the base knows of a run that goes on, in whichever process; one that was killed counts until the next."""
    with reading(on) as session:
        return session.scalar(select(EtlRun.id).where(EtlRun.outcome == "running").limit(1)) is not None


def fill_empty_base(on: Engine) -> None:
    """Give a base without any station the example ones, where settings want it. Never raises for the base."""
    if not settings().sample_data:
        return
    # Imported here: a base that has prices never needs it.
    from pipeline.sample import fill_with_sample  # noqa: PLC0415

    try:
        if fill_with_sample(on):
            log.warning("no real prices yet: the base was filled with example stations")
    except (CarburoamError, SQLAlchemyError):
        log.exception("the example stations could not be loaded")
