"""Opening, creating, migrating and seeding the base, on both databases and by many processes at once."""

import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, func, inspect, select, text
from sqlalchemy.exc import OperationalError

import session
from errors import DatabaseUnavailable
from models import Base, CustomStation, GasType, Station, User
from records import Fuel
from settings import ROOT, settings
from tests.postgres import Server

NOON = datetime(2025, 2, 7, 12, tzinfo=UTC)
NEWEST = session.newest_revision()
NEXT = f"{int(NEWEST) + 1:04}"
# A process that has imported everything and waits for the shot.
STARTER = "import session; print('ready', flush=True); input(); session.prepare(); print('done')"
TOGETHER = 6


@pytest.fixture(params=["sqlite", "postgres"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database that does not exist yet, on each kind in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'not' / 'yet' / 'base.sqlite3'}"
    made: str = request.getfixturevalue("postgres_address")
    return made


def _names(on: Engine) -> dict[int, str]:
    with session.reading(on) as reader:
        return {kind.id: kind.name for kind in reader.scalars(select(GasType))}


def test_a_missing_database_is_made_migrated_and_seeded(address: str):
    """The first start on an empty machine needs no preparation by hand."""
    made = session.make_engine(address)
    session.prepare(made)

    assert _names(made) == {1: "Gazole", 2: "SP95", 3: "E85", 4: "GPLc", 5: "E10", 6: "SP98"}
    made.dispose()


def test_preparing_again_changes_nothing(database: Engine):
    """Every start prepares; the second one finds all done."""
    session.prepare(database)
    before = _names(database)
    session.prepare(database)

    assert _names(database) == before
    assert set(before) == {fuel.value for fuel in Fuel}


def test_a_fuel_that_the_base_lacks_is_added(database: Engine):
    """A fuel added by a later version appears although the schema is already current."""
    with session.writing(database) as writer:
        writer.execute(text("DELETE FROM gas_types WHERE id = 6"))
    session.prepare(database)

    assert _names(database)[6] == "SP98"


@pytest.mark.usefixtures("sqlite_database")
def test_a_prepared_base_needs_no_alembic():
    """Importing Alembic costs a quarter of a second, and nearly every start finds nothing to do."""
    script = "import session, sys; session.prepare(); print('alembic' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["False"]


def test_many_processes_may_start_at_once(address: str, environment: pytest.MonkeyPatch):
    """App and ETL start together, perhaps on several machines: one migrates, all go on."""
    environment.setenv("CARBUROAM_DATABASE_URL", address)
    starters = [
        subprocess.Popen(
            [sys.executable, "-c", STARTER],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(TOGETHER)
    ]
    for starter in starters:
        assert starter.stdout
        assert starter.stdout.readline() == "ready\n"
    for starter in starters:
        assert starter.stdin
        starter.stdin.write("go\n")
        starter.stdin.flush()
    ends = [starter.communicate(timeout=60) for starter in starters]

    assert ends == [("done\n", "")] * TOGETHER
    made = session.make_engine(address)
    assert len(_names(made)) == len(Fuel)
    made.dispose()


def test_the_migrated_schema_is_that_of_the_models(database: Engine):
    """A column added to models.py without a migration fails here, on both databases."""
    with database.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        differences = compare_metadata(context, Base.metadata)

    assert differences == []


def _with_a_second_migration(body: str, folder: Path, environment: pytest.MonkeyPatch) -> None:
    shutil.copytree(session.MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "versions" / f"{NEXT}_test.py").write_text(
        "import sqlalchemy as sa\nfrom alembic import op\n\n"
        f'revision = "{NEXT}"\ndown_revision = "{NEWEST}"\n\n'
        f"def upgrade():\n    {body}\n"
    )
    environment.setattr(session, "MIGRATIONS", folder)


def _a_follower(on: Engine) -> None:
    with session.writing(on) as writer:
        writer.add(
            Station(
                id=1,
                source="test",
                source_ref="1",
                address="",
                zip_code="44000",
                town="Nantes",
                area="FR-44",
                road_kind="road",
                amenities=0,
                is_open_24h=False,
                first_seen_at=NOON,
            )
        )
        writer.add(User(id=1, uuid=uuid4(), username="zoe", mail="zoe@example.org", name="Zoé", created_at=NOON))
        writer.flush()
        writer.add(CustomStation(user_id=1, station_id=1, custom_name="Près du bureau"))


def test_a_rebuilt_table_keeps_what_hangs_on_it(database: Engine, environment: pytest.MonkeyPatch, tmp_path: Path):
    """SQLite drops and remakes an altered table, and a drop deletes children by cascade: people's stations stay."""
    _a_follower(database)
    body = (
        "with op.batch_alter_table('stations', recreate='auto') as batch:\n"
        "        batch.alter_column('town', type_=sa.String(200), existing_type=sa.String(120))"
    )
    _with_a_second_migration(body, tmp_path / "migrations", environment)
    session.prepare(database)

    towns = {column["name"]: column["type"] for column in inspect(database).get_columns("stations")}
    assert getattr(towns["town"], "length", None) == 200
    with session.reading(database) as reader:
        assert reader.scalars(select(CustomStation.custom_name)).all() == ["Près du bureau"]
        assert reader.scalar(text("SELECT version_num FROM alembic_version")) == NEXT


def test_a_migration_that_loses_parents_is_undone(
    sqlite_database: Engine, environment: pytest.MonkeyPatch, tmp_path: Path
):
    """Keys are off while SQLite migrates, so what they would have stopped is looked for before the commit."""
    _a_follower(sqlite_database)
    _with_a_second_migration("op.execute('DELETE FROM stations')", tmp_path / "migrations", environment)

    with pytest.raises(DatabaseUnavailable, match="1 rows without their parent"):
        session.prepare(sqlite_database)

    with session.reading(sqlite_database) as reader:
        assert reader.scalar(select(func.count()).select_from(Station)) == 1
        assert reader.scalar(text("SELECT version_num FROM alembic_version")) == NEWEST
        assert reader.scalar(text("PRAGMA foreign_keys")) == 1


def test_revisions_are_numbers_in_one_row():
    """The quick look at the newest file is right only while names sort as revisions follow."""
    before = "None"
    for file in sorted((session.MIGRATIONS / "versions").glob("*.py")):
        content = file.read_text()
        revision = file.name.partition("_")[0]
        assert f'revision = "{revision}"\n' in content
        assert f"down_revision = {before}\n" in content
        before = f'"{revision}"'
    assert before == f'"{session.newest_revision()}"'


def test_a_server_that_is_not_there_is_said_without_its_password(tmp_path: Path):
    """The message goes to a log; the password in the address does not."""
    made = session.make_engine(f"postgresql+psycopg://someone:hunter2@/base?host={tmp_path}")

    with pytest.raises(DatabaseUnavailable, match="someone") as caught:
        session.prepare(made)
    assert "hunter2" not in str(caught.value)
    made.dispose()


@pytest.mark.parametrize(
    "address",
    [
        "garbage",
        "postgresql+psycopg://me@host:port/base",
        "frog://base",
        "postgresql+frog://base",
        "mysql+oursql://base",
    ],
)
def test_an_address_that_is_none_is_said(address: str):
    """The operator reads which variable to look at."""
    with pytest.raises(DatabaseUnavailable, match="CARBUROAM_DATABASE_URL"):
        session.make_engine(address)


def test_a_relative_base_lies_below_the_project(environment: pytest.MonkeyPatch, tmp_path: Path):
    """The server, its child and a command line must open the same file wherever they are started."""
    environment.chdir(tmp_path)

    assert session.make_engine("sqlite:///outputs/other.sqlite3").url.database == str(ROOT / "outputs/other.sqlite3")


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path):
    """The outputs folder lies where a file is."""
    (tmp_path / "outputs").write_text("a file")
    made = session.make_engine(settings().database)

    with pytest.raises(DatabaseUnavailable, match="outputs"):
        session.prepare(made)


def test_a_unit_of_work_lands_whole_or_not_at_all(database: Engine):
    """An error half-way leaves nothing."""

    def stop_half_way() -> None:
        with session.writing(database) as writer:
            writer.add(GasType(id=99, xml_id=99, name="Hydrogen"))
            writer.flush()
            raise RuntimeError("half-way")

    with pytest.raises(RuntimeError, match="half-way"):
        stop_half_way()

    assert 99 not in _names(database)


def test_a_reader_goes_on_while_another_writes(sqlite_database: Engine):
    """The dashboard reads the old base while the ETL writes the new one."""
    with session.writing(sqlite_database) as writer:
        writer.add(GasType(id=99, xml_id=99, name="Hydrogen"))
        writer.flush()
        assert 99 not in _names(sqlite_database)
    assert 99 in _names(sqlite_database)


def test_a_second_writer_waits_and_then_knows_why_not(sqlite_database: Engine, environment: pytest.MonkeyPatch):
    """SQLite has one writer at a time; whoever waits in vain can tell a lock from a fault."""
    environment.setattr(session, "BUSY_TIMEOUT_S", 0.1)
    second = session.make_engine(str(sqlite_database.url))

    with session.writing(sqlite_database) as first, session.writing(second) as late:
        first.connection()
        with pytest.raises(OperationalError) as caught:
            late.connection()
    assert session.is_locked(caught.value)
    second.dispose()


def test_sqlite_is_opened_as_the_application_needs_it(sqlite_database: Engine):
    """Readers beside a writer, and keys that hold as on PostgreSQL."""
    with session.reading(sqlite_database) as reader:
        assert reader.scalar(text("PRAGMA journal_mode")) == "wal"
        assert reader.scalar(text("PRAGMA foreign_keys")) == 1
        assert reader.scalar(text("PRAGMA busy_timeout")) == session.BUSY_TIMEOUT_S * 1000


def test_the_default_base_lies_in_a_folder_of_its_own(tmp_path: Path):
    """The child's output files are purged from outputs/ itself; the base must not lie among them."""
    session.prepare()

    assert (tmp_path / "outputs" / "base" / "carburoam.sqlite3").is_file()


def test_the_test_server_is_shared(postgres_server: Server):
    """One PostgreSQL a run, with a prepared template."""
    assert postgres_server.has("prepared")
