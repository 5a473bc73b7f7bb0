"""The database mirrors who is in the store: filled when empty, and brought up to date after changes by hand."""

import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from sqlalchemy import Engine, delete, or_, select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session

from adapters.storage import ObjectStore, open_store
from errors import CarburoamError, CredentialsCorrupt
from models import User
from services import credentials, identity
from services.credentials import Credentials
from session import reading, writing
from settings import now as application_now

log = logging.getLogger(__name__)

Progress = Callable[[int, int | None], None]

EVERY = timedelta(minutes=1)
# Now and then everything is read again, whatever the listing says of it.
ALL_AGAIN_AFTER = 60
BATCH = 200
READERS = 8
# More than these gone at once is a store of somebody else's, or half a one, sooner than a person tidying up.
MOST_REMOVED = 1 / 3
ALWAYS_REMOVED = 3
HINT = "If some are left and that is meant, run `etl.py credentials mirror --accept-losses`"


@dataclass(frozen=True)
class Mirrored:
    """A person in the database, and what it took."""

    row: User
    is_new: bool = False
    is_changed: bool = False


@dataclass
class Changes:
    """What one look found."""

    added: int = 0
    changed: int = 0
    removed: int = 0
    refused: int = 0
    """Objects that cannot be read, or that contradict another person's."""
    kept: int = 0
    """People whose object is gone, but too many at once to believe it."""


class Mirror:
    """Remembers what it saw last, so that a look reads only what changed since."""

    def __init__(self, store: ObjectStore, on: Engine) -> None:
        self._store = store
        self._on = on
        self._seen: dict[str, str] = {}
        self._looks = 0

    def look(self, *, now: datetime, progress: Progress | None = None, accept_losses: bool = False) -> Changes:
        """Bring the database up to date with the store. Safe in two processes at once.

        Raises StoreUnavailable, and has removed nobody, where the store cannot be listed to the end.
        """
        if self._looks % ALL_AGAIN_AFTER == 0:
            self._seen = {}
        with reading(self._on) as session:
            # Before the listing: who registers meanwhile is not looked for in it.
            before = {row.username: row.id for row in session.execute(select(User.username, User.id))}
        listing = {
            name: (key, mark)
            for key, mark in self._store.names(credentials.FOLDER)
            if (name := _username_of(key)) is not None
        }
        self._looks += 1
        changes = Changes()
        news = [name for name, (_, mark) in listing.items() if self._seen.get(name) != mark]
        done = 0
        for batch in _batches(news):
            self._reflect(batch, listing, changes, now)
            done += len(batch)
            if progress:
                progress(done, len(news))
        self._seen = {name: mark for name, mark in self._seen.items() if name in listing}
        self._remove(
            {name: before[name] for name in before.keys() - listing},
            len(before),
            listing,
            changes,
            accept_losses=accept_losses,
        )
        return changes

    def _reflect(self, names: list[str], listing: dict[str, tuple[str, str]], changes: Changes, now: datetime) -> None:
        with ThreadPoolExecutor(READERS) as readers:
            read = list(readers.map(self._read, names))
        with writing(self._on) as session:
            for name, found in zip(names, read, strict=True):
                if found is None or not self._enter(session, found, listing, changes, now):
                    changes.refused += 1
                else:
                    self._seen[name] = listing[name][1]

    def _read(self, name: str) -> Credentials | None:
        try:
            return credentials.load(self._store, name)
        except CredentialsCorrupt as error:
            log.warning("credentials that cannot be read: %s", error)
            return None

    def _enter(
        self,
        session: Session,
        found: Credentials,
        listing: dict[str, tuple[str, str]],
        changes: Changes,
        now: datetime,
    ) -> bool:
        try:
            with session.begin_nested():
                mirrored = reflect(session, found, is_there=listing.__contains__, now=now)
        except IntegrityError:
            # Somebody registered between our look and our write; the next look finds them.
            return False
        if mirrored is None:
            return False
        changes.added += mirrored.is_new
        changes.changed += mirrored.is_changed
        return True

    def _remove(
        self,
        gone: dict[str, int],
        people: int,
        listing: dict[str, tuple[str, str]],
        changes: Changes,
        *,
        accept_losses: bool,
    ) -> None:
        if not gone:
            return
        if not listing:
            changes.kept = len(gone)
            log.warning("the credentials store is empty, the base knows %s people: nobody is removed", people)
            return
        if len(gone) > max(ALWAYS_REMOVED, people * MOST_REMOVED) and not accept_losses:
            changes.kept = len(gone)
            log.warning(
                "%s of %s credentials are gone at once: nobody is removed. If that is meant, run "
                "`etl.py credentials mirror --accept-losses`",
                len(gone),
                people,
            )
            return
        for name, user_id in gone.items():
            if self._store.read(identity.key_of(name)) is not None:
                continue
            with writing(self._on) as session:
                # By name, too: it may have been entered under another since.
                ended = delete(User).where(User.id == user_id, User.username == name).returning(User.id)
                changes.removed += len(session.scalars(ended).all())


