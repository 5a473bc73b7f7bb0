"""Median prices by area, as the load wrote them."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Session

from models import PriceMedian
from records import Fuel

NATION = "FR"
"""The country whose prices the first page shows."""


@dataclass(frozen=True)
class Median:
    """The middle price of a fuel in an area on the newest day on record."""

    price: int
    """Thousandths of a euro a litre."""
    count: int


def medians(session: Session, area: str) -> dict[Fuel, Median]:
    """The newest median of each fuel in `area` (`FR` is the nation, `FR-91` a department)."""
    newest = (
        select(PriceMedian.gastype_id, func.max(PriceMedian.day).label("day"))
        .where(PriceMedian.area == area)
        .group_by(PriceMedian.gastype_id)
        .subquery()
    )
    rows = session.execute(
        select(PriceMedian.gastype_id, PriceMedian.price, PriceMedian.count)
        .join(newest, (newest.c.gastype_id == PriceMedian.gastype_id) & (newest.c.day == PriceMedian.day))
        .where(PriceMedian.area == area)
    )
    return {Fuel(gastype_id): Median(price, count) for gastype_id, price, count in rows}


def medians_in(session: Session, areas: Collection[str]) -> dict[str, dict[Fuel, Median]]:
    """The medians of each of `areas` and of its nation on the nation's newest day. No entry where there is none.

    One query a nation: with the feed of one, one query.
    """
    found: dict[str, dict[Fuel, Median]] = {}
    by_nation: dict[str, set[str]] = {NATION: {NATION}}
    for area in areas:
        by_nation.setdefault(nation_of(area), {nation_of(area)}).add(area)
    for nation, wanted in by_nation.items():
        rows = session.execute(_newest_of_nation(), {"areas": sorted(wanted), "nation": nation})
        for area, gastype_id, price, count in rows:
            found.setdefault(area, {})[Fuel(gastype_id)] = Median(price, count)
    return found


def nation_of(area: str) -> str:
    """The country that an area lies in; of a station whose area is unknown, our own.

    >>> nation_of("ES-20"), nation_of("FR-2A"), nation_of("")
    ('ES', 'FR', 'FR')
    """
    return area.partition("-")[0] or NATION


@lru_cache(maxsize=1)
def _newest_of_nation() -> Select[str, int, int, int]:
    day = select(func.max(PriceMedian.day)).where(PriceMedian.area == bindparam("nation")).scalar_subquery()
    return select(PriceMedian.area, PriceMedian.gastype_id, PriceMedian.price, PriceMedian.count).where(
        PriceMedian.area.in_(bindparam("areas", expanding=True)),
        # The whole key, so that each is found by a descent.
        PriceMedian.gastype_id.in_([fuel.value for fuel in Fuel]),
        PriceMedian.day == day,
    )
