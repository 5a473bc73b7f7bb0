"""Becoming a member: what is wrong with a form, field by field; then the account, with what was picked without one."""

import logging
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from adapters.storage import ObjectStore
from errors import AccountError, AccountGone, FieldRefused, MailTaken, UsernameTaken, WeakPassword
from records import Fuel
from services import accounts, following, identity, passwords, throttling
from services.accounts import Account
from services.following import Followed
from services.passwords import Strength
from session import engine, writing

log = logging.getLogger(__name__)

# What a person has typed so far helps nobody guess beyond its first letters, and may be a megabyte.
LONGEST_HINT = 300


@dataclass(frozen=True)
class Form:
    """What a person typed who wants an account."""

    name: str
    mail: str
    username: str
    password: str

    @property
    def hints(self) -> tuple[str, ...]:
        """What an attacker knows, and so no password may be made of."""
        return tuple(text[:LONGEST_HINT] for text in (self.username, self.mail, self.name))


def refusals(form: Form) -> dict[str, AccountError]:
    """Why a field cannot be, for each that cannot: FieldRefused or WeakPassword. Whether it is free is not asked."""
    checks: dict[str, Callable[[], object]] = {
        "name": lambda: identity.name(form.name),
        "mail": lambda: identity.mail(form.mail),
        "username": lambda: identity.username(form.username),
        "password": lambda: passwords.check(form.password, about=form.hints),
    }
    found: dict[str, AccountError] = {}
    for field, check in checks.items():
        try:
            check()
        except (FieldRefused, WeakPassword) as error:
            found[field] = error
    return found


def strength(form: Form) -> Strength:
    """How hard the password is to guess for who knows the rest of the form."""
    return passwords.strength(form.password, about=form.hints)


def join(
    store: ObjectStore,
    form: Form,
    *,
    language: str,
    fuels: Collection[Fuel],
    stations: Sequence[Followed],
    address: str,
    now: datetime,
    on: Engine | None = None,
) -> Account:
    """Make an account that follows these fuels and stations. Raises as `accounts.register`, and TryLater.

    Names that are taken are told, so an address that asks for many has to wait longer and longer.
    """
    base = on or engine()
    counted = throttling.key_of("register", address)
    with writing(base) as session:
        throttling.check(session, counted, now=now)
    try:
        made = accounts.register(store, **asdict(form), language=language, now=now, on=base)
    except (UsernameTaken, MailTaken):
        with writing(base) as session:
            throttling.failed(session, counted, now=now)
        raise
    try:
        with writing(base) as session, suppress(AccountGone):
            following.keep(session, made.id, stations, fuels)
    except SQLAlchemyError:
        # The account is there, and whole: what it follows can be chosen again.
        log.exception("what user=%s picked could not be kept", made.id)
    return made
