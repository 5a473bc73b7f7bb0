"""One run of one source, from the publisher's address to the base, and what is remembered of it."""

import gc
import logging
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select, update
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.orm import Session

from adapters.download import Download, Validators
from errors import CarburoamError, DatabaseUnavailable, SourceError, SourceMalformed, SourceRefused, SourceUnreachable
from models import EtlRun
from pipeline.cargo import cargo_of
from pipeline.harvest import Progress
from pipeline.lease import Held, check
from pipeline.load import MOST_LOST, Counts
from pipeline.shown import Shown
from session import IN_TROUBLE, is_locked, reading, writing
from settings import now
from sources.base import AnySource

OUTCOMES: dict[type[SourceError], str] = {
    SourceUnreachable: "unreachable",
    SourceMalformed: "malformed",
    SourceRefused: "refused",
}
GOOD = ("loaded", "unchanged")
INTERRUPTED = "the run was interrupted before its end"
LONGEST_ERROR = 500

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class RunResult:
    """How a run ended; the same stands in `etl_runs`."""

    run_id: int
    outcome: str
    counts: Counts
    error: str | None = None
    steps: dict[str, int] = field(default_factory=dict)
    """What each generic transform did."""


def run_once(
    source: AnySource,
    *,
    url: str,
    on: Engine,
    held: Held | None = None,
    progress: Progress | None = None,
    on_retry: Callable[[], None] | None = None,
    most_lost: float = MOST_LOST,
) -> RunResult:
    """Fetch, read and load a source once. What its publisher did wrong is an outcome, never an exception.

    A feed that lost more than the share `most_lost` of its stations is refused. With `held` the load goes through only
    while that lease is ours. Raises LeaseLost otherwise, DatabaseUnavailable where the base is locked, full or away;
    these and the unforeseen are recorded as `failed`, if that is possible.
    """
    run = _Run(source, url=url, on=on, held=held, progress=progress or _silent, most_lost=most_lost)
    try:
        run.begin()
        result = run.work(on_retry)
    except SourceError as error:
        return run.end(OUTCOMES[type(error)], error.detail)
    except IN_TROUBLE as error:
        run.end_if_possible(_plainly(error))
        raise DatabaseUnavailable(_plainly(error)) from error
    except BaseException as error:
        run.end_if_possible(str(error) if isinstance(error, CarburoamError) else f"{type(error).__name__}: {error}")
        raise
    if result.outcome == "loaded":
        run.cargo.look_up(on, progress or _silent)
    return result


@dataclass(frozen=True)
class _Last:
    """What the last good run left, as far as this one may rely on it."""

    known: Validators = field(default_factory=Validators)
    content_hash: str | None = None
    extract_at: datetime | None = None


