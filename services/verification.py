"""Codes sent by mail: eight digits, bound to a person, a purpose and a browser's request; short-lived, used once.

Somebody unknown (`user_id` None) is a person who has no code: the same statements are run for them, a decoy is written
where a row would have been, and nobody can tell by answer or time.
"""

import hmac
import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from errors import CodeRefused, TryLater
from models import Throttle, User, VerificationCode
from services.secrets import keyed_hash
from session import insert_into

DIGITS = 8
LASTS = timedelta(minutes=10)
MOST_TRIES = 5
PAUSE = timedelta(minutes=1)
MOST_A_DAY = 5
DAY = timedelta(days=1)
NOBODY = 0
"""The id of no user: keys begin at 1."""
# Longer than any code that people type, spaces included; what is longer is not looked at.
LONGEST_CODE = 40


def issue(session: Session, *, user_id: int | None, purpose: str, request: str, now: datetime) -> str:
    """A new code for this person, purpose and browser's request, which an older one of theirs gives way to.

    Raises TryLater: at most one a minute and five a day, whatever requests they come from. The session is then
    committed, with a decoy in it: in the time that it takes, a person who must wait is like any other.
    """
    too_early_until = pause(session, user_id=user_id, purpose=purpose, now=now)
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    hashes = _code_hmac(user_id, purpose, request, code), _request_hash(request)
    if user_id is None or too_early_until:
        _decoy(session, hashes[1], now)
        if too_early_until:
            session.commit()
            raise TryLater(too_early_until)
        return code
    session.add(
        VerificationCode(
            user_id=user_id,
            purpose=purpose,
            code_hmac=hashes[0],
            request_hash=hashes[1],
            created_at=now,
            expires_at=now + LASTS,
            tries=0,
        )
    )
    session.flush()
    return code


def pause(session: Session, *, user_id: int | None, purpose: str, now: datetime) -> datetime | None:
    """When this person can have the next code; None where that is now, and stays so for the caller's transaction."""
    # Two requests at the same moment are counted one after the other.
    session.execute(select(User.id).where(User.id == (user_id or NOBODY)).with_for_update())
    mine = (VerificationCode.user_id == (user_id or NOBODY), VerificationCode.purpose == purpose)
    return _pause(list(session.scalars(select(VerificationCode.created_at).where(*mine))), now)


def redeem(session: Session, *, user_id: int | None, purpose: str, request: str, code: str, now: datetime) -> None:
    """Use up the code. Raises CodeRefused, and has then committed the session: a try counts whatever the caller does.

    Accepted, the code is used up with the caller's transaction, and not at all where that is rolled back.
    """
    newest = (
        select(func.max(VerificationCode.id))
        .where(
            VerificationCode.user_id == (user_id or NOBODY),
            VerificationCode.purpose == purpose,
            VerificationCode.request_hash == _request_hash(request),
        )
        .scalar_subquery()
    )
    found = session.execute(
        update(VerificationCode)
        .where(
            VerificationCode.id == newest,
            VerificationCode.used_at.is_(None),
            VerificationCode.expires_at > now,
            VerificationCode.created_at <= now,
            VerificationCode.tries < MOST_TRIES,
        )
        .values(tries=VerificationCode.tries + 1)
        .returning(VerificationCode.id, VerificationCode.code_hmac),
        execution_options={"synchronize_session": False},
    ).first()
    typed = _code_hmac(user_id, purpose, request, _digits(code))
    if not hmac.compare_digest(found.code_hmac if found else "0" * 64, typed) or found is None:
        if found is None:
            _decoy(session, _request_hash(request), now)
        session.commit()
        raise CodeRefused("this code is not, or no more, the right one")
    session.execute(
        update(VerificationCode).where(VerificationCode.id == found.id).values(used_at=now),
        execution_options={"synchronize_session": False},
    )


def withdraw(session: Session, *, user_id: int) -> None:
    """End every code of this person, e.g. when a password was changed. They still count for the pace."""
    session.execute(
        update(VerificationCode)
        .where(VerificationCode.user_id == user_id, VerificationCode.used_at.is_(None))
        .values(used_at=VerificationCode.created_at),
        execution_options={"synchronize_session": False},
    )


def flush(session: Session, *, now: datetime) -> None:
    """Remove the codes that no longer count for anything."""
    session.execute(delete(VerificationCode).where(VerificationCode.created_at <= now - DAY))


def _pause(issued: list[datetime], now: datetime) -> datetime | None:
    """When the next code can be had; None where it can be had now."""
    # Those of a future were issued before the clock was set back; two servers may differ by some seconds.
    recent = sorted(moment for moment in issued if now - DAY < moment <= now + PAUSE)
    if len(recent) >= MOST_A_DAY:
        return recent[-MOST_A_DAY] + DAY
    return recent[-1] + PAUSE if recent and recent[-1] > now - PAUSE else None


def _digits(typed: str) -> str:
    """The code as it was sent: people copy spaces along, and phones write digits of other scripts."""
    if len(typed) > LONGEST_CODE:
        return ""
    return "".join(str(int(sign)) for sign in typed if sign.isdecimal())


def _code_hmac(user_id: int | None, purpose: str, request: str, code: str) -> str:
    return keyed_hash("code", str(user_id or NOBODY), purpose, request, code)


def _request_hash(request: str) -> str:
    return keyed_hash("request", request)


def _decoy(session: Session, request_hash: str, now: datetime) -> None:
    """One row written, as for somebody known: a commit with nothing in it is quicker, and would tell."""
    key = f"nobody:{request_hash[:48]}"
    statement = insert_into(Throttle, session).values(key=key, failures=0, allowed_at=now, forgotten_at=now + DAY)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=[Throttle.key], set_={"allowed_at": statement.excluded.allowed_at}
        )
    )
