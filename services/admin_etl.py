"""The ETL as the console sees it: who works, what the runs brought, how good the data is; and orders to it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Engine, Select, and_, case, cast, func, or_, select
from sqlalchemy.orm import Session, aliased

from models import EtlRequest, EtlRun, Lease, Price, Station
from records import Fuel, oldest_fresh
from services import audit
from session import engine, writing
from settings import now as application_now

SAMPLE = "sample"
# How leases are named: of the work on a source, of a process that lives.
WORKING, PRESENT = "etl:", "worker:"
RUN, STOP, RESTART = "run", "stop", "restart"
# A child that lives picks an order up within a second.
PICKED_UP_WITHIN = timedelta(seconds=10)
# A run asked for twice within this time is asked for once.
SAME_ORDER_WITHIN = timedelta(seconds=30)


@dataclass(frozen=True)
class Run:
    """One run of one source."""

    id: int
    source: str
    started_at: datetime
    ended_at: datetime | None
    outcome: str
    """`running` while it goes on."""
    seconds: int | None
    bytes: int
    stations_read: int
    prices_read: int
    stations_changed: int
    prices_changed: int
    rejected: int
    gone: int
    rejects: dict[str, Any]
    """`{reason: {"count": n, "examples": […]}}`."""
    steps: dict[str, int]
    """What each generic transform did, in their order; empty for a run that read nothing."""
    error: str | None


@dataclass(frozen=True)
class Worker:
    """A process that lives: it holds a lease now, or gives its sign of life."""

    source: str
    """Empty where it has nothing to do at this moment."""
    holder: str
    """`machine:process:…`."""
    until: datetime
    """On the database's clock."""


@dataclass(frozen=True)
class Progress:
    """How far a run is that goes on."""

    run_id: int
    source: str
    stage: str
    """`download`, `read` or `load`; empty before the first."""
    done: int
    """Stations read so far, 0 but while it reads."""
    usual: int | None
    """Stations that the last good run read: what `done` leads to, most likely."""
    started_at: datetime


@dataclass(frozen=True)
class Work:
    """The state of one source."""

    source: str
    last: Run | None
    """The last run that ended."""
    last_good_at: datetime | None
    running: Run | None
    next_at: datetime | None
    """When it is due again; None where it is stopped or never ran."""
    is_stopped: bool


@dataclass(frozen=True)
class FuelQuality:
    """How good the prices of one fuel are."""

    fuel: Fuel
    prices: int
    suspect: int
    stale: int

    @property
    def stale_share(self) -> float:
        """Between 0 and 1."""
        return self.stale / self.prices if self.prices else 0.0


@dataclass(frozen=True)
class Quality:
    """How good the data is."""

    stations: int
    gone: int
    without_position: int
    fuels: list[FuelQuality]


def workers(session: Session) -> list[Worker]:
    """Who works on which source at this moment, then whoever is there for more. None: no child lives, anywhere."""
    rows = session.scalars(select(Lease).where(Lease.expires_at > _clock(session)).order_by(Lease.name)).all()
    busy = {row.holder for row in rows if not row.name.startswith(PRESENT)}
    return [
        Worker(
            "" if row.name.startswith(PRESENT) else row.name.removeprefix(WORKING),
            row.holder,
            datetime.fromtimestamp(row.expires_at, UTC),
        )
        for row in rows
        if not (row.name.startswith(PRESENT) and row.holder in busy)
    ]


def progress(session: Session) -> list[Progress]:
    """The runs that go on: those whose process still holds its lease. Cheap enough to be asked each second.

    A load is one transaction, of which nobody sees anything before its end: through it the stage is `load`.
    """
    good = aliased(EtlRun)
    last_good = select(func.max(good.id)).where(good.source == EtlRun.source, good.outcome == "loaded")
    usual = select(good.stations_read).where(good.id == last_good.correlate(EtlRun).scalar_subquery())
    rows = session.execute(
        select(EtlRun, usual.correlate(EtlRun).scalar_subquery())
        .join(Lease, Lease.name == WORKING + EtlRun.source)
        .where(EtlRun.outcome == "running", Lease.expires_at > _clock(session))
        .order_by(EtlRun.id)
    )
    return [Progress(row.id, row.source, row.stage or "", row.done, usual, row.started_at) for row, usual in rows]


def is_deaf(session: Session, *, now: datetime) -> bool:
    """Whether an order has waited longer than a child that lives would let it: none lives, on any machine."""
    oldest = session.scalar(select(func.min(EtlRequest.requested_at)).where(EtlRequest.picked_up_at.is_(None)))
    return oldest is not None and now - oldest > PICKED_UP_WITHIN


