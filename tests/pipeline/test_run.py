"""A whole run, from a file to the base: how each way to fail ends, and that the base keeps its last good state."""

import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, select, text

import session as session_module
from adapters.download import Download, Validators
from errors import DatabaseUnavailable, LeaseLost
from models import EtlRun, Price, PriceMedian, Station
from pipeline import lease
from pipeline.run import RunResult, run_once
from pipeline.sample import fill_with_sample
from pipeline.shown import Shown
from services.data_state import DataKind, data_state
from session import make_engine, reading, writing
from settings import now
from sources.fr_prix_carburants import FrPrixCarburants
from tests.feeds import element, feed, many, pdv, prix, zipped

Runner = Callable[..., RunResult]


@pytest.fixture
def run(database: Engine, tmp_path: Path) -> Runner:
    """Runs the French source on a feed of these stations."""

    def once(*stations: str, on: Engine = database, **options: Any) -> RunResult:
        extract = zipped(tmp_path / "feed.zip", feed(*stations))
        return run_once(FrPrixCarburants(), url=extract.as_uri(), on=on, **options)

    return once


def last_run(database: Engine) -> Any:
    """The row of the newest run."""
    with reading(database) as session:
        return session.scalars(select(EtlRun).order_by(EtlRun.id.desc()).limit(1)).one()


def prices(database: Engine) -> list[int]:
    with reading(database) as session:
        return list(session.scalars(select(Price.price).order_by(Price.price)))


def test_a_good_run_is_loaded_and_recorded(database: Engine, run: Runner):
    """The row tells what came, what changed and what could not be used, with examples."""
    result = run(*many(4, prix()), pdv(prix(valeur="abc"), id="9"))

    assert (result.outcome, result.error) == ("loaded", None)
    assert (result.counts.stations_read, result.counts.prices_read, result.counts.rejected) == (5, 4, 1)
    row = last_run(database)
    assert (row.id, row.source, row.outcome) == (result.run_id, "fr_prix_carburants", "loaded")
    assert row.rejects["price_malformed"]["count"] == 1
    assert row.rejects["price_malformed"]["examples"][0].startswith("9: ")
    assert row.extract_at.isoformat() == "2025-02-07T11:00:00+00:00"
    assert row.started_at <= row.ended_at
    assert len(row.content_hash) == 64
    assert row.bytes > 0


def test_an_unchanged_feed_ends_the_run_at_once(database: Engine, run: Runner):
    """The same bytes are not read again, and the date of the data stays known."""
    run(pdv(prix()))
    stages: list[str] = []

    result = run(pdv(prix()), progress=lambda stage, *_: stages.append(stage))

    assert result.outcome == "unchanged"
    assert stages == ["download"]
    assert last_run(database).extract_at is not None


def test_how_far_a_run_is_can_be_seen_from_elsewhere(database: Engine, run: Runner):
    """Each stage as it begins, and no more when it is over."""
    seen: list[tuple[str, str | None]] = []

    run(*many(1001, prix()), progress=lambda stage, *_: seen.append((stage, last_run(database).stage)))

    # The callback comes before the word is written.
    assert seen == [("download", None), ("read", "download"), ("read", "read"), ("load", "read"), ("load", "load")]


def test_a_base_in_other_hands_keeps_no_run_waiting_for_its_progress(sqlite_database: Engine):
    """It says it the next time."""
    with writing(sqlite_database) as session:
        row = EtlRun(source="test", started_at=now(), outcome="running")
        session.add(row)
    shown = Shown(sqlite_database, row.id)
    with writing(sqlite_database) as session:
        session.execute(text("SELECT 1"))
        shown.note("load", 0, 1)
        assert last_run(sqlite_database).stage is None

    shown.note("load", 0, 1)

    assert last_run(sqlite_database).stage == "load"


def test_the_same_bytes_are_loaded_again_into_a_base_that_lost_them(database: Engine, run: Runner):
    """What counts is what the base holds, not what a run once wrote."""
    run(pdv(prix()))
    with writing(database) as session:
        session.execute(text("DELETE FROM stations"))

    assert run(pdv(prix())).outcome == "loaded"


class Served(FrPrixCarburants):
    """The French source behind a server that gives an ETag with its file; remembers what it was asked with."""

    def __init__(self, extract: Path) -> None:
        self.served = extract
        self.known: list[str | None] = []

    def extract(self, url: str, into: Path, *, known: Validators, on_retry: object = None) -> Download | None:
        self.known.append(known.etag)
        if known.etag == '"1"':
            return None
        found = super().extract(self.served.as_uri(), into, known=known)
        return None if found is None else replace(found, etag='"1"')


