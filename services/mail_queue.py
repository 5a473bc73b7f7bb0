"""Mails on their way: written with what they tell of, in one transaction, and sent by the ETL child until they arrive.

Moments here are real ones, never those of a stopped clock: a mail leaves this machine.
"""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Engine, delete, insert, literal, select, update
from sqlalchemy.orm import Session

from adapters import mail
from errors import MailError, MailRefused, MailServerDown
from models import Mail
from services.secrets import keyed_hash
from session import IN_TROUBLE, reading, writing
from texts.letters import letter, one_line

log = logging.getLogger(__name__)

FIRST_DELAY = timedelta(seconds=10)
# A server that is back is found within minutes; a mail that it puts off is offered less and less often.
LONGEST_DELAY_OF_ALL = timedelta(minutes=5)
LONGEST_DELAY = timedelta(hours=1)
GIVEN_UP_AFTER = timedelta(days=3)
KEPT_FOR = timedelta(days=30)
# Longer than the sending of one mail can take: a sender that died leaves its mail to another.
CLAIM_LASTS = timedelta(minutes=10)
LONGEST_BATCH_S = 60.0
TRIES_TO_NOTE = 5
PAUSE_TO_NOTE_S = 1.0
LONGEST_ADDRESS = 254


def enqueue(
    session: Session, *, template: str, to: str | None, language: str, now: datetime | None = None, **values: object
) -> None:
    """Write the mail in the caller's transaction: it is sent if that commits, and only then.

    `to` is None for somebody whom we do not know: the same work is done, and no mail is written.
    Raises MailRefused for an address that no mail can have: cut short it would be somebody else's.
    """
    draft = written(template=template, to=to or "", language=language, now=now, values=values)
    row = select(*(literal(value, Mail.__table__.c[name].type) for name, value in draft.items()))
    session.execute(insert(Mail).from_select(list(draft), row.where(literal(to is not None))))


def enqueue_all(session: Session, drafts: Sequence[dict[str, Any]]) -> None:
    """Write several that were `written` before, so that the transaction is short."""
    if drafts:
        session.execute(insert(Mail), list(drafts))


def written(
    *,
    template: str,
    to: str,
    language: str,
    now: datetime | None = None,
    unsubscribe: str | None = None,
    values: Mapping[str, object],
) -> dict[str, Any]:
    """The row of a mail, its `values` filled in.

    `unsubscribe` is the address that ends mails of this kind, where they can be ended.
    Raises MailRefused as `enqueue`.
    """
    if len(to) > LONGEST_ADDRESS:
        raise MailRefused("this is no mail address")
    moment = now or datetime.now(UTC)
    words = letter(template, language, **values)
    return {
        "recipient": to,
        "subject": one_line(words.subject),
        "body_text": words.text,
        "body_html": words.html,
        "unsubscribe": unsubscribe,
        "created_at": moment,
        "due_at": moment,
        "tries": 0,
    }


def send_due(on: Engine, *, now: datetime, deliver: Callable[[mail.Outgoing], None] = mail.deliver) -> int:
    """Send what is due, oldest first; how many were. Several processes may do it at once: each mail goes out once."""
    started, sent = time.monotonic(), 0
    while time.monotonic() - started < LONGEST_BATCH_S and (claimed := _claim(on, now)):
        try:
            deliver(_outgoing(claimed))
        except MailServerDown as error:
            _settle(on, claimed, _put_off(claimed, error, now, LONGEST_DELAY_OF_ALL), error)
            _all_wait(on, now, until=now + _delay(claimed, LONGEST_DELAY_OF_ALL))
            break
        except MailRefused as error:
            _settle(on, claimed, {"failed_at": now, "error": str(error)[:300]} | _EMPTIED, error)
        except MailError as error:
            _settle(on, claimed, _put_off(claimed, error, now, LONGEST_DELAY), error)
        else:
            _settle(on, claimed, {"sent_at": now, "error": None} | _EMPTIED)
            sent += 1
    return sent


