"""What people change of their account, and its end. A change names the version it was made from, or is tried again."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from sqlalchemy import Engine, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from adapters.storage import ObjectStore
from errors import AccountGone, CredentialsCorrupt, MailTaken, SignInRefused, StoreConflict
from models import Mail, User
from services import admins, credentials, identity, notices, passwords, sessions, throttling, verification
from services.accounts import Account, account
from services.credentials import ADMIN, LANGUAGES, Credentials
from session import engine, reading, writing

TRIES = 5


@dataclass(frozen=True)
class Profile:
    """An account as a form shows it, and the version that the form was made from."""

    account: Account
    version: str


def profile(store: ObjectStore, user_id: int, *, on: Engine | None = None) -> Profile:
    """What a form begins with. Raises AccountGone, CredentialsCorrupt or StoreUnavailable."""
    known = known_by(on or engine(), user_id)
    found = _load(store, known)
    return Profile(replace(known, name=found.name, mail=found.mail), found.version or "")


def change_name(store: ObjectStore, *, user_id: int, name: str, if_version: str, on: Engine | None = None) -> str:
    """Change the name, and answer the new version. Raises StoreConflict where another tab was quicker."""
    person = identity.name(name)
    base = on or engine()
    kept = rewrite(store, known_by(base, user_id), lambda found: replace(found, name=person), if_version=if_version)
    _mirror(base, user_id, name=person)
    return kept.version or ""


def change_mail(
    store: ObjectStore,
    *,
    user_id: int,
    mail: str,
    if_version: str | None,
    verified_at: datetime | None,
    on: Engine | None = None,
) -> str:
    """Change the mail, and answer the new version; `verified_at` says when its owner proved it.

    Raises MailTaken, or StoreConflict where another tab was quicker than `if_version`.
    """
    address = identity.mail(mail)
    base = on or engine()
    known = known_by(base, user_id)
    with reading(base) as session:
        before = session.scalars(select(User.mail_verified_at).where(User.id == user_id)).one_or_none()
    try:
        # The unique key decides, before the store hears of it.
        _mirror(base, user_id, mail=address, mail_verified_at=verified_at)
    except IntegrityError as error:
        raise MailTaken(address) from error
    try:
        kept = rewrite(
            store,
            known,
            lambda found: replace(found, mail=address, mail_verified_at=verified_at),
            if_version=if_version,
        )
    except BaseException:
        with writing(base) as session:
            back = update(User).where(User.id == user_id, User.mail == address)
            session.execute(back.values(mail=known.mail, mail_verified_at=before))
        raise
    return kept.version or ""


def verify_mail(store: ObjectStore, *, user_id: int, mail: str, now: datetime, on: Engine | None = None) -> None:
    """Note that the person proved this mail to be theirs. Raises StoreConflict where it is another one by now."""
    base = on or engine()

    def verified(found: Credentials) -> Credentials:
        if found.mail != mail:
            raise StoreConflict("the mail was changed meanwhile")
        return replace(found, mail_verified_at=now)

    rewrite(store, known_by(base, user_id), verified)
    with writing(base) as session:
        session.execute(update(User).where(User.id == user_id, User.mail == mail).values(mail_verified_at=now))


def change_language(store: ObjectStore, *, user_id: int, language: str, on: Engine | None = None) -> None:
    """Change the language of pages and mails; another than ours is left aside."""
    if language in LANGUAGES:
        base = on or engine()
        rewrite(store, known_by(base, user_id), lambda found: replace(found, language=language))
        _mirror(base, user_id, language=language)


def set_admin(store: ObjectStore, *, user_id: int, is_admin: bool, on: Engine | None = None) -> None:
    """Give or take the admin's role. Never called with what a form sends. Raises LastAdmin."""
    base = on or engine()
    known = known_by(base, user_id)
    with admins.changing(base, user_id, stays=is_admin) as session:
        session.execute(update(User).where(User.id == user_id).values(is_admin=is_admin))
        rewrite(store, known, partial(with_role, is_admin=is_admin))


def with_role(found: Credentials, *, is_admin: bool) -> Credentials:
    """The credentials with the admin's role, or without; other roles stay."""
    others = tuple(role for role in found.roles if role != ADMIN)
    return replace(found, roles=(*others, ADMIN) if is_admin else others)


def change_password(
    store: ObjectStore, *, user_id: int, current: str, new: str, address: str, now: datetime, on: Engine | None = None
) -> None:
    """Change the password of somebody who knows the current one; every session ends.

    Raises WeakPassword, SignInRefused where `current` is wrong, TryLater where it was wrong too often.
    """
    base = on or engine()
    known = known_by(base, user_id)
    passwords.check(new, about=(known.username, known.mail, known.name))
    found = _prove(store, base, known, current, address=address, now=now)
    credentials.save(store, replace(found, password=passwords.hashed(new)))
    _begin_anew(base, known)


