"""One engine for a process, one short session for a unit of work. Importing this opens nothing."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event, insert, inspect, make_url, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.interfaces import DBAPIConnection, ExceptionContext
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, InternalError, OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from errors import DatabaseUnavailable
from models import Base, GasType
from records import Fuel
from settings import ROOT, settings
from tables.compatibility import obstacles

log = logging.getLogger(__name__)

BUSY_TIMEOUT_S = 15
# A page does not wait for the ETL's load to note something by the way.
PATIENCE_MS = 50
# A PostgreSQL that vanished says nothing: without these, libpq waits for minutes. What the address names is kept.
PATIENCE = {
    "connect_timeout": 5,
    "tcp_user_timeout": 10_000,
    "keepalives_idle": 30,
    "keepalives_interval": 5,
    "keepalives_count": 3,
}
# A server that was made a replica takes no writes any more; the one that does is found by a new connection.
READ_ONLY = "25006"
# The base's own trouble; a fault of ours (a wrong statement, a broken rule) is another kind.
IN_TROUBLE = (OperationalError, InterfaceError, InternalError)
# Any number does, as long as every process of the application asks for the same one.
MIGRATION_LOCK = 7_300_117

MIGRATIONS = ROOT / "migrations"

# The French names; other languages translate them on the page.
GAS_TYPE_NAMES = {
    Fuel.DIESEL: "Gazole",
    Fuel.SP95: "SP95",
    Fuel.E85: "E85",
    Fuel.LPG: "GPLc",
    Fuel.E10: "E10",
    Fuel.SP98: "SP98",
}
# Both dialects spell ON CONFLICT alike, but each wants its own insert().
INSERT: dict[str, Callable[[type[Base]], sqlite.Insert | postgresql.Insert]] = {
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
}


@lru_cache(maxsize=1)
def engine() -> Engine:
    """The engine of this process, made on first use."""
    return make_engine(settings().database)


def make_engine(address: str) -> Engine:
    """An engine as the application wants it: WAL and foreign keys on SQLite, explicit BEGIN everywhere.

    Raises DatabaseUnavailable where the address is none.
    """
    try:
        return _made(make_url(address))
    # A port that is no number is a ValueError.
    except (ArgumentError, ImportError, ValueError) as error:
        raise DatabaseUnavailable(f"CARBUROAM_DATABASE_URL cannot be used: {error}") from error


def _made(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        patience = {name: value for name, value in PATIENCE.items() if name not in url.query}
        made = create_engine(url, pool_pre_ping=True, connect_args=patience)
        event.listen(made, "handle_error", _leave_replica)
        return made
    # A relative file means the same one for the server, its child and a command line, wherever they are started.
    url = url.set(database=str(ROOT / (url.database or "")))
    # isolation_level None: the driver starts no transaction of its own, `_begin` below says which kind.
    made = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_S, "isolation_level": None})
    event.listen(made, "connect", _prepare_sqlite)
    event.listen(made, "begin", _begin)
    return made


@contextmanager
def reading(on: Engine | None = None) -> Iterator[Session]:
    """A session that only reads: one consistent view of the base, nothing to commit. Raises DatabaseUnavailable."""
    try:
        with Session(on or engine()) as session:
            yield session
    except DBAPIError as error:
        raise DatabaseUnavailable(str(error.orig)) from error


@contextmanager
def writing(on: Engine | None = None) -> Iterator[Session]:
    """A session that commits, or rolls back, as a whole.

    On SQLite its first statement takes the write lock: a transaction that reads first and writes later is refused
    without waiting when another process wrote in between.
    """
    with (
        Session((on or engine()).execution_options(immediate=True), expire_on_commit=False) as session,
        session.begin(),
    ):
        yield session


@contextmanager
def changing(on: Engine | None = None) -> Iterator[Session]:
    """As `writing`, for a person who waits: raises DatabaseUnavailable where the base is busy or does not answer."""
    try:
        with writing(on) as session:
            yield session
    except IN_TROUBLE as error:
        raise DatabaseUnavailable(str(error.orig)) from error


@contextmanager
def writing_if_free(on: Engine) -> Iterator[Session]:
    """Like `writing`, for what a page notes by the way: where another process writes, it gives up within 50 ms.

    Raises DBAPIError then.
    """
    with on.connect() as connection:
        is_sqlite = connection.dialect.name == "sqlite"
        if is_sqlite:
            connection.connection.cursor().execute(f"PRAGMA busy_timeout={PATIENCE_MS}")
        try:
            connection.execution_options(immediate=True)
            with connection.begin(), Session(connection) as session:
                yield session
                session.flush()
        finally:
            if is_sqlite:
                connection.connection.cursor().execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_S * 1000}")


def prepare(on: Engine | None = None) -> None:
    """Make the database where it is missing, bring its schema up to date and seed it. Idempotent, safe in parallel.

    Raises DatabaseUnavailable where the database cannot be opened, created or migrated.
    """
    chosen = on or engine()
    if _is_current(chosen):
        return
    try:
        _create_where_missing(chosen)
        _migrate(chosen)
    except (DBAPIError, OSError) as error:
        raise DatabaseUnavailable(f"{chosen.url.render_as_string(hide_password=True)}: {error}") from error


def newest_revision() -> str:
    """The revision that a migrated base is at: the number that the last file of migrations/versions begins with."""
    return max(file.name.partition("_")[0] for file in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def _is_current(chosen: Engine) -> bool:
    # Nearly every start finds a base that is up to date; Alembic takes a quarter of a second and 20 MB to say so.
    try:
        with chosen.connect() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return False
            at = connection.scalar(text("SELECT version_num FROM alembic_version"))
            return at == newest_revision() and set(connection.scalars(select(GasType.id))) >= set(GAS_TYPE_NAMES)
    except DBAPIError:
        # There is no database yet, or none that answers: the long way finds out which.
        return False


def _create_where_missing(chosen: Engine) -> None:
    if chosen.dialect.name == "sqlite":
        if chosen.url.database:
            Path(chosen.url.database).parent.mkdir(parents=True, exist_ok=True)
        return
    # Imported here: it is needed at start only, and costs the child memory.
    from sqlalchemy_utils import create_database, database_exists  # noqa: PLC0415

    # These make connections of their own.
    url = chosen.url.update_query_dict({"connect_timeout": str(PATIENCE["connect_timeout"])} | dict(chosen.url.query))
    if not database_exists(url):
        try:
            create_database(url)
        except DBAPIError:
            # Another process was quicker, or we may not create one: only the first is fine.
            if not database_exists(url):
                raise


def _migrate(chosen: Engine) -> None:
    # Imported here: importing this module must stay cheap for readers.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415
    from alembic.util import CommandError  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    with chosen.connect() as connection, _schema_lock(connection):
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            # The base is at a revision that this code does not know: a newer version of the application was started.
            if lacking := obstacles(connection, Base.metadata):
                told = f"{chosen.url.render_as_string(hide_password=True)}: {error}; {', '.join(lacking)}"
                raise DatabaseUnavailable(told) from error
            log.warning("%s; the base has all that this version needs: it goes on working with it", error)
        _seed(connection)


def _seed(connection: Connection) -> None:
    known = set(connection.scalars(select(GasType.id)))
    for fuel, name in GAS_TYPE_NAMES.items():
        if fuel.value not in known:
            connection.execute(insert(GasType).values(id=fuel.value, xml_id=fuel.value, name=name))


@contextmanager
def _schema_lock(connection: Connection) -> Iterator[None]:
    """One transaction that no other migrating process shares; two that migrate at once need one lock."""
    if connection.dialect.name != "sqlite":
        with connection.begin():
            connection.execute(select(text(f"pg_advisory_xact_lock({MIGRATION_LOCK})")))
            yield
        return
    # A rebuild of a table drops the old one, and with foreign keys on that deletes its children by cascade.
    # SQLite ignores the pragma inside a transaction, so it comes before BEGIN.
    connection.connection.cursor().execute("PRAGMA foreign_keys=OFF")
    connection.execution_options(immediate=True)
    try:
        with connection.begin():
            yield
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
            if broken:
                raise DatabaseUnavailable(f"the migration would leave {len(broken)} rows without their parent")
    finally:
        connection.connection.cursor().execute("PRAGMA foreign_keys=ON")


def _prepare_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    # The dashboard reads while the ETL process writes: WAL lets both go on.
    cursor.execute("PRAGMA journal_mode=WAL")
    # WAL with NORMAL survives a killed process; only a power cut may lose the last commit, which the feed repeats.
    cursor.execute("PRAGMA synchronous=NORMAL")
    # Off by default in SQLite, and PostgreSQL would catch what SQLite let pass.
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _begin(connection: Connection) -> None:
    is_immediate = connection.get_execution_options().get("immediate", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_immediate else "BEGIN")


def _leave_replica(context: ExceptionContext) -> None:
    # A ping succeeds there: without this the pool would keep its connections to it for ever.
    if getattr(context.original_exception, "sqlstate", None) == READ_ONLY:
        context.is_disconnect = True


def is_unanswered(error: BaseException) -> bool:
    """Whether it says that the base does not answer, or not in time; whoever wrote may try again later."""
    return isinstance(error, (DatabaseUnavailable, *IN_TROUBLE))


def is_locked(error: DBAPIError) -> bool:
    """Whether SQLite gave up waiting for another writer."""
    return "database is locked" in str(error.orig)


def insert_into(model: type[Base], on: Session | Connection) -> sqlite.Insert | postgresql.Insert:
    """An insert that knows `on_conflict_do_update` and `on_conflict_do_nothing`, for the database of `on`."""
    bind = on.get_bind() if isinstance(on, Session) else on
    return INSERT[bind.dialect.name](model)
