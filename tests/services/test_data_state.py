"""The line that every page shows: what is in the base, how old it is, and whether more is coming."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, update

from models import EtlRun
from pipeline.run import run_once
from pipeline.sample import fill_with_sample
from services.data_state import DataKind, DataState, data_state
from services.towns import towns
from session import reading, writing
from settings import settings
from sources.fr_prix_carburants import FrPrixCarburants
from tests import scenes
from tests.builders import a_station
from tests.feeds import zipped
from tests.quotes import NOON, store

HALF_HOUR = timedelta(minutes=30)


def look(on: Engine, now: datetime = NOON, interval: timedelta = HALF_HOUR) -> DataState:
    """The state at a moment."""
    with reading(on) as session:
        return data_state(session, now=now, interval=interval)


def record(on: Engine, outcome: str, started_at: datetime = NOON, source: str = "fr_prix_carburants") -> None:
    """A run on record that did nothing else."""
    ended_at = None if outcome == "running" else started_at + timedelta(seconds=3)
    with writing(on) as session:
        session.add(EtlRun(source=source, started_at=started_at, ended_at=ended_at, outcome=outcome))


def test_an_empty_base_has_no_data(database: Engine):
    """Before the first run has begun."""
    assert look(database) == DataState(
        DataKind.NONE, 0, None, 0, None, is_late=False, is_running=False, last_outcome=None
    )


def test_the_first_load_is_awaited(database: Engine):
    """A run is under way, nothing is there yet."""
    record(database, "running")

    state = look(database, NOON + timedelta(minutes=1))
    assert (state.kind, state.is_running, state.last_outcome) == (DataKind.NONE, True, None)


def test_a_first_run_that_failed_says_so(database: Engine):
    """The reader learns that the source does not answer; the next try is seen beside it."""
    record(database, "unreachable")
    assert (look(database).is_running, look(database).last_outcome) == (False, "unreachable")

    record(database, "running")
    assert (look(database).is_running, look(database).last_outcome) == (True, "unreachable")


def test_a_killed_run_is_not_awaited_for_ever(database: Engine):
    """Its row stays `running`, because nobody was left to end it."""
    record(database, "running")

    assert look(database, NOON + timedelta(minutes=9)).is_running
    assert not look(database, NOON + timedelta(hours=1)).is_running


def test_the_sample_is_told_from_real_data(database: Engine):
    """An example is an example, with its own date and number, while real runs fail."""
    record(database, "unreachable")
    assert fill_with_sample(database)

    state = look(database)
    with reading(database) as session:
        placed = sum(town.stations for town in towns(session))
    assert (state.kind, state.last_outcome, state.is_late) == (DataKind.SAMPLE, "unreachable", False)
    assert 0 < placed <= state.stations
    assert state.extract_at is not None
    assert state.version > 0


def test_real_data_take_the_place_of_the_sample(database: Engine, environment: pytest.MonkeyPatch, tmp_path: Path):
    """Another kind, another version, another tag."""
    environment.setenv("CARBUROAM_CLOCK", scenes.CLOCK)
    settings.cache_clear()
    assert fill_with_sample(database)
    sample = look(database)

    scenes.load(database, tmp_path)
    state = look(database)
    assert (state.kind, state.stations) == (DataKind.REAL, len(scenes.stations()))
    assert state.version != sample.version
    assert state.tag != sample.tag


def test_a_load_that_began_before_the_sample_still_counts(database: Engine):
    """Its run has the lower number; real data go before examples whatever the order."""
    record(database, "running")
    assert fill_with_sample(database)
    with writing(database) as session:
        session.execute(update(EtlRun).where(EtlRun.outcome == "running").values(outcome="loaded", ended_at=NOON))

    assert look(database).kind is DataKind.REAL


def test_real_data_carry_the_date_of_their_newest_price(country: Engine):
    """Not that of the run: an old file stays old however late it is read."""
    state = look(country)

    assert (state.kind, state.stations) == (DataKind.REAL, len(scenes.stations()))
    assert state.extract_at == NOON - timedelta(hours=3)
    assert state.confirmed_at == NOON
    assert (state.is_late, state.is_running, state.last_outcome) == (False, False, "loaded")


def test_data_are_late_after_three_intervals_without_success(country: Engine):
    """One missed run is nothing; the third is worth a word. The interval is a setting."""
    assert not look(country, NOON + timedelta(minutes=90)).is_late
    assert look(country, NOON + timedelta(minutes=91)).is_late
    assert not look(country, NOON + timedelta(minutes=91), timedelta(hours=1)).is_late


def test_an_unchanged_feed_confirms_the_data(country: Engine, environment: pytest.MonkeyPatch, tmp_path: Path):
    """The same file two hours later: the same version, as sure as new."""
    before = look(country)
    later = scenes.NOON + timedelta(hours=2)
    environment.setenv("CARBUROAM_CLOCK", later.isoformat())
    settings.cache_clear()

    result = run_once(FrPrixCarburants(), url=(tmp_path / "scene.zip").as_uri(), on=country)
    state = look(country, later)
    assert result.outcome == "unchanged"
    assert (state.version, state.tag) == (before.version, before.tag)
    assert (state.confirmed_at, state.is_late, state.last_outcome) == (later, False, "unchanged")


def test_a_failed_run_leaves_the_data_and_confirms_nothing(country: Engine, tmp_path: Path):
    """A publisher's error page in the feed's place."""
    before = look(country)
    page = zipped(tmp_path / "page.zip", "<html>Maintenance</html>", name="index.html")

    assert run_once(FrPrixCarburants(), url=page.as_uri(), on=country).outcome == "malformed"
    state = look(country, NOON + timedelta(hours=2))
    assert (state.kind, state.tag, state.confirmed_at) == (DataKind.REAL, before.tag, before.confirmed_at)
    assert (state.last_outcome, state.is_late) == ("malformed", True)


def test_a_load_that_changes_something_is_another_version(country: Engine, tmp_path: Path):
    """Caches keyed by it never show yesterday's prices."""
    before = look(country)
    changed = scenes.stations()[0].replace("1.659", "1.649")

    assert scenes.load(country, tmp_path, changed).outcome == "loaded"
    assert look(country).version > before.version
    assert look(country).tag != before.tag


def test_the_tag_tells_bases_apart(country: Engine):
    """Two bases count their runs alike; what a browser keeps of one must not be shown for the other."""
    here = look(country)
    others = [
        DataState(here.kind, version, extract_at, stations, None, is_late=False, is_running=False, last_outcome=None)
        for version, extract_at, stations in [
            (here.version, NOON, here.stations),
            (here.version, here.extract_at, here.stations + 1),
            (here.version + 1, here.extract_at, here.stations),
            (0, None, 0),
        ]
    ]

    assert len({here.tag, *(other.tag for other in others)}) == 5
    assert all(set(state.tag) <= set("0123456789-") for state in (here, *others))


def test_stations_without_a_run_are_no_data_of_a_source(database: Engine):
    """Only a load that is on record counts: half a restore is not shown as today's prices."""
    store(database, a_station())

    assert look(database).kind is DataKind.NONE
