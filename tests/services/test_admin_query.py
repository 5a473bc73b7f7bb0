"""Queries of the console: what reads is answered, whatever else it calls itself is refused, and nothing lasts long."""

import gzip
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, text

from errors import QueryRefused
from models import AuditEntry, User, UserSession
from services import admin_query, audit, base_copy
from services.admin_query import Answer
from session import reading, writing
from settings import settings
from tests import postgres
from tests.members import a_member
from tests.people import NOON

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT sum(i) FROM n"
ON_BOTH = [
    "DELETE FROM users",
    "/* SELECT */ UPDATE users SET is_admin = true",
    "WITH x AS (SELECT 1) INSERT INTO daily_counts SELECT 'd', 'w', 1",
    "INSERT INTO daily_counts VALUES ('d', 'w', 1) RETURNING *",
    "SELECT 1; DELETE FROM users",
    "COMMIT; DELETE FROM users",
    "EXPLAIN ANALYZE DELETE FROM users; SELECT 1",
    "DROP TABLE users",
    "CREATE TEMP TABLE mine AS SELECT * FROM users",
    "TRUNCATE users",
]
ON_SQLITE = [
    "PRAGMA query_only=OFF",
    "PRAGMA writable_schema=1",
    "ATTACH '{folder}/other.db' AS other",
    "VACUUM INTO '{folder}/copy.db'",
    "SELECT load_extension('x')",
    "SELECT * FROM pragma_user_version",
    "SELECT * FROM sqlite_dbpage",
    "REPLACE INTO daily_counts VALUES ('d', 'w', 1)",
    "BEGIN IMMEDIATE",
]
ON_POSTGRES = [
    "DO $$ BEGIN COMMIT; DELETE FROM users; END $$",
    "WITH gone AS (DELETE FROM users RETURNING *) SELECT * FROM gone",
    "SELECT query_to_xml('DELETE FROM users', true, true, '')",
    "COPY (SELECT 1) TO '{folder}/copied.txt'",
    "COPY (SELECT 1) TO PROGRAM 'cat > {folder}/copied.txt'",
    "SELECT pg_read_file('/etc/passwd')",
    "SELECT lo_import('/etc/passwd')",
    "SELECT set_config('role', 'postgres', true), pg_ls_dir('/')",
    "SELECT code_hmac FROM verification_codes",
    "SELECT * FROM user_sessions",
    "SELECT pg_sleep(3600)",
]


@pytest.fixture
def reader(
    postgres_database: Engine, postgres_server: postgres.Server, environment: pytest.MonkeyPatch
) -> Iterator[str]:
    """The address of a role that may read what is no secret, as the documentation makes it."""
    name = f"reader_{postgres_database.url.database}"[:60]
    postgres_server.execute(f'CREATE ROLE "{name}" LOGIN')
    with writing(postgres_database) as session:
        for statement in admin_query.grants(name):
            session.execute(text(statement))
    address = postgres_database.url.set(username=name).render_as_string(hide_password=False)
    environment.setenv("CARBUROAM_QUERY_DATABASE_URL", address)
    settings.cache_clear()
    yield name
    with writing(postgres_database) as session:
        session.execute(text(f'DROP OWNED BY "{name}"'))
    postgres_server.execute(f'DROP ROLE "{name}"')


def ask(sql: str, **limits: Any) -> Answer:
    """As an admin does."""
    return admin_query.run(sql, actor="root", now=NOON, **limits)


def seed(on: Engine) -> None:
    """Somebody who is signed in."""
    user_id = a_member(on)
    with writing(on) as session:
        session.add(
            UserSession(
                user_id=user_id, token_hash="f" * 64, device="x", created_at=NOON, seen_at=NOON, expires_at=NOON
            )
        )


def is_refused(sql: str) -> bool:
    """Whether the console says no."""
    try:
        ask(sql, most_s=0.5)
    except QueryRefused:
        return True
    return False


