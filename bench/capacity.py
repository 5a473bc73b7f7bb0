"""What does not depend on the machine: bytes for a row of history, and calls to the S3 service for what people do."""

import sqlite3
import tempfile
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Engine, text

from adapters.s3_store import S3Store, s3_client
from bench.accounts import MOMENT, PASSWORD, settings_in
from bench.pages import SNAPSHOT
from bench.report import Row, snapshot
from pipeline.run import run_once
from scripts.cluster.postgres import postgres
from services import account_changes, accounts, mirror
from session import make_engine, prepare
from sources.fr_prix_carburants import FrPrixCarburants
from tests.stores import moto

DAYS_APART = 60
MORE = "INSERT INTO price_history SELECT station_id, gastype_id, updated_at - 86400 * {day}, price FROM prices"
WHO = {"login": "anna", "password": PASSWORD}
NEW = f"{PASSWORD} 2"
MOST_BYTES = {"SQLite": 25.0, "PostgreSQL": 110.0}


def measure() -> list[Row]:
    """The rows of both."""
    return [*_history(), *_calls()]


def _history() -> list[Row]:
    """Two million rows on top of the real snapshot, a day's declarations after another's, as loads bring them."""
    extract = snapshot(SNAPSHOT)
    rows = []
    with tempfile.TemporaryDirectory() as made, postgres() as server:
        file = Path(made) / "base.sqlite3"
        for kind, address in (("SQLite", f"sqlite:///{file}"), ("PostgreSQL", server.address)):
            on = make_engine(address)
            prepare(on)
            run_once(FrPrixCarburants(), url=extract.as_uri(), on=on)
            size = _sqlite_bytes if kind == "SQLite" else _postgres_bytes
            begun = size(on)
            with on.begin() as connection:
                for day in range(1, DAYS_APART + 1):
                    connection.execute(text(MORE.format(day=day)))
                added = connection.scalar(text("SELECT count(*) FROM prices")) * DAYS_APART
            a_row = (size(on) - begun) / added
            on.dispose()
            rows.append(
                Row(
                    f"a row of history, {kind}",
                    a_row,
                    MOST_BYTES[kind],
                    "bytes",
                    f"of {added:,}; the base without them {begun / 1e6:.1f} MB",
                )
            )
    return rows


def _sqlite_bytes(on: Engine) -> int:
    on.dispose()
    file = on.url.database or ""
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return Path(file).stat().st_size


def _postgres_bytes(on: Engine) -> int:
    with on.connect() as connection:
        return int(connection.scalar(text("SELECT pg_database_size(current_database())")) or 0)


def _calls() -> list[Row]:
    """Counted at the client, by the name of the operation."""
    with tempfile.TemporaryDirectory() as folder, settings_in(folder), moto() as endpoint:
        client = s3_client(endpoint)
        client.create_bucket(Bucket="people")
        store = S3Store(client, "people")
        on = make_engine(f"sqlite:///{Path(folder) / 'base.sqlite3'}")
        prepare(on)
        asked: Counter[str] = Counter()
        client.meta.events.register("before-call.s3", lambda model, **_: asked.update([model.name]))

        def row(deed: str, most: int, work: Callable[[], object]) -> Row:
            asked.clear()
            work()
            told = ", ".join(f"{count} {name}" for name, count in sorted(asked.items()))
            return Row(f"calls to the store, {deed}", asked.total(), most, "calls", told)

        ids: list[int] = []
        looking = mirror.Mirror(store, on)
        later = MOMENT + timedelta(hours=1)
        rows = [
            row("a registration", 1, lambda: ids.append(_register(store, on))),
            row("a sign-in", 1, lambda: accounts.authenticate(store, **WHO, address="", now=later, on=on)),
            row("a new password", 2, lambda: account_changes.reset_password(store, user_id=ids[0], new=NEW, on=on)),
            row("the mirror, once an hour", 2, lambda: looking.look(now=later)),
            row("the mirror, each minute", 1, lambda: looking.look(now=later)),
        ]
        on.dispose()
    return rows


def _register(store: S3Store, on: Engine) -> int:
    who = {"name": "Anna", "mail": "anna@example.org", "username": WHO["login"], "password": PASSWORD}
    return accounts.register(store, **who, language="fr", now=MOMENT, on=on).id
