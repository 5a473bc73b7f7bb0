"""The real server as a process of its own, for tests."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import requests

from settings import ROOT
from tests.processes import NO_LISTS, etl_children, feed, free_port, is_gone, until


class Server:
    """A server under test."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
        self.process = process
        self.port = port
        self.log = log

    def ask(self, path: str, **headers: str) -> requests.Response:
        """The answer to a GET, its body as it came over the wire; `_` in a header's name is `-`."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return requests.get(
            f"http://127.0.0.1:{self.port}{path}",
            headers={"accept-encoding": "identity", **named},
            stream=True,
            timeout=20,
            allow_redirects=False,
        )

    @property
    def children(self) -> list[psutil.Process]:
        return etl_children(self.process.pid)


@contextmanager
def serving(folder: Path, script: str = "server.py", **environment: str) -> Iterator[Server]:
    """The application as `make run` starts it, with everything it writes below `folder`."""
    port, log = free_port(), folder / "server.log"
    folder.mkdir(parents=True, exist_ok=True)
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CARBUROAM_")}
    ours = {
        "CARBUROAM_OUTPUTS_DIR": str(folder / "outputs"),
        "CARBUROAM_FEED_URL": feed(folder),
        **NO_LISTS,
    }
    with (
        log.open("wb") as output,
        subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", script, "--server.port", str(port)],
            cwd=ROOT,
            env=clean | ours | environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        ) as process,
    ):
        server = Server(process, port, log)
        try:
            until(lambda: answers(server), within_s=90)
            yield server
        finally:
            left = server.children
            process.kill()
            process.wait(10)
            until(lambda: all(is_gone(child.pid) for child in left))


def answers(server: Server) -> bool:
    assert server.process.poll() is None, server.log.read_text()
    try:
        return server.ask("/_stcore/health").ok
    except requests.ConnectionError:
        return False