def test_a_server_is_asked_whether_the_file_changed_since_the_last_good_run(database: Engine, tmp_path: Path):
    """Not of another address, and not for a base that lost its stations; a bad run between changes nothing."""
    source = Served(zipped(tmp_path / "feed.zip", feed(pdv(prix()))))

    def run(url: str) -> str:
        return run_once(source, url=url, on=database).outcome

    assert [run("https://one.example"), run("https://one.example"), run("https://one.example")] == [
        "loaded",
        "unchanged",
        "unchanged",
    ]
    assert source.known == [None, '"1"', '"1"']
    assert last_run(database).extract_at is not None
    assert run("https://two.example") == "unchanged"
    assert source.known[-1] is None
    with writing(database) as session:
        session.execute(text("DELETE FROM stations"))
    assert run("https://two.example") == "loaded"
    assert source.known[-1] is None


@pytest.mark.parametrize(
    ("content", "outcome", "words"),
    [
        (b"<html>Maintenance</html>", "malformed", "not a readable zip"),
        (None, "unreachable", "cannot be read"),
        (feed(), "refused", "the list of stations is empty"),
        (feed(pdv()), "refused", "plausible price"),
        (feed(*many(5, prix())), "refused", "4 of 9 stations are missing"),
    ],
)
def test_a_feed_that_is_no_good_leaves_the_base_as_it_was(
    database: Engine, run: Runner, tmp_path: Path, content: bytes | str | None, outcome: str, words: str
):
    """The publisher's faults are outcomes, told in plain words; the next good feed is loaded."""
    run(*many(9, prix()))
    file = tmp_path / "feed.zip"
    if content is None:
        file.unlink()
    elif isinstance(content, bytes):
        file.write_bytes(content)
    else:
        zipped(file, content)

    result = run_once(FrPrixCarburants(), url=file.as_uri(), on=database)

    assert result.outcome == outcome
    assert words in (result.error or "")
    assert (last_run(database).outcome, last_run(database).error) == (outcome, result.error)
    assert prices(database) == [1749] * 9
    assert run(*many(9, prix(valeur="1.699"))).outcome == "loaded"
    assert prices(database) == [1699] * 9


def test_a_refused_run_keeps_its_figures(database: Engine, run: Runner):
    """Why it was refused can be seen later."""
    run(*many(9, prix()))

    run(*many(5, prix(), prix(valeur="abc")))

    row = last_run(database)
    assert (row.stations_read, row.prices_read, row.rejected) == (5, 5, 5)
    assert row.stations_changed == 0


def test_a_reader_sees_the_old_base_or_the_new_never_half(database: Engine, run: Runner):
    """While loads alternate between two prices, no reader ever sees both, nor a median of the other."""
    run(*many(400, prix(valeur="1.500")))
    seen: set[tuple[int, ...]] = set()
    is_over = threading.Event()

    def watch() -> None:
        while not is_over.is_set():
            with reading(database) as session:
                if database.dialect.name == "postgresql":
                    session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
                found = set(session.scalars(select(Price.price)))
                found |= set(session.scalars(select(PriceMedian.price).where(PriceMedian.area == "FR")))
                seen.add(tuple(sorted(found)))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        for turn in range(6):
            moment = f"2025-02-07 12:00:{turn:02d}"
            run(*many(400, prix(valeur=("1.600", "1.500")[turn % 2], maj=moment)))
    finally:
        is_over.set()
        watcher.join()

    assert seen == {(1500,), (1600,)}


def test_a_run_without_the_lease_writes_nothing(database: Engine, run: Runner):
    """Another took it meanwhile: our load rolls back and says why."""
    with writing(database) as session:
        mine = lease.take(session, "etl:fr", holder="me", lasts=timedelta(minutes=1))
        assert mine is not None
        lease.release(session, mine)
        assert lease.take(session, "etl:fr", holder="you", lasts=timedelta(minutes=1)) is not None

    with pytest.raises(LeaseLost):
        run(pdv(prix()), held=mine)

    assert prices(database) == []
    assert last_run(database).outcome == "failed"
    assert "lease" in last_run(database).error


