"""The map of the whole nation, one compact file a fuel, that a browser loads once and caches."""

import json
from datetime import UTC, datetime
from enum import IntEnum

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from models import Outage, Price, PriceMedian, Station
from records import Fuel, OutageKind, oldest_fresh
from services.filters import NO_FILTERS, Filters
from services.geography import distance_km
from services.quotes import everywhere

EMPTY = b"[]"
"""A layer without a station."""
STEP = 25
"""Thousandths of a euro that separate two shades: two and a half cents."""


class Shade(IntEnum):
    """How a price stands against the median of its area; the map's legend has one colour for each."""

    CHEAP = 0
    RATHER_CHEAP = 1
    AROUND = 2
    RATHER_DEAR = 3
    DEAR = 4
    UNSURE = 5
    """Out of stock, suspect, stale, or without a median to stand against."""


def shade(price: int | None, median: int | None) -> Shade:
    """The shade of a price, both in thousandths of a euro.

    >>> shade(1650, 1700), shade(1702, 1700), shade(1760, 1700)
    (<Shade.CHEAP: 0>, <Shade.AROUND: 2>, <Shade.DEAR: 4>)
    """
    if price is None or median is None:
        return Shade.UNSURE
    steps = (price - median) / STEP
    if steps <= -1.5:  # noqa: PLR2004
        return Shade.CHEAP
    if steps <= -0.5:  # noqa: PLR2004
        return Shade.RATHER_CHEAP
    if steps < 0.5:  # noqa: PLR2004
        return Shade.AROUND
    return Shade.RATHER_DEAR if steps < 1.5 else Shade.DEAR  # noqa: PLR2004


def layer(
    session: Session, fuel: Fuel, *, as_of: datetime, filters: Filters = NO_FILTERS, now: datetime | None = None
) -> bytes:
    """All stations that sell `fuel` as JSON: `[{"id": source_ref, "x": lon, "y": lat, "p": 1659, "c": shade}, …]`.

    With `filters` only those that pass, opening hours judged at `now` (without one, at `as_of`). A price that is stale
    at `as_of` has no shade. Positions to 1e-4 degree (11 m): enough for a thumb, and it halves the bytes.
    """
    newest = (
        select(PriceMedian.area, func.max(PriceMedian.day).label("day"))
        .where(PriceMedian.gastype_id == fuel.value)
        .group_by(PriceMedian.area)
        .subquery()
    )
    median_rows = session.execute(
        select(PriceMedian.area, PriceMedian.price)
        .join(newest, and_(newest.c.area == PriceMedian.area, newest.c.day == PriceMedian.day))
        .where(PriceMedian.gastype_id == fuel.value)
    )
    by_area = {area: price for area, price in median_rows}  # noqa: C416
    is_out = (
        select(Outage.station_id)
        .where(
            Outage.station_id == Station.id,
            Outage.gastype_id == fuel.value,
            Outage.ended_at.is_(None),
            Outage.kind == OutageKind.TEMPORARY.value,
        )
        .exists()
    )
    kept = None
    if filters != NO_FILTERS:
        found = everywhere(session, fuel, now=now or as_of, as_of=as_of, filters=filters)
        kept = {quote.station_id for quote in found}
    rows = session.execute(
        select(
            Station.id,
            Station.source_ref,
            Station.longitude,
            Station.latitude,
            Station.area,
            Price.price,
            Price.updated_at,
            Price.is_suspect,
            is_out,
        )
        .join(Price, and_(Price.station_id == Station.id, Price.gastype_id == fuel.value))
        .where(Station.gone_at.is_(None))
        # Cheap ones last: they are drawn on top of the others.
        .order_by(Price.price.desc())
    )
    oldest = datetime.fromtimestamp(oldest_fresh(int(as_of.timestamp()))[fuel], UTC)
    points = [
        {
            "id": ref,
            "x": round(longitude, 4),
            "y": round(latitude, 4),
            "p": price,
            "c": int(shade(None if is_suspect or out or updated_at < oldest else price, by_area.get(area))),
        }
        for station_id, ref, longitude, latitude, area, price, updated_at, is_suspect, out in rows
        if longitude is not None and latitude is not None and (kept is None or station_id in kept)
    ]
    return json.dumps(points, separators=(",", ":")).encode()


def nearest_km(layer: bytes, *, latitude: float, longitude: float) -> float | None:
    """How far the nearest station of a layer is from a point, as the crow flies; None on a map without any.

    >>> nearest_km(b'[{"id":"1","x":2.0,"y":48.0},{"id":"2","x":2.0,"y":47.9}]', latitude=47.8, longitude=2.0)
    11.1...
    """
    return min((distance_km(latitude, longitude, point["y"], point["x"]) for point in json.loads(layer)), default=None)