def reset_password(store: ObjectStore, *, user_id: int, new: str, on: Engine | None = None) -> None:
    """Set the password of somebody who proved to have the mail; every session ends.

    A corrupt object is written anew from what the database knows, without roles.
    """
    base = on or engine()
    known = known_by(base, user_id)
    passwords.check(new, about=(known.username, known.mail, known.name))
    password = passwords.hashed(new)
    try:
        rewrite(store, known, lambda found: replace(found, password=password))
    except CredentialsCorrupt as error:
        with reading(base) as session:
            row = session.get(User, user_id)
            if row is None:
                raise AccountGone(str(user_id)) from error
            anew = Credentials(
                username=row.username,
                uuid=row.uuid,
                mail=row.mail,
                name=row.name,
                password=password,
                created_at=row.created_at,
                mail_verified_at=row.mail_verified_at,
                language=row.language,
                disabled_at=row.disabled_at,
                version=error.version,
            )
        credentials.save(store, anew)
        _mirror(base, user_id, is_admin=False)
    _begin_anew(base, known)


def delete_account(
    store: ObjectStore, *, user_id: int, password: str, address: str, now: datetime, on: Engine | None = None
) -> None:
    """End the account of somebody who knows its password: credentials first, then all that hangs on the person."""
    base = on or engine()
    _prove(store, base, known_by(base, user_id), password, address=address, now=now)
    remove(store, user_id=user_id, on=base)


def remove(
    store: ObjectStore,
    *,
    user_id: int,
    on: Engine | None = None,
    note: Callable[[Session, Account], None] | None = None,
) -> None:
    """End an account, whatever its credentials are like, and tell. Called again after a failure it does the rest.

    `note` is called in the transaction that ends it. Raises LastAdmin.
    """
    base = on or engine()
    known = known_by(base, user_id)
    with admins.changing(base, user_id, stays=False) as session:
        session.execute(delete(User).where(User.id == user_id))
        session.execute(delete(Mail).where(Mail.recipient == known.mail))
        notices.tell(session, known, "account_deleted")
        if note:
            note(session, known)
        _remove_credentials(store, known)


def _remove_credentials(store: ObjectStore, known: Account) -> None:
    key = identity.key_of(known.username)
    for _ in range(TRIES):
        found = store.read(key)
        if found is None or _is_of_another(found.body, known):
            return
        try:
            store.delete(key, if_version=found.version)
        except StoreConflict:
            continue
        return
    raise StoreConflict(key)


def _is_of_another(body: bytes, known: Account) -> bool:
    try:
        found = credentials.parsed(known.username, body)
    except CredentialsCorrupt:
        return False
    return found.is_identified and found.uuid != known.uuid


def known_by(on: Engine, user_id: int) -> Account:
    """The account. Raises AccountGone."""
    with reading(on) as session:
        found = account(session, user_id)
    if found is None:
        raise AccountGone(str(user_id))
    return found


def _load(store: ObjectStore, known: Account) -> Credentials:
    found = credentials.load(store, known.username)
    if found is None or (found.is_identified and found.uuid != known.uuid):
        raise AccountGone(known.username)
    return replace(found, uuid=known.uuid)


def rewrite(
    store: ObjectStore,
    known: Account,
    change: Callable[[Credentials], Credentials],
    *,
    if_version: str | None = None,
) -> Credentials:
    """Write what `change` makes of the credentials. A lost race is told where a version was named, else run again."""
    for left in reversed(range(TRIES)):
        found = _load(store, known)
        if if_version is not None and found.version != if_version:
            raise StoreConflict(known.username)
        try:
            return credentials.save(store, change(found))
        except StoreConflict:
            if if_version is not None or not left:
                raise
    raise StoreConflict(known.username)


def prove(store: ObjectStore, *, user_id: int, password: str, address: str, now: datetime, on: Engine) -> Account:
    """The account of who knows its password. Raises SignInRefused or TryLater."""
    known = known_by(on, user_id)
    found = _prove(store, on, known, password, address=address, now=now)
    return replace(known, is_admin=known.is_admin and found.is_admin and found.disabled_at is None)


def _prove(
    store: ObjectStore, on: Engine, known: Account, password: str, *, address: str, now: datetime
) -> Credentials:
    """Let it go on for who knows the password: a session left open on a table is no leave to guess it."""
    found = _load(store, known)
    with writing(on) as session:
        counted = throttling.keys(session, account=known.username, address=address, now=now)
        for key in counted:
            throttling.check(session, key, now=now)
    is_right = passwords.is_right(password, found.password)
    with writing(on) as session:
        for key in counted:
            if is_right:
                throttling.succeeded(session, key)
            else:
                throttling.failed(session, key, now=now)
    if not is_right:
        raise SignInRefused("the password is wrong")
    return found


def _mirror(on: Engine, user_id: int, **values: object) -> None:
    with writing(on) as session:
        session.execute(update(User).where(User.id == user_id).values(**values))


def _begin_anew(on: Engine, known: Account) -> None:
    """With another password nothing that was had by the old one is good any more; the person is told."""
    with writing(on) as session:
        sessions.revoke_all(session, user_id=known.id)
        verification.withdraw(session, user_id=known.id)
        notices.tell(session, known, "password_changed")
