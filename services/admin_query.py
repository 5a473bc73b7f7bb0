"""Queries of the console: only what reads, kept so by the connection; short, of few rows, and blind to secrets.

SQLite is opened read-only, with an authorizer that knows the tables and nulls secret columns. PostgreSQL is asked by a
role of its own (`grants`), in a read-only transaction: as the owner a query could give itself every right.
"""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from errors import CarburoamError, QueryRefused
from models import Base
from services import audit
from session import engine, make_engine, writing
from settings import settings

MOST_ROWS = 1_000
MOST_S = 5.0
MOST_SQL = 10_000
LONGEST_CELL = 500
MOST_BYTES_OF_A_VALUE = 1_000_000
STEPS = 1_000

SECRET = frozenset({
    ("user_sessions", "token_hash"), ("user_sessions", "nonce_hash"), ("verification_codes", "code_hmac"),
    ("verification_codes", "request_hash"), ("throttles", "key"), ("visit_marks", "mark"), ("mails", "body_text"),
    ("mails", "body_html"),
})  # fmt: skip
"""Hashes that a sign-in hangs on, codes on their way, marks of visitors."""
TABLES = frozenset(Base.metadata.tables)
OTHERS = frozenset({"sqlite_master", "sqlite_schema", "alembic_version", "json_each", "json_tree"})
FORBIDDEN = frozenset({"load_extension", "readfile", "writefile", "edit", "fts3_tokenizer", "randomblob"})

Cell = str | int | float | None


@dataclass(frozen=True)
class Answer:
    """What a query found."""

    columns: list[str]
    rows: list[tuple[Cell, ...]]
    is_cut: bool
    """Whether there were more rows than are shown."""
    seconds: float


def run(
    sql: str,
    *,
    actor: str,
    now: datetime,
    on: Engine | None = None,
    most_rows: int = MOST_ROWS,
    most_s: float = MOST_S,
) -> Answer:
    """Ask the base, and note in the audit log who asked what. Raises QueryRefused with the reason for a person."""
    base = on or engine()
    if not sql.strip() or len(sql) > MOST_SQL or "\0" in sql:
        raise QueryRefused("empty, too long, or no text")
    with writing(base) as session:
        audit.record(session, actor=actor, action="query", target=sql.strip()[:60], now=now, sql=sql.strip())
    ask = _ask_sqlite if base.dialect.name == "sqlite" else _ask_postgres
    started = time.monotonic()
    columns, found = ask(base, sql, most_rows + 1, most_s)
    rows = [tuple(_cell(value) for value in row) for row in found[:most_rows]]
    return Answer(columns, rows, len(found) > most_rows, time.monotonic() - started)


def grants(role: str) -> list[str]:
    """The statements that let a PostgreSQL role read all but secrets; the owner of the base runs them."""
    name = '"' + role.replace('"', '""') + '"'
    granted = []
    for table in Base.metadata.sorted_tables:
        columns = ", ".join(f'"{one.name}"' for one in table.columns if (table.name, one.name) not in SECRET)
        granted.append(f'GRANT SELECT ({columns}) ON "{table.name}" TO {name}')
    return granted


def _ask_sqlite(on: Engine, sql: str, most_rows: int, most_s: float) -> tuple[list[str], list[Any]]:
    until = time.monotonic() + most_s
    try:
        with closing(sqlite3.connect(f"file:{on.url.database}?mode=ro", uri=True, timeout=most_s)) as connection:
            connection.execute("PRAGMA query_only=ON")
            connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MOST_BYTES_OF_A_VALUE)
            connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
            connection.set_progress_handler(lambda: time.monotonic() > until, STEPS)
            connection.set_authorizer(_authorizer())
            cursor = connection.execute(sql)
            return _columns(cursor.description), cursor.fetchmany(most_rows)
    except sqlite3.OperationalError as error:
        if str(error) == "interrupted":
            raise QueryRefused(f"stopped after {most_s:g} s") from error
        raise QueryRefused(str(error)) from error
    except (sqlite3.Error, sqlite3.Warning, ValueError, OverflowError, MemoryError) as error:
        raise QueryRefused(str(error)) from error


