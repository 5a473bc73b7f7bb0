"""A search around a point, 25 km, one fuel, ranked by price or net cost: on the real base, and on one a hundredfold."""

import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime
from math import cos, radians
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from bench.report import Row, snapshot
from pipeline.run import run_once
from records import Fuel
from services.cars import DEFAULT_CAR
from services.filters import NO_FILTERS, Filters
from services.quotes import around
from services.ranking import Sort, rank
from session import make_engine, prepare, reading
from sources.fr_prix_carburants import FrPrixCarburants

MOMENT = datetime(2025, 2, 7, 8, 30, tzinfo=ZoneInfo("Europe/Paris"))
SNAPSHOT = "2025-02-07T0830"
RADIUS_KM = 25
POINTS = 101
WARM_UP = 20
# None of them leaves out so many that there would be little left to rank.
FILTERS = Filters(open_now=True, no_motorway=True, hide_out=True, hide_stale=True)

# The large base: as many stations a square kilometre as France has, on a rectangle astride the equator.
STATIONS = 1_000_000
KM2_A_STATION = 550_000 / 10_010
KM_A_DEGREE = 111.2
TALL = 80.0
"""Degrees of latitude, half of them north."""
WEEKS = 2_500
"""Distinct weeks of opening hours, as the real base has them."""


def measure() -> list[Row]:
    """The rows. Time is that of this process alone: it does all the work, the database included."""
    with tempfile.TemporaryDirectory() as folder:
        real = make_engine(f"sqlite:///{folder}/real.sqlite3")
        prepare(real)
        run_once(FrPrixCarburants(), url=snapshot(SNAPSHOT).as_uri(), on=real)
        large = make_engine(f"sqlite:///{folder}/large.sqlite3")
        prepare(large)
        fill(Path(folder) / "large.sqlite3", STATIONS)
        rows = [
            _row("search among 10,000 stations", real, 3.0),
            _row("search among 1,000,000", large, 10.0),
            _row("net cost, filtered, among 10,000", real, 5.0, Sort.NET, FILTERS),
            _row("net cost, filtered, among 1,000,000", large, 15.0, Sort.NET, FILTERS),
        ]
        real.dispose()
        large.dispose()
    return rows


def _row(what: str, on: Engine, target_ms: float, sort: Sort = Sort.PRICE, filters: Filters = NO_FILTERS) -> Row:
    """Search around stations drawn by a fixed seed: where there are many, there are many who search."""
    dice = random.Random(2)  # noqa: S311 - places, not secrets
    with reading(on) as session:
        last = session.connection().exec_driver_sql("SELECT max(id) FROM stations").scalar_one()
        query = "SELECT latitude, longitude FROM stations WHERE id = ? AND latitude IS NOT NULL"
        drawn = (session.connection().exec_driver_sql(query, (dice.randint(1, last),)).first() for _ in range(1_000))
        places = [(place[0], place[1]) for place in drawn if place is not None][: WARM_UP + POINTS]
    searches = [_search(on, *place, sort, filters) for place in places][WARM_UP:]
    durations = sorted(took_ms for took_ms, _ in searches)
    found = [count for _, count in searches]
    note = (
        f"{statistics.median(found):.0f} stations found, at most {max(found)}; "
        f"nine of ten searches ≤ {durations[len(durations) * 9 // 10]:.1f} ms"
    )
    return Row(what, statistics.median(durations), target_ms, "ms", note)


def _search(on: Engine, latitude: float, longitude: float, sort: Sort, filters: Filters) -> tuple[float, int]:
    """Milliseconds of processor for one search as the page makes it, and how many stations it found."""
    begun = time.process_time()
    with reading(on) as session:
        found = rank(
            around(
                session,
                Fuel.DIESEL,
                latitude=latitude,
                longitude=longitude,
                radius_km=RADIUS_KM,
                now=MOMENT,
                as_of=MOMENT,
                filters=filters,
            ),
            sort=sort,
            fill=DEFAULT_CAR.fill(Fuel.DIESEL),
        )
    return (time.process_time() - begun) * 1_000, len(found.quotes) + len(found.suspect)


def fill(base: Path, stations: int) -> None:
    """Fill a prepared SQLite base with stations, each with a price of Gazole and one of E10."""
    connection = sqlite3.connect(base)
    connection.execute("PRAGMA synchronous=OFF")
    with connection:
        connection.executemany(
            "INSERT INTO stations (id, source, source_ref, latitude, longitude, address, zip_code, town, area,"
            " road_kind, amenities, is_open_24h, opening_hours, first_seen_at)"
            " VALUES (?, 'bench', ?, ?, ?, ?, '01000', 'Bourg-en-Bresse', 'FR-01', 'road', 5, ?, ?, 0)",
            _stations(stations),
        )
        moment = int(MOMENT.timestamp())
        connection.executemany(
            "INSERT INTO prices (station_id, gastype_id, price, updated_at, is_suspect) VALUES (?, ?, ?, ?, 0)",
            (
                (station, fuel.value, 1_600 + station * 7 % 200, moment - station * 61 % 1_000_000)
                for station in range(1, stations + 1)
                for fuel in (Fuel.DIESEL, Fuel.E10)
            ),
        )
    connection.close()


def _stations(stations: int) -> Iterator[tuple[int, str, float, float, str, bool, str]]:
    dice = random.Random(1)  # noqa: S311 - places, not secrets
    # The meridians converge: a degree of longitude is as wide as the cosine of its latitude, 0.92 of it on average.
    mean_width = sum(cos(radians(degree)) for degree in range(-int(TALL) // 2, int(TALL) // 2 + 1)) / (TALL + 1)
    wide = stations * KM2_A_STATION / (TALL * KM_A_DEGREE) / (KM_A_DEGREE * mean_width)
    for station in range(1, stations + 1):
        opens, closes = 300 + station % 50 * 5, 1_100 + station % WEEKS // 50 * 5
        week = "[" + ", ".join([f"[[{opens}, {closes}]]"] * 7) + "]"
        yield (
            station,
            str(station),
            dice.uniform(-TALL / 2, TALL / 2),
            dice.uniform(-wide / 2, wide / 2),
            f"{station % 300} RUE DE L'EXEMPLE",
            station % 3 == 0,
            week,
        )
