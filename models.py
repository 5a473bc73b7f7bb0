"""Tables and column types. The whole schema on one page; migrations/ says how it came about.

Moments are whole seconds since 1970 UTC and prices are thousandths of a euro, both as integers, on every database
(docs/adr/0003-integers-for-moments-and-money.md).
"""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    BigInteger,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
    Uuid,
    false,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class UtcSeconds(TypeDecorator[datetime]):
    """An aware moment, kept as whole seconds since 1970 UTC."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be stored")
        return int(value.timestamp())

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return None if value is None else datetime.fromtimestamp(value, UTC)


# A column type that tables share gets a name, so a table reads as a list of facts.
PrimaryKey = Annotated[int, mapped_column(primary_key=True)]
StationKey = Annotated[int, mapped_column(ForeignKey("stations.id", ondelete="CASCADE"), primary_key=True)]
GasTypeKey = Annotated[int, mapped_column(ForeignKey("gas_types.id"), primary_key=True)]
UserKey = Annotated[int, mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)]
Moment = Annotated[datetime, mapped_column(UtcSeconds)]
OptionalMoment = Annotated[datetime | None, mapped_column(UtcSeconds)]


class Base(DeclarativeBase):
    """What all tables share."""

    # Every constraint has a name that a later migration can call it by, the same on both databases.
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class GasType(Base):
    """A fuel that users can follow; `id` is the value of `records.Fuel`."""

    __tablename__ = "gas_types"

    id: Mapped[PrimaryKey]
    xml_id: Mapped[int] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(String(16), unique=True)


class User(Base):
    """A person with an account. Credentials live elsewhere, in an object that carries the same `uuid`."""

    __tablename__ = "users"

    id: Mapped[PrimaryKey]
    uuid: Mapped[UUID] = mapped_column(Uuid, unique=True)
    username: Mapped[str] = mapped_column(String(64), unique=True)
    mail: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[Moment]
    mail_verified_at: Mapped[OptionalMoment]
    """When the person proved that the mail is theirs; only then can a reset be asked for by mail."""
    language: Mapped[str] = mapped_column(String(2), server_default=text("'fr'"))
    is_admin: Mapped[bool] = mapped_column(server_default=false())
    """Mirrors the roles in the credentials object, so that a page run asks the database alone."""


class UserGasType(Base):
    """A fuel that a user follows."""

    __tablename__ = "user_gas_types"

    user_id: Mapped[UserKey]
    gastype_id: Mapped[GasTypeKey]


class VerificationCode(Base):
    """A code sent to a person. Only its keyed hash is kept, bound to the user and to the browser's request."""

    __tablename__ = "verification_codes"

    id: Mapped[PrimaryKey]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    purpose: Mapped[str] = mapped_column(String(32))
    code_hmac: Mapped[str] = mapped_column(String(64))
    request_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[Moment]
    expires_at: Mapped[Moment]
    used_at: Mapped[OptionalMoment]
    tries: Mapped[int] = mapped_column(server_default=text("0"))


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
    area: Mapped[str] = mapped_column(String(16))
    road_kind: Mapped[str] = mapped_column(String(10))
    amenities: Mapped[int] = mapped_column(BigInteger)
    is_open_24h: Mapped[bool]
    opening_hours: Mapped[list[list[list[int]] | None] | None] = mapped_column(JSON(none_as_null=True))
    first_seen_at: Mapped[Moment]
    gone_at: Mapped[OptionalMoment]


class CustomStation(Base):
    """A station that a user follows, under a name of their own. Many users may follow one station."""

    __tablename__ = "custom_stations"

    user_id: Mapped[UserKey]
    station_id: Mapped[StationKey]
    custom_name: Mapped[str] = mapped_column(String(80))
    position: Mapped[int] = mapped_column(server_default=text("0"))


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


