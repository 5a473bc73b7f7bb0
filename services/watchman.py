"""Tells whoever runs the service what is wrong, and that it is well again: each once, whichever process finds it.

What was told is remembered in the base, so that a restart repeats nothing and two machines do not both tell. It works
in a thread of its own: a service that does not answer delays neither loads nor mails.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from sqlalchemy import Engine, delete, func, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from adapters import notify
from adapters.storage import open_store
from errors import CarburoamError, DatabaseUnavailable, NoticeNotSent, StoreUnavailable
from models import DailyCount, OwnerNotice, User
from services import backups, counts, troubles
from services.backups import Kept
from services.troubles import Findings, title_of
from session import reading, writing
from settings import now as application_now
from settings import settings
from sources import configured
from texts import text

log = logging.getLogger(__name__)

# Not at once: the first load and the first backup come first.
FIRST_LOOK_S = 60.0
LOOK_EVERY_S = 300.0
# What no service took is tried again, not at every look.
AGAIN_AFTER = timedelta(minutes=10)
REGISTRATIONS = "registrations"
REGISTRATIONS_EVERY = timedelta(hours=1)
BASE = "base"
# A base or a store may be away for a moment; so many looks in a row find it so where it is worth telling.
LOOKS_IN_VAIN = 3
NOTICES_LOCK = 7_300_119


@dataclass(frozen=True)
class Notice:
    """What is told now."""

    fact: str
    title: str
    body: str
    kind: notify.Kind
    number: int = 0
    """Where it is how many: of how many they know then."""


def start(on: Engine, *, stop: threading.Event) -> threading.Thread | None:
    """Keep looking in a thread of its own until told to stop; None where there is nobody to tell."""
    if not notify.is_on():
        return None
    watchman = Watchman(on, began=application_now())
    thread = threading.Thread(target=_keep, args=(watchman, stop), name="watchman", daemon=True)
    thread.start()
    return thread


def try_out() -> None:
    """Send a notice that says only that it came. Raises NoticeNotSent."""
    language = settings().notify_language
    _send(text("notice.trial", language), text("notice.trial_body", language), "info")


class Watchman:
    """Looks, compares with what was told, tells the difference."""

    def __init__(self, on: Engine, *, began: datetime) -> None:
        self._on = on
        self._began = began
        self._base_away = self._store_away = 0
        """Looks in a row that found it so."""
        self._told_unremembered: set[str] = set()
        """What was told while the base could remember nothing."""

    def look(self, *, now: datetime, real_now: datetime) -> list[Notice]:
        """Once; what was told, or tried to be. `now` is the application's clock, `real_now` that of the world."""
        try:
            due = self._due(now=now, real_now=real_now)
        except (DatabaseUnavailable, SQLAlchemyError) as error:
            log.warning("the watchman cannot use the base: %s", str(error).partition("\n")[0])
            self._base_away += 1
            return self._look_blindly()
        due += self._recovered()
        for notice in due:
            if self._is_told(notice):
                self._remember(notice)
        return due

    def _due(self, *, now: datetime, real_now: datetime) -> list[Notice]:
        intervals = {one.source.name: one.interval for one in configured(settings())}
        has_store, newest = self._newest_backup()
        with reading(self._on) as session:
            row = session.get(OwnerNotice, troubles.disk_fact())
            found = troubles.of_disk(is_told=row is not None and not row.is_well)
            found |= troubles.of_sources(session, intervals=intervals, began=self._began, now=now)
            if has_store:
                found |= troubles.of_store(is_away=False) | troubles.of_backups(session, newest, now=real_now)
            elif self._store_away >= LOOKS_IN_VAIN:
                found |= troubles.of_store(is_away=True)
            if not _plan(session, found, now=real_now):
                return []
        # Looked at again where nobody else can write: of two processes one tells.
        with writing(self._on) as session:
            if session.get_bind().dialect.name == "postgresql":
                session.execute(select(func.pg_advisory_xact_lock(NOTICES_LOCK)))
            due = _plan(session, found, now=real_now)
            for change, _ in due:
                change(session)
        return [notice for _, notice in due if notice is not None]

    def _newest_backup(self) -> tuple[bool, Kept | None]:
        """Whether the store answers, and its newest backup."""
        try:
            newest = next(iter(backups.kept(open_store())), None)
        except StoreUnavailable:
            self._store_away += 1
            return False, None
        self._store_away = 0
        return True, newest

    def _remember(self, notice: Notice) -> None:
        if notice.fact == BASE:
            return
        row = OwnerNotice.fact == notice.fact
        try:
            with writing(self._on) as session:
                if notice.kind == "success":
                    session.execute(delete(OwnerNotice).where(row, OwnerNotice.is_well))
                else:
                    session.execute(update(OwnerNotice).where(row).values(is_told=True, number=notice.number))
        except SQLAlchemyError as error:
            log.warning("that %s was told is not remembered: %s", notice.fact, str(error).partition("\n")[0])

    def _look_blindly(self) -> list[Notice]:
        """What can be told without the base: that it is away, and that the disk is full, which may be why."""
        if self._base_away < LOOKS_IN_VAIN:
            return []
        found = troubles.of_base() | troubles.of_disk(is_told=False)
        due = [_bad(fact, words) for fact, words in found.items() if words and fact not in self._told_unremembered]
        self._told_unremembered |= {notice.fact for notice in due if self._is_told(notice)}
        return due

    def _recovered(self) -> list[Notice]:
        self._base_away = 0
        was_told, self._told_unremembered = self._told_unremembered, set()
        return [_well(BASE)] if BASE in was_told else []

    def _is_told(self, notice: Notice) -> bool:
        try:
            _send(notice.title, notice.body, notice.kind)
        except NoticeNotSent as error:
            log.warning("notice %s: %s", notice.fact, error)
            return False
        log.info("notice %s: told", notice.fact)
        return True


