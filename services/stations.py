"""One station, whole: what its own page shows."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import String, cast, select
from sqlalchemy.orm import Session

from models import Outage, Price, Station
from records import Amenity, DayHours, Derived, Fuel, OutageKind, is_stale
from services.data_state import SAMPLE
from services.opening import Opening, opening, week


@dataclass(frozen=True)
class FuelLine:
    """One fuel at the station: its price, or why there is none."""

    fuel: Fuel
    price: int | None
    """Thousandths of a euro a litre."""
    updated_at: datetime | None
    is_suspect: bool
    is_stale: bool
    out_since: datetime | None


@dataclass(frozen=True)
class StationSheet:
    """A station with its prices, hours and amenities."""

    station_id: int
    source: str
    source_ref: str
    brand: str | None
    name: str | None
    address: str
    zip_code: str
    town: str
    area: str
    latitude: float | None
    longitude: float | None
    is_motorway: bool
    derived: Derived
    """Of address and town, what its publisher did not tell."""
    gone_at: datetime | None
    opening: Opening
    is_open_24h: bool
    hours: tuple[DayHours, ...] | None
    amenities: tuple[Amenity, ...]
    lines: tuple[FuelLine, ...]
    """In the order of `Fuel`; a fuel that was never declared here has no line."""
    not_sold: tuple[Fuel, ...]
    """Fuels that the station declares as no longer sold."""


def station_sheet(session: Session, source_ref: str, *, now: datetime, as_of: datetime) -> StationSheet | None:
    """The station with this id in its publisher's feed, or None. A real one goes before one of the sample."""
    station = session.execute(
        select(*Station.__table__.columns, cast(Station.opening_hours, String).label("hours"))
        .where(Station.source_ref == source_ref)
        .order_by(Station.source == SAMPLE, Station.id)
        .limit(1)
    ).first()
    if station is None:
        return None
    hours = week(station.hours)
    out = _open_outages(session, station.id)
    temporary = {fuel: since for fuel, (kind, since) in out.items() if kind == OutageKind.TEMPORARY.value}
    lines = _lines(session, station.id, temporary, as_of)
    priced = {line.fuel for line in lines}
    return StationSheet(
        station_id=station.id,
        source=station.source,
        source_ref=station.source_ref,
        brand=station.brand,
        name=station.name,
        address=station.address,
        zip_code=station.zip_code,
        town=station.town,
        area=station.area,
        latitude=station.latitude,
        longitude=station.longitude,
        is_motorway=station.road_kind == "motorway",
        derived=Derived(station.derived),
        gone_at=station.gone_at,
        opening=opening(hours, is_open_24h=station.is_open_24h, at=now),
        is_open_24h=station.is_open_24h,
        hours=hours,
        amenities=tuple(amenity for amenity in Amenity if amenity & station.amenities),
        lines=lines,
        # A declared price beats "no longer sold".
        not_sold=tuple(sorted(fuel for fuel in out if fuel not in temporary and fuel not in priced)),
    )


def _open_outages(session: Session, station_id: int) -> dict[Fuel, tuple[str, datetime]]:
    rows = session.execute(
        select(Outage.gastype_id, Outage.kind, Outage.started_at)
        .where(Outage.station_id == station_id, Outage.ended_at.is_(None))
        .order_by(Outage.started_at.desc())
    )
    return {Fuel(gastype_id): (kind, started_at) for gastype_id, kind, started_at in rows}


def _lines(session: Session, station_id: int, out_since: dict[Fuel, datetime], as_of: datetime) -> tuple[FuelLine, ...]:
    rows = session.execute(
        select(Price.gastype_id, Price.price, Price.updated_at, Price.is_suspect).where(Price.station_id == station_id)
    ).all()
    declared = {Fuel(row.gastype_id): row for row in rows}
    lines = []
    for fuel in Fuel:
        row = declared.get(fuel)
        if row is not None:
            stale = is_stale(fuel, int(row.updated_at.timestamp()), int(as_of.timestamp()))
            lines.append(FuelLine(fuel, row.price, row.updated_at, row.is_suspect, stale, out_since.get(fuel)))
        elif fuel in out_since:
            lines.append(FuelLine(fuel, None, None, is_suspect=False, is_stale=False, out_since=out_since[fuel]))
    return tuple(lines)


@dataclass(frozen=True)
class StationFacts:
    """Where a station is and what it is called, without its prices: for lists of what is followed."""

    station_id: int
    source_ref: str
    brand: str | None
    name: str | None
    address: str
    zip_code: str
    town: str
    latitude: float | None
    longitude: float | None
    gone_at: datetime | None
    """Since when it declares nothing any more."""


def station_facts(session: Session, station_ids: Collection[int]) -> dict[int, StationFacts]:
    """These stations by their ids, gone ones included; one query."""
    rows = session.execute(
        select(
            Station.id.label("station_id"),
            Station.source_ref,
            Station.brand,
            Station.name,
            Station.address,
            Station.zip_code,
            Station.town,
            Station.latitude,
            Station.longitude,
            Station.gone_at,
        ).where(Station.id.in_(station_ids))
    )
    return {row["station_id"]: StationFacts(**row) for row in rows.mappings()}