def _authorizer() -> Callable[[int, str | None, str | None, str | None, str | None], int]:
    def decide(action: int, first: str | None, second: str | None, _base: str | None, _by: str | None) -> int:
        if action in {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_RECURSIVE}:
            return sqlite3.SQLITE_OK
        if action == sqlite3.SQLITE_FUNCTION and (second or "").lower() not in FORBIDDEN:
            return sqlite3.SQLITE_OK
        if action == sqlite3.SQLITE_READ and (first in TABLES or first in OTHERS):
            # IGNORE reads as NULL: `SELECT *` goes on working, and no comparison tells anything.
            return sqlite3.SQLITE_IGNORE if (first, second) in SECRET else sqlite3.SQLITE_OK
        return sqlite3.SQLITE_DENY

    return decide


def _ask_postgres(_on: Engine, sql: str, most_rows: int, most_s: float) -> tuple[list[str], list[Any]]:
    address = settings().query_database_url.get_secret_value()
    if not address:
        raise QueryRefused("PostgreSQL is asked by a role of its own: set CARBUROAM_QUERY_DATABASE_URL")
    reader = make_engine(address)
    try:
        with closing(reader.raw_connection()) as pooled:
            connection: Any = pooled.driver_connection
            try:
                return _stream(connection, sql, most_rows, most_s)
            finally:
                connection.close()  # with all that the query may have left in its session
    except DBAPIError as error:
        raise QueryRefused(str(error.orig)) from error
    except CarburoamError:
        raise
    except Exception as error:
        # The driver's own errors: no layer of ours has their names.
        raise QueryRefused(str(error).strip()) from error
    finally:
        with suppress(Exception):
            reader.dispose()


def _stream(connection: Any, sql: str, most_rows: int, most_s: float) -> tuple[list[str], list[Any]]:
    with connection.cursor() as cursor:
        _refuse_rights(cursor)
        connection.rollback()
        cursor.execute("SET TRANSACTION READ ONLY")
        cursor.execute(f"SET LOCAL statement_timeout = {int(most_s * 1000)}")
        cursor.execute("SET LOCAL lock_timeout = 1000")
        # Row by row, and by the protocol that takes one statement only: nothing can follow a COMMIT.
        rows: Iterator[Any] = cursor.stream(sql)
        found = list(islice(rows, most_rows))
        return _columns(cursor.description), found


def _refuse_rights(cursor: Any) -> None:
    """A role that may do more than read is not asked anything."""
    cursor.execute(
        "SELECT rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls OR EXISTS ("
        " SELECT FROM pg_auth_members m WHERE m.member = r.oid) FROM pg_roles r WHERE rolname = session_user"
    )
    is_powerful = cursor.fetchone()[0]
    cursor.execute(
        "SELECT EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND"
        " (has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE') OR"
        "  has_any_column_privilege(c.oid, 'INSERT, UPDATE')))"
    )
    may_write = cursor.fetchone()[0]
    secret = ", ".join(f"('{table}', '{column}')" for table, column in sorted(SECRET))
    cursor.execute(
        f"SELECT EXISTS (SELECT FROM (VALUES {secret}) AS s (t, c)"  # noqa: S608 - our own names
        " WHERE to_regclass(t) IS NOT NULL AND has_column_privilege(to_regclass(t), c, 'SELECT'))"
    )
    if is_powerful or may_write or cursor.fetchone()[0]:
        raise QueryRefused("the role of CARBUROAM_QUERY_DATABASE_URL may do more than read what is no secret")


def _columns(description: Any) -> list[str]:
    return [str(one[0]) for one in description or ()]


def _cell(value: object) -> Cell:
    if isinstance(value, int | float | None):
        return value
    text = value.hex() if isinstance(value, bytes) else str(value)
    return text if len(text) <= LONGEST_CELL else f"{text[:LONGEST_CELL]}…"