def reflect(session: Session, found: Credentials, *, is_there: Callable[[str], bool], now: datetime) -> Mirrored | None:
    """Enter in the database what the object of this person says.

    None where the object contradicts another one: a mail that somebody else has, or a copy under a second name.
    `is_there` says whether the store has an object for a username.
    """
    same = or_(User.uuid == found.uuid, User.username == found.username, User.mail == found.mail)
    rows = list(session.scalars(select(User).where(same)))
    mine = next((row for row in rows if row.uuid == found.uuid), None)
    namesake = next((row for row in rows if row.username == found.username and row is not mine), None)
    if mine and mine.username != found.username and is_there(mine.username):
        log.warning("%s is a copy of the credentials of %s: not mirrored", found.username, mine.username)
        return None
    if namesake and mine is None and not found.is_identified:
        mine = namesake  # written anew by hand, without our uuid: still the same person
    elif namesake:
        # The object of this name says that it is somebody else now; what the former person had goes with them.
        session.delete(namesake)
        session.flush()
    if any(row.mail == found.mail and row is not mine and row is not namesake for row in rows):
        log.warning("the mail of %s is somebody else's already: not mirrored", found.username)
        return None
    if mine is None:
        new = row_of(found, now=now)
        session.add(new)
        session.flush()
        return Mirrored(new, is_new=True)
    _copy(found, mine)
    is_changed = session.is_modified(mine)
    session.flush()
    return Mirrored(mine, is_changed=is_changed)


def row_of(found: Credentials, *, now: datetime) -> User:
    """A new row for this person."""
    row = User(uuid=found.uuid, created_at=found.created_at or now)
    _copy(found, row)
    return row


def start(on: Engine, *, stop: threading.Event, looked: threading.Event) -> threading.Thread:
    """Look now, then every minute until `stop` is set, in a thread of its own that nobody needs to wait for.

    `looked` is set as soon as one look has come to its end.
    """
    thread = threading.Thread(target=_watch, args=(on, stop, looked), name="mirror", daemon=True)
    thread.start()
    return thread


def _watch(on: Engine, stop: threading.Event, looked: threading.Event) -> None:
    mirror: Mirror | None = None
    while True:
        try:
            mirror = mirror or Mirror(open_store(), on)
            found = mirror.look(now=application_now(), progress=_say)
            looked.set()
            if found.added or found.changed or found.removed:
                log.info("credentials mirrored: %s", found)
        except (CarburoamError, SQLAlchemyError) as error:
            log.warning("credentials were not mirrored: %s", error)
        except Exception:
            # The outermost loop: whatever happened, the next look may fare better.
            log.exception("credentials were not mirrored")
        if stop.wait(EVERY.total_seconds()):
            return


def _say(done: int, total: int | None) -> None:
    log.info("stage=credentials done=%s total=%s", done, total)


def _copy(found: Credentials, row: User) -> None:
    facts = {
        "username": found.username,
        "mail": found.mail,
        "name": found.name,
        "is_admin": found.is_admin,
        "language": found.language,
        "disabled_at": found.disabled_at,
    }
    if found.mail_verified_at or row.mail != found.mail:
        facts["mail_verified_at"] = found.mail_verified_at
    for column, value in facts.items():
        if getattr(row, column) != value:
            setattr(row, column, value)


def _username_of(key: str) -> str | None:
    name = credentials.username_of(key)
    if name is None and key.endswith(".yaml"):
        log.warning("%s is no name that a username can have: not mirrored", key)
    return name


def _batches(names: list[str]) -> Iterator[list[str]]:
    left = iter(names)
    while batch := list(islice(left, BATCH)):
        yield batch
