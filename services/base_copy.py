"""A consistent copy of the base while it is in use, for an admin to keep."""

import gzip
import shutil
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine

from errors import QueryRefused
from services import audit
from session import engine, writing

# What a browser is given passes through memory once, compressed: a quarter of this, most often.
MOST_BYTES = 512 * 1024**2


def is_too_large(on: Engine | None = None) -> bool:
    """Whether the base is more than a browser is given; on the machine itself `sqlite3 … .backup` copies any."""
    file = Path(str((on or engine()).url.database))
    return file.is_file() and file.stat().st_size > MOST_BYTES


def compressed(file: Path) -> bytes:
    """The file as gzip, of which only what comes out is ever held in memory. Raises QueryRefused on a full disk."""
    target = file.with_suffix(".gz")
    try:
        with file.open("rb") as plain, gzip.open(target, "wb", compresslevel=6) as packed:
            shutil.copyfileobj(plain, packed, 1024**2)
        file.unlink()
        return target.read_bytes()
    except OSError as error:
        raise QueryRefused(f"the copy could not be made: {error}") from error


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
