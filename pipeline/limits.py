"""A turn that ends when its time is over, at an order to stop, or with the run that it is a part of."""

import contextvars
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from errors import DatabaseUnavailable
from pipeline import orders
from pipeline.turn import TICK_S, Turn
from session import reading

log = logging.getLogger(__name__)

POLL_S = 1.0


@dataclass
class Limits:
    """What became of the limits."""

    is_late: bool = False
    """Its time was over before it was done."""


@contextmanager
def limits(mine: Turn, *, on: Engine, lasts: timedelta, ending: threading.Event) -> Iterator[Limits]:
    """Give the turn up after `lasts`, at an order to stop that comes from now on, or once `ending` is set.

    It ends at its next sign of life: a download that hangs, at the end of its own patience.
    """
    found = Limits()
    over = threading.Event()
    until = time.monotonic() + lasts.total_seconds()
    with reading(on) as session:
        before = orders.newest_stop(session, mine.source.name)

    def look() -> None:
        while not over.wait(min(POLL_S, max(TICK_S, until - time.monotonic()))):
            if ending.is_set():
                mine.stop("the run was told to end")
            elif time.monotonic() >= until:
                found.is_late = True
                mine.stop(f"it took longer than {lasts.total_seconds():.0f} s")
            elif _is_told_since(before, mine.source.name, on=on):
                mine.stop("told to stop by an order")
            else:
                continue
            return

    thread = threading.Thread(target=contextvars.copy_context().run, args=(look,), name="limits", daemon=True)
    thread.start()
    try:
        yield found
    finally:
        over.set()
        thread.join(TICK_S)


def _is_told_since(before: int, source: str, *, on: Engine) -> bool:
    try:
        with reading(on) as session:
            return orders.newest_stop(session, source) > before
    except (DatabaseUnavailable, SQLAlchemyError) as error:
        log.warning("orders could not be read: %s", error)
        return False
