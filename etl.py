"""The ETL process and its command line: run, watch, prepare. It draws nothing and imports nothing that draws."""

import argparse
import ctypes
import gc
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import NoReturn, Self

from tqdm import tqdm

import session
from adapters.storage import open_store
from errors import CarburoamError
from pipeline.load import MOST_LOST
from pipeline.run import GOOD
from pipeline.turn import give_back, run_id, run_in, turn
from pipeline.watch import Watcher
from services import config_file, mirror, upkeep
from settings import now, settings
from sources import configured
from sources.base import Source

log = logging.getLogger("etl")

PR_SET_PDEATHSIG = 1
# A download that hangs may hold a run; the process ends all the same after this time.
GRACE_S = 2.0
RELEASE_S = 1.0
POLL_S = 0.5
PLAIN_LINE_EVERY_S = 2.0


def main(arguments: Sequence[str] | None = None) -> int:
    """What the shell sees: 0 says success."""
    options = _parser().parse_args(arguments)
    _log_in_lines()
    # What the imports made stays for ever: the collector need not look at it again.
    gc.freeze()
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        settings()
        return command(options)
    except CarburoamError as error:
        log.error("%s: %s", type(error).__name__, error)  # noqa: TRY400 - a message for a person, not a stack
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="etl.py", description="Fetch fuel prices and load them into the base.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    run = commands.add_parser("run", help="run once and end; the exit code says whether it went well")
    run.add_argument("source", nargs="?", help="name of one source; all that are switched on where left out")
    run.add_argument(
        "--accept-losses",
        action="store_true",
        help="take a feed that lost more than a third of its stations, this once",
    )
    run.set_defaults(command=_run)

    watch = commands.add_parser("watch", help="run now, then at every tick until told to stop (SIGTERM, Ctrl-C)")
    watch.add_argument("--parent", type=int, metavar="PID", help="end as soon as this process, our parent, is gone")
    watch.set_defaults(command=_watch)

    prepare = commands.add_parser("prepare", help="make the database where it is missing and bring it up to date")
    prepare.set_defaults(command=_prepare)

    people = commands.add_parser("credentials", help="take people over from a file, or write them into one")
    deeds = people.add_subparsers(required=True, metavar="DEED", dest="deed")
    for deed, says in (
        ("import", "add the people of a config.yaml of streamlit-authenticator; who is there already stays as is"),
        ("export", "write everybody into a new file in the format of streamlit-authenticator"),
    ):
        deeds.add_parser(deed, help=says).add_argument("file", type=Path, metavar="FILE")
    mirrored = deeds.add_parser("mirror", help="bring the base up to date with the credentials store now")
    mirrored.add_argument("--accept-losses", action="store_true", help="remove even more than a third of the people")
    people.set_defaults(command=_credentials)
    return parser


def _prepare(_options: argparse.Namespace) -> int:
    session.prepare()
    log.info("database ready: %s", session.engine().url.render_as_string(hide_password=True))
    return 0


def _credentials(options: argparse.Namespace) -> int:
    session.prepare()
    store = open_store()
    if options.deed == "export":
        log.info("%s people written to %s", config_file.export_file(store, options.file), options.file)
        return 0
    with _Bar("credentials") as bar:
        if options.deed == "mirror":
            look = mirror.Mirror(store, session.engine()).look
            found = look(now=now(), progress=partial(bar.show, "mirror"), accept_losses=options.accept_losses)
            log.info("%s", found)
            return 0 if not (found.refused or found.kept) else 1
        done = config_file.import_file(store, options.file, now=now(), progress=partial(bar.show, "import"))
    log.info("%s people added, %s were there already", len(done.added), len(done.kept))
    for name, why in done.refused.items():
        log.error("not taken over: %s: %s", name, why)
    return 1 if done.refused else 0


def _run(options: argparse.Namespace) -> int:
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    chosen = [entry for entry in configured(settings()) if options.source in {None, entry[0].name}]
    if not chosen:
        log.error("no source of this name is switched on: %s", options.source)
        return 2
    session.prepare()
    try:
        most_lost = 1.0 if options.accept_losses else MOST_LOST
        outcomes = [_run_one(source, url, most_lost) for source, url, _ in chosen]
    except KeyboardInterrupt:
        log.warning("interrupted; nothing of this run was written")
        return 130
    return 0 if all(outcomes) else 1


