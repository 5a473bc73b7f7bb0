"""Nothing of a cluster outlives the process that started it, however that one ends."""

import contextlib
import os
import shutil
import signal
import tempfile
from pathlib import Path

import psutil

NAME = "carburoam-cluster-base-"


def with_us() -> list[str]:
    """What goes before a command so that it is told to end when this process does, where the system knows how.

    Linux means the thread that started it: start the parts of a cluster in one that lives as long as it.
    """
    found = shutil.which("setpriv")
    return [found, "--pdeathsig", "TERM", "--"] if found else []


def folder_for_a_base() -> Path:
    """A new folder for the data of a PostgreSQL, with this process as its owner.

    A PostgreSQL is nobody's child: those whose owner was killed are stopped first, and their data removed.
    """
    for owner in Path(tempfile.gettempdir()).glob(f"{NAME}*.owner"):
        with contextlib.suppress(OSError, ValueError):
            if not psutil.pid_exists(int(owner.read_text())):
                _stop(owner.with_suffix(""))
                owner.unlink()
    made = Path(tempfile.mkdtemp(prefix=NAME))
    made.with_suffix(".owner").write_text(str(os.getpid()))
    return made


def forget(folder: Path) -> None:
    """The base of this folder is gone."""
    folder.with_suffix(".owner").unlink(missing_ok=True)


def _stop(data: Path) -> None:
    with contextlib.suppress(OSError, psutil.NoSuchProcess):
        postmaster = psutil.Process(int((data / "postmaster.pid").read_text().split()[0]))
        if "postgres" in postmaster.name():
            postmaster.send_signal(signal.SIGQUIT)
            psutil.wait_procs([postmaster], timeout=10)
    shutil.rmtree(data, ignore_errors=True)