class _Run:
    """A run on its way: its row in the base and what is to be written there when it ends."""

    def __init__(
        self,
        source: AnySource,
        *,
        url: str,
        on: Engine,
        held: Held | None,
        progress: Progress,
        most_lost: float,
    ) -> None:
        self.source = source
        self.url = url
        self.on = on
        self.held = held
        self._told = progress
        self.most_lost = most_lost
        self.cargo = cargo_of(source)
        self.id = 0
        self._shown: Shown | None = None
        self.counts = Counts()
        self.facts: dict[str, Any] = {}

    def begin(self) -> None:
        """Make the row. Who holds the lease works alone: an older run without an end was killed."""
        with writing(self.on) as session:
            if self.held is not None:
                session.execute(
                    update(EtlRun)
                    .where(EtlRun.source == self.source.name, EtlRun.outcome == "running")
                    .values(outcome="failed", ended_at=now(), error=INTERRUPTED)
                )
            row = EtlRun(source=self.source.name, started_at=now(), outcome="running", url_hash=self._url_hash)
            session.add(row)
            session.flush()
            self.id = row.id
        self._shown = Shown(self.on, self.id)

    def progress(self, stage: str, done: int, total: int | None) -> None:
        """Tell who waits for this run, and write it down for who looks on from elsewhere."""
        self._told(stage, done, total)
        if self._shown is not None:
            self._shown.note(stage, done, total)

    def work(self, on_retry: Callable[[], None] | None) -> RunResult:
        """Download, read, load."""
        with reading(self.on) as session:
            last = self._last_good(session)
            self.cargo.recall(session)
        with tempfile.TemporaryDirectory(prefix="carburoam-") as folder:
            self.progress("download", 0, None)
            found = self.source.extract(self.url, Path(folder), known=last.known, on_retry=on_retry)
            self._remember(found, last)
            if found is None or found.sha256 == last.content_hash:
                return self.end("unchanged")
            with _collector_off():
                self._read(found.path)
                return self._load()

    def end(self, outcome: str, error: str | None = None) -> RunResult:
        """Write the end of the run in a transaction of its own."""
        with writing(self.on) as session:
            self._write_end(session, outcome, error)
        return RunResult(self.id, outcome, self.counts, error, self.cargo.steps)

    def end_if_possible(self, error: str) -> None:
        """Record a failure; where the base takes no writes the log has to do."""
        log.error("%s: run %s failed: %s", self.source.name, self.id, error)
        if self.id:
            with suppress(SQLAlchemyError):
                self.end("failed", error)

    def _read(self, extract: Path) -> None:
        try:
            self.cargo.read(extract, self.progress)
        finally:
            # Also of a file that is refused: the figures say why.
            self.counts = self.cargo.counts
            self.facts["rejects"] = self.cargo.rejects.by_reason or None
            self.facts["steps"] = self.cargo.steps or None

    def _load(self) -> RunResult:
        self.progress("load", 0, 1)
        moment = int(now().timestamp())
        before = self.counts
        try:
            with writing(self.on) as session:
                if self.held is not None:
                    check(session, self.held)
                self.counts = self.cargo.load(session, now=moment, run_id=self.id, most_lost=self.most_lost)
                self.facts["extract_at"] = self.cargo.extract_at
                # In the same transaction: a base that has the prices knows the run that brought them.
                self._write_end(session, "loaded", None)
        except BaseException:
            self.counts = before
            self.facts.pop("extract_at", None)
            raise
        self.progress("load", 1, 1)
        return RunResult(self.id, "loaded", self.counts, steps=self.cargo.steps)

    def _last_good(self, session: Session) -> _Last:
        if not self.cargo.is_in_base(session):
            # Nothing is loaded, whatever the runs say: ask for everything.
            return _Last()
        row = session.scalars(
            select(EtlRun)
            .where(EtlRun.source == self.source.name, EtlRun.outcome.in_(GOOD))
            .order_by(EtlRun.id.desc())
            .limit(1)
        ).first()
        if row is None:
            return _Last()
        is_same_address = row.url_hash == self._url_hash
        known = Validators(row.etag, row.last_modified) if is_same_address else Validators()
        return _Last(known, row.content_hash, row.extract_at)

    def _remember(self, found: Download | None, last: _Last) -> None:
        if found is None:
            # "Not modified": all that we knew of the file holds on.
            self.facts = {
                "content_hash": last.content_hash,
                "etag": last.known.etag,
                "last_modified": last.known.last_modified,
            }
        else:
            self.facts = {
                "content_hash": found.sha256,
                "etag": found.etag,
                "last_modified": found.last_modified,
                "bytes": found.size,
            }
        if found is None or found.sha256 == last.content_hash:
            self.facts["extract_at"] = last.extract_at

    def _write_end(self, session: Session, outcome: str, error: str | None) -> None:
        session.execute(
            update(EtlRun)
            .where(EtlRun.id == self.id)
            .values(
                outcome=outcome,
                ended_at=now(),
                error=error[:LONGEST_ERROR] if error else None,
                **self.facts,
                **asdict(self.counts),
            )
        )

    @property
    def _url_hash(self) -> str:
        return sha256(self.url.encode()).hexdigest()


@contextmanager
def _collector_off() -> Iterator[None]:
    # A harvest is 100,000 tuples that live to the end and hold no cycle: searching them again and again for garbage
    # costs a tenth of the run and finds none.
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _plainly(error: DBAPIError) -> str:
    if is_locked(error):
        return "another program held the database too long; nothing was written"
    reason = str(error.orig)
    if "full" in reason or "No space left" in reason or "disk I/O error" in reason:
        return f"there is no room left for the database ({reason}); nothing was written"
    return f"the database cannot be used ({reason}); nothing was written"


def _silent(_stage: str, _done: int, _total: int | None) -> None:
    """Nobody watches."""