Step = tuple[Callable[[Session], object], Notice | None]
"""What to write before a notice is sent, and the notice, if there is any."""


def _plan(session: Session, found: Findings, *, now: datetime) -> list[Step]:
    """What differs from what was told. Nothing is written here."""
    rows = {row.fact: row for row in session.scalars(select(OwnerNotice))}
    steps = [_step(fact, words, rows.get(fact), now) for fact, words in found.items()]
    if settings().notify_registrations:
        steps.append(_registrations(session, rows.get(REGISTRATIONS), now))
    return [step for step in steps if step is not None]


def _step(fact: str, words: str | None, row: OwnerNotice | None, now: datetime) -> Step | None:
    if words is not None:
        if row is not None and row.is_well:
            # It came again before anybody heard that it was over: what they know is true.
            return _write(fact, now, is_told=True), None
        is_due = row is None or (not row.is_told and abs(now - row.tried_at) >= AGAIN_AFTER)
        return (_write(fact, now), _bad(fact, words)) if is_due else None
    if row is None:
        return None
    if not row.is_well and not row.is_told:
        return partial(_forget, fact), None
    is_due = not row.is_well or abs(now - row.tried_at) >= AGAIN_AFTER
    return (_write(fact, now, is_well=True), _well(fact)) if is_due else None


def _registrations(session: Session, row: OwnerNotice | None, now: datetime) -> Step | None:
    total = session.scalar(select(func.sum(DailyCount.count)).where(DailyCount.what == counts.REGISTRATIONS)) or 0
    if row is None:
        # Who came before this was switched on is no news.
        return _write(REGISTRATIONS, now, is_told=True, number=total), None
    if total == row.number or abs(now - row.tried_at) < REGISTRATIONS_EVERY:
        return None
    if total < row.number:
        return _write(REGISTRATIONS, now, is_told=True, number=total), None
    language = settings().notify_language
    people = session.scalar(select(func.count(User.id))) or 0
    title = text("notice.people", language, count=total - row.number)
    notice = Notice(REGISTRATIONS, title, text("notice.people_body", language, people=people), "info", total)
    # What they know grows when they were told: what no service takes is told with the next ones.
    return _write(REGISTRATIONS, now, is_told=True, number=row.number), notice


def _write(
    fact: str, now: datetime, *, is_well: bool = False, is_told: bool = False, number: int = 0
) -> Callable[[Session], object]:
    row = OwnerNotice(fact=fact, is_well=is_well, is_told=is_told, tried_at=now, number=number)
    return lambda session: session.merge(row)


def _forget(fact: str, session: Session) -> None:
    session.execute(delete(OwnerNotice).where(OwnerNotice.fact == fact))


def _bad(fact: str, words: str) -> Notice:
    return Notice(fact, title_of(fact), words, "failure")


def _well(fact: str) -> Notice:
    language = settings().notify_language
    title = text("notice.well", language, title=title_of(fact))
    return Notice(fact, title, text("notice.well_body", language), "success")


def _send(title: str, body: str, kind: notify.Kind) -> None:
    console = f"\n{settings().public_url.rstrip('/')}/login?to=admin" if settings().public_url else ""
    notify.send(f"Carburoam – {title}", body + console, kind=kind)


def _keep(watchman: Watchman, stop: threading.Event) -> None:
    pause_s = FIRST_LOOK_S
    while not stop.wait(pause_s):
        pause_s = LOOK_EVERY_S
        try:
            watchman.look(now=application_now(), real_now=datetime.now(UTC))
        except CarburoamError as error:
            log.warning("the watchman could not look: %s", str(error).partition("\n")[0])
        except Exception:
            # The outermost loop of this thread: whatever happened, the next look may fare better.
            log.exception("the watchman could not look")