class UserSession(Base):
    """A signed-in browser. Only the hash of its secret is kept; without a hash it still waits for its cookie."""

    __tablename__ = "user_sessions"

    id: Mapped[PrimaryKey]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    """SHA-256 of the secret in the browser's cookie, as hex."""
    nonce_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    """SHA-256 of the one-time word that the browser exchanges for its cookie; None once it was spent."""
    nonce_expires_at: Mapped[OptionalMoment]
    device: Mapped[str] = mapped_column(String(80))
    """What to call the browser in the list of sessions, e.g. `Firefox, Android`."""
    created_at: Mapped[Moment]
    seen_at: Mapped[Moment]
    expires_at: Mapped[Moment]


class Throttle(Base):
    """Failures of late under one key: an account, or an address. The key is a keyed hash, not the name itself."""

    __tablename__ = "throttles"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    failures: Mapped[int]
    allowed_at: Mapped[Moment]
    """Before this moment a further try is refused without a look at the password."""
    forgotten_at: Mapped[Moment]
    """From this moment the failures count no more."""


class Mail(Base):
    """A mail on its way: written in the transaction of what it tells of, sent by the ETL child."""

    __tablename__ = "mails"
    __table_args__ = (Index("ix_mails_due", "sent_at", "due_at"),)

    id: Mapped[PrimaryKey]
    recipient: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(200))
    body_text: Mapped[str] = mapped_column(Text)
    body_html: Mapped[str] = mapped_column(Text)
    created_at: Mapped[Moment]
    due_at: Mapped[Moment]
    """When it is to be tried next."""
    tries: Mapped[int] = mapped_column(server_default=text("0"))
    sent_at: Mapped[OptionalMoment]
    failed_at: Mapped[OptionalMoment]
    """When it was given up."""
    error: Mapped[str | None] = mapped_column(String(300))


class EtlRun(Base):
    """One run of one source: what came, what changed, how it ended."""

    __tablename__ = "etl_runs"
    __table_args__ = (Index("ix_etl_runs_source_started", "source", "started_at"),)

    id: Mapped[PrimaryKey]
    source: Mapped[str] = mapped_column(String(32))
    started_at: Mapped[Moment]
    ended_at: Mapped[OptionalMoment]
    outcome: Mapped[str] = mapped_column(String(12))
    """`running`, `loaded`, `unchanged`, `refused`, `unreachable`, `malformed` or `failed`."""
    extract_at: Mapped[OptionalMoment]
    """The newest declaration in the extract: the date of the data."""
    stations_read: Mapped[int] = mapped_column(server_default=text("0"))
    prices_read: Mapped[int] = mapped_column(server_default=text("0"))
    stations_changed: Mapped[int] = mapped_column(server_default=text("0"))
    prices_changed: Mapped[int] = mapped_column(server_default=text("0"))
    rejected: Mapped[int] = mapped_column(server_default=text("0"))
    gone: Mapped[int] = mapped_column(server_default=text("0"))
    bytes: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    content_hash: Mapped[str | None] = mapped_column(String(64))
    url_hash: Mapped[str | None] = mapped_column(String(64))
    """SHA-256 of the address asked: `etag` and `last_modified` mean nothing to another. The address may hold a key."""
    etag: Mapped[str | None] = mapped_column(String(200))
    last_modified: Mapped[str | None] = mapped_column(String(64))
    rejects: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """`{reason: {"count": n, "examples": ["ref: text", …]}}`."""
    error: Mapped[str | None] = mapped_column(String(500))


class EtlRequest(Base):
    """What an admin asks of the ETL. The child picks it up: it may live on another machine than the page."""

    __tablename__ = "etl_requests"

    id: Mapped[PrimaryKey]
    action: Mapped[str] = mapped_column(String(16))
    """`run` or `stop`."""
    source: Mapped[str | None] = mapped_column(String(32))
    """None: all sources."""
    requested_at: Mapped[Moment]
    picked_up_at: Mapped[OptionalMoment]


class Lease(Base):
    """Who may work on a source now, on the database's clock. `fence` grows with each new holder."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    holder: Mapped[str] = mapped_column(String(64))
    fence: Mapped[int] = mapped_column(Integer)
    expires_at: Mapped[int] = mapped_column(BigInteger)
    """Seconds since 1970 on the database's clock."""
