"""Median prices by area, as the load wrote them."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import PriceMedian
from records import Fuel


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
