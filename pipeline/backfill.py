"""The past, from the publisher's archives into the price history: bit by bit, again and again without harm."""

import logging
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from adapters.download import Validators
from errors import SourceError, SourceRefused
from models import HistoryFile, Outage, PriceHistory, Station
from pipeline.bulk import Bulk, Row
from pipeline.harvest import Progress
from pipeline.lease import check
from pipeline.medians import DAYS_OF
from pipeline.past_medians import days_without_median, write_medians
from pipeline.turn import Turn
from records import Reject
from session import reading, writing
from settings import now, settings
from sources.base import Archive, Declarations, KeepsArchives

log = logging.getLogger(__name__)

WORK = "backfill"
"""The kind of turn that this is: beside the loads, never two at once."""

# One transaction: a quarter of a second, so that a load that comes meanwhile hardly waits.
BATCH = 20_000
PROGRESS_EVERY = 250
# A publisher that does not answer so often is left alone until the next time.
MOST_FAILURES = 3
PRICES = ("station_id", "gastype_id", "updated_at", "price")
OUTAGES = ("station_id", "gastype_id", "started_at", "ended_at", "kind")

Key = tuple[int, int, int]


@dataclass
class Found:
    """What a backfill read and wrote."""

    archives: int = 0
    """Read to their end."""
    known: int = 0
    """Left alone, as they were read before."""
    failed: list[str] = field(default_factory=list)
    """Could not be had or read; what is theirs will be asked for again."""
    prices: int = 0
    """Declarations that can be kept."""
    added: int = 0
    """Those of them that the base did not have."""
    outages: int = 0
    """Episodes that the base did not have."""
    too_old: int = 0
    """Prices from before what the history keeps."""
    strangers: int = 0
    """Stations, of all archives, that the base does not know: nobody can see or follow them."""
    rejected: Counter[str] = field(default_factory=Counter)
    days: int = 0
    """Days whose medians were computed."""


def archives_of_days(source: KeepsArchives, days: int, *, feed_url: str) -> list[Archive]:
    """The archives that hold the last `days` whole days, newest first: of days, and of years for what lies before."""
    today = _today()
    near = min(days, source.day_archives)
    chosen = [source.archive_of_day(today - timedelta(days=back), feed_url=feed_url) for back in range(1, near + 1)]
    if days > near:
        first, last = today - timedelta(days=days), today - timedelta(days=near + 1)
        chosen += [source.archive_of_year(year, feed_url=feed_url) for year in range(last.year, first.year - 1, -1)]
    return chosen


def archive_of_year(source: KeepsArchives, year: int, *, feed_url: str) -> Archive:
    """The archive of a year. Raises SourceRefused for one that is yet to come, or too long ago to be kept."""
    archive = source.archive_of_year(year, feed_url=feed_url)
    if archive.first > _today():
        raise SourceRefused(source.name, f"{year} is yet to come")
    if archive.last < _oldest_day():
        kept = settings().history_days
        raise SourceRefused(source.name, f"{year} lies before the {kept} days that CARBUROAM_HISTORY_DAYS keeps")
    return archive


def backfill(
    mine: Turn, source: KeepsArchives, archives: Iterable[Archive], *, on: Engine, progress: Progress, again: bool
) -> Found:
    """Read archives into the history, each but once unless `again`, then compute the medians of their days.

    What was read before it broke off is kept, and an archive that cannot be had costs that archive. Idempotent.
    `progress` is called between transactions and may wait. Raises Stopped, LeaseLost, and SourceRefused where the base
    knows no station of the source yet.
    """
    work = _Backfill(mine, source, on, progress)
    touched: set[date] = set()
    for archive in archives:
        if not again and work.was_read(archive):
            work.found.known += 1
        elif len(work.found.failed) < MOST_FAILURES:
            touched |= work.read(archive)
        else:
            work.found.failed.append(archive.name)
    work.medians(touched)
    return work.found


def missing_days(session: Session, area: str, days: int) -> list[date]:
    """Those of the last `days` whole days that no load and no archive has told the nation's medians of."""
    today = _today()
    last = max(today - timedelta(days=days), _oldest_day())
    return days_without_median(session, area, last, today - timedelta(days=1))


