"""Commands of the host and writing SQL from the console: off, unless the host switched it on by its environment.

Even then the admin's password is asked for each time, the environment is stripped of every secret, time and output are
bounded, and what was asked is in the audit log before it is done.
"""

import os
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from adapters.storage import ObjectStore
from errors import ShellRefused, SignInRefused
from services import account_changes, audit
from session import engine, writing
from settings import ROOT, settings

MOST_S = 30.0
MOST_BYTES = 200_000
LONGEST_COMMAND = 4_000
BLOCK = 8_192
MOST_ROWS = 200


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    output: str
    """What it wrote to both of its outputs, in the order of arrival."""
    code: int | None
    """None where it was stopped."""
    is_cut: bool
    seconds: float


def is_on() -> bool:
    """Whether the host switched it on; the console then bears a red mark."""
    return settings().admin_shell


def run(
    store: ObjectStore,
    command: str,
    *,
    user_id: int,
    password: str,
    address: str,
    now: datetime,
    on: Engine | None = None,
    most_s: float = MOST_S,
) -> Done:
    """Run a command of the shell in an empty folder. Raises ShellRefused or TryLater."""
    base = on or engine()
    actor = _prove(store, base, user_id, password, address=address, now=now, what=command)
    with writing(base) as session:
        audit.record(session, actor=actor, action="shell", target=command[:60], now=now, command=command)
    return _run(command, most_s)


def write_sql(
    store: ObjectStore,
    sql: str,
    *,
    user_id: int,
    password: str,
    address: str,
    now: datetime,
    on: Engine | None = None,
) -> Done:
    """Run one statement that may write, whole or not at all. Raises ShellRefused or TryLater."""
    base = on or engine()
    actor = _prove(store, base, user_id, password, address=address, now=now, what=sql)
    with writing(base) as session:
        audit.record(session, actor=actor, action="sql", target=sql[:60], now=now, sql=sql)
    started = time.monotonic()
    try:
        with writing(base) as session:
            with _bounded(session):
                # Not text(): a colon in it would be taken for a parameter.
                found = session.connection().exec_driver_sql(sql)
                rows = found.fetchmany(MOST_ROWS) if found.returns_rows else []
            told = "\n".join(" | ".join(str(value) for value in row) for row in rows) or f"{found.rowcount} rows"
    except DBAPIError as error:
        raise ShellRefused(str(error.orig)) from error
    return Done(told[:MOST_BYTES], 0, len(told) > MOST_BYTES, time.monotonic() - started)


@contextmanager
def _bounded(session: Session) -> Iterator[None]:
    """What is run meanwhile is stopped by the database when its time is over."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text(f"SET LOCAL statement_timeout = {int(MOST_S * 1000)}"))
        yield
        return
    driver: Any = session.connection().connection.driver_connection
    until = time.monotonic() + MOST_S
    driver.set_progress_handler(lambda: time.monotonic() > until, 1_000)
    try:
        yield
    finally:
        driver.set_progress_handler(None, 0)


def _prove(
    store: ObjectStore, on: Engine, user_id: int, password: str, *, address: str, now: datetime, what: str
) -> str:
    """The admin's username. The role is looked up anew: it may have been taken while the page was open."""
    if not is_on():
        raise ShellRefused("switched off on this host")
    if not what.strip() or len(what) > LONGEST_COMMAND or "\0" in what:
        raise ShellRefused("empty, too long, or no text")
    try:
        known = account_changes.prove(store, user_id=user_id, password=password, address=address, now=now, on=on)
    except SignInRefused as error:
        raise ShellRefused("the password is wrong") from error
    if not known.is_admin:
        raise ShellRefused("no admin (any more)")
    return known.username


def _run(command: str, most_s: float) -> Done:
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="carburoam-shell-") as folder:
        process = subprocess.Popen(  # noqa: S602 - a shell is what was asked for, by the host and by an admin
            command,
            shell=True,
            cwd=folder,
            env={"PATH": os.defpath, "HOME": folder, "LANG": "C.UTF-8", "CARBUROAM_ROOT": str(ROOT)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        # Its children go with it: they share its session.
        alarm = threading.Timer(most_s, _end, [process])
        alarm.start()
        output, is_cut = b"", False
        try:
            if process.stdout:
                output, is_cut = _read(process.stdout)
            if is_cut:
                _end(process)
            process.wait()
        finally:
            alarm.cancel()
            _end(process)
            if process.stdout:
                process.stdout.close()
    was_ended = is_cut or process.returncode == -signal.SIGKILL
    told = output.decode("utf-8", "replace")
    return Done(told, None if was_ended else process.returncode, is_cut, time.monotonic() - started)


def _read(stream: IO[bytes]) -> tuple[bytes, bool]:
    found = b""
    while block := os.read(stream.fileno(), BLOCK):
        found += block
        if len(found) > MOST_BYTES:
            return found[:MOST_BYTES], True
    return found, False


def _end(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
