"""Stations and what they ask: the tables that the feed fills."""

from datetime import datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Index,
    String,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from tables.base import Base, GasTypeKey, Moment, OptionalMoment, PrimaryKey, StationKey, UtcSeconds


class GasType(Base):
    """A fuel that users can follow; `id` is the value of `records.Fuel`."""

    __tablename__ = "gas_types"

    id: Mapped[PrimaryKey]
    xml_id: Mapped[int] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(String(16), unique=True)


class Station(Base):
    """A place that sells fuel, as one source knows it. Never deleted when it leaves the feed: people follow it."""

    __tablename__ = "stations"
    __table_args__ = (
        UniqueConstraint("source", "source_ref"),
        # Not unique: 52 pairs of real stations share their position.
        Index("ix_stations_position", "latitude", "longitude"),
    )

    id: Mapped[PrimaryKey]
    source: Mapped[str] = mapped_column(String(32))
    source_ref: Mapped[str] = mapped_column(String(32))
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    address: Mapped[str] = mapped_column(String(400))
    zip_code: Mapped[str] = mapped_column(String(10))
    town: Mapped[str] = mapped_column(String(120))
    brand: Mapped[str | None] = mapped_column(String(60))
    """As drivers say it, e.g. `Intermarché`; None where nobody told."""
    name: Mapped[str | None] = mapped_column(String(120))
    """Its own name beside the brand, e.g. `Relais de l'Yvette`."""
    area: Mapped[str] = mapped_column(String(16))
    road_kind: Mapped[str] = mapped_column(String(10))
    amenities: Mapped[int] = mapped_column(BigInteger)
    is_open_24h: Mapped[bool]
    derived: Mapped[int] = mapped_column(server_default=text("0"))
    """A sum of `records.Derived` bits: which facts its publisher did not tell."""
    opening_hours: Mapped[list[list[list[int]] | None] | None] = mapped_column(JSON(none_as_null=True))
    first_seen_at: Mapped[Moment]
    gone_at: Mapped[OptionalMoment]


class GeocodedPlace(Base):
    """What the address service said of a position, also that it knew nothing: nobody is asked twice."""

    __tablename__ = "geocoded_places"
    __table_args__ = ({"sqlite_with_rowid": False},)

    latitude_e4: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """Ten-thousandths of a degree: eleven metres."""
    longitude_e4: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    asked_at: Mapped[Moment]
    address: Mapped[str | None] = mapped_column(String(400))
    town: Mapped[str | None] = mapped_column(String(120))


class StationName(Base):
    """Brand and name of a station as a second publisher tells them, also of stations that the feed has yet to bring."""

    __tablename__ = "station_names"
    __table_args__ = ({"sqlite_with_rowid": False},)

    source: Mapped[str] = mapped_column(String(32), primary_key=True)
    source_ref: Mapped[str] = mapped_column(String(32), primary_key=True)
    brand: Mapped[str | None] = mapped_column(String(60))
    name: Mapped[str | None] = mapped_column(String(120))


class KnownTown(Base):
    """A town as a publisher of towns tells it, also of those without a station."""

    __tablename__ = "known_towns"
    __table_args__ = ({"sqlite_with_rowid": False},)

    source: Mapped[str] = mapped_column(String(32), primary_key=True)
    ref: Mapped[str] = mapped_column(String(8), primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    zip_codes: Mapped[str] = mapped_column(String(400))
    """With a space between two."""
    latitude: Mapped[float]
    longitude: Mapped[float]
    population: Mapped[int]


class Price(Base):
    """The current price of one fuel at one station."""

    __tablename__ = "prices"
    __table_args__ = ({"sqlite_with_rowid": False},)

    station_id: Mapped[StationKey]
    gastype_id: Mapped[GasTypeKey]
    price: Mapped[int]
    updated_at: Mapped[Moment]
    is_suspect: Mapped[bool] = mapped_column(server_default=false())


class PriceHistory(Base):
    """One row per declared change, append-only; neighbours on disk are the days of one station and fuel."""

    __tablename__ = "price_history"
    __table_args__ = ({"sqlite_with_rowid": False},)

    station_id: Mapped[StationKey]
    gastype_id: Mapped[GasTypeKey]
    updated_at: Mapped[datetime] = mapped_column(UtcSeconds, primary_key=True)
    price: Mapped[int]


class PriceMedian(Base):
    """The median price of one fuel in one area on one day (Paris), written at load."""

    __tablename__ = "price_medians"
    __table_args__ = ({"sqlite_with_rowid": False},)

    area: Mapped[str] = mapped_column(String(16), primary_key=True)
    gastype_id: Mapped[GasTypeKey]
    day: Mapped[str] = mapped_column(String(10), primary_key=True)
    price: Mapped[int]
    count: Mapped[int]


class Outage(Base):
    """An episode during which a fuel could not be had at a station."""

    __tablename__ = "outages"
    __table_args__ = ({"sqlite_with_rowid": False},)

    station_id: Mapped[StationKey]
    gastype_id: Mapped[GasTypeKey]
    started_at: Mapped[datetime] = mapped_column(UtcSeconds, primary_key=True)
    ended_at: Mapped[OptionalMoment]
    kind: Mapped[str] = mapped_column(String(10))
