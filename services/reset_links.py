"""Links for a new password that an admin sends, or hands over where no mail goes: good once, for a day, kept hashed."""

import re
import secrets
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Engine, select, update
from sqlalchemy.orm import Session

from adapters.storage import ObjectStore
from errors import AccountGone, CodeRefused
from models import VerificationCode
from services import account_changes, accounts, passwords
from services.accounts import Account
from services.secrets import digest, keyed_hash
from session import engine, reading, writing

PURPOSE = "reset_link"
LASTS = timedelta(hours=23)
"""Less than codes are kept before they are flushed."""
HOURS = int(LASTS.total_seconds() // 3600)
SECRET = re.compile(r"[A-Za-z0-9_-]{43}")


def make(session: Session, *, user_id: int, now: datetime) -> str:
    """A new secret for this person, in the caller's transaction; their older ones are good no more."""
    session.execute(
        update(VerificationCode)
        .where(
            VerificationCode.user_id == user_id,
            VerificationCode.purpose == PURPOSE,
            VerificationCode.used_at.is_(None),
        )
        .values(used_at=now),
        execution_options={"synchronize_session": False},
    )
    secret = secrets.token_urlsafe(32)
    session.add(
        VerificationCode(
            user_id=user_id,
            purpose=PURPOSE,
            code_hmac=keyed_hash(PURPOSE, secret),
            request_hash=digest(secret),
            created_at=now,
            expires_at=now + LASTS,
            tries=0,
        )
    )
    session.flush()
    return secret


def path(secret: str) -> str:
    """Where the link leads, below the address of the site."""
    return f"forgot?link={secret}"


def owner(session: Session, secret: str, *, now: datetime) -> Account | None:
    """Whose link it is, while it is good; looking does not use it up."""
    if not SECRET.fullmatch(secret):
        return None
    user_id = session.scalar(select(VerificationCode.user_id).where(*_good(secret, now)))
    return accounts.account(session, user_id) if user_id else None


def redeem(store: ObjectStore, secret: str, *, new: str, now: datetime, on: Engine | None = None) -> Account:
    """Set the new password of the link's owner; every session of theirs ends.

    Raises WeakPassword and StoreUnavailable (the link stays good), CodeRefused where it is used up, late or none.
    """
    base = on or engine()
    with reading(base) as session:
        person = owner(session, secret, now=now)
    if person is None:
        raise CodeRefused("no link, or no more")
    passwords.check(new, about=(person.username, person.mail, person.name))
    with writing(base) as session:
        used = update(VerificationCode).where(*_good(secret, now)).values(used_at=now).returning(VerificationCode.id)
        if session.execute(used, execution_options={"synchronize_session": False}).first() is None:
            raise CodeRefused("used up a moment ago")
    try:
        account_changes.reset_password(store, user_id=person.id, new=new, on=base)
    except AccountGone as error:
        raise CodeRefused("nobody has it any more") from error
    except BaseException:
        # Nothing was set: it would be unkind to ask for another link.
        with writing(base) as session:
            session.execute(
                update(VerificationCode).where(VerificationCode.request_hash == digest(secret)).values(used_at=None)
            )
        raise
    return person


def _good(secret: str, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        VerificationCode.request_hash == digest(secret),
        VerificationCode.code_hmac == keyed_hash(PURPOSE, secret),
        VerificationCode.purpose == PURPOSE,
        VerificationCode.used_at.is_(None),
        VerificationCode.expires_at > now,
        VerificationCode.created_at <= now,
    )
