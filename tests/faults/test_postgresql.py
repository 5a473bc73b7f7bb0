"""PostgreSQL that refuses, is full, fails over: what the ETL and a page say, what is kept, and that both come back."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, make_url, select, text
from sqlalchemy.exc import InternalError

from errors import DatabaseUnavailable
from models import EtlRun, GasType, Price
from pipeline.run import RunResult, run_once
from services.health import health
from session import changing, is_unanswered, make_engine, reading, writing
from sources.fr_prix_carburants import FrPrixCarburants
from tests import processes
from tests.feeds import feed, many, prix, zipped
from tests.postgres import Server
from tests.processes import until

NAME = "fr_prix_carburants"


def _run(on: Engine, folder: Path, euros: str, *, stations: int = 40) -> RunResult:
    extract = zipped(folder / "feed.zip", feed(*many(stations, prix(valeur=euros))))
    return run_once(FrPrixCarburants(), url=extract.as_uri(), on=on)


def _prices(on: Engine) -> set[int]:
    with reading(on) as session:
        return set(session.scalars(select(Price.price)))


def _last_run(on: Engine) -> EtlRun:
    with reading(on) as session:
        return session.scalars(select(EtlRun).order_by(EtlRun.id.desc()).limit(1)).one()


@pytest.fixture
def closed(postgres_server: Server, postgres_database: Engine) -> Iterator[None]:
    """The application's base lets nobody in any more, and has thrown out who was there; open again at the end."""
    name = postgres_database.url.database
    with reading(postgres_database) as session:
        assert session.scalar(select(func.count(GasType.id)))
    postgres_server.execute(f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS false')
    _throw_out(postgres_server, name)
    yield
    _open(postgres_server, name)


def _open(server: Server, name: str | None) -> None:
    server.execute(f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS true')


def _throw_out(server: Server, name: str | None) -> None:
    of_base = f"WHERE datname = '{name}'"
    server.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity {of_base}")  # noqa: S608 - our own name


@pytest.mark.usefixtures("closed")
def test_a_base_that_refuses_is_said_and_used_again_when_it_lets_us_in(
    postgres_server: Server, postgres_database: Engine, tmp_path: Path
):
    """Who reads, who writes, a run and the route of health each say so; with the door open all go on by themselves."""
    with pytest.raises(DatabaseUnavailable), reading(postgres_database) as session:
        session.scalar(select(GasType.id))
    with pytest.raises(DatabaseUnavailable), changing(postgres_database) as session:
        session.scalar(select(GasType.id))
    with pytest.raises(DatabaseUnavailable, match="nothing was written"):
        _run(postgres_database, tmp_path, "1.749")
    assert health()["database"] == "unreadable"
    log = tmp_path / "log"
    with processes.etl("run", log=log, CARBUROAM_DATABASE_URL=_address(postgres_database)) as process:
        assert process.wait(60) == 1
    assert "DatabaseUnavailable" in log.read_text()

    _open(postgres_server, postgres_database.url.database)

    assert _run(postgres_database, tmp_path, "1.749").outcome == "loaded"
    assert health()["database"] == "ok"


def _address(on: Engine) -> str:
    return on.url.render_as_string(hide_password=False)


@pytest.mark.parametrize("table", ["stations", "price_history"])
def test_a_full_base_keeps_its_last_good_state(postgres_database: Engine, tmp_path: Path, table: str):
    """The server says "disk full" in the middle of a load: all of it is undone, told in words; with room it loads.

    The error is raised by a trigger, with the code that a full disk gives: to fill a disk takes a disk of one's own.
    """
    assert _run(postgres_database, tmp_path, "1.749").outcome == "loaded"
    with writing(postgres_database) as session:
        session.execute(
            text(
                "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION "
                "'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$"
            )
        )
        session.execute(text(f"CREATE TRIGGER full_disk BEFORE INSERT ON {table} EXECUTE FUNCTION full_disk()"))

    with pytest.raises(DatabaseUnavailable, match="no room left for the database"):
        _run(postgres_database, tmp_path, "1.699", stations=50)

    assert _prices(postgres_database) == {1749}
    assert _last_run(postgres_database).outcome == "failed"
    assert "no room left" in (_last_run(postgres_database).error or "")
    with writing(postgres_database) as session:
        session.execute(text(f"DROP TRIGGER full_disk ON {table}"))
    assert _run(postgres_database, tmp_path, "1.699", stations=50).outcome == "loaded"


@pytest.mark.parametrize("mode", ["EXCLUSIVE", "ACCESS EXCLUSIVE"], ids=["writing", "reading"])
def test_a_server_that_ends_in_the_middle_of_a_load_costs_that_load(
    postgres_server: Server, postgres_database: Engine, tmp_path: Path, mode: str
):
    """Every connection is cut while the load waits for a lock: the run is recorded as failed, the next one loads."""
    assert _run(postgres_database, tmp_path, "1.749").outcome == "loaded"
    said: list[str] = []

    def load() -> None:
        try:
            said.append(_run(postgres_database, tmp_path, "1.699").outcome)
        except DatabaseUnavailable as error:
            said.append(str(error))

    loading = threading.Thread(target=load)
    holder = postgres_database.connect()
    holder.execute(text(f"LOCK TABLE prices IN {mode} MODE"))
    loading.start()
    until(lambda: _is_waiting(postgres_database))
    _throw_out(postgres_server, postgres_database.url.database)
    loading.join(60)
    holder.invalidate()
    holder.close()

    assert len(said) == 1
    assert "nothing was written" in said[0]
    assert _last_run(postgres_database).outcome == "failed"
    assert _prices(postgres_database) == {1749}
    assert _run(postgres_database, tmp_path, "1.699").outcome == "loaded"
    assert _prices(postgres_database) == {1699}


def _is_waiting(on: Engine) -> bool:
    waits = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with on.connect() as connection:
        return bool(connection.scalar(text(waits)))


def test_a_server_that_became_a_replica_is_left(postgres_server: Server, postgres_database: Engine, tmp_path: Path):
    """It answers pings and takes no writes: reads go on, writes say so, and the next connection is a new one."""
    name = postgres_database.url.database
    assert _run(postgres_database, tmp_path, "1.749").outcome == "loaded"
    postgres_server.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
    postgres_database.dispose()

    with pytest.raises(DatabaseUnavailable, match="read-only"), changing(postgres_database) as session:
        session.execute(text("UPDATE gas_types SET name = name"))
    with pytest.raises(InternalError) as caught, writing(postgres_database) as session:
        session.execute(text("UPDATE gas_types SET name = name"))
    assert is_unanswered(caught.value)
    with pytest.raises(DatabaseUnavailable, match="nothing was written"):
        _run(postgres_database, tmp_path, "1.699")
    assert _prices(postgres_database) == {1749}

    # Old connections go on taking no writes, as those to a former primary do: only new ones meet the new one.
    postgres_server.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = off')
    until(lambda: _writes(postgres_database))
    assert _run(postgres_database, tmp_path, "1.699").outcome == "loaded"


def _writes(on: Engine) -> bool:
    try:
        with changing(on) as session:
            session.execute(text("UPDATE gas_types SET name = name"))
    except DatabaseUnavailable:
        return False
    return True


def test_a_server_that_says_nothing_is_not_waited_for_long():
    """Its host takes the connection and is silent: five seconds, not minutes. What the address says of it stands."""
    with processes.silent_server() as address:
        port = make_url(address).port
        silent = make_engine(f"postgresql+psycopg://someone@127.0.0.1:{port}/base?connect_timeout=2")
        with pytest.raises(DatabaseUnavailable, match="timeout"), reading(silent) as session:
            session.scalar(text("SELECT 1"))
        silent.dispose()
