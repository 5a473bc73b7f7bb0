"""Who is signed in where: sessions that can be revoked. The base holds hashes; the secret is in the browser alone.

A sign-in begins a session (`begin`). Its token stays with the script that signed in, so that this tab goes on; its
nonce goes through the page to a route, which exchanges it, once and within a minute, for the same token as a cookie.
The token is made from the nonce with this installation's key: nobody who saw the nonce can make it.
"""

import base64
import hmac
import re
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine, ScalarSelect, bindparam, case, delete, literal, or_, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from models import User, UserSession, UtcSeconds
from services.counts import day_of
from services.devices import device
from services.secrets import digest, key
from session import writing_if_free

LASTS = timedelta(days=30)
"""Since it was last used."""
LASTS_WITHOUT_COOKIE = timedelta(hours=12)
"""A browser that took no cookie stays signed in for its tab."""
NONCE_LASTS = timedelta(seconds=60)
SEEN_EVERY = timedelta(hours=1)
# What `secrets.token_urlsafe(32)` looks like: anything else is no secret of ours.
SECRET = re.compile(r"[A-Za-z0-9_-]{43}")

# Written once: each page of a member asks it, and to put a statement together costs as much as to answer it.
PERSON = (
    select(User, UserSession.seen_at, UserSession.nonce_expires_at)
    .join(UserSession, UserSession.user_id == User.id)
    .where(
        UserSession.token_hash == bindparam("token_hash"),
        UserSession.expires_at > bindparam("now"),
        User.disabled_at.is_(None),
    )
)


@dataclass(frozen=True)
class Begun:
    """A session that waits for its cookie."""

    nonce: str
    """For the page: good once, for a minute, at the route that sets the cookie."""
    token: str
    """For the script that signed in, never for the page."""


@dataclass(frozen=True)
class SignedIn:
    """A line in somebody's list of sessions."""

    id: int
    device: str
    created_at: datetime
    seen_at: datetime
    """To the hour."""
    is_this: bool
    """Whether it is the one that asks."""


@dataclass(frozen=True)
class Found:
    """Who is behind a token."""

    user: User
    waits_for_cookie: bool
    """Whether the browser can still come for its cookie, and has not."""
    was_idle: bool
    """Whether it was not used for an hour or more: its cookie is then to be renewed, which lives as long as it."""


def begin(session: Session, *, user_id: int, user_agent: str, now: datetime) -> Begun:
    """Sign this person in, in this browser."""
    nonce = secrets.token_urlsafe(32)
    token = _token(nonce)
    session.add(
        UserSession(
            user_id=user_id,
            token_hash=digest(token),
            nonce_hash=digest(nonce),
            nonce_expires_at=now + NONCE_LASTS,
            device=device(user_agent),
            created_at=now,
            seen_at=now,
            expires_at=now + LASTS_WITHOUT_COOKIE,
        )
    )
    session.flush()
    _note_day(session, user_id, now)
    return Begun(nonce, token)


def exchange(session: Session, nonce: str, *, now: datetime) -> str | None:
    """Spend the nonce: the token to set as a cookie. None where it is spent, late, revoked or none at all."""
    if not SECRET.fullmatch(nonce):
        return None
    token = _token(nonce)
    spent = session.execute(
        update(UserSession)
        .where(
            UserSession.nonce_hash == digest(nonce),
            UserSession.token_hash == digest(token),
            UserSession.nonce_expires_at > now,
        )
        .values(nonce_hash=None, nonce_expires_at=None, expires_at=now + LASTS)
        .returning(UserSession.id),
        execution_options={"synchronize_session": False},
    ).first()
    return token if spent else None


def current(session: Session, token: str, *, now: datetime) -> int | None:
    """The user who is signed in with this token. A reading session does; once an hour it is written that it is used."""
    found = person(session, token, now=now)
    return found.user.id if found else None


def person(session: Session, token: str, *, now: datetime) -> Found | None:
    """Who is signed in with this token, in one look; otherwise like `current`. Somebody kept out is nobody."""
    if not SECRET.fullmatch(token):
        return None
    found = session.execute(PERSON, {"token_hash": digest(token), "now": now}).first()
    if found is None:
        return None
    was_idle = found.seen_at <= now - SEEN_EVERY
    if was_idle:
        _slide(session, digest(token), now)
    return Found(found.User, found.nonce_expires_at is not None and found.nonce_expires_at > now, was_idle)


def of_user(session: Session, *, user_id: int, token: str, now: datetime) -> list[SignedIn]:
    """The sessions of this person, the latest used first; `token` says which one asks."""
    rows = session.scalars(
        select(UserSession)
        .where(UserSession.user_id == user_id, UserSession.expires_at > now)
        .order_by(UserSession.seen_at.desc(), UserSession.id.desc())
    )
    this = _hash_of(token)
    return [SignedIn(row.id, row.device, row.created_at, row.seen_at, row.token_hash == this) for row in rows]


def revoke(session: Session, *, user_id: int, session_id: int) -> None:
    """End one session of this person; one of somebody else's stays. Idempotent."""
    session.execute(delete(UserSession).where(UserSession.user_id == user_id, UserSession.id == session_id))


def sign_out(session: Session, token: str) -> None:
    """End the session with this token. Idempotent."""
    if this := _hash_of(token):
        session.execute(delete(UserSession).where(UserSession.token_hash == this))


def revoke_all(session: Session, *, user_id: int, but: str | None = None) -> None:
    """End every session of this person, waiting nonces too, except the one with the token `but`."""
    ended = delete(UserSession).where(UserSession.user_id == user_id)
    if this := _hash_of(but or ""):
        ended = ended.where(or_(UserSession.token_hash.is_(None), UserSession.token_hash != this))
    session.execute(ended)


def flush(session: Session, *, now: datetime) -> None:
    """Remove the sessions that have ended by themselves."""
    session.execute(delete(UserSession).where(UserSession.expires_at <= now))


def _token(nonce: str) -> str:
    made = hmac.digest(key(), b"session token:" + nonce.encode(), "sha256")
    return base64.urlsafe_b64encode(made).rstrip(b"=").decode()


def _hash_of(token: str) -> str:
    return digest(token) if SECRET.fullmatch(token) else ""


def _slide(session: Session, token_hash: str, now: datetime) -> None:
    """Note that the session is used, in a transaction of its own; where the base is busy, a later run does it."""
    on = session.get_bind()
    if isinstance(on, Engine) and not on.get_execution_options().get("immediate"):
        with suppress(DBAPIError), writing_if_free(on) as beside:
            _note_use(beside, token_hash, now)
    else:
        _note_use(session, token_hash, now)


def _note_use(session: Session, token_hash: str, now: datetime) -> None:
    with_cookie, without = (literal(now + lasts, UtcSeconds) for lasts in (LASTS, LASTS_WITHOUT_COOKIE))
    used = (
        update(UserSession)
        .where(UserSession.token_hash == token_hash, UserSession.seen_at <= now - SEEN_EVERY)
        .values(seen_at=now, expires_at=case((UserSession.nonce_hash.is_(None), with_cookie), else_=without))
    )
    session.execute(used, execution_options={"synchronize_session": False})
    whose = select(UserSession.user_id).where(UserSession.token_hash == token_hash).scalar_subquery()
    _note_day(session, whose, now)


def _note_day(session: Session, user_id: int | ScalarSelect[int], now: datetime) -> None:
    """For the figures: the day, no more, on which somebody was here last."""
    here = update(User).where(User.id == user_id).values(seen_on=day_of(now))
    session.execute(here, execution_options={"synchronize_session": False})