def _run_one(source: Source, url: str, most_lost: float) -> bool:
    with turn(source, on=session.engine(), lasts=settings().lease_lasts) as mine:
        if mine is None:
            log.error("source=%s another process works on it now; try again in a minute", source.name)
            return False
        with _Bar(source.name) as bar:
            result = run_in(mine, url, on=session.engine(), progress=bar.show, most_lost=most_lost)
        return result.outcome in GOOD


def _watch(options: argparse.Namespace) -> int:
    # Both signals raise KeyboardInterrupt in this thread, which does nothing but wait; the work is in another one.
    # A handler that sets an Event could find the Event's own lock taken by the code that it interrupted.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    stop = threading.Event()
    watcher: Watcher | None = None
    worker: threading.Thread | None = None
    keeper: threading.Thread | None = None
    try:
        _end_with(options.parent)
        session.prepare()
        watcher = Watcher(configured(settings()), on=session.engine(), stop=stop)
        worker = threading.Thread(target=watcher.watch, name="watch", daemon=True)
        worker.start()
        keeper = upkeep.start(session.engine(), stop=stop)
        mirror.start(session.engine(), stop=stop)
        log.info("watching; pid=%s parent=%s", os.getpid(), options.parent)
        while worker.is_alive() and _is_wanted(options.parent):
            time.sleep(POLL_S)  # not join(): interrupted, it takes the thread for ended (Python 3.11)
    except KeyboardInterrupt:
        log.info("told to end")
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if watcher is None or worker is None:
        return 0
    was_told = worker.is_alive()
    stop.set()
    watcher.give_up()
    worker.join(GRACE_S)
    if keeper is not None:
        keeper.join(RELEASE_S)  # a mail that is being sent; cut off, it would be sent again
    if worker.is_alive():
        _abandon(watcher)
    return 0 if was_told else 1


def _abandon(watcher: Watcher) -> None:
    """End although a run hangs: an open transaction is rolled back by the database, the lease given back if it can."""
    held = watcher.held
    if held is not None:
        helper = threading.Thread(target=lambda: give_back(held, on=session.engine()), daemon=True)
        helper.start()
        helper.join(RELEASE_S)
    log.warning("a run did not end in time and was abandoned")
    logging.shutdown()
    os._exit(0)


def _end_with(parent: int | None) -> None:
    """Ask Linux for SIGTERM when the parent dies, even by kill -9; everywhere `_is_wanted` looks as well."""
    if parent is None:
        return
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    # It may have died before we asked.
    if not _is_wanted(parent):
        raise KeyboardInterrupt


def _is_wanted(parent: int | None) -> bool:
    return parent is None or os.getppid() == parent


class _Bar:
    """Progress of a run: a bar on a terminal, a plain line now and then elsewhere."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._bar: tqdm[NoReturn] | None = None
        self._stage = ""
        self._said_at = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._close()

    def show(self, stage: str, done: int, total: int | None) -> None:
        """The stage has come so far; total is None where nobody knows it."""
        if sys.stderr.isatty():
            self._draw(stage, done, total)
        elif stage != self._stage or time.monotonic() - self._said_at > PLAIN_LINE_EVERY_S:
            self._said_at = time.monotonic()
            log.info("source=%s stage=%s done=%s total=%s", self._source, stage, done, total)
        self._stage = stage

    def _draw(self, stage: str, done: int, total: int | None) -> None:
        if self._bar is None or stage != self._stage:
            self._close()
            self._bar = tqdm(desc=f"{self._source} {stage}", total=total, unit_scale=True, file=sys.stderr)
        self._bar.update(done - self._bar.n)

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None


class _OneLine(logging.Formatter):
    """A record is one line, a stack included, so that a line can be read, sorted and counted by itself."""

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        text = super().format(record).replace("\r", "").replace("\n", " | ")
        return f"{moment} {record.levelname} run={run_id.get()} {record.name}: {text}"


def _log_in_lines() -> None:
    """What happens goes to stdout, what a person should look at to stderr."""
    quiet, loud = logging.StreamHandler(sys.stdout), logging.StreamHandler(sys.stderr)
    quiet.addFilter(lambda record: record.levelno < logging.WARNING)
    loud.setLevel(logging.WARNING)
    for handler in (quiet, loud):
        handler.setFormatter(_OneLine("%(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[quiet, loud], force=True)
    # It announces every start, though nothing was migrated.
    logging.getLogger("alembic").setLevel(logging.WARNING)


if __name__ == "__main__":
    sys.exit(main())
