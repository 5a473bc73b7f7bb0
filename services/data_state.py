"""What the base holds and how old it is: the line that every page shows, and the key of every cache."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import EtlRun

SAMPLE = "sample"
# The pages tell the date and extent of this one's data; a neighbour's come beside it.
HOME = "fr_prix_carburants"
# Lists beside the prices, so the data are no newer or older for them.
LISTS = ("fr_brands", "fr_communes")
LATE_AFTER_INTERVALS = 3
RUNS_LOOKED_AT = 12


class DataKind(StrEnum):
    """Where the stations in the base come from."""

    NONE = "none"
    SAMPLE = "sample"
    REAL = "real"


@dataclass(frozen=True)
class DataState:
    """The state of the base at a moment."""

    kind: DataKind
    version: int
    """Grows whenever prices or names changed; 0 where there are no prices. A key for caches."""
    extract_at: datetime | None
    """The newest declaration in the base: the date of the data."""
    stations: int
    confirmed_at: datetime | None
    """When a run last loaded the feed or found it unchanged."""
    is_late: bool
    """Whether the last success is older than it should be."""
    is_running: bool
    """Whether a run is under way."""
    last_outcome: str | None
    """How the last run that ended did so."""

    @property
    def tag(self) -> str:
        """A name for this version of the data that no other base gives to another: safe in a cached address."""
        moment = 0 if self.extract_at is None else int(self.extract_at.timestamp())
        return f"{self.version}-{moment}-{self.stations}"


def data_state(session: Session, *, now: datetime, interval: timedelta) -> DataState:
    """The state of the base, by the runs on record. `interval` is the time between two runs."""
    loaded = session.execute(
        select(EtlRun.id, EtlRun.source, EtlRun.extract_at, EtlRun.stations_read, EtlRun.ended_at)
        .where(EtlRun.outcome == "loaded", EtlRun.source.not_in(LISTS))
        .order_by(EtlRun.source == SAMPLE, EtlRun.source != HOME, EtlRun.id.desc())
        .limit(1)
    ).first()
    last = _last_runs(session)
    running = next((started_at for outcome, started_at in last if outcome == "running"), None)
    # A run killed in its middle stays "running" on record for a while; nobody should wait for it.
    is_running = running is not None and now - running < timedelta(minutes=10)
    last_outcome = next((outcome for outcome, _ in last if outcome != "running"), None)
    nothing = DataState(
        DataKind.NONE, 0, None, 0, None, is_late=False, is_running=is_running, last_outcome=last_outcome
    )
    if loaded is None:
        return nothing
    newest = session.scalar(select(func.max(EtlRun.id)).where(EtlRun.source != SAMPLE, EtlRun.outcome == "loaded"))
    found = replace(
        nothing,
        kind=DataKind.SAMPLE if loaded.source == SAMPLE else DataKind.REAL,
        version=max(loaded.id, newest or 0),
        extract_at=loaded.extract_at,
        stations=loaded.stations_read,
        confirmed_at=loaded.ended_at,
    )
    if found.kind is DataKind.SAMPLE:
        return found
    confirmed_at = session.scalars(
        select(EtlRun.ended_at)
        .where(EtlRun.source == loaded.source, EtlRun.outcome.in_(("loaded", "unchanged")))
        .order_by(EtlRun.id.desc())
        .limit(1)
    ).first()
    is_late = confirmed_at is not None and now - confirmed_at > LATE_AFTER_INTERVALS * interval
    return replace(found, confirmed_at=confirmed_at, is_late=is_late)


def data_dates(session: Session) -> dict[str, datetime]:
    """The date of the data of each source of prices that was loaded."""
    newest = (
        select(func.max(EtlRun.id))
        .where(EtlRun.outcome == "loaded", EtlRun.source.not_in((SAMPLE, *LISTS)))
        .group_by(EtlRun.source)
    )
    rows = session.execute(select(EtlRun.source, EtlRun.extract_at).where(EtlRun.id.in_(newest)))
    return {source: extract_at for source, extract_at in rows if extract_at is not None}


def _last_runs(session: Session) -> list[tuple[str, datetime]]:
    """Outcome and beginning of the newest runs of prices, our own country's where there are any among them."""
    newest = session.execute(
        select(EtlRun.source, EtlRun.outcome, EtlRun.started_at)
        .where(EtlRun.source.not_in((SAMPLE, *LISTS)))
        .order_by(EtlRun.id.desc())
        .limit(RUNS_LOOKED_AT)
    ).all()
    chosen = [row for row in newest if row.source == HOME] or newest
    return [(row.outcome, row.started_at) for row in chosen[:2]]
