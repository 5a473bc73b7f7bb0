"""Accounts: registering, signing in, and who somebody is. The store decides usernames, the database mails."""

import logging
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import Engine, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from adapters.storage import ObjectStore
from errors import (
    CredentialsCorrupt,
    FieldRefused,
    MailTaken,
    SignInRefused,
    StoreConflict,
    StoreUnavailable,
    UsernameTaken,
)
from models import User
from services import counts, credentials, identity, mirror, passwords, throttling
from services.credentials import LANGUAGES, Credentials
from session import engine, reading, writing

log = logging.getLogger(__name__)

# No username begins like this: what is asked of the store in the name of somebody who cannot be, to take as long.
NOBODY = "-nobody"


@dataclass(frozen=True)
class Account:
    """A person as the database knows them."""

    id: int
    uuid: UUID
    username: str
    mail: str
    name: str
    is_admin: bool
    language: str
    mail_verified: bool


def register(
    store: ObjectStore,
    *,
    name: str,
    mail: str,
    username: str,
    password: str,
    language: str,
    now: datetime,
    on: Engine | None = None,
) -> Account:
    """Make an account, whole or not at all. Nobody becomes an admin by this.

    Raises FieldRefused, WeakPassword, UsernameTaken, MailTaken or StoreUnavailable.
    """
    person = identity.name(name)
    address = identity.mail(mail)
    wanted = identity.username(username)
    passwords.check(password, about=(wanted, address, person))
    new = Credentials(
        username=wanted,
        uuid=uuid4(),
        mail=address,
        name=person,
        password=passwords.hashed(password),
        created_at=now,
        language=language if language in LANGUAGES else LANGUAGES[0],
    )
    try:
        kept = credentials.save(store, new)
    except StoreConflict as error:
        raise UsernameTaken(wanted) from error
    try:
        return _enter(on or engine(), kept, now=now)
    except BaseException:
        _undo(store, kept)
        raise


def authenticate(
    store: ObjectStore, *, login: str, password: str, address: str, now: datetime, on: Engine | None = None
) -> Account:
    """The account of this username or mail, if the password is its own.

    Raises SignInRefused for every mistake alike, after the same work; TryLater where too many came before;
    StoreUnavailable where nobody can tell now; CredentialsCorrupt where the person has to reset the password.
    """
    base = on or engine()
    wanted = _username_of(base, login)
    counted = _count_try(base, wanted or login, address, now)
    try:
        found, corrupt = _credentials(store, wanted or NOBODY)
    except StoreUnavailable:
        _forgive(base, counted)  # nobody guessed anything
        raise
    is_right = passwords.is_right(password, found.password if found else None)
    if corrupt or (found and found.password is None):
        raise corrupt or CredentialsCorrupt(f"{wanted}: no password that can be checked")
    if not found or not is_right or found.disabled_at:
        with writing(base) as session:
            counts.add(session, counts.SIGN_IN_FAILURES, now=now)
            for key in counted:
                throttling.failed(session, key, now=now)
        raise SignInRefused("name, password or both are wrong")
    with writing(base) as session:
        for key in counted:
            throttling.succeeded(session, key)
        throttling.remember(session, account=found.username, address=address, now=now)
        # What was changed in the store by hand is true from the sign-in on, without waiting for the mirror.
        mirrored = mirror.reflect(session, found, is_there=lambda name: _is_there(store, name), now=now)
        if mirrored is None:
            raise SignInRefused("the credentials contradict those of somebody else")
        return facts(mirrored.row)


def account(session: Session, user_id: int) -> Account | None:
    """Who this is now; None once the account is gone. One look into the database, none into the store."""
    row = session.get(User, user_id, populate_existing=True)
    return facts(row) if row else None


def known_as(session: Session, login: str) -> Account | None:
    """The account with this username or mail."""
    try:
        if "@" in login:
            row = session.scalar(select(User).where(User.mail == identity.mail(login)))
        else:
            row = session.scalar(select(User).where(User.username == identity.username(login)))
    except FieldRefused:
        return None
    return facts(row) if row else None


def facts(row: User) -> Account:
    """The account that this row tells of."""
    return Account(
        id=row.id,
        uuid=row.uuid,
        username=row.username,
        mail=row.mail,
        name=row.name,
        is_admin=row.is_admin,
        language=row.language,
        mail_verified=row.mail_verified_at is not None,
    )


def _enter(on: Engine, kept: Credentials, *, now: datetime) -> Account:
    """Put the person into the database, whose unique key decides who has the mail."""
    try:
        with writing(on) as session:
            row = mirror.row_of(kept, now=now)
            session.add(row)
            session.flush()
            counts.add(session, counts.REGISTRATIONS, now=now)
            return facts(row)
    except IntegrityError as error:
        with reading(on) as session:
            if mirrored := session.scalar(select(User).where(User.uuid == kept.uuid)):
                return facts(mirrored)  # the mirror saw the object before we came here
            is_mail = session.scalar(select(User.id).where(User.mail == kept.mail)) is not None
        raise (MailTaken if is_mail else UsernameTaken)(kept.mail if is_mail else kept.username) from error


def _undo(store: ObjectStore, kept: Credentials) -> None:
    try:
        store.delete(identity.key_of(kept.username), if_version=kept.version or "")
    except (StoreConflict, StoreUnavailable) as error:
        # What stays is whole: the mirror enters it, or tells of its mail that somebody else has.
        log.warning("the credentials of a registration that failed could not be removed: %s", error)


def _username_of(on: Engine, login: str) -> str | None:
    if "@" not in login:
        try:
            return identity.username(login)
        except FieldRefused:
            return None
    with reading(on) as session:
        found = known_as(session, login)
    return found.username if found else None


def _credentials(store: ObjectStore, username: str) -> tuple[Credentials | None, CredentialsCorrupt | None]:
    try:
        return credentials.load(store, username), None
    except CredentialsCorrupt as error:
        log.warning("credentials of %s cannot be read", error)
        return None, error


def _count_try(on: Engine, name: str, address: str, now: datetime) -> list[str]:
    with writing(on) as session:
        keys = throttling.keys(session, account=name, address=address, now=now)
        for key in keys:
            throttling.check(session, key, now=now)
    return keys


def _forgive(on: Engine, counted: list[str]) -> None:
    with writing(on) as session:
        for key in counted:
            throttling.succeeded(session, key)


def _is_there(store: ObjectStore, username: str) -> bool:
    return store.read(identity.key_of(username)) is not None
