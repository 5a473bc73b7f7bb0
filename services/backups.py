"""Backups of what people made, in the store that has their credentials: made, listed, verified, brought back.

A base that was lost and made anew takes the newest good one in by itself. Names count up, so that a clock that was
moved changes nothing of which is the newest. Moments here are real ones, never those of a stopped clock.
"""

import logging
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from adapters.storage import BACKUPS as FOLDER
from adapters.storage import ObjectStore
from errors import BackupRefused, StoreConflict
from services import audit, backup_file, belongings, counts, mirror
from services.backup_file import Backup
from services.belongings import Changes
from session import reading, writing

log = logging.getLogger(__name__)

Progress = Callable[[str, int, int | None], None]

EVERY = timedelta(days=1)
KEPT = 3
KEPT_WEEKS = 8
NAME = re.compile(r"(\d{6,})-(\d{8}T\d{6}Z)-([0-9a-f]{12})\.backup", re.ASCII)
STAMP = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, order=True)
class Kept:
    """A backup in the store, as its name tells of it."""

    number: int
    made_at: datetime
    mark: str
    """The same for backups that say the same."""

    @property
    def name(self) -> str:
        """What the store, the console and the command line call it."""
        return f"{self.number:06d}-{self.made_at:{STAMP}}-{self.mark}.backup"


def kept(store: ObjectStore) -> list[Kept]:
    """All there are, the newest first. Raises StoreUnavailable."""
    found = (_named(key.removeprefix(FOLDER)) for key, _ in store.names(FOLDER))
    return sorted((one for one in found if one), reverse=True)


def verify(store: ObjectStore, name: str) -> Backup:
    """Read a backup to its end. Raises BackupRefused, with its reason, or StoreUnavailable."""
    found = store.read(FOLDER + name) if NAME.fullmatch(name) else None
    if found is None:
        raise BackupRefused("missing", name)
    return backup_file.read(found.body)


def newest_good(store: ObjectStore) -> tuple[str, Backup]:
    """The newest one that verifies. Raises BackupRefused (`none`) where there is none."""
    for one in kept(store):
        try:
            return one.name, verify(store, one.name)
        except BackupRefused as error:
            log.warning("the backup %s is passed over: %s", one.name, error)
    raise BackupRefused("none", "no backup can be used")


def make(
    store: ObjectStore, on: Engine, *, now: datetime, progress: Progress | None = None, is_last: bool = False
) -> Kept | None:
    """Back up what people made; None where there is nothing to keep yet.

    A base that was made anew takes in what the store has first, so that its emptiness is never taken for news; with
    `is_last` there is no time for that, and nothing is made. What the newest backup says already takes that one's
    place, once a day. Raises StoreUnavailable or BackupRefused, and has then removed nothing.
    """
    tell = progress or _silent
    with reading(on) as session:
        is_settled = belongings.is_settled(session)
    if not is_settled and kept(store):
        if is_last:
            return None
        restore_where_new(store, on, now=now, progress=progress)
    tell("gather", 0, None)
    with reading(on) as session:
        is_settled = belongings.is_settled(session)
        people = belongings.gather(session)
    before = kept(store)
    if not people and not (is_settled and before):
        return None
    file = backup_file.written(people, now=now)
    mark = backup_file.content_mark(file)
    newest = before[0] if before else None
    is_same = newest is not None and newest.mark == mark and _is_good(store, newest.name)
    if newest is not None and is_same and timedelta(0) <= now - newest.made_at < EVERY:
        return newest
    tell("write", 0, len(file))
    made = Kept(newest.number + 1 if newest else 1, now.astimezone(UTC).replace(microsecond=0), mark)
    with suppress(StoreConflict):  # another process made the same one in the same second
        store.write(FOLDER + made.name, file, if_version=None)
    # Only what can be read back is one.
    verify(store, made.name)
    with writing(on) as session:
        counts.add(session, counts.BACKUPS, now=now)
    tell("write", len(file), len(file))
    _forget(store, [newest] if newest is not None and is_same else [])
    log.info("backup %s: %s people, %s bytes", made.name, len(people), len(file))
    return made