def flush(session: Session, *, now: datetime) -> None:
    """Remove what was sent or given up a month ago."""
    session.execute(delete(Mail).where((Mail.sent_at <= now - KEPT_FOR) | (Mail.failed_at <= now - KEPT_FOR)))


# What was sent may hold a code; nobody needs it here any more.
_EMPTIED = {"body_text": "", "body_html": ""}


def _is_due(now: datetime) -> ColumnElement[bool]:
    # No mail waits longer than the longest delay: what is due later was written before the clock was set back.
    is_time = (Mail.due_at <= now) | (Mail.due_at > now + LONGEST_DELAY)
    return Mail.sent_at.is_(None) & Mail.failed_at.is_(None) & is_time


def _claim(on: Engine, now: datetime) -> Mail | None:
    """A mail that is ours to send now: until the claim ends, nobody else finds it due."""
    while True:
        with reading(on) as session:  # asked every second, so it only reads
            due = session.execute(
                select(Mail.id, Mail.tries).where(_is_due(now)).order_by(Mail.due_at, Mail.id)
            ).first()
        if due is None:
            return None
        with writing(on) as session:
            mine = session.scalars(
                update(Mail)
                .where(Mail.id == due.id, Mail.tries == due.tries, _is_due(now))
                .values(tries=Mail.tries + 1, due_at=now + CLAIM_LASTS)
                .returning(Mail),
                execution_options={"synchronize_session": False},
            ).one_or_none()
        if mine is not None:
            return mine


def _outgoing(claimed: Mail) -> mail.Outgoing:
    written_s = int(claimed.created_at.timestamp())
    proof = keyed_hash("mail", str(claimed.id), str(written_s), claimed.recipient)[:16]
    return mail.Outgoing(
        reference=f"{claimed.created_at:%Y%m%dT%H%M%SZ}-{claimed.id}-{proof}",
        recipient=claimed.recipient,
        subject=claimed.subject,
        text=claimed.body_text,
        html=claimed.body_html,
        written_at=claimed.created_at,
        unsubscribe=claimed.unsubscribe,
    )


def _delay(claimed: Mail, longest: timedelta) -> timedelta:
    doublings = min(claimed.tries - 1, 20)
    return min(FIRST_DELAY * (1 << doublings), longest)


def _put_off(claimed: Mail, error: MailError, now: datetime, longest: timedelta) -> dict[str, Any]:
    if now - claimed.created_at >= GIVEN_UP_AFTER:
        return {"failed_at": now, "error": str(error)[:300]} | _EMPTIED
    return {"due_at": now + _delay(claimed, longest), "error": str(error)[:300]}


def _all_wait(on: Engine, now: datetime, *, until: datetime) -> None:
    """What is due would meet the same server: one mail at a time asks whether it is back."""
    with writing(on) as session:
        session.execute(
            update(Mail).where(_is_due(now)).values(due_at=until), execution_options={"synchronize_session": False}
        )


def _settle(on: Engine, claimed: Mail, facts: dict[str, Any], error: MailError | None = None) -> None:
    """Note how it ended. What was sent and not noted would be sent again, so this is tried until it holds."""
    # The address and the words of a mail are nobody's business: the log has its number.
    if error:
        log.warning("mail=%s try=%s %s: %s", claimed.id, claimed.tries, type(error).__name__, error)
    else:
        log.info("mail=%s try=%s sent", claimed.id, claimed.tries)
    for again in range(TRIES_TO_NOTE, 0, -1):
        try:
            with writing(on) as session:
                session.execute(
                    update(Mail).where(Mail.id == claimed.id, Mail.tries == claimed.tries).values(**facts),
                    execution_options={"synchronize_session": False},
                )
        except IN_TROUBLE:
            if again == 1:
                raise
            time.sleep(PAUSE_TO_NOTE_S)
        else:
            return
