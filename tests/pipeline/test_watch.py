"""The loop: what people ask for, what a failure costs, when nothing is done. Its processes: tests/test_etl.py."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, update

from adapters.download import Download, Validators
from errors import SourceUnreachable
from models import EtlRequest, EtlRun, Lease, Station
from pipeline import lease, orders, watch
from records import NameRecord, Reject, StationRecord
from session import reading, writing
from settings import settings
from sources.base import Attribution, Feed, NameSource, Source
from sources.es_minetur import EsMinetur
from tests.neighbours import spanish
from tests.processes import until

TICK = timedelta(minutes=30)


class Slow:
    """A publisher whose answer comes when the test lets it, and then is none."""

    name = "slow"
    area = "FR"
    currency = "EUR"
    attribution = Attribution("", "", "", "")
    feed = Feed("https://slow.example", TICK)

    def __init__(self) -> None:
        self.asked_at: list[float] = []
        self.answers = threading.Event()
        self.answers.set()

    def extract(
        self, url: str, into: Path, *, known: Validators, on_retry: Callable[[], None] | None = None
    ) -> Download | None:
        self.asked_at.append(time.monotonic())
        while not self.answers.wait(0.05):
            if on_retry:
                on_retry()
        raise SourceUnreachable(self.name, "not today")

    @property
    def asked(self) -> int:
        return len(self.asked_at)

    def transform(self, extract: Path) -> Iterator[StationRecord | Reject]:
        raise NotImplementedError


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "POLL_S", 0.1)
    monkeypatch.setattr(watch, "TAKEN_S", 0.2)


@contextmanager
def _watching(source: Slow, database: Engine) -> Iterator[watch.Watcher]:
    stop = threading.Event()
    watcher = watch.Watcher([(source, source.feed.url, TICK)], on=database, stop=stop)
    thread = threading.Thread(target=watcher.watch)
    thread.start()
    try:
        yield watcher
    finally:
        stop.set()
        watcher.give_up()
        thread.join(10)
        assert not thread.is_alive()


def _order(database: Engine, action: str, source: str | None = None) -> None:
    with writing(database) as session:
        orders.place(session, action, source=source)


def _outcomes(database: Engine) -> list[tuple[str, str | None]]:
    with reading(database) as session:
        rows = session.execute(select(EtlRun.outcome, EtlRun.error).where(EtlRun.source == "slow").order_by(EtlRun.id))
        return [(row.outcome, row.error) for row in rows]


def _picked_up(database: Engine) -> bool:
    with reading(database) as session:
        return session.scalars(select(EtlRequest.id).where(EtlRequest.picked_up_at.is_(None))).first() is None


@pytest.mark.parametrize("source", ["slow", None])
def test_an_order_to_stop_ends_the_run_and_an_order_to_run_starts_again(source: str | None, database: Engine):
    """For one source or for all; in between nothing runs."""
    slow = Slow()
    slow.answers.clear()
    with _watching(slow, database):
        until(lambda: slow.asked == 1)
        _order(database, orders.STOP, source)

        until(lambda: _outcomes(database) and _outcomes(database)[0][0] == "failed", within_s=30)
        until(lambda: _picked_up(database))
        assert slow.asked == 1
        slow.answers.set()
        _order(database, orders.RUN, source)
        until(lambda: [outcome for outcome, _ in _outcomes(database)] == ["failed", "unreachable"], within_s=30)


def test_a_stop_holds_over_a_restart(sqlite_database: Engine):
    """The child dies and is started again: an admin who said stop meant it."""
    _order(sqlite_database, orders.STOP)
    slow = Slow()

    with _watching(slow, sqlite_database):
        until(lambda: _picked_up(sqlite_database))
        threading.Event().wait(0.5)

    assert slow.asked == 0


def test_an_order_for_another_source_is_not_for_us(sqlite_database: Engine):
    """Each source stops and runs by itself."""
    _order(sqlite_database, orders.STOP, "elsewhere")
    slow = Slow()

    with _watching(slow, sqlite_database):
        until(lambda: slow.asked == 1)


def test_no_answer_is_asked_again_sooner_than_at_the_next_tick(
    sqlite_database: Engine, monkeypatch: pytest.MonkeyPatch
):
    """A laptop that finds its network a minute later need not wait for half an hour; the pauses grow."""
    monkeypatch.setattr(watch, "FIRST_RETRY_S", 0.3)
    slow = Slow()

    with _watching(slow, sqlite_database):
        until(lambda: slow.asked == 3)

    first, second, third = slow.asked_at[:3]
    assert second - first > 0.2
    assert third - second > 0.5
    assert _outcomes(sqlite_database)[0] == ("unreachable", "not today")


def test_the_sample_can_be_switched_off(sqlite_database: Engine, environment: pytest.MonkeyPatch):
    """A deployment may prefer an empty page to an example."""
    environment.setenv("CARBUROAM_SAMPLE_DATA", "false")
    settings.cache_clear()
    slow = Slow()

    with _watching(slow, sqlite_database):
        until(lambda: _outcomes(sqlite_database) == [("unreachable", "not today")])
        threading.Event().wait(0.3)

    with reading(sqlite_database) as session:
        assert session.scalars(select(Station)).first() is None


def test_the_sample_comes_with_the_first_failed_try(sqlite_database: Engine):
    """Not after the last: somebody is waiting in front of an empty page."""
    slow = Slow()
    slow.answers.clear()

    with _watching(slow, sqlite_database):
        until(lambda: _has_sample(sqlite_database), within_s=60)
        assert _outcomes(sqlite_database) == [("running", None)]


def _has_sample(database: Engine) -> bool:
    with reading(database) as session:
        return session.scalars(select(Station.source).limit(1)).first() == "sample"


class SlowNames(Slow):
    """A publisher of names that does not answer."""

    name = "slow_names"
    of = "slow"

    def names(self, extract: Path) -> Iterator[NameRecord | Reject]:
        raise NotImplementedError


def test_names_that_cannot_be_had_bring_no_examples(sqlite_database: Engine, monkeypatch: pytest.MonkeyPatch):
    """The base may be empty because prices are on their way."""
    monkeypatch.setattr(watch, "NAMES_AFTER_S", 0.0)
    monkeypatch.setattr(watch, "FIRST_RETRY_S", 0.2)
    names = SlowNames()

    with _watching(names, sqlite_database):
        until(lambda: names.asked == 2)

    with reading(sqlite_database) as session:
        assert session.scalars(select(Station)).first() is None


def test_names_never_delay_prices(sqlite_database: Engine, monkeypatch: pytest.MonkeyPatch):
    """While their publisher keeps us waiting, prices run when they are asked for; both end when told to."""
    monkeypatch.setattr(watch, "NAMES_AFTER_S", 0.0)
    monkeypatch.setattr(watch, "TAKEN_S", 60.0)
    slow, names = Slow(), SlowNames()
    slow.answers.clear()
    names.answers.clear()
    stop = threading.Event()
    jobs = [(names, "https://names.example", TICK), (slow, "https://slow.example", TICK)]
    watcher = watch.Watcher(jobs, on=sqlite_database, stop=stop)
    thread = threading.Thread(target=watcher.watch)
    thread.start()
    try:
        until(lambda: names.asked == 1 and slow.asked == 1)
        until(lambda: {held.name for held in watcher.held} == {"etl:slow", "etl:slow_names"})
        _order(sqlite_database, orders.STOP, "slow")
        until(lambda: [held.name for held in watcher.held] == ["etl:slow_names"])
        names.answers.set()
        until(lambda: not watcher.held)
    finally:
        stop.set()
        watcher.give_up()
        thread.join(10)
    assert not thread.is_alive()


def test_a_source_that_hangs_delays_no_other(sqlite_database: Engine, tmp_path: Path):
    """Each has its thread, its lease, its rows: the neighbour loads while this one waits for an answer."""
    slow = Slow()
    slow.answers.clear()
    stop = threading.Event()
    jobs: list[tuple[Source | NameSource, str, timedelta]] = [
        (slow, slow.feed.url, TICK),
        (EsMinetur(), spanish(tmp_path / "es.json", {}), TICK),
    ]
    watcher = watch.Watcher(jobs, on=sqlite_database, stop=stop)
    thread = threading.Thread(target=watcher.watch)
    thread.start()
    try:
        until(lambda: [held.name for held in watcher.held] == ["etl:slow"] and _loaded(sqlite_database))
        assert _outcomes(sqlite_database) == [("running", None)]
    finally:
        stop.set()
        watcher.give_up()
        thread.join(10)
    assert not thread.is_alive()


def _loaded(database: Engine) -> list[str]:
    with reading(database) as session:
        return list(session.scalars(select(EtlRun.source).where(EtlRun.outcome == "loaded", EtlRun.source != "sample")))


def test_an_order_waits_for_another_process_to_finish(sqlite_database: Engine):
    """The lease is in other hands: nothing runs, and the order is not forgotten."""
    with writing(sqlite_database) as session:
        others = lease.take(session, "etl:slow", holder="another", lasts=timedelta(minutes=1))
        assert others
        session.add(_a_good_run())
    _order(sqlite_database, orders.RUN)
    slow = Slow()

    with _watching(slow, sqlite_database):
        until(lambda: _picked_up(sqlite_database))
        threading.Event().wait(0.5)
        assert slow.asked == 0
        with writing(sqlite_database) as session:
            lease.release(session, others)
        until(lambda: slow.asked == 1)


def _a_good_run() -> EtlRun:
    from settings import now

    return EtlRun(source="slow", started_at=now(), ended_at=now(), outcome="unchanged")


def test_a_run_that_lost_its_lease_gives_up(
    sqlite_database: Engine, environment: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    """The heartbeat finds another holder: the run ends by itself, says what became of it and leaves the lease alone."""
    environment.setenv("CARBUROAM_LEASE_LASTS", "PT1S")
    settings.cache_clear()
    slow = Slow()
    slow.answers.clear()

    with _watching(slow, sqlite_database):
        until(lambda: slow.asked == 1)
        with writing(sqlite_database) as session:
            session.execute(
                update(Lease).values(holder="another", fence=Lease.fence + 1, expires_at=Lease.expires_at + 60)
            )
        until(lambda: _outcomes(sqlite_database)[0][0] == "failed", within_s=30)
        until(lambda: "another process holds the lease; nothing of this run was written" in caplog.text)

    with reading(sqlite_database) as session:
        held = session.scalars(select(Lease)).one()
        assert held.holder == "another"
        assert held.expires_at > 0
    assert slow.asked == 1
