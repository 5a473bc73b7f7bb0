"""Two hundred people at their searches for two minutes, then once more while snapshots are loaded one after another."""

import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from bench.pages import CLOCK, SEARCH, fill, served
from bench.report import Row, snapshot
from bench.scale import p95
from bench.visitors import Met, Task, visit
from settings import ROOT

PEOPLE = 200
EVERY_S = 10.0
LASTS_S = 120.0
ETL_LASTS_S = 50.0
WARM_UP = 10
MOST_MS = 100.0
MOST_MB_MORE = 10.0
WITH_ETL = 1.5
SETTLED_S = 30.0
SNAPSHOTS = ("2025-02-06T1840", "2025-02-07T0830")


@dataclass
class Watched:
    """A server's memory, a look a second, and the processor that it took."""

    mb: list[float] = field(default_factory=list)
    share: float = 0.0


def measure() -> list[Row]:
    """The rows: how long a click takes, whether memory stays, and what a load beside it costs."""
    with tempfile.TemporaryDirectory() as made:
        outputs = Path(made) / "outputs"
        fill(outputs)
        with served(ROOT / "server.py", outputs) as (server, port):
            visit(Task("arrive", port, WARM_UP, SEARCH))
            before_mb = _mb(server)
            with _watched(server) as watched:
                alone = _clicking(port, LASTS_S)
            with _loading(outputs) as loads:
                beside = _clicking(port, ETL_LASTS_S)
    settled, end = _around(watched.mb, SETTLED_S), _around(watched.mb, LASTS_S)
    per_session = (end - before_mb) / PEOPLE
    missed = f", {alone.missed} were not made: the page was still busy" if alone.missed else ""
    share = f"{watched.share:.0%} of a core, the visitors {alone.cpu_s / LASTS_S:.1%}{missed}"
    return [
        Row(
            f"{PEOPLE} people, a click each ten seconds, p95",
            p95(alone.done_s) * 1_000,
            MOST_MS,
            "ms",
            f"{len(alone.done_s)} clicks, half of them {statistics.median(alone.done_s) * 1_000:.0f} ms; {share}",
        ),
        Row(
            "  memory, from 30 s to the end",
            end - settled,
            MOST_MB_MORE,
            "MB more",
            f"{settled:.0f} → {end:.0f} MB; {before_mb:.0f} MB before, {per_session:.2f} MB for a page that is open",
        ),
        Row(
            "  the same while snapshots are loaded",
            p95(beside.done_s) / p95(alone.done_s),
            WITH_ETL,
            "×",
            f"p95 {p95(beside.done_s) * 1_000:.0f} ms; {len(loads)} national loads in {ETL_LASTS_S:.0f} s, no pause",
        ),
    ]


def _clicking(port: int, lasts_s: float) -> Met:
    return visit(Task("click", port, PEOPLE, SEARCH, lasts_s=lasts_s, every_s=EVERY_S))


def _mb(process: psutil.Process) -> float:
    return float(process.memory_info().rss) / 1024**2


def _around(mb: list[float], at_s: float) -> float:
    """The memory of those ten seconds that end there: a single look may fall into a run."""
    return statistics.median(mb[max(0, int(at_s) - 10) : int(at_s)])


@contextmanager
def _watched(server: psutil.Process) -> Iterator[Watched]:
    watched, is_over = Watched(), threading.Event()

    def look() -> None:
        while not is_over.is_set():
            watched.mb.append(_mb(server))
            is_over.wait(1.0)

    looker = threading.Thread(target=look)
    before, begun = server.cpu_times(), time.monotonic()
    looker.start()
    try:
        yield watched
    finally:
        is_over.set()
        looker.join()
        after = server.cpu_times()
        took = after.user + after.system - before.user - before.system
        watched.share = took / (time.monotonic() - begun)


@contextmanager
def _loading(outputs: Path) -> Iterator[list[int]]:
    """National loads by the ETL's own command, two snapshots by turns: each finds thousands of new prices."""
    done: list[int] = []
    is_over = threading.Event()

    def load() -> None:
        while not is_over.is_set():
            done.append(_load(outputs, SNAPSHOTS[len(done) % len(SNAPSHOTS)]))

    loader = threading.Thread(target=load)
    loader.start()
    try:
        yield done
    finally:
        is_over.set()
        loader.join()
    if any(done):
        raise RuntimeError(f"the loads ended with {done}")


def _load(outputs: Path, moment: str) -> int:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CARBUROAM_")}
    ours = {
        "CARBUROAM_OUTPUTS_DIR": str(outputs),
        "CARBUROAM_CLOCK": CLOCK,
        "CARBUROAM_FEED_URL": snapshot(moment).as_uri(),
    }
    return subprocess.run(
        [sys.executable, "etl.py", "run", "fr_prix_carburants"],
        cwd=ROOT,
        env=clean | ours,
        check=False,
        capture_output=True,
    ).returncode
