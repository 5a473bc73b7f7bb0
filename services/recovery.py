"""The way back for who forgot: a code by mail for a new password, a reminder of the username.

Nobody learns here who has an account. For a name or mail that is not known, that was never proved, or whose owner has
to wait for the next code, the same statements are run and the same answer is given; only a proved mail is written to.
"""

from contextlib import suppress
from datetime import datetime
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from adapters.storage import ObjectStore
from errors import CodeRefused, CredentialsCorrupt
from services import account_changes, accounts, credentials, mail_queue, passwords, throttling, verification
from services.accounts import NOBODY, Account
from session import engine, reading, writing
from texts import LANGUAGES

RESET = "reset"
REMINDER = "reminder"
LONGEST_LOGIN = 254
MINUTES = int(verification.LASTS.total_seconds() // 60)


def send_code(*, login: str, request: str, address: str, now: datetime, on: Engine | None = None) -> None:
    """Send a code for a new password to the proved mail of this account, if there is one.

    `request` is a secret of the browser that asks; without it the code is worth nothing. Nothing is answered, and
    a person gets one mail a minute and five a day at most. Raises TryLater for an address that asks too often.
    """
    base = on or engine()
    _count(base, address, now)
    with writing(base) as session:
        known = _proved(session, login)
        person = _who_need_not_wait(session, known, RESET, now)
        code = verification.issue(
            session, user_id=_id(person), purpose=RESET, request=_bound(request, known, login), now=now
        )
        _mail(session, "reset_password", person, login, code=code, minutes=MINUTES)


def send_username(*, mail: str, address: str, now: datetime, on: Engine | None = None) -> None:
    """Send the username to this mail, if it is the proved one of an account. As silent and as rare as `send_code`."""
    base = on or engine()
    _count(base, address, now)
    with writing(base) as session:
        person = _who_need_not_wait(session, _proved(session, mail if "@" in mail else "@"), REMINDER, now)
        # A code that nobody gets: it counts for the pace, as those for a password do.
        verification.issue(session, user_id=_id(person), purpose=REMINDER, request="", now=now)
        _mail(session, "username_reminder", person, mail)


def choose_password(
    store: ObjectStore,
    *,
    login: str,
    request: str,
    code: str,
    new: str,
    address: str,
    now: datetime,
    on: Engine | None = None,
) -> None:
    """Set a new password for who has the code; every session ends, and a mail tells of it.

    Raises WeakPassword (the code stays good), CodeRefused for every other mistake alike, TryLater for an address that
    guesses, StoreUnavailable (the code stays good where the store was away before it was looked at).
    """
    base = on or engine()
    # What can be said before anybody has proved who they are; what is too close to the person's own name comes later.
    passwords.check(new, about=(login[:LONGEST_LOGIN],))
    counted = _count(base, address, now)
    with reading(base) as session:
        person = _proved(session, login)
    with suppress(CredentialsCorrupt):  # mended by what follows
        credentials.load(store, person.username if person else NOBODY)
    with writing(base) as session:
        verification.redeem(
            session, user_id=_id(person), purpose=RESET, request=_bound(request, person, login), code=code, now=now
        )
        if person is None:
            raise CodeRefused("nobody has a code")
        passwords.check(new, about=(person.username, person.mail, person.name))
        throttling.succeeded(session, counted)
    account_changes.reset_password(store, user_id=person.id, new=new, on=base)


def _proved(session: Session, login: str) -> Account | None:
    """The account, where its mail is known to be its owner's; a mail that nobody proved may be a stranger's."""
    found = accounts.known_as(session, login)
    return found if found and found.mail_verified else None


def _who_need_not_wait(session: Session, person: Account | None, purpose: str, now: datetime) -> Account | None:
    return None if verification.pause(session, user_id=_id(person), purpose=purpose, now=now) else person


def _mail(session: Session, template: str, person: Account | None, login: str, **values: Any) -> None:
    mail_queue.enqueue(
        session,
        template=template,
        to=person.mail if person else None,
        language=person.language if person else LANGUAGES[0],
        username=person.username if person else login,
        **values,
    )


def _bound(request: str, person: Account | None, login: str) -> str:
    """The browser's request, for this mail alone: a code on its way to a mail that was changed is worth nothing."""
    return f"{request} {person.mail if person else login}"


def _id(person: Account | None) -> int | None:
    return person.id if person else None


def _count(on: Engine, address: str, now: datetime) -> str:
    """Count what this address asks for, in a transaction of its own."""
    counted = throttling.key_of("address", address)
    with writing(on) as session:
        throttling.check(session, counted, now=now)
    return counted
