"""The supervisor of the ETL child: one child, restarted when it dies, its files tidied and nothing else touched."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

import child
from settings import settings
from tests.processes import etl_children, feed, until

DAY_S = 86_400


@pytest.fixture
def outputs(
    sqlite_database: Engine,  # noqa: ARG001 - the child's own base by its settings
    environment: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Iterator[Path]:
    """The outputs folder of an application whose child has a feed to read; no child is left at the end."""
    environment.setenv("CARBUROAM_FEED_URL", feed(tmp_path))
    settings.cache_clear()
    yield settings().outputs_dir
    child.stop()


def _children() -> list[int]:
    return [process.pid for process in etl_children(os.getpid())]


@pytest.mark.usefixtures("outputs")
def test_however_many_ask_there_is_one_child_and_stop_ends_it():
    """Every visitor and every rerun may ask for it, all at once; `stop` comes back when it is gone."""
    threads = [threading.Thread(target=child.start) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    until(child.is_alive)
    child.start()
    time.sleep(0.5)  # a second one would show by now, and the first has survived the threads that asked for it

    assert len(_children()) == 1
    child.stop()
    assert not child.is_alive()
    assert _children() == []
    child.stop()


def test_it_writes_to_files_of_its_own(outputs: Path):
    """What the child says is found under outputs/, not in the server's terminal."""
    with child.running():
        until(lambda: any("outcome=loaded" in file.read_text() for file in outputs.glob("stdout_*.txt")))

    assert len(list(outputs.glob("stderr_*.txt"))) == 1


@pytest.mark.usefixtures("outputs")
def test_a_killed_child_is_started_again():
    """kill -9 of the child: the next one comes after a moment and finds nothing in its way."""
    with child.running():
        until(child.is_alive)
        (first,) = _children()
        os.kill(first, signal.SIGKILL)

        until(lambda: child.is_alive() and _children() not in ([], [first]), within_s=60)


@pytest.mark.usefixtures("outputs")
def test_it_can_be_stopped_while_it_waits_to_start_the_next():
    """A child that will not live must not hold the end of the server."""
    child.start()
    until(child.is_alive)
    os.kill(_children()[0], signal.SIGKILL)
    until(lambda: not child.is_alive())

    started = time.monotonic()
    child.stop()

    assert time.monotonic() - started < 1
    assert _children() == []


def test_settings_can_switch_it_off(outputs: Path, environment: pytest.MonkeyPatch):
    """A deployment may run the ETL by itself."""
    environment.setenv("CARBUROAM_START_ETL", "false")
    settings.cache_clear()

    child.start()

    assert not child.is_alive()
    assert not outputs.exists()


def test_old_output_files_go_and_nothing_else_is_touched(outputs: Path):
    """The base, the store and the mails live in the same folder."""
    old = ["stdout_1.txt", "stderr_1.txt"]
    kept = ["base/carburoam.sqlite3", "base/stdout_1.txt", "store/stderr_9.txt", "stdout.txt", "stdout_1.log",
            "notes_stdout_1.txt", "README.md"]  # fmt: skip
    current, fresh = outputs / "stdout_2.txt", outputs / "stderr_3.txt"
    for file in (*(outputs / name for name in (*old, *kept)), current, fresh):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("x")
        if file != fresh:
            os.utime(file, (time.time() - 2 * DAY_S,) * 2)
    (outputs / "stdout_folder.txt").mkdir()
    os.utime(outputs / "stdout_folder.txt", (1, 1))

    child.purge(outputs, older_than=timedelta(days=1), keep=(current,))

    left = {str(file.relative_to(outputs)) for file in outputs.rglob("*") if file.is_file()}
    assert left == {*kept, current.name, fresh.name}
    assert (outputs / "stdout_folder.txt").is_dir()


def test_the_files_of_a_quiet_child_stay_fresh(outputs: Path, environment: pytest.MonkeyPatch):
    """It may write nothing for days; another server on the folder must see that its files are in use."""
    environment.setenv("CARBUROAM_LOG_DAYS", str(2 / DAY_S))
    settings.cache_clear()
    outputs.mkdir()
    old = outputs / "stderr_old.txt"
    old.write_text("x")
    os.utime(old, (1, 1))

    with child.running():
        until(lambda: child.is_alive() and not old.exists())
        (current,) = outputs.glob("stderr_*.txt")
        time.sleep(3)
        assert current.exists()
        assert time.time() - current.stat().st_mtime < 2
