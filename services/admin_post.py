"""The mails and codes of the service as the console sees them: what waits, what fails, what can go."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine, func, or_, select, update
from sqlalchemy.orm import Session

from models import Mail, VerificationCode
from services import audit, verification
from services.mail_queue import CLAIM_LASTS
from session import engine, writing

# A mail claimed within this time may be on its way right now: pushed, it would arrive twice.
BEING_SENT = timedelta(minutes=2)


@dataclass(frozen=True)
class Letter:
    """A mail that has not arrived; never its words, which may hold a code."""

    id: int
    recipient: str
    subject: str
    created_at: datetime
    due_at: datetime
    tries: int
    error: str | None
    failed_at: datetime | None
    """When it was given up: its words are gone, so it cannot be sent any more."""


@dataclass(frozen=True)
class Post:
    """The queue in figures."""

    waiting: int
    failing: int
    """Of those that wait, the ones that were tried in vain."""
    given_up: int
    sent: int
    """Within the month for which they are remembered."""


def post(session: Session) -> Post:
    """The figures of this moment."""
    waits = Mail.sent_at.is_(None) & Mail.failed_at.is_(None)
    counted = (waits, waits & Mail.error.is_not(None), Mail.failed_at.is_not(None), Mail.sent_at.is_not(None))
    row = session.execute(select(*(func.count().filter(which) for which in counted)).select_from(Mail)).one()
    waiting, failing, given_up, sent = tuple(row)
    return Post(waiting, failing, given_up, sent)


def letters(session: Session, *, limit: int = 50) -> list[Letter]:
    """What has not arrived, the newest first."""
    rows = session.scalars(select(Mail).where(Mail.sent_at.is_(None)).order_by(Mail.id.desc()).limit(limit))
    return [
        Letter(
            row.id, row.recipient, row.subject, row.created_at, row.due_at, row.tries, row.error, row.failed_at
        )
        for row in rows
    ]  # fmt: skip


def retry(*, actor: str, now: datetime, on: Engine | None = None) -> int:
    """Have everything that waits tried at once; how many these are. `now` is the real time, as mails know no other."""
    with writing(on or engine()) as session:
        claimed = (Mail.due_at > now + CLAIM_LASTS - BEING_SENT) & (Mail.due_at <= now + CLAIM_LASTS)
        pushed = session.scalars(
            update(Mail)
            .where(Mail.sent_at.is_(None), Mail.failed_at.is_(None), Mail.due_at > now, ~claimed)
            .values(due_at=now)
            .returning(Mail.id),
            execution_options={"synchronize_session": False},
        ).all()
        audit.record(session, actor=actor, action="mail.retry", target="*", now=now, mails=len(pushed))
    return len(pushed)


@dataclass(frozen=True)
class Codes:
    """The codes and links that were given out."""

    good: int
    expired: int
    """Used or too late; for a day they still count for how often one may ask."""
    old: int
    """Of the expired, those that count for nothing any more."""


def codes(session: Session, *, now: datetime) -> Codes:
    """The figures of this moment."""
    is_over = or_(VerificationCode.used_at.is_not(None), VerificationCode.expires_at <= now)
    is_old = VerificationCode.created_at <= now - verification.DAY
    counted = (~is_over & ~is_old, is_over | is_old, is_old)
    row = session.execute(
        select(*(func.count().filter(which) for which in counted)).where(VerificationCode.user_id.is_not(None))
    ).one()
    good, expired, old = tuple(row)
    return Codes(good, expired, old)


def flush_codes(*, actor: str, now: datetime, on: Engine | None = None) -> None:
    """Remove the codes that count for nothing any more, as the child does each hour."""
    with writing(on or engine()) as session:
        verification.flush(session, now=now)
        audit.record(session, actor=actor, action="codes.flush", target="*", now=now)
