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
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import session
from adapters import mail, monitor
from adapters.storage import open_store
from commands import backfill, backup, create_admin, notify
from commands.bar import Bar
from errors import CarburoamError
from pipeline import catch_up, presence
from pipeline.load import MOST_LOST
from pipeline.roads import run_on_roads
from pipeline.run import GOOD
from pipeline.turn import give_back, run_id, turn
from pipeline.watch import Watcher
from services import alert_round, backup_keeper, config_file, mirror, upkeep, watchman
from settings import now, settings
from sources import Configured, configured
from sources.base import AnySource

log = logging.getLogger("etl")

PR_SET_PDEATHSIG = 1
# A download that hangs may hold a run; the process ends all the same after this time.
GRACE_S = 2.0
RELEASE_S = 1.0
POLL_S = 0.5


def main(arguments: Sequence[str] | None = None) -> int:
    """What the shell sees: 0 says success."""
    options = _parser().parse_args(arguments)
    _log_in_lines()
    # What the imports made stays for ever: the collector need not look at it again.
    gc.freeze()
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        settings()
        monitor.begin("etl")
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
    watch.add_argument(
        "--routes", action="store_true", help="the site is served by server.py, whose routes answer mails"
    )
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

    create_admin.add(commands)
    backup.add(commands)
    backfill.add(commands)
    notify.add(commands)
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
    with Bar("credentials") as bar:
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


def _run_one(source: AnySource, url: str, most_lost: float) -> bool:
    with turn(source, on=session.engine(), lasts=settings().lease_lasts) as mine:
        if mine is None:
            log.error("source=%s another process works on it now; try again in a minute", source.name)
            return False
        with Bar(source.name) as bar:
            result = run_on_roads(mine, url, on=session.engine(), progress=bar.show, most_lost=most_lost)
        return result.outcome in GOOD


def _watch(options: argparse.Namespace) -> int:
    # Both signals raise KeyboardInterrupt in this thread, which does nothing but wait; the work is in another one.
    # A handler that sets an Event could find the Event's own lock taken by the code that it interrupted.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    stop = threading.Event()
    watcher: Watcher | None = None
    worker: threading.Thread | None = None
    keepers: list[threading.Thread] = []
    try:
        _end_with(options.parent)
        if options.routes:
            mail.posts_are_answered()
        session.prepare()
        sources = configured(settings())
        watcher = Watcher(sources, on=session.engine(), stop=stop)
        worker = threading.Thread(target=watcher.watch, name="watch", daemon=True)
        worker.start()
        keepers = start_keepers(sources, stop=stop, is_busy=partial(_is_busy, watcher))
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
    until = time.monotonic() + GRACE_S + RELEASE_S
    worker.join(GRACE_S)
    for keeper in keepers:
        # A mail that is being sent: cut off, it would be sent again. And the last backup.
        keeper.join(max(0.0, until - time.monotonic()))
    if worker.is_alive():
        _abandon(watcher)
    return 0 if was_told else 1


def start_keepers(
    sources: Iterable[Configured], *, stop: threading.Event, is_busy: Callable[[], bool]
) -> list[threading.Thread]:
    """Start what goes on beside the loads and after them: people, signs of life, mails, backups, notices, the past.

    Each is a thread that looks into the base for what there is to do, so it does not matter which process loads. Those
    returned are to be waited for once `stop` is set; `is_busy` says whether a load is going on.
    """
    on = session.engine()
    mirrored = threading.Event()
    mirror.start(on, stop=stop, looked=mirrored)
    keepers = [
        presence.start(on, stop=stop),
        upkeep.start(on, stop=stop),
        alert_round.start(on, stop=stop),
        backup_keeper.start(on, stop=stop, mirrored=mirrored),
    ]
    # Nobody waits for its end: what it was about to tell is told by the next one.
    watchman.start(on, stop=stop)
    feeds = [(entry.source, entry.url) for entry in sources]
    past = catch_up.start(feeds, on=on, stop=stop, is_busy=is_busy)
    return [*keepers, past] if past else keepers


def _is_busy(watcher: Watcher) -> bool:
    return bool(watcher.held)


def _abandon(watcher: Watcher) -> None:
    """End although a run hangs: an open transaction is rolled back by the database, the lease given back if it can."""
    helpers = [
        threading.Thread(target=partial(give_back, held, on=session.engine()), daemon=True) for held in watcher.held
    ]
    for helper in helpers:
        helper.start()
    for helper in helpers:
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
