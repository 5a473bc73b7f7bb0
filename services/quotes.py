"""What a station asks for a fuel now, as the pages need it: around a point, or at chosen stations."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, String, and_, bindparam, cast, func, select
from sqlalchemy.orm import Session

from models import Outage, Price, Station
from records import Fuel, OutageKind, is_stale
from services.geography import box_around, distance_km
from services.opening import Opening, opening, week


@dataclass(frozen=True, slots=True)
class Quote:
    """One fuel at one station, with all that decides how far it can be believed."""

    station_id: int
    source_ref: str
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


STATION_COLUMNS = (
    Station.id,
    Station.source_ref,
    Station.address,
    Station.zip_code,
    Station.town,
    Station.area,
    Station.latitude,
    Station.longitude,
    Station.road_kind,
    Station.gone_at,
    Station.is_open_24h,
    # As text: decoding is cached by text, and a search reads hundreds of weeks of which most are alike.
    cast(Station.opening_hours, String),
)


def around(
    session: Session, fuel: Fuel, *, latitude: float, longitude: float, radius_km: float, now: datetime, as_of: datetime
) -> list[Quote]:
    """Every quote of `fuel` within `radius_km` (crow-flies), in no order; stations that left the feed are left out.

    Staleness is judged at `as_of`, opening hours at `now`.
    """
    box = box_around(latitude, longitude, radius_km)
    rows = session.execute(
        _around_statement(),
        {"fuel": fuel.value, "south": box.south, "north": box.north, "west": box.west, "east": box.east},
    )
    quotes = []
    for row in rows:
        if row.price is None and row.out_since is None:
            continue
        distance = distance_km(latitude, longitude, row[6], row[7])
        if distance <= radius_km:
            quotes.append(_quote(row, fuel, distance, now, as_of))
    return quotes


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
    quotes = []
    for fuel in fuels:
        rows = session.execute(_statement(fuel.value).where(Station.id.in_(station_ids)))
        for row in rows:
            if row.price is None and row.out_since is None:
                continue
            distance = None
            if origin and row[6] is not None and row[7] is not None:
                distance = distance_km(*origin, row[6], row[7])
            quotes.append(_quote(row, fuel, distance, now, as_of))
    return quotes


def _statement(fuel: Any) -> Select[*tuple[Any, ...]]:
    # A temporary outage is worth a line even where no price is declared; a permanent one is simply not sold there.
    out_since = (
        select(func.min(Outage.started_at))
        .where(
            Outage.station_id == Station.id,
            Outage.gastype_id == fuel,
            Outage.ended_at.is_(None),
            Outage.kind == OutageKind.TEMPORARY.value,
        )
        .scalar_subquery()
        .label("out_since")
    )
    return (
        select(*STATION_COLUMNS, Price.price, Price.updated_at, Price.is_suspect, out_since)
        .select_from(Station)
        .outerjoin(Price, and_(Price.station_id == Station.id, Price.gastype_id == fuel))
    )


@lru_cache(maxsize=1)
def _around_statement() -> Select[*tuple[Any, ...]]:
    return _statement(bindparam("fuel")).where(
        Station.latitude.between(bindparam("south"), bindparam("north")),
        Station.longitude.between(bindparam("west"), bindparam("east")),
        Station.gone_at.is_(None),
    )


def _quote(row: Any, fuel: Fuel, distance: float | None, now: datetime, as_of: datetime) -> Quote:
    (
        station_id, source_ref, address, zip_code, town, area, latitude, longitude,
        road_kind, gone_at, is_open_24h, hours, price, updated_at, is_suspect, out_since,
    ) = row  # fmt: skip
    return Quote(
        station_id=station_id,
        source_ref=source_ref,
        address=address,
        zip_code=zip_code,
        town=town,
        area=area,
        latitude=latitude,
        longitude=longitude,
        is_motorway=road_kind == "motorway",
        is_gone=gone_at is not None,
        fuel=fuel,
        price=price,
        updated_at=updated_at,
        is_suspect=bool(is_suspect),
        is_stale=updated_at is not None and is_stale(fuel, int(updated_at.timestamp()), int(as_of.timestamp())),
        out_since=out_since,
        opening=opening(week(hours), is_open_24h=is_open_24h, at=now),
        distance_km=distance,
    )