def works(session: Session, *, intervals: dict[str, timedelta], now: datetime) -> list[Work]:
    """The state of each source; `intervals` says how often each of them runs."""
    made = []
    for source, interval in intervals.items():
        found = [_run(row) for row in session.scalars(_of(source).order_by(EtlRun.id.desc()).limit(20))]
        last_good = session.scalar(
            select(func.max(EtlRun.started_at)).where(
                EtlRun.source == source, EtlRun.outcome.in_(("loaded", "unchanged"))
            )
        )
        is_stopped = _newest_order(session, source) == STOP
        due = max(now, last_good + interval) if last_good and not is_stopped else None
        made.append(
            Work(
                source=source,
                last=next((run for run in found if run.outcome != "running"), None),
                last_good_at=last_good,
                running=next((run for run in found[:1] if run.outcome == "running"), None),
                next_at=due,
                is_stopped=is_stopped,
            )
        )
    return made


def runs(session: Session, *, source: str | None = None, before: int | None = None, limit: int = 50) -> list[Run]:
    """The newest first; `before` is the id of the last one shown, to read on."""
    found = _of(source) if source else select(EtlRun).where(EtlRun.source != SAMPLE)
    if before is not None:
        found = found.where(EtlRun.id < before)
    return [_run(row) for row in session.scalars(found.order_by(EtlRun.id.desc()).limit(limit))]


def order(action: str, *, source: str | None = None, actor: str, now: datetime, on: Engine | None = None) -> bool:
    """Ask for `run`, `stop` or `restart` (a run that goes on is given up, and a new one begins).

    False where the same was asked for a moment ago and is still waiting: two admins who press at once get one run.
    """
    with writing(on or engine()) as session:
        # Two that press at once are looked at one after the other, on PostgreSQL too.
        if session.get_bind().dialect.name == "postgresql":
            session.execute(select(func.pg_advisory_xact_lock(7_300_118)))
        newest = session.scalars(select(EtlRequest).order_by(EtlRequest.id.desc()).limit(1)).first()
        wanted = RUN if action == RESTART else action
        is_same = newest is not None and (newest.action, newest.source) == (wanted, source)
        if newest is not None and is_same and abs(application_now() - newest.requested_at) < SAME_ORDER_WITHIN:
            return False
        orders = (STOP, RUN) if action == RESTART else (action,)
        session.add_all(EtlRequest(action=one, source=source, requested_at=application_now()) for one in orders)
        audit.record(session, actor=actor, action=f"etl.{action}", target=source or "*", now=now)
        return True


def quality(session: Session, *, as_of: datetime) -> Quality:
    """Of all but the examples; `as_of` is the date of the data, by which prices are judged stale."""
    stations = session.execute(
        select(
            func.count(Station.id),
            func.count(Station.gone_at),
            func.sum(case((Station.latitude.is_(None), 1), else_=0)),
        ).where(Station.source != SAMPLE)
    ).one()
    oldest = oldest_fresh(int(as_of.timestamp()))
    is_old = or_(
        *(
            and_(Price.gastype_id == fuel, Price.updated_at < datetime.fromtimestamp(at, UTC))
            for fuel, at in oldest.items()
        )
    )
    rows = session.execute(
        select(
            Price.gastype_id,
            func.count(),
            func.sum(case((Price.is_suspect, 1), else_=0)),
            func.sum(case((is_old, 1), else_=0)),
        )
        .join(Station, Station.id == Price.station_id)
        .where(Station.source != SAMPLE, Station.gone_at.is_(None))
        .group_by(Price.gastype_id)
        .order_by(Price.gastype_id)
    )
    fuels = [FuelQuality(Fuel(fuel), prices, suspect, stale) for fuel, prices, suspect, stale in rows]
    return Quality(stations[0], stations[1], stations[2] or 0, fuels)


def _of(source: str) -> Select[EtlRun]:
    return select(EtlRun).where(EtlRun.source == source)


def _run(row: EtlRun) -> Run:
    seconds = int((row.ended_at - row.started_at).total_seconds()) if row.ended_at else None
    return Run(
        id=row.id,
        source=row.source,
        started_at=row.started_at,
        ended_at=row.ended_at,
        outcome=row.outcome,
        seconds=seconds,
        bytes=row.bytes,
        stations_read=row.stations_read,
        prices_read=row.prices_read,
        stations_changed=row.stations_changed,
        prices_changed=row.prices_changed,
        rejected=row.rejected,
        gone=row.gone,
        rejects=row.rejects or {},
        steps=row.steps or {},
        error=row.error,
    )


def _newest_order(session: Session, source: str) -> str | None:
    concerns = or_(EtlRequest.source == source, EtlRequest.source.is_(None))
    return session.scalar(select(EtlRequest.action).where(concerns).order_by(EtlRequest.id.desc()).limit(1))


def _clock(session: Session) -> ColumnElement[int]:
    # Leases end on the database's clock.
    if session.get_bind().dialect.name == "sqlite":
        return cast(func.strftime("%s", "now"), BigInteger)
    return cast(func.extract("epoch", func.clock_timestamp()), BigInteger)
