"""The national load into PostgreSQL against SQLite, and three countries side by side, each by a process of its own."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from sqlalchemy import URL, make_url

from bench import lists
from bench.pages import CLOCK, SNAPSHOT
from bench.report import Row, snapshot
from pipeline.run import run_once
from scripts.cluster.postgres import postgres
from session import make_engine, prepare
from settings import ROOT
from sources.fr_prix_carburants import FrPrixCarburants

KINDS = ("SQLite", "PostgreSQL")
ROUNDS = 3
LOADS = 3
SQLITE_LOADS = 3.0
OF_THE_SUM = 0.75


def measure() -> list[Row]:
    """The rows; both databases in one run, by turns."""
    with tempfile.TemporaryDirectory() as made, postgres() as server:
        place = _Place(Path(made), make_url(server.address))
        feeds = {
            "fr_prix_carburants": snapshot(SNAPSHOT).as_uri(),
            "es_minetur": lists.spanish(place.folder / "es.json"),
            "it_mimit": lists.italian(place.folder),
        }
        loads = [{kind: _load_s(place.new(kind), feeds["fr_prix_carburants"]) for kind in KINDS} for _ in range(LOADS)]
        reads = [{kind: _alone_and_together(place, kind, feeds) for kind in KINDS} for _ in range(ROUNDS)]
    return [_postgres_load(loads), *(_side_by_side(kind, [turn[kind] for turn in reads]) for kind in KINDS)]


@dataclass(frozen=True)
class _Place:
    """Where new bases are made."""

    folder: Path
    server: URL

    def new(self, kind: str) -> str:
        """The address of a base with the schema and nothing else."""
        name = f"bench_{uuid4().hex}"
        address = f"sqlite:///{self.folder / name}"
        if kind == "PostgreSQL":
            address = self.server.set(database=name).render_as_string(hide_password=False)
        on = make_engine(address)
        prepare(on)
        on.dispose()
        return address


@dataclass(frozen=True)
class _Read:
    """How long three processes took one after another, each of them, and all at once."""

    alone_s: dict[str, float]
    together_s: float


def _postgres_load(loads: list[dict[str, float]]) -> Row:
    took = {kind: statistics.median(turn[kind] for turn in loads) for kind in KINDS}
    ratio = statistics.median(turn["PostgreSQL"] / turn["SQLite"] for turn in loads)
    note = f"{took['PostgreSQL']:.2f} s, SQLite {took['SQLite']:.2f} s, on the wall"
    return Row("full load into PostgreSQL", ratio, SQLITE_LOADS, "× SQLite", note)


def _side_by_side(kind: str, reads: list[_Read]) -> Row:
    ratio = statistics.median(read.together_s / sum(read.alone_s.values()) for read in reads)
    alone = {name: statistics.median(read.alone_s[name] for read in reads) for name in reads[0].alone_s}
    together = statistics.median(read.together_s for read in reads)
    note = f"{' + '.join(f'{took:.1f}' for took in alone.values())} s alone, {together:.1f} s together"
    return Row(f"three countries side by side, {kind}", ratio, OF_THE_SUM, "× the sum", note)


def _load_s(address: str, feed: str) -> float:
    on = make_engine(address)
    begun = time.perf_counter()
    result = run_once(FrPrixCarburants(), url=feed, on=on)
    took = time.perf_counter() - begun
    on.dispose()
    if result.outcome != "loaded":
        raise RuntimeError(f"the load ended as {result.outcome}: {result.error}")
    return took


def _alone_and_together(place: _Place, kind: str, feeds: dict[str, str]) -> _Read:
    """Both from the start of the commands to their end, as somebody at a shell waits for them."""
    one_after_another = place.new(kind)
    alone = {name: _read_s(place, one_after_another, {name: feed}) for name, feed in feeds.items()}
    return _Read(alone, _read_s(place, place.new(kind), feeds))


def _read_s(place: _Place, base: str, feeds: dict[str, str]) -> float:
    """Seconds until the last of these sources, each read by a process of its own, is loaded."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CARBUROAM_")}
    ours = {
        "CARBUROAM_CLOCK": CLOCK,
        "CARBUROAM_OUTPUTS_DIR": str(place.folder / "outputs"),
        "CARBUROAM_DATABASE_URL": base,
    }
    of_source = {f"CARBUROAM_SOURCES__{name.upper()}__URL": feed for name, feed in feeds.items()}
    switches = {f"CARBUROAM_SOURCES__{name.upper()}__IS_ON": "true" for name in feeds}
    begun = time.perf_counter()
    running = [
        subprocess.Popen(
            [sys.executable, "etl.py", "run", name],
            cwd=ROOT,
            env=clean | ours | of_source | switches,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name in feeds
    ]
    said = [process.communicate()[1] for process in running]
    took = time.perf_counter() - begun
    if any(process.returncode for process in running):
        raise RuntimeError("a source was not loaded\n" + "".join(said))
    return took
