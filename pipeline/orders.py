"""What people ask of the ETL: rows that any child on any machine picks up."""

from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from models import EtlRequest
from session import reading, writing
from settings import now

RUN = "run"
STOP = "stop"


def place(session: Session, action: str, *, source: str | None = None) -> None:
    """Ask for a run now, or for no more runs until the next order to run; of one source, or of all (None)."""
    session.add(EtlRequest(action=action, source=source, requested_at=now()))


def is_waiting(session: Session) -> bool:
    """Whether there are orders that nobody has picked up yet. Asked every second, so it only reads."""
    return session.scalars(select(EtlRequest.id).where(EtlRequest.picked_up_at.is_(None)).limit(1)).first() is not None


def claim(session: Session) -> list[tuple[str, str | None]]:
    """The action and source of the orders that nobody has picked up yet, oldest first. They are ours now."""
    claimed = session.execute(
        update(EtlRequest)
        .where(EtlRequest.picked_up_at.is_(None))
        .values(picked_up_at=now())
        .returning(EtlRequest.id, EtlRequest.action, EtlRequest.source)
    ).all()
    return [(row.action, row.source) for row in sorted(claimed, key=lambda row: row.id)]


def pick_up(on: Engine) -> list[tuple[str, str | None]]:
    """What `claim` gives; the base is written to only where somebody asked for something."""
    with reading(on) as session:
        if not is_waiting(session):
            return []
    with writing(on) as session:
        return claim(session)


def newest_stop(session: Session, source: str) -> int:
    """The id of the newest order to stop that concerns this source; 0 where there was none."""
    of_it = (EtlRequest.source == source) | EtlRequest.source.is_(None)
    return session.scalar(select(func.max(EtlRequest.id)).where(EtlRequest.action == STOP, of_it)) or 0


def is_stopped(session: Session, source: str) -> bool:
    """Whether the newest order that concerns this source is to stop."""
    newest = session.execute(
        select(EtlRequest.action, func.max(EtlRequest.id).label("newest"))
        .where((EtlRequest.source == source) | EtlRequest.source.is_(None))
        .group_by(EtlRequest.action)
        .order_by(func.max(EtlRequest.id).desc())
    ).first()
    return newest is not None and newest.action == STOP