def preview(store: ObjectStore, on: Engine, name: str | None = None) -> tuple[str, Changes]:
    """What `restore` would change. Raises BackupRefused or StoreUnavailable."""
    chosen, backup = (name, verify(store, name)) if name else newest_good(store)
    with reading(on) as session:
        return chosen, belongings.differences(session, backup.people)


def restore(
    store: ObjectStore, on: Engine, name: str | None = None, *, actor: str = audit.HOST, now: datetime
) -> tuple[str, Changes]:
    """Give everybody in the backup what they had then; who is not in it keeps what they have. Idempotent.

    Without a name it is the newest good one. Raises BackupRefused or StoreUnavailable, and has then changed nothing.
    """
    chosen, backup = (name, verify(store, name)) if name else newest_good(store)
    with writing(on) as session:
        changes = belongings.replace(session, backup.people)
        _note(session, "restore", chosen, changes, actor=actor, now=now)
    return chosen, changes


def restore_where_new(
    store: ObjectStore, on: Engine, *, now: datetime, progress: Progress | None = None, is_mirrored: bool = False
) -> Changes | None:
    """Where this base was made anew, take in the newest good backup; None where there is nothing to do.

    Unless `is_mirrored`, everybody of the store is entered first: they would be taken for people who are gone.
    Whoever is quicker than this, and follows a station already, keeps it. Raises StoreUnavailable: try again.
    """
    with reading(on) as session:
        if belongings.is_settled(session):
            return None
    if not kept(store):
        return None
    if not is_mirrored:
        look = mirror.Mirror(store, on).look
        look(now=now, progress=lambda done, total: (progress or _silent)("people", done, total))
    try:
        name, backup = newest_good(store)
    except BackupRefused:
        log.error("the base is new, and not one of its backups can be used: it stays as it is")  # noqa: TRY400
        name, backup = "-", Backup(now, [])
    with writing(on) as session:
        if belongings.is_settled(session):
            return None  # another process was quicker
        changes = belongings.add(session, backup.people)
        _note(session, "restore.by_itself", name, changes, actor=audit.HOST, now=now)
    log.log(logging.WARNING if changes.unknown else logging.INFO, "the base is new: %s taken in: %s", name, changes)
    return changes


def failed(on: Engine, *, now: datetime) -> None:
    """Count a backup that could not be made."""
    with writing(on) as session:
        counts.add(session, counts.BACKUP_FAILURES, now=now)


def _note(session: Session, action: str, name: str, changes: Changes, *, actor: str, now: datetime) -> None:
    counts.add(session, counts.RESTORES, now=now)
    audit.record(session, actor=actor, action=action, target=name, now=now, **asdict(changes))


def _named(name: str) -> Kept | None:
    parts = NAME.fullmatch(name)
    if parts is None:
        return None
    with suppress(ValueError):
        return Kept(int(parts[1]), datetime.strptime(parts[2], STAMP).replace(tzinfo=UTC), parts[3])
    return None


def _is_good(store: ObjectStore, name: str) -> bool:
    try:
        verify(store, name)
    except BackupRefused:
        return False
    return True


def _forget(store: ObjectStore, repeated: list[Kept]) -> None:
    """Remove what is neither one of the last few nor the first of one of the last weeks."""
    there = [one for one in kept(store) if one not in repeated]
    first_of_week: dict[tuple[int, int], Kept] = {}
    for one in reversed(there):
        first_of_week.setdefault(one.made_at.isocalendar()[:2], one)
    # The last weeks that have one, in the order of the numbers: no clock is asked how long ago that was.
    weekly = sorted(first_of_week.values(), reverse=True)[:KEPT_WEEKS]
    stay = {*there[:KEPT], *weekly}
    for one in (*repeated, *(one for one in there if one not in stay)):
        found = store.read(FOLDER + one.name)
        with suppress(StoreConflict):
            if found:
                store.delete(FOLDER + one.name, if_version=found.version)


def _silent(_stage: str, _done: int, _total: int | None) -> None:
    """Nobody watches."""
