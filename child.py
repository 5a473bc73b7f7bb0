"""The ETL child of this server process: started once, watched, started again when it dies, ended with the server."""

import atexit
import contextlib
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

from services import session_cookie
from settings import ROOT, settings

log = logging.getLogger(__name__)

FIRST_DELAY_S = 1.0
LONGEST_DELAY_S = 60.0
# A child that lived this long was well: its end is not held against the next one.
GOOD_LIFE_S = 60.0
# The child itself needs up to five seconds to end when a download hangs.
GRACE_S = 8.0
LONGEST_UPKEEP_S = 3600.0
OUTPUT_KINDS = ("stdout", "stderr")


class Supervisor:
    """Keeps one child alive until it is stopped.

    The thread that starts the child must outlive it: Linux sends the parent-death signal that the child asked for
    when the *thread* that forked it ends, and the thread of a page's script ends within the second.
    """

    def __init__(self) -> None:
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._current: tuple[Path, ...] = ()
        self._thread = threading.Thread(target=self._keep, name="etl-supervisor", daemon=True)
        self._thread.start()

    @property
    def pid(self) -> int | None:
        """The process id of the child, None while there is none."""
        process = self._process
        return process.pid if process and process.poll() is None else None

    def stop(self) -> None:
        """End the child and wait until it is gone. Idempotent."""
        with self._lock:
            self._stopping.set()
            process = self._process
        if process is not None:
            process.terminate()
            try:
                process.wait(GRACE_S)
            except subprocess.TimeoutExpired:
                process.kill()
        self._thread.join(GRACE_S)

    def _keep(self) -> None:
        delay_s = FIRST_DELAY_S
        while not self._stopping.is_set():
            started = time.monotonic()
            try:
                code = self._one_life()
            except OSError:
                # No process or no room for its files: the pages are served all the same.
                log.exception("the ETL child could not be started")
                code = None
            if self._stopping.is_set():
                return
            if time.monotonic() - started > GOOD_LIFE_S:
                delay_s = FIRST_DELAY_S
            log.warning("the ETL child ended with code %s; the next one starts in %.0f s", code, delay_s)
            self._stopping.wait(delay_s)
            delay_s = min(2 * delay_s, LONGEST_DELAY_S)

    def _one_life(self) -> int | None:
        with _output_files() as (stdout, stderr):
            with self._lock:
                if self._stopping.is_set():
                    return None
                self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and our own script
                    [sys.executable, str(ROOT / "etl.py"), "watch", "--parent", str(os.getpid()), *_told_of_routes()],
                    cwd=ROOT,
                    stdin=subprocess.DEVNULL,
                    stdout=stdout,
                    stderr=stderr,
                )
            self._current = (Path(stdout.name), Path(stderr.name))
            while True:
                self._upkeep()
                try:
                    return self._process.wait(_upkeep_interval_s())
                except subprocess.TimeoutExpired:
                    continue

    def _upkeep(self) -> None:
        # The files of a quiet child grow old too: a touch tells every server on this folder that they are in use.
        for file in self._current:
            with contextlib.suppress(OSError):
                file.touch()
        purge(settings().outputs_dir, older_than=timedelta(days=settings().log_days), keep=self._current)


def _told_of_routes() -> list[str]:
    """What only a server with routes can promise by mail: that a mail box may end them by itself."""
    return ["--routes"] if session_cookie.is_set_by_route() else []


_supervisor: Supervisor | None = None
_starting = threading.Lock()


def start() -> None:
    """See that this server process has its ETL child. Idempotent; does nothing where settings switch the child off."""
    global _supervisor  # noqa: PLW0603 - one child a process is what this module is for
    if not settings().start_etl:
        return
    with _starting:
        if _supervisor is None:
            _supervisor = Supervisor()
            atexit.register(stop)


def stop() -> None:
    """End the child and wait for it. Idempotent."""
    global _supervisor
    with _starting:
        supervisor, _supervisor = _supervisor, None
    if supervisor is not None:
        atexit.unregister(stop)
        supervisor.stop()


def is_alive() -> bool:
    """Whether a child of this process is running now."""
    return _supervisor is not None and _supervisor.pid is not None


@contextlib.contextmanager
def running() -> Iterator[None]:
    """The child lives as long as this context."""
    start()
    try:
        yield
    finally:
        stop()


def purge(folder: Path, *, older_than: timedelta, keep: tuple[Path, ...] = ()) -> None:
    """Remove the output files of former children. Nothing else in the folder, and nothing below it, is touched."""
    oldest = time.time() - older_than.total_seconds()
    for kind in OUTPUT_KINDS:
        for file in folder.glob(f"{kind}_*.txt"):
            # Another server on the same folder may purge at the same moment.
            with contextlib.suppress(OSError):
                if file not in keep and file.is_file() and file.lstat().st_mtime < oldest:
                    file.unlink()


@contextlib.contextmanager
def _output_files() -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    folder = settings().outputs_dir
    folder.mkdir(parents=True, exist_ok=True)
    # The process id keeps two servers on one folder apart, the microseconds two lives of one child.
    stamp = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}-{os.getpid()}"
    with (
        (folder / f"stdout_{stamp}.txt").open("xb") as stdout,
        (folder / f"stderr_{stamp}.txt").open("xb") as stderr,
    ):
        yield stdout, stderr


def _upkeep_interval_s() -> float:
    return min(LONGEST_UPKEEP_S, timedelta(days=settings().log_days).total_seconds() / 4)
