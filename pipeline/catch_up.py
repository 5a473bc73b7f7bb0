"""The child fetches by itself what the base does not know of the last weeks: after the loads, never in their way."""

import logging
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress

from sqlalchemy import Engine, select
from sqlalchemy.exc import SQLAlchemyError

from errors import CarburoamError, Stopped
from models import EtlRun
from pipeline import backfill
from pipeline.backfill import Found
from pipeline.harvest import Progress
from pipeline.turn import turn
from session import reading
from settings import Settings, settings
from sources.base import Archive, KeepsArchives

log = logging.getLogger(__name__)

# The first load comes first; its end is looked for this often.
POLL_S = 5.0
EVERY_S = 6 * 3600.0
# How long the backfill holds its breath before it looks whether a load is over.
BREATH_S = 0.2
# Between two archives, so that a publisher is never pressed.
PAUSE_S = 2.0


def fill(
    source: KeepsArchives, archives: Iterable[Archive], *, on: Engine, progress: Progress, again: bool = False
) -> Found | None:
    """Backfill under a lease of its own; None where another process is at it. Raises what `backfill` raises."""
    with turn(source, on=on, lasts=settings().lease_lasts, work=backfill.WORK) as mine:
        if mine is None:
            return None
        found = backfill.backfill(mine, source, archives, on=on, progress=progress, again=again)
    log.info(
        "backfill source=%s archives=%s known=%s failed=%s prices=%s added=%s outages=%s too_old=%s strangers=%s "
        "rejected=%s days=%s",
        source.name,
        found.archives,
        found.known,
        ",".join(found.failed) or 0,
        found.prices,
        found.added,
        found.outages,
        found.too_old,
        found.strangers,
        dict(found.rejected) or 0,
        found.days,
    )
    return found


def archives_url(url: str, chosen: Settings) -> str:
    """The address beside which the archives of the feed at `url` lie."""
    return chosen.archive_url or url


def start(
    sources: Iterable[tuple[object, str]], *, on: Engine, stop: threading.Event, is_busy: Callable[[], bool]
) -> threading.Thread | None:
    """Keep at it in a thread of its own; None where settings want none, or no archive is to be had over https."""
    chosen = settings()
    wanted = [
        (source, archives_url(url, chosen))
        for source, url in sources
        if isinstance(source, KeepsArchives) and archives_url(url, chosen).startswith("https://")
    ]
    if not wanted or not chosen.backfill_days:
        return None
    work = _CatchUp(on, stop, is_busy)
    thread = threading.Thread(target=work.keep, args=(wanted,), name="catch-up", daemon=True)
    thread.start()
    return thread


class _CatchUp:
    def __init__(self, on: Engine, stop: threading.Event, is_busy: Callable[[], bool]) -> None:
        self.on = on
        self.stop = stop
        self.is_busy = is_busy
        self.pause_s = PAUSE_S
        self._stage = ""

    def keep(self, wanted: list[tuple[KeepsArchives, str]]) -> None:
        """Once the feed is loaded, then four times a day: a server that stood still for days closes the gap."""
        for source, _ in wanted:
            while not self._is_loaded(source):
                if self.stop.wait(POLL_S):
                    return
        while not self.stop.is_set():
            for source, url in wanted:
                self.look(source, url)
            self.stop.wait(EVERY_S)

    def look(self, source: KeepsArchives, url: str) -> None:
        """Fetch what is missing, if anything is."""
        try:
            with reading(self.on) as session:
                missing = set(backfill.missing_days(session, source.area, settings().backfill_days))
            archives = [
                archive
                for archive in backfill.archives_of_days(source, settings().backfill_days, feed_url=url)
                if any(archive.first <= day <= archive.last for day in missing)
            ]
            if archives:
                fill(source, archives, on=self.on, progress=self._breathe)
        except Stopped as error:
            log.info("%s", error)
        except (CarburoamError, SQLAlchemyError) as error:
            log.warning("the past must wait: %s", str(error).partition("\n")[0])
        except Exception:
            # The outermost loop of this thread: whatever happened, the next look may fare better.
            log.exception("the past must wait")

    def _is_loaded(self, source: KeepsArchives) -> bool:
        with suppress(CarburoamError, SQLAlchemyError), reading(self.on) as session:
            good = select(EtlRun.id).where(EtlRun.source == source.name, EtlRun.outcome == "loaded").limit(1)
            return session.scalar(good) is not None
        return False

    def _breathe(self, stage: str, _done: int, _total: int | None) -> None:
        """Let loads go first, and the publisher rest."""
        if stage != self._stage:
            self._stage = stage
            self.stop.wait(self.pause_s)
        while self.is_busy():
            if self.stop.wait(BREATH_S):
                break
        if self.stop.is_set():
            raise Stopped("the ETL process was told to end")
