"""A hundred and two hundred visitors at the same moment on one server; and what a second server behind nginx adds."""

import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import psutil

from bench.pages import CLOCK, SEARCH, SNAPSHOT, a_member, fill, served
from bench.report import Row, snapshot
from bench.visitors import Met, Task, visit
from pipeline.run import run_once
from scripts.cluster import Cluster, cluster
from session import make_engine
from settings import ROOT
from sources.fr_prix_carburants import FrPrixCarburants

MOST_S = {100: 1.0, 200: 2.0}
ROUNDS = 3
WARM_UP = 10
TWO_OF_ONE = 1.4
RELOADING = 40
RELOAD_S = 5.0


def measure() -> list[Row]:
    """The rows of one server, then those of two."""
    return [*_one_server(), *_two_servers()]


def p95(seen: list[float]) -> float:
    """What nineteen of twenty stay under."""
    return statistics.quantiles(seen, n=20)[-1]


def _one_server() -> list[Row]:
    with tempfile.TemporaryDirectory() as made:
        outputs = Path(made) / "outputs"
        fill(outputs)
        pages = {"first prices": (SEARCH, ""), "members, home": ("", a_member(outputs))}
        with served(ROOT / "server.py", outputs) as (_, port):
            for query, cookie in pages.values():
                visit(Task("arrive", port, WARM_UP, query, cookie))
            met = {
                (number, what): [visit(Task("arrive", port, number, *page)) for _ in range(ROUNDS)]
                for number in MOST_S
                for what, page in pages.items()
            }
    return [_arrivals(f"{number} at once, one server, {what} p95", number, met[number, what]) for number, what in met]


def _arrivals(what: str, number: int, rounds: list[Met]) -> Row:
    """The middle one of the rounds: what a neighbour on the machine spoils is one of them."""
    half, client = (
        statistics.median(found)
        for found in zip(*((statistics.median(m.seen_s), m.cpu_s) for m in rounds), strict=True)
    )
    note = f"half of them {half:.2f} s; processor of the visitors {client:.2f} s"
    return Row(what, statistics.median(p95(met.seen_s) for met in rounds), MOST_S[number], "s", note)


def _two_servers() -> list[Row]:
    with _filled_cluster() as it:
        ways = {"one": it.replicas[0].port, "two": it.port}
        for replica in it.replicas:
            visit(Task("arrive", replica.port, WARM_UP, SEARCH))
        rounds = [{way: _crowded(it, port) for way, port in ways.items()} for _ in range(ROUNDS)]
    ratio = statistics.median(turn["two"].runs_a_second / turn["one"].runs_a_second for turn in rounds)
    note = "; ".join(_told(way, [turn[way] for turn in rounds]) for way in ways)
    return [Row("two servers behind nginx, runs a second", ratio, TWO_OF_ONE, "× one", note, is_floor=True)]


class _Crowded(NamedTuple):
    """A hundred at once, then some who draw anew without a pause."""

    first_p95_s: float
    runs_a_second: float
    cores: float
    """That the servers took: two processes get more of a busy machine than one does."""


def _crowded(it: Cluster, port: int) -> _Crowded:
    first = visit(Task("arrive", port, 100, SEARCH))
    before = _cpu_s(it)
    met = visit(Task("reload", port, RELOADING, SEARCH, lasts_s=RELOAD_S))
    # The first pages of the sessions are in it too; of the cores it is a share all the same.
    return _Crowded(p95(first.seen_s), met.runs_a_second, (_cpu_s(it) - before) / met.whole_s)


def _cpu_s(it: Cluster) -> float:
    took = [psutil.Process(replica.process.pid).cpu_times() for replica in it.replicas]
    return sum(each.user + each.system for each in took)


def _told(way: str, rounds: list[_Crowded]) -> str:
    first, runs, cores = (statistics.median(found) for found in zip(*rounds, strict=True))
    return f"{way}: {runs:.0f} runs/s on {cores:.2f} cores, 100 at once {first:.2f} s"


@contextmanager
def _filled_cluster() -> Iterator[Cluster]:
    """PostgreSQL with the real snapshot, two servers and nginx, on the frozen moment and without an ETL child."""
    extract = snapshot(SNAPSHOT)
    with (
        tempfile.TemporaryDirectory() as made,
        cluster(Path(made), 2, CARBUROAM_CLOCK=CLOCK, CARBUROAM_START_ETL="false") as it,
    ):
        on = make_engine(it.database_url)
        run_once(FrPrixCarburants(), url=extract.as_uri(), on=on)
        on.dispose()
        yield it
