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
