"""A year of one station's prices, out of twenty million rows."""

import random
import sqlite3
import statistics
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from bench.report import Row, cpu_s
from records import Fuel
from services.history import station_history, trends
from session import make_engine, prepare, reading

STATIONS = 10_000
FUELS = 5
DAYS = 400
"""Of history, a price a day: 20 million rows."""
NOW = 1_738_926_000
FOLLOWED = 10
TIMES = 101
WARM_UP = 10


def measure() -> list[Row]:
    """The two rows: the chart of a station, and the small lines of ten. Processor time, the database included."""
    dice = random.Random(3)  # noqa: S311 - stations, not secrets
    now = datetime.fromtimestamp(NOW, UTC)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "history.sqlite3"
        on = make_engine(f"sqlite:///{file}")
        prepare(on)
        on.dispose()
        _fill(file)

        def chart() -> None:
            with reading(on) as session:
                found = station_history(session, dice.randint(1, STATIONS), Fuel.E85, days=365, now=now)
            if found is None or len(found.steps) < 360:
                raise RuntimeError("the history is not what was written")

        def lines() -> None:
            chosen = dice.sample(range(1, STATIONS + 1), FOLLOWED)
            with reading(on) as session:
                trends(session, chosen, (Fuel.DIESEL, Fuel.SP95, Fuel.E85), now=now)

        rows = [
            _row("history of a station, 365 days", chart, 20.0, f"of {STATIONS * FUELS * DAYS:,} rows"),
            _row("trends of 10 stations, 3 fuels, 30 days", lines, 20.0, "one query"),
        ]
        on.dispose()
    return rows


def _row(what: str, work: Callable[[], None], target_ms: float, note: str) -> Row:
    took = [cpu_s(work) * 1_000 for _ in range(WARM_UP + TIMES)][WARM_UP:]
    ordered = sorted(took)
    return Row(
        what,
        statistics.median(took),
        target_ms,
        "ms",
        f"{note}; nine of ten ≤ {ordered[len(ordered) * 9 // 10]:.1f} ms",
    )


def _fill(base: Path) -> None:
    """In the order of the key, by the database itself: under a minute of processor."""
    connection = sqlite3.connect(base)
    connection.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-100000")
    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
    with connection:
        connection.execute(
            f"{numbers} INSERT INTO stations (id, source, source_ref, address, zip_code, town, area, road_kind,"  # noqa: S608
            " amenities, is_open_24h, first_seen_at)"
            " SELECT i, 'bench', i, '', '01000', '', 'FR-01', 'road', 0, 0, 0 FROM n",
            (STATIONS,),
        )
        connection.execute(
            f"{numbers} INSERT INTO price_history (station_id, gastype_id, updated_at, price)"  # noqa: S608
            " SELECT s.i, f.i, ? - 86400 * (? - d.i), 1600 + (s.i * 7 + d.i * 13) % 97 FROM n AS s"
            " CROSS JOIN (SELECT i FROM n WHERE i <= ?) AS f CROSS JOIN (SELECT i FROM n WHERE i <= ?) AS d",
            (STATIONS, NOW, DAYS, FUELS, DAYS),
        )
        connection.execute(
            f"{numbers} INSERT INTO prices (station_id, gastype_id, price, updated_at)"  # noqa: S608
            " SELECT s.i, f.i, 1700, ? FROM n AS s CROSS JOIN (SELECT i FROM n WHERE i <= ?) AS f",
            (STATIONS, NOW, FUELS),
        )
        connection.execute(
            f"{numbers} INSERT INTO price_medians (area, gastype_id, day, price, count)"  # noqa: S608
            " SELECT 'FR-01', f.i, date(? - 86400 * d.i, 'unixepoch'), 1650, 99"
            " FROM (SELECT i FROM n WHERE i <= ?) AS f CROSS JOIN n AS d WHERE d.i < ?",
            (DAYS, NOW, FUELS, DAYS),
        )
    connection.close()
