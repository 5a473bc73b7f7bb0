"""How far a run is, written into its row for whoever watches from another process or machine."""

import time
from contextlib import suppress

from sqlalchemy import Engine, update
from sqlalchemy.exc import DBAPIError

from models import EtlRun
from session import writing_if_free

EVERY_S = 1.0


class Shown:
    """Writes the stage as it begins and the count once a second, each in a transaction of its own.

    While a load's transaction is open nobody could read what it wrote, and on SQLite nobody else can write: so the
    last word before it is `load`. Where another process writes, it gives up within 50 ms and says it the next time.
    """

    def __init__(self, on: Engine, run_id: int) -> None:
        self._on = on
        self._run_id = run_id
        self._stage = ""
        self._next_at = 0.0

    def note(self, stage: str, done: int, total: int | None) -> None:
        """Write it if it is time; what is done needs no more words. Never raises for the base."""
        is_over = total is not None and done >= total
        if is_over or (stage == self._stage and time.monotonic() < self._next_at):
            return
        self._next_at = time.monotonic() + EVERY_S
        with suppress(DBAPIError), writing_if_free(self._on) as session:
            session.execute(update(EtlRun).where(EtlRun.id == self._run_id).values(stage=stage[:12], done=done))
            self._stage = stage
