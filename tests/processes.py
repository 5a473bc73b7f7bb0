"""Real processes for tests: the ETL as a child would run, feeds to read, and patience with a limit."""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from zipfile import ZipFile

import psutil

from services.data_state import LISTS
from settings import ROOT

ETL = str(ROOT / "etl.py")
NO_LISTS = {f"CARBUROAM_SOURCES__{name.upper()}__IS_ON": "false" for name in LISTS}
"""Settings of who reads prices and asks nobody for names of brands and of towns."""


def until(is_so: Callable[[], object], *, within_s: float = 60.0) -> float:
    """Wait until it is so; how long that took. Fails after the limit."""
    started = time.monotonic()
    while not is_so():
        assert time.monotonic() - started < within_s, "it did not come to pass in time"
        time.sleep(0.05)
    return time.monotonic() - started


def busy() -> float:
    """How many things each core of this machine does at once: seconds are promised for one that does only this."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def feed(folder: Path, *, stations: int = 3, price: str = "1.700", name: str = "feed.zip") -> str:
    """The address of a feed in the publisher's format, with one diesel price a station."""
    rows = "".join(
        f'<pdv id="{1_000_000 + number}" latitude="{4_600_000 + number * 7}" longitude="{200_000 + number * 11}"'
        f' cp="01000" pop="R"><adresse>{number} RUE</adresse><ville>BOURG</ville>'
        f'<prix nom="Gazole" id="1" maj="2025-02-07 06:00:00" valeur="{price}"/>'
        f'<prix nom="E10" id="5" maj="2025-02-07 06:00:00" valeur="{price}"/></pdv>'
        for number in range(stations)
    )
    file = folder / name
    with ZipFile(file, "w") as archive:
        archive.writestr("feed.xml", f'<?xml version="1.0" encoding="ISO-8859-1"?><pdv_liste>{rows}</pdv_liste>')
    return file.as_uri()


@contextmanager
def etl(*arguments: str, log: Path, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """`etl.py` as a process of its own, its output in the file `log`; it is gone at the end."""
    with (
        log.open("ab") as output,
        subprocess.Popen(
            [sys.executable, ETL, *arguments],
            env=os.environ | environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        ) as process,
    ):
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def silent_server() -> Iterator[str]:
    """The address of a feed whose server takes the request and never answers."""
    held: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            with suppress(OSError):
                while True:
                    held.append(server.accept()[0])

        threading.Thread(target=accept, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/feed.zip"
        # Closing a socket does not wake the thread that waits on it.
        server.shutdown(socket.SHUT_RDWR)
    for connection in held:
        connection.close()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


def is_gone(pid: int) -> bool:
    """Whether the process has ended; one that nobody has asked for its exit code yet counts as ended."""
    with suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    return True


def etl_children(pid: int) -> list[psutil.Process]:
    """The ETL children of a process."""
    with suppress(psutil.NoSuchProcess):
        return [
            process
            for process in psutil.Process(pid).children(recursive=True)
            if process.status() != psutil.STATUS_ZOMBIE and ETL in process.cmdline()
        ]
    return []