def test_a_run_that_was_killed_is_closed_by_the_next(database: Engine, run: Runner):
    """Who holds the lease knows that nobody else is at work."""
    with writing(database) as session:
        session.add(EtlRun(source="fr_prix_carburants", started_at=now(), outcome="running"))
        held = lease.take(session, "etl:fr", holder="me", lasts=timedelta(minutes=1))

    run(pdv(prix()), held=held)

    with reading(database) as session:
        assert list(session.scalars(select(EtlRun.outcome).order_by(EtlRun.id))) == ["failed", "loaded"]


def test_the_unforeseen_is_recorded_and_raised(database: Engine, run: Runner):
    """A fault of ours is no outcome of the publisher's."""

    def broken(*_: object) -> None:
        raise ZeroDivisionError("oh")

    with pytest.raises(ZeroDivisionError):
        run(pdv(prix()), progress=broken)

    assert (last_run(database).outcome, last_run(database).error) == ("failed", "ZeroDivisionError: oh")


def test_the_sample_fills_an_empty_base_only_and_leaves_with_the_first_load(database: Engine, run: Runner):
    """Example stations stand in for real ones, never beside them."""
    assert fill_with_sample(database)
    assert not fill_with_sample(database)
    with reading(database) as session:
        assert set(session.scalars(select(Station.source))) == {"sample"}
        assert data_state(session, now=now(), interval=timedelta(minutes=30)).kind is DataKind.SAMPLE
        assert session.scalars(select(PriceMedian).limit(1)).first() is not None

    assert run(pdv(prix())).outcome == "loaded"

    with reading(database) as session:
        assert list(session.scalars(select(Station.source))) == ["fr_prix_carburants"]
        assert set(session.scalars(select(PriceMedian.area))) == {"FR", "FR-01"}
    assert not fill_with_sample(database)


def test_the_sample_stays_while_the_feed_is_no_good(database: Engine, run: Runner):
    """It goes in the transaction of a load, not before."""
    fill_with_sample(database)

    assert run().outcome == "refused"

    with reading(database) as session:
        assert set(session.scalars(select(Station.source))) == {"sample"}


def test_a_base_without_room_keeps_its_last_good_state(sqlite_database: Engine, run: Runner):
    """SQLite may not grow: the load rolls back, the run says so, and with room again the feed is loaded."""
    few, lots = many(9, prix()), many(900, prix(valeur="1.699"))
    assert run(*few, on=sqlite_database).outcome == "loaded"
    cramped = make_engine(str(sqlite_database.url))

    @event.listens_for(cramped, "connect")
    def _limit(connection: sqlite3.Connection, _record: object) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={pages + 2}")

    with pytest.raises(DatabaseUnavailable, match="no room left"):
        run(*lots, on=cramped)
    cramped.dispose()

    assert prices(sqlite_database) == [1749] * 9
    assert (last_run(sqlite_database).outcome, "no room left" in last_run(sqlite_database).error) == ("failed", True)
    assert run(*lots, on=sqlite_database).outcome == "loaded"


def test_a_base_locked_for_a_moment_is_waited_for(sqlite_database: Engine, run: Runner):
    """Another writer holds SQLite for half a second."""
    other = sqlite3.connect(sqlite_database.url.database or "", check_same_thread=False, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    threading.Timer(0.5, lambda: other.execute("COMMIT")).start()
    begun = time.monotonic()

    assert run(pdv(prix()), on=sqlite_database).outcome == "loaded"

    assert time.monotonic() - begun >= 0.4
    other.close()


def test_a_base_locked_for_long_costs_the_run(sqlite_database: Engine, run: Runner, monkeypatch: pytest.MonkeyPatch):
    """Another writer never ends: the run gives up in plain words, and the next one works."""
    monkeypatch.setattr(session_module, "BUSY_TIMEOUT_S", 0.2)
    impatient = make_engine(str(sqlite_database.url))
    other = sqlite3.connect(sqlite_database.url.database or "", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(DatabaseUnavailable, match="another program held the database too long"):
        run(pdv(prix()), on=impatient)

    other.execute("COMMIT")
    other.close()
    assert run(pdv(prix()), on=impatient).outcome == "loaded"
    impatient.dispose()


def test_services_and_outages_of_a_feed_reach_the_base(database: Engine, run: Runner):
    """From the publisher's words to our columns."""
    run(
        pdv(
            prix(),
            element("services", element("service", "Wifi")),
            element("rupture", id="5", nom="E10", debut="2025-02-06 12:00:00", fin="", type="temporaire"),
        )
    )

    with reading(database) as session:
        assert session.scalar(select(Station.amenities)) == 1 << 17
        assert session.execute(text("SELECT gastype_id, ended_at FROM outages")).all() == [(5, None)]
