"""What the owner of a service would want to be woken for: each found, or found well, by facts alone."""

import platform
import shutil
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import EtlRun
from services import admin_etl, backups, counts
from services.admin_etl import Work
from services.backups import Kept
from settings import settings
from texts import formats, text

GOOD = ("loaded", "unchanged")
# A backup that is late by this is one that failed: it is tried again each minute.
LATE = timedelta(hours=1)
# Once told, the disk is well again only with a good tenth more: it must not be told again and again.
ENOUGH = 1.2
MB = 1 << 20

Findings = dict[str, str | None]
"""By fact: words where it is so, None where all is well. What cannot be judged is not in it."""


def of_sources(session: Session, *, intervals: dict[str, timedelta], began: datetime, now: datetime) -> Findings:
    """Sources without a good run for too long, and feeds that are not believed. Those an admin stopped are left out.

    A base without any run is given the time since `began`.
    """
    found: Findings = {}
    for work in admin_etl.works(session, intervals=intervals, now=now):
        if work.is_stopped:
            continue
        since = work.last_good_at or _first_run(session, work.source) or began
        patience = max(settings().notify_etl_after, 2 * intervals[work.source])
        found[f"etl:{work.source}"] = _no_good_run(work, since) if now - since > patience else None
        if work.last and work.last.outcome == "refused":
            found[f"refused:{work.source}"] = _say("notice.refused_body", why=work.last.error or "?")
        elif work.last and work.last.outcome in GOOD:
            found[f"refused:{work.source}"] = None
    return found


def of_backups(session: Session, newest: Kept | None, *, now: datetime) -> Findings:
    """A backup that failed or is too old. `now` is the real time."""
    # Of yesterday too: at midnight a failure is not over.
    has_failed = bool(counts.per_day(session, counts.BACKUP_FAILURES, since=counts.day_of(now - backups.EVERY)))
    if newest is None:
        return {"backup": _say("notice.backup_none_body") if has_failed else None}
    age = now - newest.made_at
    is_bad = age > settings().notify_backup_after or (has_failed and age > backups.EVERY + LATE)
    return {"backup": _say("notice.backup_body", when=_when(newest.made_at)) if is_bad else None}


def of_store(*, is_away: bool) -> Findings:
    """A store that does not answer."""
    return {"store": _say("notice.store_body") if is_away else None}


def of_base() -> Findings:
    """A base that is away: who asks has found it so."""
    return {"base": _say("notice.base_body")}


def of_disk(*, is_told: bool) -> Findings:
    """Too little room left for the outputs folder of this machine."""
    least = settings().notify_disk_mb
    if not least:
        return {}
    folder = settings().outputs_dir
    there = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(there).free // MB
    is_bad = free < least * (ENOUGH if is_told else 1)
    return {
        disk_fact(): _say("notice.disk_body", free=formats.number(free, settings().notify_language)) if is_bad else None
    }


def disk_fact() -> str:
    """The fact of this machine: another one has a disk of its own."""
    return f"disk:{platform.node()[:32]}"


def title_of(fact: str) -> str:
    """What a fact is called, in few words."""
    kind, _, what = fact.partition(":")
    return text(f"notice.{kind}", settings().notify_language, what=what)


def _no_good_run(work: Work, since: datetime) -> str:
    outcome = work.last.outcome if work.last else "-"
    return _say("notice.etl_body" if work.last_good_at else "notice.etl_never_body", when=_when(since), outcome=outcome)


def _first_run(session: Session, source: str) -> datetime | None:
    return session.scalar(select(func.min(EtlRun.started_at)).where(EtlRun.source == source))


def _when(moment: datetime) -> str:
    language = settings().notify_language
    return f"{formats.day(moment, language)}, {formats.clock(moment, language)}"


def _say(key: str, **values: object) -> str:
    return text(key, settings().notify_language, **values)
