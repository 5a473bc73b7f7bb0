"""What an admin does with people: find, help, keep out, promote, remove. Each deed is audited in its transaction."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import partial

from sqlalchemy import ColumnElement, Engine, func, or_, select, update
from sqlalchemy.orm import Session

from adapters import mail
from adapters.storage import ObjectStore
from models import CustomStation, User, UserSession
from services import account_changes, admin_post, admins, audit, mail_queue, reset_links, sessions
from services.accounts import Account, facts
from services.credentials import Credentials
from session import engine, writing
from settings import settings
from texts import text
from texts.letters import Link

MOST_FOUND = 50
LONGEST_SEARCH = 254
ESCAPE = "\\"


class LinkWay(StrEnum):
    """How a link for a new password reaches somebody; all but the first: an admin hands it over, and why."""

    MAIL = "mail"
    NO_SENDER = "no_sender"
    """This server sends no mail."""
    NO_SITE = "no_site"
    """It does not know its own address, without which a mail has no link."""
    UNPROVED = "unproved"
    """The person's mail may be a stranger's."""
    FAILING = "failing"
    """Mails are failing at this moment."""


@dataclass(frozen=True)
class Person:
    """Somebody as the console shows them; never a password, nor a hash of one."""

    account: Account
    created_at: datetime
    disabled_at: datetime | None
    seen_on: str | None
    stations: int
    sessions: int


def search(session: Session, words: str = "", *, now: datetime, limit: int = MOST_FOUND) -> list[Person]:
    """Those whose username, mail or name holds these words; the newest first. Without words, everybody."""
    pattern = "%" + "".join(f"{ESCAPE}{sign}" if sign in "%_\\" else sign for sign in _folded(words)) + "%"
    holds = or_(*(func.lower(column).like(pattern, escape=ESCAPE) for column in (User.username, User.mail, User.name)))
    return _people(session, holds, now=now, limit=limit)


def person(session: Session, user_id: int, *, now: datetime) -> Person | None:
    """One of them; None where they are gone."""
    return next(iter(_people(session, User.id == user_id, now=now, limit=1)), None)


def _people(session: Session, which: ColumnElement[bool], *, now: datetime, limit: int) -> list[Person]:
    stations = select(func.count()).where(CustomStation.user_id == User.id).scalar_subquery()
    signed_in = (
        select(func.count()).where(UserSession.user_id == User.id, UserSession.expires_at > now).scalar_subquery()
    )
    found = select(User, stations.label("stations"), signed_in.label("sessions")).where(which)
    rows = session.execute(found.order_by(User.created_at.desc(), User.id.desc()).limit(limit))
    return [
        Person(facts(row.User), row.User.created_at, row.User.disabled_at, row.User.seen_on, row.stations, row.sessions)
        for row in rows
    ]


def promote(store: ObjectStore, *, user_id: int, actor: str, now: datetime, on: Engine | None = None) -> None:
    """Make this person an admin."""
    change = partial(account_changes.with_role, is_admin=True)
    _change(store, on, user_id, "people.promote", change, {"is_admin": True}, actor=actor, now=now)


def demote(store: ObjectStore, *, user_id: int, actor: str, now: datetime, on: Engine | None = None) -> None:
    """Take the admin's role. Raises LastAdmin."""
    change = partial(account_changes.with_role, is_admin=False)
    _change(store, on, user_id, "people.demote", change, {"is_admin": False}, actor=actor, now=now)


def disable(store: ObjectStore, *, user_id: int, actor: str, now: datetime, on: Engine | None = None) -> None:
    """Keep this person out: no sign-in, and every session ends. What they made stays. Raises LastAdmin."""

    def change(found: Credentials) -> Credentials:
        return replace(found, disabled_at=now)

    _change(store, on, user_id, "people.disable", change, {"disabled_at": now}, actor=actor, now=now)


def enable(store: ObjectStore, *, user_id: int, actor: str, now: datetime, on: Engine | None = None) -> None:
    """Let this person in again."""

    def change(found: Credentials) -> Credentials:
        return replace(found, disabled_at=None)

    _change(store, on, user_id, "people.enable", change, {"disabled_at": None}, actor=actor, now=now)


def remove(store: ObjectStore, *, user_id: int, actor: str, now: datetime, on: Engine | None = None) -> None:
    """End this account and all that hangs on it. Raises LastAdmin."""

    def note(session: Session, gone: Account) -> None:
        audit.record(session, actor=actor, action="people.remove", target=gone.username, now=now)

    account_changes.remove(store, user_id=user_id, on=on, note=note)


def end_sessions(*, user_id: int, actor: str, now: datetime, on: Engine | None = None) -> None:
    """Sign this person out everywhere."""
    known = account_changes.known_by(on or engine(), user_id)
    with writing(on) as session:
        sessions.revoke_all(session, user_id=user_id)
        audit.record(session, actor=actor, action="people.end_sessions", target=known.username, now=now)


def link_way(session: Session, person: Account) -> LinkWay:
    """Whether this person can be sent a link, or who else has to hand it over."""
    if not mail.can_send():
        return LinkWay.NO_SENDER
    if not settings().public_url:
        return LinkWay.NO_SITE
    if not person.mail_verified:
        return LinkWay.UNPROVED
    return LinkWay.FAILING if admin_post.post(session).failing else LinkWay.MAIL


def send_reset_link(*, user_id: int, actor: str, now: datetime, on: Engine | None = None) -> None:
    """Mail this person a link with which they set a new password, once, within a day; nobody else ever sees it.

    The caller has seen that `link_way` is by mail. An older link of theirs is good no more.
    """
    known = account_changes.known_by(on or engine(), user_id)
    with writing(on) as session:
        secret = reset_links.make(session, user_id=user_id, now=now)
        address = f"{settings().public_url.rstrip('/')}/{reset_links.path(secret)}"
        mail_queue.enqueue(
            session,
            template="reset_link",
            to=known.mail,
            language=known.language,
            username=known.username,
            link=Link(text("admin.link_words", known.language), address),
            hours=reset_links.HOURS,
        )
        audit.record(session, actor=actor, action="people.send_link", target=known.username, now=now)


def reset_link(*, user_id: int, actor: str, now: datetime, on: Engine | None = None) -> str:
    """The secret of such a link, for an admin to hand over: shown once, kept nowhere.

    The page makes the address of it: its own site, then `reset_links.path`. An older link of theirs is good no more.
    """
    known = account_changes.known_by(on or engine(), user_id)
    with writing(on) as session:
        secret = reset_links.make(session, user_id=user_id, now=now)
        audit.record(session, actor=actor, action="people.reset_link", target=known.username, now=now)
    return secret


def _change(
    store: ObjectStore,
    on: Engine | None,
    user_id: int,
    action: str,
    change: Callable[[Credentials], Credentials],
    mirrored: dict[str, object],
    *,
    actor: str,
    now: datetime,
) -> None:
    base = on or engine()
    known = account_changes.known_by(base, user_id)
    stays = action in {"people.promote", "people.enable"}
    with admins.changing(base, user_id, stays=stays) as session:
        session.execute(update(User).where(User.id == user_id).values(**mirrored))
        if action == "people.disable":
            sessions.revoke_all(session, user_id=user_id)
        audit.record(session, actor=actor, action=action, target=known.username, now=now)
        account_changes.rewrite(store, known, change)


def _folded(words: str) -> str:
    return words.strip()[:LONGEST_SEARCH].lower()
