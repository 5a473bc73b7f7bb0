"""The ETL as the processes that it is: started, told to end, killed, two at once."""

import os
import pty
import re
import signal
import sqlite3
import subprocess
import sys
import termios
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

import psutil
import pytest
from sqlalchemy import Engine, func, select

import etl
from models import EtlRequest, EtlRun, Lease, Price, Station
from pipeline import orders
from session import reading, writing
from settings import ROOT, settings
from tests.processes import busy, feed, is_gone, silent_server, until
from tests.processes import etl as etl_process

DEAD_FEED = "http://127.0.0.1:1/x"


def _outcomes(database: Engine) -> list[str]:
    with reading(database) as session:
        return list(session.scalars(select(EtlRun.outcome).where(EtlRun.source != "sample").order_by(EtlRun.id)))


def _stations(database: Engine) -> Counter[str]:
    with reading(database) as session:
        return Counter(session.scalars(select(Station.source)))


def _prices(database: Engine) -> set[int]:
    with reading(database) as session:
        return set(session.scalars(select(Price.price)))


def _is_leased(database: Engine) -> bool:
    with reading(database) as session:
        return session.scalar(select(func.count()).where(Lease.name.startswith("etl:"), Lease.expires_at > 0)) != 0


def test_a_person_may_accept_a_feed_that_shrank(
    sqlite_database: Engine, environment: pytest.MonkeyPatch, tmp_path: Path
):
    """Refused by itself, and with a non-zero exit code; taken when somebody says so."""
    environment.setenv("CARBUROAM_FEED_URL", feed(tmp_path, stations=9))
    settings.cache_clear()
    assert etl.main(["run"]) == 0
    environment.setenv("CARBUROAM_FEED_URL", feed(tmp_path, stations=2, name="shrunk.zip"))
    settings.cache_clear()

    assert etl.main(["run"]) == 1
    assert etl.main(["run", "--accept-losses"]) == 0
    assert _outcomes(sqlite_database) == ["loaded", "refused", "loaded"]


@pytest.mark.parametrize("command", [[], ["run"], ["watch"], ["prepare"], ["create-admin"]])
def test_each_command_explains_itself(command: list[str], capsys: pytest.CaptureFixture[str]):
    """`--help` for all."""
    with pytest.raises(SystemExit) as ended:
        etl.main([*command, "--help"])

    assert ended.value.code == 0
    assert "usage: etl.py" in capsys.readouterr().out


