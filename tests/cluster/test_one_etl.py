"""Two servers with an ETL child each: one works at a time, and another takes over from one that is killed or frozen."""

import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import LiteralString

import psutil
import psycopg
import pytest

from scripts.cluster import Cluster, Replica, cluster
from tests.cluster.publisher import Publisher, publishing
from tests.processes import NO_LISTS, until

HOLDER: LiteralString = "SELECT holder FROM leases WHERE name = 'etl:fr_prix_carburants'"
# Enough that it takes a while to load them.
MANY = 8_000
LEASE_S = 5
# The rest of the lease in whole seconds, the pause before who waits looks again, and patience with this machine.
TAKEN_OVER_S = LEASE_S + 1 + 2 + 7


@contextmanager
def reading(folder: Path, publisher: Publisher, interval: str = "PT1H") -> Iterator[Cluster]:
    """Two servers that read this publisher, with a short lease."""
    with cluster(
        folder,
        replicas=2,
        CARBUROAM_FEED_URL=publisher.url,
        CARBUROAM_SECOND_ROAD_AFTER="0",
        CARBUROAM_BACKFILL_DAYS="0",
        CARBUROAM_SAMPLE_DATA="false",
        CARBUROAM_ETL_INTERVAL=interval,
        CARBUROAM_LEASE_LASTS=f"PT{LEASE_S}S",
        **NO_LISTS,
    ) as it:
        yield it


def ask(it: Cluster, question: LiteralString, *values: str) -> list[tuple[object, ...]]:
    """What the base says."""
    with psycopg.connect(it.database_url.replace("+psycopg", "")) as base:
        return base.execute(question, values or None).fetchall()


def holder(it: Cluster) -> tuple[Replica, psutil.Process]:
    """The server whose child holds the lease now, and that child."""
    until(lambda: ask(it, HOLDER + " AND expires_at > 0"))
    pid = pid_of_holder(it)
    (found,) = [(each, child) for each in it.replicas for child in each.etl_children if child.pid == pid]
    return found


def pid_of_holder(it: Cluster) -> int:
    """The process that holds the lease, or held it last."""
    return int(str(ask(it, HOLDER)[0][0]).split(":")[1])


def said(replica: Replica) -> str:
    """What the child of this server has logged."""
    return "".join(file.read_text() for file in replica.outputs.glob("stderr_*.txt"))


def outcomes(it: Cluster) -> list[str]:
    """How the runs ended, in their order."""
    return [str(row[0]) for row in ask(it, "SELECT outcome FROM etl_runs ORDER BY id")]


def prices(it: Cluster) -> set[object]:
    """The prices that people see."""
    return {row[0] for row in ask(it, "SELECT DISTINCT price FROM prices")}


def test_one_reads_at_a_time(tmp_path: Path):
    """Both children live, each would read once a second; nobody ever reads beside another."""
    with publishing(tmp_path) as publisher, reading(tmp_path / "cluster", publisher, "PT1S") as it:
        until(lambda: outcomes(it).count("loaded") >= 8)

        workers = ask(it, "SELECT name FROM leases WHERE name LIKE 'worker:%'")
        runs = ask(it, "SELECT started_at, ended_at FROM etl_runs WHERE outcome = 'loaded' ORDER BY id")
        assert len(workers) == 2
        assert all(len(replica.etl_children) == 1 for replica in it.replicas)
        assert publisher.most_at_once == 1
        assert all(after[0] >= before[1] for before, after in pairwise(runs))  # type: ignore[operator]
        assert set(outcomes(it)) <= {"loaded", "running"}


def test_another_takes_over_from_one_that_is_killed(tmp_path: Path):
    """The whole machine goes while its child reads; the lease runs out, and the other one reads instead."""
    with publishing(tmp_path) as publisher:
        publisher.may_answer.clear()
        with reading(tmp_path / "cluster", publisher) as it:
            until(lambda: publisher.answers == 1)
            replica, child = holder(it)
            child.kill()
            replica.kill()

            until(lambda: publisher.answers == 2, within_s=TAKEN_OVER_S)
            publisher.may_answer.set()
            until(lambda: outcomes(it)[-1] == "loaded")

            assert holder_has_changed(it, replica)
            assert outcomes(it) == ["failed", "loaded"]
            assert prices(it) == {1501}


def holder_has_changed(it: Cluster, before: Replica) -> bool:
    """Whether the lease was last held by a child of the other server."""
    (other,) = [each for each in it.replicas if each is not before]
    return pid_of_holder(it) in {child.pid for child in other.etl_children}


@pytest.mark.parametrize("stage", ["download", "load"])
def test_one_that_was_frozen_writes_nothing_when_it_wakes(tmp_path: Path, stage: str):
    """Another takes over within the lease, also where the first one stopped inside its transaction."""
    with publishing(tmp_path, stations=MANY if stage == "load" else 3) as publisher:
        if stage == "download":
            publisher.may_answer.clear()
        with reading(tmp_path / "cluster", publisher) as it:
            until(lambda: ask(it, "SELECT 1 FROM etl_runs WHERE outcome = 'running' AND stage = %s", stage))
            replica, child = holder(it)
            child.send_signal(signal.SIGSTOP)
            publisher.may_answer.set()

            until(lambda: holder_has_changed(it, replica), within_s=TAKEN_OVER_S)
            until(lambda: "loaded" in outcomes(it))
            child.send_signal(signal.SIGCONT)
            until(lambda: re.search("nothing (of this run )?was written", said(replica)))

            assert child.is_running()
            assert outcomes(it) == ["failed", "loaded"]
            assert prices(it) == {1501}
