"""Names on their way into the base: beside the prices, only what changed, and never in the way of a price."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from models import EtlRun, Price, Station, StationName
from pipeline.run import RunResult, run_once
from pipeline.sample import fill_with_sample
from services.data_state import DataState, data_state
from session import reading
from settings import settings
from sources.fr_brands import FrBrands
from tests import scenes
from tests.brand_lists import HEADER, brand_list

LIST = (
    f"{scenes.CHEAPEST},Intermarché,Intermarché,,",
    f"{scenes.NEAR_TIE},,Garage du Lac,,",
    f"{scenes.LYON},Total,Relais Lafayette,,",
    "99000001,Esso,,,",
)


@pytest.fixture
def base(database: Engine, tmp_path: Path, environment: pytest.MonkeyPatch) -> Engine:
    """The country of scenes.py, whose stations have no names yet."""
    environment.setenv("CARBUROAM_CLOCK", scenes.CLOCK)
    settings.cache_clear()
    assert scenes.load(database, tmp_path).outcome == "loaded"
    return database


def name(on: Engine, folder: Path, *rows: str, **options: Any) -> RunResult:
    """Load a list of names."""
    return run_once(FrBrands(), url=brand_list(folder, *rows).as_uri(), on=on, **options)


def called(on: Engine) -> dict[str, tuple[str | None, str | None]]:
    """Brand and name of the stations that have any."""
    with reading(on) as session:
        rows = session.execute(select(Station.source_ref, Station.brand, Station.name)).all()
    return {ref: (brand, own) for ref, brand, own in rows if brand or own}


def state(on: Engine) -> DataState:
    """What the pages say of the data."""
    with reading(on) as session:
        return data_state(session, now=scenes.NOON, interval=settings().etl_interval)


def test_a_list_names_the_stations_and_only_what_changes_is_written(base: Engine, tmp_path: Path):
    """The next list moves a brand, forgets one and knows another; the run says how many stations that touched."""
    before = state(base)

    first = name(base, tmp_path, *LIST)

    assert (first.outcome, first.counts.stations_read, first.counts.stations_changed) == ("loaded", 4, 3)
    assert called(base) == {
        scenes.CHEAPEST: ("Intermarché", None),
        scenes.NEAR_TIE: (None, "Garage du Lac"),
        scenes.LYON: ("TotalEnergies", "Relais Lafayette"),
    }
    assert name(base, tmp_path, *LIST).outcome == "unchanged"

    second = name(base, tmp_path, LIST[0].replace("Intermarché", "Netto"), LIST[1], LIST[3], f"{scenes.STALE},BP,,,")

    assert (second.counts.stations_changed, second.counts.gone) == (3, 1)
    assert called(base) == {
        scenes.CHEAPEST: ("Netto", None),
        scenes.NEAR_TIE: (None, "Garage du Lac"),
        scenes.STALE: ("BP", None),
    }
    after = state(base)
    assert (after.extract_at, after.stations, after.confirmed_at, after.last_outcome) == (
        before.extract_at,
        before.stations,
        before.confirmed_at,
        before.last_outcome,
    )
    assert after.version > before.version, "what was cached of the stations has their old names"


def test_a_station_that_the_feed_brings_later_has_its_name_at_once(database: Engine, tmp_path: Path):
    """Names may be there before any price is, and of two rows for one station the one with a brand counts."""
    result = name(database, tmp_path, f"{scenes.CHEAPEST},,Garage,,", *LIST, f"{scenes.LYON},Esso,,,")
    assert (result.outcome, result.counts.rejected) == ("loaded", 2)
    assert state(database).version == 0

    assert scenes.load(database, tmp_path).outcome == "loaded"

    assert called(database)[scenes.CHEAPEST] == ("Intermarché", None)
    assert called(database)[scenes.LYON] == ("TotalEnergies", "Relais Lafayette")


@pytest.mark.parametrize(
    ("content", "outcome"),
    [
        (None, "unreachable"),
        (b"BZh9 cut", "malformed"),
        (HEADER.replace("brand", "enseigne").encode(), "malformed"),
        (b"<html></html>", "malformed"),
        (HEADER.encode(), "refused"),
        ((HEADER + LIST[0] + "\n").encode(), "refused"),
    ],
    ids=["missing", "truncated", "renamed", "html", "no-rows", "halved"],
)
def test_a_bad_list_touches_nothing(
    content: bytes | None, outcome: str, sqlite_database: Engine, tmp_path: Path, environment: pytest.MonkeyPatch
):
    """Prices, names and the state of the data stay as they were; the run says what was wrong."""
    environment.setenv("CARBUROAM_CLOCK", scenes.CLOCK)
    settings.cache_clear()
    scenes.load(sqlite_database, tmp_path)
    name(sqlite_database, tmp_path, *LIST)
    before = (state(sqlite_database), called(sqlite_database), _prices(sqlite_database))
    bad = tmp_path / "bad"
    if content is not None:
        bad.write_bytes(content)

    result = run_once(FrBrands(), url=bad.as_uri(), on=sqlite_database)

    assert result.outcome == outcome
    assert result.error
    assert (state(sqlite_database), called(sqlite_database), _prices(sqlite_database)) == before


def test_a_person_may_accept_a_list_that_shrank(sqlite_database: Engine, tmp_path: Path):
    """As with a feed: once, by their word."""
    name(sqlite_database, tmp_path, *LIST)

    assert name(sqlite_database, tmp_path, LIST[0]).outcome == "refused"
    assert name(sqlite_database, tmp_path, LIST[0], most_lost=1.0).outcome == "loaded"


def test_examples_have_brands_that_nobody_has_and_leave_with_them(sqlite_database: Engine, tmp_path: Path):
    """The names go when the sample goes."""
    assert fill_with_sample(sqlite_database)
    assert {brand for brand, _ in called(sqlite_database).values()} == {
        "Hyper Exemple",
        "Station Bleue",
        "Carbu Modèle",
        "Relais Fictif",
    }

    scenes.load(sqlite_database, tmp_path)

    assert called(sqlite_database) == {}
    with reading(sqlite_database) as session:
        assert session.scalars(select(StationName)).first() is None


def test_the_real_list_loads_onto_the_real_feed(
    sqlite_database: Engine, shared: Path, real_feed: Callable[[str], Path]
):
    """And no date of the data comes from it."""
    from sources.fr_prix_carburants import FrPrixCarburants

    run_once(FrPrixCarburants(), url=real_feed("2025-02-07T0830").as_uri(), on=sqlite_database)
    result = run_once(FrBrands(), url=(shared / "brands" / "stations-osm.csv").as_uri(), on=sqlite_database)

    assert result.outcome == "loaded"
    assert result.counts.stations_changed / 10_010 > 0.93
    with reading(sqlite_database) as session:
        dated = session.execute(select(EtlRun.source, EtlRun.extract_at).order_by(EtlRun.id)).all()
    assert [(source, isinstance(at, datetime)) for source, at in dated] == [
        ("fr_prix_carburants", True),
        ("fr_brands", False),
    ]


def _prices(on: Engine) -> list[tuple[int, int, int]]:
    with reading(on) as session:
        rows = session.execute(select(Price.station_id, Price.gastype_id, Price.price)).all()
    return sorted((station, fuel, price) for station, fuel, price in rows)
