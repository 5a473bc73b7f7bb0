"""A consistent copy of the base while it is in use, for an admin to keep."""

import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine

from errors import QueryRefused
from services import audit
from session import engine, writing


def copy_of_base(folder: Path, *, actor: str, now: datetime, on: Engine | None = None) -> Path:
    """A file in `folder` with all of the base as it is at one moment; who asked removes it.

    Raises QueryRefused where the base is on PostgreSQL (its own `pg_dump` is the way) or no room is left.
    """
    base = on or engine()
    if base.dialect.name != "sqlite":
        raise QueryRefused("a base on PostgreSQL is copied by pg_dump")
    target = folder / f"carburoam-{now:%Y%m%dT%H%M%SZ}.sqlite3"
    with writing(base) as session:
        audit.record(session, actor=actor, action="base.copy", target=target.name, now=now)
    try:
        with closing(sqlite3.connect(str(base.url.database))) as source, closing(sqlite3.connect(target)) as copy:
            source.backup(copy)
            # One file, without a log beside it.
            copy.execute("PRAGMA journal_mode=DELETE")
    except (sqlite3.Error, OSError) as error:
        target.unlink(missing_ok=True)
        raise QueryRefused(f"the copy could not be made: {error}") from error
    return target
