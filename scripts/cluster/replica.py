"""One server of a cluster: the application as a process of its own, with outputs of its own."""

import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import psutil

from scripts.cluster.leaving import with_us
from settings import ROOT
from tests.processes import free_port, is_gone, until

START_S = 120.0
STOP_S = 30.0


class Replica:
    """A server that can be started, killed, frozen and stopped; `tree` is the code that it runs."""

    def __init__(self, name: str, folder: Path, environment: Mapping[str, str], tree: Path = ROOT) -> None:
        self.name = name
        self.tree = tree
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.outputs = folder / f"{name}-outputs"
        self.log = folder / f"{name}.log"
        self.is_draining = False
        """Whether nginx is to send nobody here any more."""
        self._environment = environment
        self.process: subprocess.Popen[bytes] = self._begin()

    def start(self) -> None:
        """Start it again at the same port, after `kill` or `stop`, and wait until it answers."""
        self.process = self._begin()
        self.wait()

    def wait(self) -> None:
        """Wait until it answers. Raises RuntimeError where it ends instead."""

        def answers() -> bool:
            if self.process.poll() is not None:
                raise RuntimeError(f"{self.name} ended with {self.process.returncode}\n{self.log.read_text()}")
            return self.asked("/_stcore/health")

        until(answers, within_s=START_S)

    @property
    def is_fit(self) -> bool:
        """Whether its health route says that it can serve pages."""
        return self.asked("/healthz")

    def asked(self, path: str) -> bool:
        """Whether it answers with success there, past nginx."""
        try:
            with urlopen(f"{self.address}{path}", timeout=10) as answer:  # noqa: S310 - our own server
                return bool(answer.status == 200)
        except (URLError, OSError):
            return False

    @property
    def etl_children(self) -> list[psutil.Process]:
        """Its ETL child, if there is one now."""
        script = str(self.tree / "etl.py")
        with suppress(psutil.NoSuchProcess):
            return [
                child
                for child in psutil.Process(self.process.pid).children(recursive=True)
                if child.status() != psutil.STATUS_ZOMBIE and script in child.cmdline()
            ]
        return []

    @property
    def connections(self) -> int:
        """How many connections are open to it: pages that somebody looks at, and requests under way."""
        with suppress(psutil.NoSuchProcess):
            open_ones = psutil.Process(self.process.pid).net_connections("tcp")
            return sum(
                each.status == psutil.CONN_ESTABLISHED and bool(each.laddr) and each.laddr.port == self.port
                for each in open_ones
            )
        return 0

    def kill(self) -> None:
        """End it at once, as a power cut would; its child goes with it."""
        left = self.etl_children
        self.thaw()
        self.process.kill()
        self.process.wait()
        until(lambda: all(is_gone(child.pid) for child in left))

    def stop(self) -> None:
        """Ask it to end, as a service manager does; kill it where it does not in time. Idempotent."""
        if self.process.poll() is not None:
            return
        self.thaw()
        self.process.terminate()
        try:
            self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.kill()

    def freeze(self) -> None:
        """Stop it where it stands: it holds its connections and answers nobody."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on. Idempotent."""
        with suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGCONT)

    def _begin(self) -> subprocess.Popen[bytes]:
        self.outputs.mkdir(parents=True, exist_ok=True)
        command = [*with_us(), sys.executable, "-m", "streamlit", "run", "server.py"]
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [*command, "--server.address", "127.0.0.1", "--server.port", str(self.port)],
                cwd=self.tree,
                env={**self._environment, "CARBUROAM_OUTPUTS_DIR": str(self.outputs)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Ctrl-C is for who started the cluster, and stops its parts in order.
                start_new_session=True,
            )
