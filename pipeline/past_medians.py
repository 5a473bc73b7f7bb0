"""The medians of days that no load saw, from the price history: as the load of an evening would have found them."""

from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import groupby, islice
from typing import Any, NamedTuple

from sqlalchemy import Engine, Table, bindparam, select
from sqlalchemy.orm import Session

from models import PriceHistory, PriceMedian, Station
from pipeline.bulk import Bulk, Row
from pipeline.lease import check
from pipeline.medians import DAYS_OF
from pipeline.normalise import Band, bands, median
from pipeline.turn import Turn
from records import STALE_AFTER_DAYS
from session import insert_into, reading, writing
from sources.base import Source

HISTORY: Table = PriceHistory.__table__  # type: ignore[assignment]
STATIONS: Table = Station.__table__  # type: ignore[assignment]
MEDIANS: Table = PriceMedian.__table__  # type: ignore[assignment]
COLUMNS = ("area", "gastype_id", "day", "price", "count")

DAY_S = 86_400
STALE_S = {fuel.value: days * DAY_S for fuel, days in STALE_AFTER_DAYS.items()}
# Days computed at once: 34,000 prices each, two bytes a price. Each window also reads what was fresh at its begin.
WINDOW = 92
STATIONS_AT_ONCE = 250
ROWS_AT_ONCE = 5_000
# The first days of a history know few prices, of the stations that changed theirs: their middle is that of no area.
LEAST_SHARE = 0.5

# The prices of one fuel on one day, by area.
Cells = dict[tuple[int, int], dict[str, "array[int]"]]


class _Place(NamedTuple):
    station_id: int
    area: str
    gone_at: int | None


def days_without_median(session: Session, area: str, first: date, last: date) -> list[date]:
    """The days from first to last, newest first, of which the base has no median of `area`."""
    there = set(
        session.scalars(
            select(MEDIANS.c.day)
            .where(MEDIANS.c.area == area, MEDIANS.c.day.between(first.isoformat(), last.isoformat()))
            .distinct()
        )
    )
    days = (last - timedelta(days=back) for back in range((last - first).days + 1))
    return [day for day in days if day.isoformat() not in there]


def write_medians(
    mine: Turn, source: Source, days: Sequence[date], *, on: Engine, tell: Callable[[str, int], None]
) -> int:
    """Compute and write the medians of these days, in order, for the nation and each department; how many days had any.

    Of two medians of a day the one of more prices stands: what a load saw is not made worse.
    """
    places = _places(source, on)
    written: set[str] = set()
    wanted = iter(days)
    while window := list(islice(wanted, WINDOW)):
        ends = [_end(day) for day in window]
        cells: Cells = {}
        for number in range(0, len(places), STATIONS_AT_ONCE):
            tell("medians", len(written))
            _collect(places[number : number + STATIONS_AT_ONCE], ends, on, cells)
        rows = sorted(_rows(cells, window, source.area))
        written |= {row[2] for row in rows}
        for number in range(0, len(rows), ROWS_AT_ONCE):
            tell("medians", len(written))
            _write(mine, rows[number : number + ROWS_AT_ONCE], on)
    return len(written)


def _places(source: Source, on: Engine) -> list[_Place]:
    with reading(on) as session:
        bulk = Bulk(session.connection())
        columns = (STATIONS.c.id, STATIONS.c.area, STATIONS.c.gone_at)
        ordered = select(*columns).where(STATIONS.c.source == source.name).order_by(STATIONS.c.id)
        return [_Place(*row) for row in bulk.read(ordered)]


def _collect(places: Sequence[_Place], ends: Sequence[int], on: Engine, cells: Cells) -> None:
    """Put each station's price at the end of each day into its cell."""
    by_id = {place.station_id: place for place in places}
    # Neighbours by their key, so that it is one range of the table, in its own order.
    declared = (
        select(HISTORY.c.station_id, HISTORY.c.gastype_id, HISTORY.c.updated_at, HISTORY.c.price)
        .where(
            HISTORY.c.station_id.between(places[0].station_id, places[-1].station_id),
            HISTORY.c.updated_at > ends[0] - max(STALE_S.values()),
            HISTORY.c.updated_at < ends[-1],
        )
        .order_by(HISTORY.c.station_id, HISTORY.c.gastype_id, HISTORY.c.updated_at)
    )
    with reading(on) as session:
        rows = list(Bulk(session.connection()).read(declared))
    for (station_id, fuel), steps in groupby(rows, key=lambda row: row[:2]):
        place = by_id.get(station_id)
        if place is not None:
            _spread(place, fuel, list(steps), ends, cells)


def _spread(place: _Place, fuel: int, steps: Sequence[Row], ends: Sequence[int], cells: Cells) -> None:
    moments = [at for _, _, at, _ in steps]
    stale_s = STALE_S[fuel]
    for number, end in enumerate(ends):
        if place.gone_at is not None and end > place.gone_at + DAY_S:
            break
        last = bisect_right(moments, end - 1) - 1
        if last >= 0 and moments[last] >= end - stale_s:
            here = cells.setdefault((number, fuel), {})
            prices = here.get(place.area)
            if prices is None:
                prices = here[place.area] = array("H")
            prices.append(steps[last][3])


def _rows(cells: Cells, window: Sequence[date], nation: str) -> Iterator[Row]:
    most: dict[tuple[str, int], int] = {}
    found: list[tuple[str, int, str, int, int]] = []
    for (number, fuel), by_area in cells.items():
        every = [price for prices in by_area.values() for price in prices]
        band = bands({fuel: every})[fuel]
        day = window[number].isoformat()
        for area, prices in [(nation, every), *((area, list(prices)) for area, prices in by_area.items() if area)]:
            believed = _believed(prices, band)
            if believed:
                found.append((area, fuel, day, median(believed), len(believed)))
                most[area, fuel] = max(most.get((area, fuel), 0), len(believed))
    for row in found:
        if row[4] >= LEAST_SHARE * most[row[0], row[1]]:
            yield row


def _believed(prices: Sequence[int], band: Band) -> list[int]:
    return sorted(price for price in prices if band.low <= price <= band.high)


def _write(mine: Turn, rows: Sequence[Row], on: Engine) -> None:
    with writing(on) as session:
        check(session, mine.held)
        bulk = Bulk(session.connection())
        parameters: dict[str, Any] = {name: bindparam(name) for name in COLUMNS}
        new = insert_into(PriceMedian, bulk.connection).values(parameters)
        bulk.write(
            new.on_conflict_do_update(
                index_elements=["area", "gastype_id", "day"],
                set_={"price": new.excluded.price, "count": new.excluded.count},
                where=new.excluded["count"] > MEDIANS.c["count"],
            ),
            COLUMNS,
            rows,
        )


def _end(day: date) -> int:
    """The first second after the day in Paris."""
    return int(datetime.combine(day + timedelta(days=1), time(), DAYS_OF).timestamp())
