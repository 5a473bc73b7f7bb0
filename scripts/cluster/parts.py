"""The whole cluster: its parts in their order, and what one does to it."""

import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from subprocess import run

from scripts.cluster.nginx import Nginx
from scripts.cluster.postgres import Postgres, postgres
from scripts.cluster.replica import Replica
from settings import ROOT
from tests.processes import until
from tests.stores import moto, s3_environment


class Cluster:
    """A running cluster. nginx sends visitors to those of `replicas` that are not draining."""

    def __init__(self, folder: Path, postgres: Postgres, nginx: Nginx, environment: dict[str, str]) -> None:
        self.folder = folder
        self.postgres = postgres
        self.nginx = nginx
        self.environment = environment
        """All variables of a process that works on the same base and store, as the servers do."""
        self.replicas: list[Replica] = []
        self._started = 0

    @property
    def address(self) -> str:
        """Where visitors come in."""
        return self.nginx.address

    @property
    def port(self) -> int:
        """The port of that address."""
        return self.nginx.port

    @property
    def database_url(self) -> str:
        """The address of its base."""
        return self.environment["CARBUROAM_DATABASE_URL"]

    @property
    def store_url(self) -> str:
        """The address of its credentials store."""
        return self.environment["CARBUROAM_STORE_URL"]

    def start_replica(self, tree: Path = ROOT, **environment: str) -> Replica:
        """One more server, of the code in `tree`; it answers, and gets visitors after `reload`."""
        replica = self.begin_replica(tree, **environment)
        replica.wait()
        return replica

    def begin_replica(self, tree: Path = ROOT, **environment: str) -> Replica:
        """The same without waiting until it answers."""
        self._started += 1
        replica = Replica(f"app-{self._started}", self.folder, self.environment | environment, tree)
        self.replicas.append(replica)
        return replica

    def reload(self) -> None:
        """Tell nginx which servers there are; nobody who is connected loses anything."""
        fit = [replica.port for replica in self.replicas if not replica.is_draining]
        self.nginx.reload(fit, [replica.port for replica in self.replicas])

    def drain(self, replica: Replica, *, within_s: float) -> bool:
        """Send nobody new there and wait until its pages are left; False where some still are after that time."""
        replica.is_draining = True
        self.reload()
        try:
            until(lambda: replica.connections == 0, within_s=within_s)
        except AssertionError:
            return False
        return True

    def remove(self, replica: Replica) -> None:
        """Stop it and forget it."""
        self.replicas.remove(replica)
        self.reload()
        replica.stop()


@contextmanager
def cluster(folder: Path, replicas: int = 2, **environment: str) -> Iterator[Cluster]:
    """A cluster with all its files but PostgreSQL's below `folder`; `environment` is for its servers.

    Of the variables of this process none that configures the application reaches it. All has stopped at the end.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as parts:
        base = parts.enter_context(postgres())
        keys = s3_environment(parts.enter_context(moto()))
        given = {
            **clean_environment(),
            **keys,
            "CARBUROAM_DATABASE_URL": base.address,
            "CARBUROAM_SECRET": secrets.token_hex(32),
            "STREAMLIT_SERVER_COOKIE_SECRET": secrets.token_hex(32),
            **environment,
        }
        nginx = Nginx(folder)
        parts.callback(nginx.stop)
        made = Cluster(folder, base, nginx, given)
        for before in ("deploy/bucket.py", "etl.py prepare"):
            _run(before.split(), given)
        parts.callback(lambda: _stop(made.replicas))
        for _ in range(replicas):
            made.begin_replica()
        for replica in made.replicas:
            replica.wait()
        made.reload()
        yield made


def _stop(replicas: list[Replica]) -> None:
    # All are told before one is waited for: each takes its seconds.
    for replica in replicas:
        if replica.process.poll() is None:
            replica.thaw()
            replica.process.terminate()
    for replica in replicas:
        replica.stop()


def _run(words: list[str], environment: dict[str, str]) -> None:
    done = run([sys.executable, *words], cwd=ROOT, env=environment, check=False, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(words)} ended with {done.returncode}\n{done.stdout}{done.stderr}")


def clean_environment() -> dict[str, str]:
    """The variables of this process without those that configure the application."""
    ours = ("CARBUROAM_", "AWS_", "STREAMLIT_")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}
