"""`make cluster`: it says where everything is, shows prices without a network, and leaves nothing running."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest
import requests

from scripts.cluster import leaving
from settings import ROOT
from tests.processes import NO_LISTS, is_gone, until


class Command:
    """A cluster that somebody started by hand."""

    def __init__(self, log: Path, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self._log = log
        until(lambda: "Ctrl-C stops everything" in self.said, within_s=120)
        (self.data,) = map(Path, re.findall(r"host=(\S+)", self.said))
        started = psutil.Process(process.pid).children(recursive=True)
        self.parts = [each.pid for each in started] + [int((self.data / "postmaster.pid").read_text().split()[0])]

    @property
    def said(self) -> str:
        return self._log.read_text()


@contextmanager
def begun(folder: Path, *words: str) -> Iterator[Command]:
    """The command as somebody's shell would start it, on a computer without a network, as far as it can tell."""
    log = folder / "said.txt"
    given = os.environ | {
        "CARBUROAM_FEED_URL": (folder / "no-feed.zip").as_uri(),
        **NO_LISTS,
    }
    with (
        log.open("wb") as output,
        subprocess.Popen(words, cwd=ROOT, env=given, stdout=output, stderr=output, start_new_session=True) as process,
    ):
        try:
            yield Command(log, process)
        finally:
            with suppress(ProcessLookupError):
                process.terminate()
            process.wait(60)
            # Who was killed could not tidy up.
            for left in re.findall(r"^files +(\S+)", log.read_text(), re.MULTILINE):
                shutil.rmtree(left, ignore_errors=True)


@pytest.fixture
def command(tmp_path: Path) -> Iterator[Command]:
    """What `make cluster` runs, by itself."""
    with begun(tmp_path, sys.executable, "-m", "scripts.cluster") as made:
        yield made


def has_prices(command: Command) -> bool:
    """Whether nginx leads to prices, of example stations."""
    (address,) = re.findall(r"^nginx +(\S+)$", command.said, re.MULTILINE)
    return bool(requests.get(f"{address}/healthz", timeout=60).json().get("freshness") == "sample")


def test_ctrl_c_stops_everything(command: Command):
    """Prices are there before; no process and no data are there after."""
    until(lambda: has_prices(command))

    command.process.send_signal(signal.SIGINT)

    assert command.process.wait(60) == 0
    until(lambda: all(map(is_gone, command.parts)))
    assert not command.data.exists()


def test_make_starts_it_and_ends_with_it(tmp_path: Path):
    """As README.md says; Ctrl-C reaches make and all that it started."""
    with begun(tmp_path, "make", "cluster") as command:
        until(lambda: has_prices(command))

        os.killpg(command.process.pid, signal.SIGINT)

        command.process.wait(60)
        until(lambda: all(map(is_gone, command.parts)))
        assert not command.data.exists()


def test_who_is_killed_leaves_nothing_that_lasts(command: Command):
    """Servers and nginx go at once; a base, which is nobody's child, goes when the next one is made."""
    command.process.kill()
    command.process.wait(60)

    until(lambda: all(map(is_gone, command.parts[:-1])))
    another = leaving.folder_for_a_base()
    another.rmdir()
    leaving.forget(another)
    until(lambda: is_gone(command.parts[-1]))
    assert not command.data.exists()