def test_a_run_loads_the_feed_without_anything_that_draws(sqlite_database: Engine, tmp_path: Path):
    """One run in a process of its own: prices are in the base, and neither Streamlit nor pandas in memory."""
    script = (
        "import sys, etl; code = etl.main(['run']);"
        "print('DRAWS', sorted({'streamlit', 'pandas', 'numpy'} & sys.modules.keys())); sys.exit(code)"
    )

    ended = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=os.environ | {"CARBUROAM_FEED_URL": feed(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 0, ended.stderr
    assert "DRAWS []" in ended.stdout
    assert _outcomes(sqlite_database) == ["loaded"]
    assert _prices(sqlite_database) == {1700}
    assert not _is_leased(sqlite_database)
    runs = {line.split("run=")[1].split()[0] for line in ended.stdout.splitlines() if "source=" in line}
    assert len(runs) == 1, "the lines of one run carry one id"
    assert re.fullmatch(r"[0-9a-f]{8}", runs.pop())


@pytest.mark.usefixtures("sqlite_database")
def test_a_run_on_a_terminal_draws_a_bar(tmp_path: Path):
    """A person at a terminal sees how far it is; a file gets plain lines (above)."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 100))

    with subprocess.Popen(
        [sys.executable, str(ROOT / "etl.py"), "run", "fr_prix_carburants"],
        env=os.environ | {"CARBUROAM_FEED_URL": feed(tmp_path, stations=1200)},
        stdout=subprocess.PIPE,
        stderr=theirs,
    ) as process:
        plain = process.stdout.read() if process.stdout else b""
    os.close(theirs)
    drawn = os.read(ours, 100_000).decode()
    os.close(ours)

    assert process.returncode == 0
    assert "fr_prix_carburants read:" in drawn
    assert b"stage=" not in plain


def test_a_run_without_a_feed_says_so_by_its_exit_code(sqlite_database: Engine, tmp_path: Path):
    """A script that calls `etl.py run` must notice."""
    with etl_process(
        "run", log=tmp_path / "log", CARBUROAM_FEED_URL=DEAD_FEED, CARBUROAM_DOWNLOAD_TRIES="1"
    ) as process:
        assert process.wait(60) == 1

    assert _outcomes(sqlite_database) == ["unreachable"]
    assert _stations(sqlite_database) == {}


def test_watch_runs_now_then_on_order_and_a_fresh_start_repeats_nothing(sqlite_database: Engine, tmp_path: Path):
    """A deployment that restarts does not ask the publisher again; an admin who asks for a run gets one at once."""
    log = tmp_path / "log"
    address = feed(tmp_path)

    with etl_process("watch", log=log, CARBUROAM_FEED_URL=address) as process:
        until(lambda: _outcomes(sqlite_database) == ["loaded"])
        process.send_signal(signal.SIGTERM)
        assert process.wait(5) == 0
    with etl_process("watch", log=log, CARBUROAM_FEED_URL=address) as process:
        until(lambda: "ran a short while ago" in log.read_text())
        assert _outcomes(sqlite_database) == ["loaded"]
        with writing(sqlite_database) as session:
            orders.place(session, orders.RUN)
        assert until(lambda: _outcomes(sqlite_database) == ["loaded", "unchanged"]) < 4
        with reading(sqlite_database) as session:
            assert session.scalars(select(EtlRequest)).one().picked_up_at is not None
        process.send_signal(signal.SIGINT)
        assert process.wait(5) == 0
    assert not _is_leased(sqlite_database)


def test_the_sample_fills_an_empty_base_until_a_real_run_succeeds(sqlite_database: Engine, tmp_path: Path):
    """No network: example stations after the first failed try. The feed is back: they are gone, whole."""
    with etl_process("watch", log=tmp_path / "log", CARBUROAM_FEED_URL=DEAD_FEED):
        until(lambda: _stations(sqlite_database).keys() == {"sample"}, within_s=60)

    with etl_process("run", log=tmp_path / "log", CARBUROAM_FEED_URL=feed(tmp_path)) as process:
        # What was killed above may hold its lease; it is not waited for here.
        with writing(sqlite_database) as session:
            session.query(Lease).update({"expires_at": 0})
        assert process.wait(60) == 0, (tmp_path / "log").read_text()

    assert _stations(sqlite_database) == {"fr_prix_carburants": 3}


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_a_hung_download_does_not_hold_the_end(told: signal.Signals, sqlite_database: Engine, tmp_path: Path):
    """The publisher's server says nothing; the process ends within five seconds and gives its lease back."""
    with silent_server() as address, etl_process("watch", log=tmp_path / "log", CARBUROAM_FEED_URL=address) as process:
        until(lambda: _is_leased(sqlite_database))
        time.sleep(0.3)  # into the download
        process.send_signal(told)

        assert until(lambda: process.poll() is not None) < 5 * busy()
        assert process.returncode == 0
    assert not _is_leased(sqlite_database)


def test_killed_in_the_middle_of_a_load_loses_nothing(sqlite_database: Engine, tmp_path: Path):
    """kill -9 while the load's transaction is open: the last good state stays, and the next run succeeds.

    The lease of the killed process blocks the next for no longer than it lasts.
    """
    log = tmp_path / "log"
    lasts = {"CARBUROAM_LEASE_LASTS": "PT2S"}
    first, second = feed(tmp_path, stations=8_000), feed(tmp_path, stations=8_000, price="1.800", name="second.zip")
    with etl_process("run", log=log, CARBUROAM_FEED_URL=first, **lasts) as process:
        assert process.wait(60) == 0

    log.write_text("")
    with etl_process("run", log=log, CARBUROAM_FEED_URL=second, **lasts) as process:
        until(lambda: "stage=load done=0" in log.read_text() and _is_locked(sqlite_database))
        process.kill()
        killed_at = time.monotonic()
        process.wait(5)

    assert _prices(sqlite_database) == {1700}
    assert _outcomes(sqlite_database) == ["loaded", "running"]
    while True:
        with etl_process("run", log=log, CARBUROAM_FEED_URL=second, **lasts) as process:
            started = time.monotonic()
            if process.wait(60) == 0:
                break
        assert started - killed_at < 2 + 2, "the lease of the dead blocks the living"
    assert _outcomes(sqlite_database) == ["loaded", "failed", "loaded"]
    assert _prices(sqlite_database) == {1800}


def _is_locked(database: Engine) -> bool:
    with closing(sqlite3.connect(str(database.url.database), timeout=0, isolation_level=None)) as connection:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return True
        else:
            return False


def test_of_two_on_one_base_one_works_and_the_other_takes_over(postgres_database: Engine, tmp_path: Path):
    """The holder hangs in a download and is killed: the other, idle until then, works after the lease has ended."""
    log, lasts = tmp_path / "second.log", {"CARBUROAM_LEASE_LASTS": "PT2S"}
    with (
        silent_server() as address,
        etl_process("watch", log=tmp_path / "first.log", CARBUROAM_FEED_URL=address, **lasts) as first,
    ):
        until(lambda: _outcomes(postgres_database) == ["running"])
        with etl_process("watch", log=log, CARBUROAM_FEED_URL=feed(tmp_path), **lasts):
            until(lambda: "watching" in log.read_text())
            time.sleep(3.5)  # longer than the life of a lease: the heartbeat keeps it
            assert _outcomes(postgres_database) == ["running"]

            first.kill()

            assert until(lambda: _outcomes(postgres_database) == ["failed", "loaded"]) < 8


def test_it_ends_when_its_parent_was_killed(sqlite_database: Engine, tmp_path: Path):
    """kill -9 leaves the parent no chance to say anything."""
    parent = (
        "import os, subprocess, sys, time;"
        "child = subprocess.Popen([sys.executable, sys.argv[1], 'watch', '--parent', str(os.getpid())]);"
        "print(child.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", parent, str(ROOT / "etl.py")],
        env=os.environ | {"CARBUROAM_FEED_URL": feed(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout
        child = int(process.stdout.readline())
        until(lambda: _outcomes(sqlite_database) == ["loaded"])
        process.kill()

        until(lambda: is_gone(child), within_s=30)


def test_it_does_not_start_for_a_parent_that_is_gone_already(sqlite_database: Engine, tmp_path: Path):
    """The server died between the fork and our first look: the one way in which no signal ever comes."""
    stranger = next(pid for pid in range(2**22, 1, -1) if not psutil.pid_exists(pid))

    with etl_process("watch", "--parent", str(stranger), log=tmp_path / "log") as process:
        assert process.wait(60) == 0

    assert _outcomes(sqlite_database) == []
