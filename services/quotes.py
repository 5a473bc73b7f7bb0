"""What a station asks for a fuel now, as the pages need it: around a point, or at chosen stations."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Select, String, Table, and_, bindparam, cast, func, select, type_coerce
from sqlalchemy.orm import Session

from models import Outage, Price, Station
from records import Fuel, OutageKind, RoadKind, oldest_fresh
from services.filters import NO_FILTERS, Filters
from services.geography import box_around, distance_km
from services.opening import Opening, opening_in_minute


class Quote(NamedTuple):
    """One fuel at one station, with all that decides how far it can be believed."""

    # A search around Paris makes five hundred: a tuple costs a fifth of a frozen dataclass.

    station_id: int
    source_ref: str
    brand: str | None
    """As drivers say it; None where nobody told."""
    name: str | None
    """Its own name beside the brand, or instead of one."""
    address: str
    zip_code: str
    town: str
    area: str
    latitude: float | None
    longitude: float | None
    is_motorway: bool
    is_gone: bool
    fuel: Fuel
    price: int | None
    """Thousandths of a euro a litre; None where the fuel is out of stock and no price is declared."""
    updated_at: datetime | None
    is_suspect: bool
    is_stale: bool
    out_since: datetime | None
    """Since when the fuel is out of stock; None while it can be had."""
    opening: Opening
    distance_km: float | None


# Tables, not classes: what the ORM does for each row costs more than the query.
STATIONS: Table = Station.__table__  # type: ignore[assignment]
PRICES: Table = Price.__table__  # type: ignore[assignment]
OUTAGES: Table = Outage.__table__  # type: ignore[assignment]

# In the order of a quote's own fields, of which `_quote` takes the first ten as they come.
STATION_COLUMNS = (
    STATIONS.c.id,
    STATIONS.c.source_ref,
    STATIONS.c.brand,
    STATIONS.c.name,
    STATIONS.c.address,
    STATIONS.c.zip_code,
    STATIONS.c.town,
    STATIONS.c.area,
    STATIONS.c.latitude,
    STATIONS.c.longitude,
    STATIONS.c.road_kind,
    STATIONS.c.gone_at.is_not(None),
    STATIONS.c.is_open_24h,
    # As text: answers are cached by text, and a search reads hundreds of weeks of which most are alike.
    cast(STATIONS.c.opening_hours, String),
)
LATITUDE, LONGITUDE = 8, 9


def around(
    session: Session,
    fuel: Fuel,
    *,
    latitude: float,
    longitude: float,
    radius_km: float,
    now: datetime,
    as_of: datetime,
    filters: Filters = NO_FILTERS,
) -> list[Quote]:
    """Every quote of `fuel` within `radius_km` (crow-flies), in no order; stations that left the feed are left out.

    Staleness is judged at `as_of`, opening hours at `now`.
    """
    box = box_around(latitude, longitude, radius_km)
    rows = session.execute(
        _around_statement(filters),
        {"fuel": fuel.value, "south": box.south, "north": box.north, "west": box.west, "east": box.east},
    ).all()
    fresh_from, minute = oldest_fresh(int(as_of.timestamp()))[fuel], now.replace(second=0, microsecond=0)
    near = ((row, distance_km(latitude, longitude, row[LATITUDE], row[LONGITUDE])) for row in rows)
    found = (_quote(row, fuel, distance, minute, fresh_from) for row, distance in near if distance <= radius_km)
    quotes = [quote for quote in found if quote is not None]
    return quotes if filters == NO_FILTERS else [quote for quote in quotes if filters.keeps(quote, now)]


def at_stations(
    session: Session,
    station_ids: Collection[int],
    fuels: Sequence[Fuel],
    *,
    now: datetime,
    as_of: datetime,
    origin: tuple[float, float] | None = None,
) -> list[Quote]:
    """Every quote of `fuels` at these stations, gone ones included, in no order; distances from `origin` if given."""
    if not station_ids or not fuels:
        return []
    fresh_from, minute = oldest_fresh(int(as_of.timestamp())), now.replace(second=0, microsecond=0)
    found = []
    for fuel in fuels:
        for row in session.execute(_at_statement(), {"fuel": fuel.value, "stations": list(station_ids)}):
            distance = None
            if origin and row[LATITUDE] is not None and row[LONGITUDE] is not None:
                distance = distance_km(*origin, row[LATITUDE], row[LONGITUDE])
            found.append(_quote(row, fuel, distance, minute, fresh_from[fuel]))
    return [quote for quote in found if quote is not None]


def everywhere(
    session: Session, fuel: Fuel, *, now: datetime, as_of: datetime, filters: Filters = NO_FILTERS
) -> list[Quote]:
    """Every price of `fuel` in the base, in no order and without a distance; stations that left are left out."""
    fresh_from, minute = oldest_fresh(int(as_of.timestamp()))[fuel], now.replace(second=0, microsecond=0)
    rows = session.execute(_everywhere_statement(filters), {"fuel": fuel.value})
    found = (_quote(row, fuel, None, minute, fresh_from) for row in rows)
    return [quote for quote in found if quote is not None and (filters == NO_FILTERS or filters.keeps(quote, now))]


def _statement(fuel: Any) -> Select[*tuple[Any, ...]]:
    # A temporary outage is worth a line even where no price is declared; a permanent one is simply not sold there.
    out_since = (
        select(type_coerce(func.min(OUTAGES.c.started_at), BigInteger))
        .where(
            OUTAGES.c.station_id == STATIONS.c.id,
            OUTAGES.c.gastype_id == fuel,
            OUTAGES.c.ended_at.is_(None),
            OUTAGES.c.kind == OutageKind.TEMPORARY.value,
        )
        .scalar_subquery()
    )
    price = PRICES.c
    return (
        select(*STATION_COLUMNS, price.price, type_coerce(price.updated_at, BigInteger), price.is_suspect, out_since)
        .select_from(STATIONS)
        .outerjoin(PRICES, and_(price.station_id == STATIONS.c.id, price.gastype_id == fuel))
    )


@lru_cache(maxsize=64)
def _around_statement(filters: Filters) -> Select[*tuple[Any, ...]]:
    return _statement(bindparam("fuel")).where(
        STATIONS.c.latitude.between(bindparam("south"), bindparam("north")),
        STATIONS.c.longitude.between(bindparam("west"), bindparam("east")),
        STATIONS.c.gone_at.is_(None),
        *filters.conditions(),
    )


@lru_cache(maxsize=1)
def _at_statement() -> Select[*tuple[Any, ...]]:
    return _statement(bindparam("fuel")).where(STATIONS.c.id.in_(bindparam("stations", expanding=True)))


@lru_cache(maxsize=64)
def _everywhere_statement(filters: Filters) -> Select[*tuple[Any, ...]]:
    return _statement(bindparam("fuel")).where(
        STATIONS.c.gone_at.is_(None), PRICES.c.price.is_not(None), *filters.conditions()
    )


def _quote(row: Any, fuel: Fuel, distance: float | None, minute: datetime, fresh_from: int) -> Quote | None:
    """The quote of a row; None where the station does not sell the fuel."""
    *facts, road_kind, is_gone, is_open_24h, hours, price, updated_at, is_suspect, out_since = row
    if price is None and out_since is None:
        return None
    return Quote._make(
        (
            *facts,
            road_kind == RoadKind.MOTORWAY.value,
            bool(is_gone),
            fuel,
            price,
            None if updated_at is None else datetime.fromtimestamp(updated_at, UTC),
            bool(is_suspect),
            updated_at is not None and updated_at < fresh_from,
            None if out_since is None else datetime.fromtimestamp(out_since, UTC),
            opening_in_minute(hours, bool(is_open_24h), minute),
            distance,
        )
    )
