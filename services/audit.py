"""The audit log: what admins did, and what was done in the host's name. It is only ever added to."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import AuditEntry

HOST = "-"
"""The actor where nobody was signed in: a command on the server, the service itself."""
LONGEST_ACTOR, LONGEST_ACTION, LONGEST_TARGET = 64, 40, 120
LONGEST_DETAIL = 500

Detail = str | int | float | bool | None


@dataclass(frozen=True)
class Entry:
    """One thing that was done."""

    id: int
    at: datetime
    actor: str
    action: str
    target: str
    details: dict[str, Detail]


def record(session: Session, *, actor: str, action: str, target: str, now: datetime, **details: Detail) -> None:
    """Note it in the caller's transaction: what is undone with that was never done.

    `actor` is a username, or HOST. No secret belongs into `details`: the log is read by every admin, for ever.
    """
    session.add(
        AuditEntry(
            at=now,
            actor=actor[:LONGEST_ACTOR],
            action=action[:LONGEST_ACTION],
            target=target[:LONGEST_TARGET],
            details={key: _short(value) for key, value in details.items()} or None,
        )
    )
    session.flush()


def entries(session: Session, *, before: int | None = None, limit: int = 50) -> list[Entry]:
    """The newest entries first; `before` is the id of the last one that was shown, to read on."""
    found = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(limit)
    if before is not None:
        found = found.where(AuditEntry.id < before)
    return [
        Entry(row.id, row.at, row.actor, row.action, row.target, row.details or {}) for row in session.scalars(found)
    ]


def _short(value: Detail) -> Detail:
    return value[:LONGEST_DETAIL] if isinstance(value, str) else value
