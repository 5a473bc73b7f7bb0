"""The work of the ETL: its runs, what is asked of it, who may do it."""

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Index,
    Integer,
    String,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from tables.base import Base, Moment, OptionalMoment, PrimaryKey


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
    stage: Mapped[str | None] = mapped_column(String(12))
    """Of a run that goes on: `download`, `read` or `load`; where it was last seen, of one that ended."""
    done: Mapped[int] = mapped_column(server_default=text("0"))
    """Stations read so far."""
    url_hash: Mapped[str | None] = mapped_column(String(64))
    """SHA-256 of the address asked: `etag` and `last_modified` mean nothing to another. The address may hold a key."""
    etag: Mapped[str | None] = mapped_column(String(200))
    last_modified: Mapped[str | None] = mapped_column(String(64))
    rejects: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """`{reason: {"count": n, "examples": ["ref: text", …]}}`."""
    steps: Mapped[dict[str, int] | None] = mapped_column(JSON(none_as_null=True))
    """What each generic transform did, in their order: `{name: count}` (pipeline/transforms.py)."""
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


class HistoryFile(Base):
    """An archive of the publisher that was read into the price history, so that a broken-off backfill goes on."""

    __tablename__ = "history_files"

    source: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    """e.g. `jour/20250206` or `annee/2024`."""
    loaded_at: Mapped[Moment]
    prices: Mapped[int]


class AuditEntry(Base):
    """What an admin did. Append-only: the database refuses to change or remove a row."""

    __tablename__ = "audit_log"

    id: Mapped[PrimaryKey]
    at: Mapped[Moment] = mapped_column(index=True)
    actor: Mapped[str] = mapped_column(String(64))
    """The username at that time, or `-` for the host itself. Not a key: who is gone stays named."""
    action: Mapped[str] = mapped_column(String(40))
    target: Mapped[str] = mapped_column(String(120))
    details: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))


class OwnerNotice(Base):
    """Something that whoever runs the service was told of, or is to be: once, whichever process finds it."""

    __tablename__ = "owner_notices"

    fact: Mapped[str] = mapped_column(String(64), primary_key=True)
    """e.g. `etl:fr_prix_carburants` or `backup`."""
    is_well: Mapped[bool]
    """Whether it is over."""
    is_told: Mapped[bool]
    tried_at: Mapped[Moment]
    number: Mapped[int] = mapped_column(server_default=text("0"))
    """Where it is told how many: of how many was told already."""


class DailyCount(Base):
    """How often something happened on a day (Paris): visits, visitors, registrations, sign-ins that failed."""

    __tablename__ = "daily_counts"
    __table_args__ = ({"sqlite_with_rowid": False},)

    day: Mapped[str] = mapped_column(String(10), primary_key=True)
    what: Mapped[str] = mapped_column(String(40), primary_key=True)
    count: Mapped[int]


class VisitMark(Base):
    """A visitor of today, unrecognisable: a hash keyed with a secret that lives a day. Removed the day after."""

    __tablename__ = "visit_marks"
    __table_args__ = ({"sqlite_with_rowid": False},)

    day: Mapped[str] = mapped_column(String(10), primary_key=True)
    mark: Mapped[str] = mapped_column(String(64), primary_key=True)


class Lease(Base):
    """Who may work on a source now, on the database's clock. `fence` grows with each new holder."""

    __tablename__ = "leases"
    # The fence belongs to a key: on PostgreSQL a load then bars who would change it, and not its own heartbeat.
    __table_args__ = (Index("ix_leases_fence", "name", "fence", unique=True),)

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    holder: Mapped[str] = mapped_column(String(64))
    fence: Mapped[int] = mapped_column(Integer)
    expires_at: Mapped[int] = mapped_column(BigInteger)
    """Seconds since 1970 on the database's clock."""