def refuse_all(disguises: list[str], folder: Path, on: Engine) -> None:
    """None of them does anything but be refused."""
    assert [one for one in disguises if not is_refused(one.format(folder=folder))] == []
    with reading(on) as session:
        assert session.scalar(select(func.count()).select_from(User)) == 1
        assert session.scalar(select(User.is_admin)) is False
    assert list(folder.glob("*.db")) == list(folder.glob("copied*")) == []


def test_on_sqlite_no_disguise_writes_and_no_secret_is_read(sqlite_database: Engine, tmp_path: Path):
    """By the connection: nobody looks at the text."""
    seed(sqlite_database)
    folder = tmp_path / "mine"
    folder.mkdir()

    refuse_all(ON_BOTH + ON_SQLITE, folder, sqlite_database)

    assert ask("SELECT token_hash, device FROM user_sessions").rows == [(None, "x")]
    assert ask("SELECT count(*) FROM user_sessions WHERE token_hash LIKE 'f%'").rows == [(0,)]
    assert ask("SELECT u.username FROM (SELECT * FROM users) AS u").rows == [("ada",)]
    with pytest.raises(QueryRefused, match="too big"):
        ask("SELECT hex(zeroblob(900000000))")


def test_on_postgresql_no_disguise_writes_and_no_secret_is_read(
    postgres_database: Engine, reader: str, tmp_path: Path, environment: pytest.MonkeyPatch
):
    """By the role and the transaction; a role that may do more is not asked at all."""
    seed(postgres_database)

    refuse_all(ON_BOTH + ON_POSTGRES, tmp_path, postgres_database)

    assert ask("SELECT device FROM user_sessions").rows == [("x",)]
    with writing(postgres_database) as session:
        session.execute(text(f'GRANT INSERT ON daily_counts TO "{reader}"'))
    with pytest.raises(QueryRefused, match="may do more"):
        ask("SELECT 1")
    owner = postgres_database.url.render_as_string(hide_password=False)
    for address, says in ((owner, "may do more"), ("", "CARBUROAM_QUERY_DATABASE_URL")):
        environment.setenv("CARBUROAM_QUERY_DATABASE_URL", address)
        settings.cache_clear()
        with pytest.raises(QueryRefused, match=says):
            ask("SELECT 1")


@pytest.mark.parametrize("base", ["sqlite_database", "reader"])
def test_a_query_without_end_is_stopped_rows_are_few_and_all_is_audited(base: str, request: pytest.FixtureRequest):
    """An hour is not waited for; a cut answer says so; the log has the words."""
    request.getfixturevalue(base)
    many = (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) SELECT i AS a, 'x' AS b FROM n"
    )

    with pytest.raises(QueryRefused, match=r"stopped after|timeout"):
        ask(ENDLESS, most_s=0.3)
    found = ask(many, most_rows=3)

    assert found.columns == ["a", "b"]
    assert found.rows == [(1, "x"), (2, "x"), (3, "x")]
    assert found.is_cut
    assert not ask("SELECT 1 AS one").is_cut
    for nonsense in ("", "x" * 20_000, "SELECT \0", "SELECT * FROM nowhere", "SELECT ?"):
        with pytest.raises(QueryRefused):
            ask(nonsense)
    with reading() as session:
        assert (ENDLESS, "root") in {(one.details.get("sql"), one.actor) for one in audit.entries(session)}


def test_a_copy_is_whole_while_the_base_is_written(
    sqlite_database: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """What was committed is in it, what was not is not; on a full disk nothing is left behind; none that is huge."""
    seed(sqlite_database)
    copy = base_copy.copy_of_base(tmp_path, actor="root", now=NOON)
    with closing(sqlite3.connect(copy)) as opened:
        assert opened.execute("SELECT username FROM users").fetchall() == [("ada",)]
        assert opened.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    plain = copy.read_bytes()
    assert gzip.decompress(base_copy.compressed(copy)) == plain
    assert not base_copy.is_too_large()
    monkeypatch.setattr(base_copy, "MOST_BYTES", 1)
    assert base_copy.is_too_large()
    with pytest.raises(QueryRefused):
        base_copy.copy_of_base(tmp_path / "nowhere", actor="root", now=NOON)
    with reading() as session:
        assert session.scalar(select(func.count()).where(AuditEntry.action == "base.copy")) == 2
