"""People: who they are to us, what they follow, where they are signed in, what is sent to them."""

from uuid import UUID

from sqlalchemy import (
    ForeignKey,
    Index,
    String,
    Text,
    Uuid,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from tables.base import Base, GasTypeKey, Moment, OptionalMoment, PrimaryKey, StationKey, UserKey


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
    disabled_at: Mapped[OptionalMoment]
    """Since when an admin has kept this person out; None for everybody else. Mirrors the credentials object."""
    seen_on: Mapped[str | None] = mapped_column(String(10))
    """The last day (Paris) on which the person used the service signed in."""


class UserGasType(Base):
    """A fuel that a user follows."""

    __tablename__ = "user_gas_types"

    user_id: Mapped[UserKey]
    gastype_id: Mapped[GasTypeKey]
    alert_price: Mapped[int | None]
    """Thousandths of a euro a litre: below it the person wants a mail. None: no such wish."""


class UserCar(Base):
    """What a person told of their car; what they did not tell is None, and a default is taken and shown as such."""

    __tablename__ = "user_cars"

    user_id: Mapped[UserKey]
    tank_l: Mapped[float | None]
    fill_l: Mapped[float | None]
    litres_100km: Mapped[float | None]
    km_a_year: Mapped[int | None]


class UserCarFuel(Base):
    """A fuel that a person's car takes."""

    __tablename__ = "user_car_fuels"

    user_id: Mapped[UserKey]
    gastype_id: Mapped[GasTypeKey]
    litres_100km: Mapped[float | None]
    """Consumption with this fuel, where it differs from the car's."""


class UserHome(Base):
    """Where a person sets out from, rounded to about 100 m; kept only for who wants it."""

    __tablename__ = "user_homes"

    user_id: Mapped[UserKey]
    label: Mapped[str] = mapped_column(String(80))
    latitude: Mapped[float]
    longitude: Mapped[float]
    radius_km: Mapped[int] = mapped_column(server_default=text("10"))


class UserAlert(Base):
    """When a person wants a mail about prices."""

    __tablename__ = "user_alerts"

    user_id: Mapped[UserKey]
    is_on: Mapped[bool] = mapped_column(server_default=false())
    gain_cents: Mapped[int | None]
    """Cents, net, that a fill elsewhere must gain to be worth a mail; None: such gains are not told."""
    sent_on: Mapped[str | None] = mapped_column(String(10))
    """The last day (Paris) on which a mail was queued: at most one a day."""


class AlertFact(Base):
    """Something that a person was told by mail already, and is not told again."""

    __tablename__ = "alert_facts"

    user_id: Mapped[UserKey]
    fact: Mapped[str] = mapped_column(String(64), primary_key=True)
    told_at: Mapped[Moment]


class WaitingStation(Base):
    """A followed station of a backup that the feed has not brought yet; it becomes a CustomStation when it does."""

    __tablename__ = "waiting_stations"

    user_id: Mapped[UserKey]
    source: Mapped[str] = mapped_column(String(32), primary_key=True)
    source_ref: Mapped[str] = mapped_column(String(32), primary_key=True)
    custom_name: Mapped[str] = mapped_column(String(80))
    position: Mapped[int] = mapped_column(server_default=text("0"))


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


class CustomStation(Base):
    """A station that a user follows, under a name of their own. Many users may follow one station."""

    __tablename__ = "custom_stations"

    user_id: Mapped[UserKey]
    station_id: Mapped[StationKey]
    custom_name: Mapped[str] = mapped_column(String(80))
    position: Mapped[int] = mapped_column(server_default=text("0"))


class UserSession(Base):
    """A signed-in browser. Only hashes are kept: of the secret in its cookie, and of the word that it is got with."""

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
    unsubscribe: Mapped[str | None] = mapped_column(String(300))
    """Where mails of this kind are ended, for the header List-Unsubscribe; None where they are none to subscribe to."""
    created_at: Mapped[Moment]
    due_at: Mapped[Moment]
    """When it is to be tried next."""
    tries: Mapped[int] = mapped_column(server_default=text("0"))
    sent_at: Mapped[OptionalMoment]
    failed_at: Mapped[OptionalMoment]
    """When it was given up."""
    error: Mapped[str | None] = mapped_column(String(300))
