"""The schema between two versions: a migration that was cut off, an older application on a newer base."""

import logging
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Engine, inspect, text

import session
from errors import DatabaseUnavailable
from pipeline.run import run_once
from services import passwords
from services.data_state import DataKind, data_state
from session import reading, writing
from settings import ROOT, now, settings
from sources.fr_prix_carburants import FrPrixCarburants
from tests import people
from tests.feeds import feed, many, prix, zipped
from tests.stores import Place

NEWEST = session.newest_revision()
# Between its two statements it says where it is and waits.
HALF_WAY = (
    "op.create_table('half_way', sa.Column('id', sa.Integer, primary_key=True))\n"
    "    print('half-way', flush=True)\n"
    "    input()\n"
    "    op.add_column('etl_runs', sa.Column('half_way', sa.Integer))"
)
MIGRATES = """
import sys
from pathlib import Path
import session
session.MIGRATIONS = Path(sys.argv[1])
session.prepare()
"""
EXPANSION = (
    "ALTER TABLE stations ADD COLUMN shape VARCHAR(20)",
    "ALTER TABLE prices ADD COLUMN unit INTEGER NOT NULL DEFAULT 1",
    "ALTER TABLE users ADD COLUMN moved_at BIGINT",
    "CREATE TABLE shapes (id INTEGER PRIMARY KEY, station_id INTEGER REFERENCES stations (id), name TEXT NOT NULL)",
    "UPDATE alembic_version SET version_num = '0099'",
)


def _with_a_next_migration(folder: Path) -> Path:
    shutil.copytree(session.MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    number = f"{int(NEWEST) + 1:04}"
    (folder / "versions" / f"{number}_half_way.py").write_text(
        "import sqlalchemy as sa\nfrom alembic import op\n\n"
        f'revision = "{number}"\ndown_revision = "{NEWEST}"\n\ndef upgrade():\n    {HALF_WAY}\n'
    )
    return folder


def _half_way_columns(on: Engine) -> set[str]:
    look = inspect(on)
    tables = {name for name in look.get_table_names() if name == "half_way"}
    return tables | {column["name"] for column in look.get_columns("etl_runs") if column["name"] == "half_way"}


def test_a_migration_killed_half_way_leaves_the_old_schema(database: Engine, tmp_path: Path):
    """kill -9 between two statements: the old version works on, the new one migrates the whole at its next start."""
    command = [sys.executable, "-c", MIGRATES, str(_with_a_next_migration(tmp_path / "migrations"))]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "cwd": ROOT}
    with subprocess.Popen(command, **pipes) as killed:  # type: ignore[call-overload]
        assert killed.stdout.readline() == "half-way\n"
        killed.kill()

    # A transaction that nobody ends any more is rolled back; to wait for it is to write.
    with writing(database) as writer:
        writer.execute(text("UPDATE gas_types SET name = name"))
    assert _half_way_columns(database) == set()
    session.prepare(database)
    extract = zipped(tmp_path / "feed.zip", feed(*many(3, prix())))
    assert run_once(FrPrixCarburants(), url=extract.as_uri(), on=database).outcome == "loaded"

    done = subprocess.run(command, input="\n", capture_output=True, text=True, cwd=ROOT, check=False)

    assert done.returncode == 0, done.stderr
    assert _half_way_columns(database) == {"half_way"}
    with reading(database) as reader:
        assert reader.scalar(text("SELECT count(*) FROM stations")) == 3


def _expand(on: Engine) -> None:
    with writing(on) as writer:
        for statement in EXPANSION:
            writer.execute(text(statement))


def test_an_older_version_works_on_a_base_that_was_added_to(
    place: Place, environment: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    """A newer one migrates beside it: it reads, loads, registers, signs in; started anew, it says what it found."""
    on = place.base
    environment.setattr(passwords, "COST", 4)
    extract = tmp_path / "feed.zip"

    def load(euros: str) -> str:
        zipped(extract, feed(*many(40, prix(valeur=euros))))
        return run_once(FrPrixCarburants(), url=extract.as_uri(), on=on).outcome

    assert load("1.749") == "loaded"
    people.register(place, "anna")
    for _ in range(6):  # as often as the driver needs to keep a statement prepared
        assert people.sign_in(place, "anna").username == "anna"

    _expand(on)

    assert load("1.699") == "loaded"
    assert people.sign_in(place, "anna").username == "anna"
    assert people.register(place, "bob").username == "bob"
    on.dispose()
    with caplog.at_level(logging.WARNING):
        session.prepare(on)
    assert "0099" in caplog.text
    assert "goes on working" in caplog.text
    assert load("1.659") == "loaded"
    with reading(on) as reader:
        state = data_state(reader, now=now(), interval=settings().etl_interval)
        assert state.kind is DataKind.REAL
        assert reader.scalar(text("SELECT version_num FROM alembic_version")) == "0099"
        assert set(reader.scalars(text("SELECT price FROM prices WHERE unit = 1"))) == {1659}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("ALTER TABLE etl_runs DROP COLUMN stage", "etl_runs.stage is gone"),
        ("ALTER TABLE etl_requests RENAME TO orders", "etl_requests is gone"),
    ],
)
def test_an_older_version_refuses_a_base_that_lacks_what_it_needs(database: Engine, change: str, words: str):
    """It leaves alone what it cannot work with, and says what is missing."""
    with writing(database) as writer:
        writer.execute(text(change))
        writer.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(DatabaseUnavailable, match=words) as caught:
        session.prepare(database)
    assert "9999" in str(caught.value)


def test_a_column_that_an_older_version_would_have_to_fill_is_refused(postgres_database: Engine):
    """It does not know that it is there: every one of its inserts would fail."""
    with writing(postgres_database) as writer:
        writer.execute(text("ALTER TABLE etl_runs ADD COLUMN owner INTEGER NOT NULL"))
        writer.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(DatabaseUnavailable, match=r"etl_runs\.owner has to be filled"):
        session.prepare(postgres_database)