class _Backfill:
    """A backfill on its way: the stations it knows, and what it has found."""

    def __init__(self, mine: Turn, source: KeepsArchives, on: Engine, progress: Progress) -> None:
        self.mine = mine
        self.source = source
        self.on = on
        self.progress = progress
        self.found = Found()
        with reading(on) as session:
            rows = session.execute(select(Station.source_ref, Station.id).where(Station.source == source.name))
            self.ids: dict[str, int] = {ref: station for ref, station in rows}  # noqa: C416 - rows of two are no pairs to mypy
        if not self.ids:
            raise SourceRefused(source.name, "no station is known yet: load the feed first (etl.py run)")
        self.oldest = int(now().timestamp()) - int(timedelta(days=settings().history_days).total_seconds())

    def was_read(self, archive: Archive) -> bool:
        """Whether the archive was read to its end when it was complete: one of this year grows until it is over."""
        over = datetime.combine(archive.last + timedelta(days=1), time(), DAYS_OF)
        with reading(self.on) as session:
            at = session.scalar(
                select(HistoryFile.loaded_at).where(
                    HistoryFile.source == self.source.name, HistoryFile.name == archive.name
                )
            )
        return at is not None and (at >= over or at.astimezone(DAYS_OF).date() == _today())

    def read(self, archive: Archive) -> set[date]:
        """Read one archive; the whole days that it tells of, none where it could not be had."""
        before = self.found.prices
        try:
            with tempfile.TemporaryDirectory(prefix="carburoam-") as folder:
                self._tell(archive.name, 0)
                extract = self.source.extract(
                    archive.url, Path(folder), known=Validators(), on_retry=lambda: self._tell(archive.name, 0)
                )
                if extract is not None:
                    self._keep(extract.path, archive.name)
        except SourceError as error:
            # What was read up to there is true and stays; the archive as a whole is still to be had.
            log.warning("archive=%s %s", archive.name, error.detail)
            self.found.failed.append(archive.name)
            return set()
        with writing(self.on) as session:
            check(session, self.mine.held)
            session.merge(
                HistoryFile(
                    source=self.source.name,
                    name=archive.name,
                    loaded_at=now().astimezone(UTC),
                    prices=self.found.prices - before,
                )
            )
        self.found.archives += 1
        last = min(archive.last, _today() - timedelta(days=1))
        return {day for day in _days(archive.first, last) if day >= _oldest_day()}

    def medians(self, touched: set[date]) -> None:
        """Compute the medians of these days."""
        if touched:
            self.found.days = write_medians(self.mine, self.source, sorted(touched), on=self.on, tell=self._tell)

    def _keep(self, extract: Path, name: str) -> None:
        prices: dict[Key, int] = {}
        outages: dict[Key, Row] = {}
        for number, row in enumerate(self.source.history(extract), start=1):
            if isinstance(row, Reject):
                self.found.rejected[row.reason] += 1
                continue
            self._take(row, prices, outages)
            if len(prices) >= BATCH:
                self._write(prices, outages)
            if number % PROGRESS_EVERY == 0:
                self._tell(name, self.found.prices)
        self._write(prices, outages)
        self._tell(name, self.found.prices)

    def _take(self, declared: Declarations, prices: dict[Key, int], outages: dict[Key, Row]) -> None:
        station = self.ids.get(declared.source_ref)
        if station is None:
            self.found.strangers += 1
            return
        before, oldest = len(prices), self.oldest
        # Of two prices declared in the same second the last word stands.
        prices.update({(station, fuel, at): price for fuel, price, at in declared.prices if at >= oldest})
        self.found.prices += len(prices) - before
        self.found.too_old += sum(at < oldest for _, _, at in declared.prices)
        for fuel, kind, begun, ended in declared.outages:
            if ended is not None and ended >= oldest:
                outages[station, fuel, begun] = (station, fuel, begun, ended, kind.value)

    def _write(self, prices: dict[Key, int], outages: dict[Key, Row]) -> None:
        """Add what is not there: what the feed said at the time is the better word. Empties both."""
        self.mine.go_on()
        with writing(self.on) as session:
            check(session, self.mine.held)
            bulk = Bulk(session.connection())
            # In the order of the key, as a load writes them: two that wait for each other would be a deadlock.
            rows = [(*key, price) for key, price in sorted(prices.items())]
            self.found.added += bulk.add(PriceHistory, PRICES, rows)
            self.found.outages += bulk.add(Outage, OUTAGES, [row for _, row in sorted(outages.items())])
        prices.clear()
        outages.clear()

    def _tell(self, stage: str, done: int) -> None:
        self.mine.go_on()
        self.progress(stage, done, None)


def _days(first: date, last: date) -> Iterator[date]:
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)


def _today() -> date:
    return now().astimezone(DAYS_OF).date()


def _oldest_day() -> date:
    return _today() - timedelta(days=settings().history_days)
