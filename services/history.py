"""Prices of the past: what held at a moment, how a station's price moved, and beside which others."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Table,
    exists,
    func,
    literal,
    select,
    true,
    type_coerce,
    union_all,
)
from sqlalchemy.orm import Session

from models import GasType, Outage, Price, PriceHistory, PriceMedian, Station
from records import Fuel

DAYS_OF = ZoneInfo("Europe/Paris")
SPANS = (7, 30, 90, 365)
"""Days that a chart may show."""
TREND_DAYS = 30

HISTORY: Table = PriceHistory.__table__  # type: ignore[assignment]
OUTAGES: Table = Outage.__table__  # type: ignore[assignment]
MEDIANS: Table = PriceMedian.__table__  # type: ignore[assignment]
# As the integers they are: a year of a station is hundreds of moments, and the chart counts in seconds anyway.
declared_at = type_coerce(HISTORY.c.updated_at, BigInteger)


class Step(NamedTuple):
    """From this moment on the price was this."""

    at: int
    """Seconds since 1970 UTC."""
    price: int
    """Thousandths of a euro a litre."""


class DayMedian(NamedTuple):
    """The median of the department on one day."""

    day: date
    """In Paris."""
    price: int
    """Thousandths of a euro a litre."""


class Shortage(NamedTuple):
    """A time during which the fuel could not be had, cut to the span asked for; seconds since 1970 UTC."""

    begun_at: int
    ended_at: int


@dataclass(frozen=True)
class History:
    """One fuel at one station over a span of whole Paris days, of which the last one is under way."""

    fuel: Fuel
    days: int
    since: int
    """Seconds since 1970 UTC: midnight in Paris."""
    until: int
    """Seconds since 1970 UTC."""
    steps: tuple[Step, ...]
    """Oldest first. The first may stand at `since`: the price that held then already."""
    ends_at: int
    """Until when the last step holds: `until`, or earlier where the station is gone or no longer declares the fuel."""
    area: str
    medians: tuple[DayMedian, ...]
    shortages: tuple[Shortage, ...]


def span_of_all(history: History) -> int:
    """The fewest of SPANS that hold all that is known of it: a chart of a year with four days in it shows nothing."""
    known = [step.at for step in history.steps[:1]] + [midnight(median.day) for median in history.medians[:1]]
    known += [shortage.begun_at for shortage in history.shortages[:1]]
    last = datetime.fromtimestamp(history.until, DAYS_OF).date()
    first = datetime.fromtimestamp(min(known, default=history.until), DAYS_OF).date()
    return next((days for days in SPANS if last - timedelta(days=days - 1) <= first), history.days)


def prices_at(
    session: Session, station_ids: Collection[int], fuels: Collection[Fuel], moments: Sequence[datetime]
) -> dict[tuple[int, Fuel], tuple[int | None, ...]]:
    """The prices, thousandths of a euro, that held at each of the `moments`: the last declared by then, however old.

    One query; None where nothing was declared by then, and no entry where that is so at every moment.
    """
    if not station_ids or not fuels or not moments:
        return {}
    held = [_last_by(int(moment.timestamp())).label(f"at_{number}") for number, moment in enumerate(moments)]
    rows = session.execute(
        select(Station.id, GasType.id, *held)
        .join(GasType, true())
        .where(Station.id.in_(station_ids), GasType.id.in_([fuel.value for fuel in fuels]))
    )
    return {(row[0], Fuel(row[1])): tuple(row[2:]) for row in rows if any(price is not None for price in row[2:])}


def fuels_with_history(session: Session, station_id: int) -> tuple[Fuel, ...]:
    """The fuels that this station has ever declared, as far as the base remembers."""
    declared = exists().where(HISTORY.c.station_id == station_id, HISTORY.c.gastype_id == GasType.id)
    return tuple(Fuel(found) for found in session.scalars(select(GasType.id).where(declared).order_by(GasType.id)))


def station_history(session: Session, station_id: int, fuel: Fuel, *, days: int, now: datetime) -> History | None:
    """How the price of `fuel` moved over the last `days` Paris days, today among them; None without such a station."""
    sold_now = exists().where(Price.station_id == Station.id, Price.gastype_id == fuel.value)
    station = session.execute(
        select(Station.area, Station.gone_at, sold_now.label("sold")).where(Station.id == station_id)
    ).first()
    if station is None:
        return None
    until = int(now.timestamp())
    today = now.astimezone(DAYS_OF).date()
    first = today - timedelta(days=days - 1)
    since = midnight(first)
    declared = _declared(session, [station_id], [fuel], since, until).get((station_id, fuel), [])
    ends_at = until
    if station.gone_at is not None:
        ends_at = min(until, int(station.gone_at.timestamp()))
    elif not station.sold and declared:
        ends_at = declared[-1].at
    return History(
        fuel=fuel,
        days=days,
        since=since,
        until=until,
        steps=_changes(declared),
        ends_at=ends_at,
        area=station.area,
        medians=_medians(session, station.area, fuel, first, today) if station.area else (),
        shortages=_shortages(session, station_id, fuel, since, until),
    )


def trends(
    session: Session, station_ids: Collection[int], fuels: Collection[Fuel], *, now: datetime, days: int = TREND_DAYS
) -> dict[tuple[int, Fuel], tuple[Step, ...]]:
    """How the prices of some fuels moved at some stations over the last `days` Paris days: one query for all."""
    if not station_ids or not fuels:
        return {}
    since = midnight(now.astimezone(DAYS_OF).date() - timedelta(days=days - 1))
    found = _declared(session, station_ids, fuels, since, int(now.timestamp()))
    return {key: _changes(declared) for key, declared in found.items()}


def _declared(
    session: Session, station_ids: Collection[int], fuels: Collection[Fuel], since: int, until: int
) -> dict[tuple[int, Fuel], list[Step]]:
    chosen = [fuel.value for fuel in fuels]
    # What held already when the span began stands at its begin; each half is a descent or a range of the primary key.
    before = (
        select(
            Station.id.label("station"),
            GasType.id.label("fuel"),
            literal(since).label("at"),
            _last_by(since).label("price"),
        )
        .join(GasType, true())
        .where(Station.id.in_(station_ids), GasType.id.in_(chosen))
    )
    within = select(HISTORY.c.station_id, HISTORY.c.gastype_id, declared_at, HISTORY.c.price).where(
        HISTORY.c.station_id.in_(station_ids),
        HISTORY.c.gastype_id.in_(chosen),
        declared_at > since,
        declared_at <= until,
    )
    found: dict[tuple[int, Fuel], list[Step]] = {}
    for station_id, fuel, at, price in session.execute(union_all(before, within).order_by("station", "fuel", "at")):
        if price is not None:
            found.setdefault((station_id, Fuel(fuel)), []).append(Step(at, price))
    return found


def _changes(declared: list[Step]) -> tuple[Step, ...]:
    """What remains when prices that were declared anew without a change are left out."""
    return tuple(step for number, step in enumerate(declared) if not number or declared[number - 1].price != step.price)


def _last_by(moment: int) -> ColumnElement[int]:
    """The last price declared by then, of the station and fuel of the query around it."""
    newest: Select[Any] = (
        select(HISTORY.c.price)
        .where(HISTORY.c.station_id == Station.id, HISTORY.c.gastype_id == GasType.id, declared_at <= moment)
        .order_by(HISTORY.c.updated_at.desc())
        .limit(1)
    )
    return newest.correlate(Station, GasType).scalar_subquery()


def _medians(session: Session, area: str, fuel: Fuel, first: date, last: date) -> tuple[DayMedian, ...]:
    rows = session.execute(
        select(MEDIANS.c.day, MEDIANS.c.price)
        .where(
            MEDIANS.c.area == area,
            MEDIANS.c.gastype_id == fuel.value,
            MEDIANS.c.day.between(first.isoformat(), last.isoformat()),
        )
        .order_by(MEDIANS.c.day)
    )
    return tuple(DayMedian(date.fromisoformat(day), price) for day, price in rows)


def _shortages(session: Session, station_id: int, fuel: Fuel, since: int, until: int) -> tuple[Shortage, ...]:
    begun: ColumnElement[int] = type_coerce(OUTAGES.c.started_at, BigInteger)
    ended: ColumnElement[int | None] = type_coerce(OUTAGES.c.ended_at, BigInteger)
    rows = session.execute(
        select(begun, ended)
        .where(
            OUTAGES.c.station_id == station_id,
            OUTAGES.c.gastype_id == fuel.value,
            begun < until,
            func.coalesce(ended, until) > since,
        )
        .order_by(begun)
    )
    cut = (Shortage(max(start, since), until if end is None else min(end, until)) for start, end in rows)
    return _merged(cut)


def _merged(shortages: Iterable[Shortage]) -> tuple[Shortage, ...]:
    """Episodes that overlap made one: a station may declare the same outage twice."""
    merged: list[Shortage] = []
    for shortage in shortages:
        if merged and shortage.begun_at <= merged[-1].ended_at:
            merged[-1] = Shortage(merged[-1].begun_at, max(merged[-1].ended_at, shortage.ended_at))
        else:
            merged.append(shortage)
    return tuple(merged)


def midnight(day: date) -> int:
    """The first second of a Paris day, in seconds since 1970 UTC."""
    return int(datetime.combine(day, time(), DAYS_OF).astimezone(UTC).timestamp())
