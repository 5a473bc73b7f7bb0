"""Brands to choose from, and what a chosen one stands for."""

from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import Station
from records import HOUSES


def brands(session: Session) -> list[str]:
    """The brands of stations that are in the feed, those with most stations first.

    A house with several signs is one of them: who chooses Carrefour means Carrefour Market too.
    """
    rows = session.execute(
        select(Station.brand, func.count())
        .where(Station.brand.is_not(None), Station.gone_at.is_(None))
        .group_by(Station.brand)
    ).all()
    stations: Counter[str] = Counter()
    for brand, count in rows:
        stations[family(str(brand))] += count
    return sorted(stations, key=lambda brand: (-stations[brand], brand))


def family(brand: str) -> str:
    """The brand under which drivers look for this one.

    >>> family("Carrefour Market"), family("Total Access")
    ('Carrefour', 'Total Access')
    """
    return HOUSES.get(brand, brand)


def stored_brands(chosen: Iterable[str]) -> frozenset[str]:
    """All values of `Station.brand` that the chosen brands stand for.

    >>> sorted(stored_brands(["E.Leclerc", "Esso"]))
    ['E.Leclerc', 'Esso', 'Esso Express']
    """
    return frozenset(member for brand in chosen for member in _members(brand))


@lru_cache(maxsize=512)
def _members(brand: str) -> tuple[str, ...]:
    return brand, *(member for member, house in HOUSES.items() if house == brand)
