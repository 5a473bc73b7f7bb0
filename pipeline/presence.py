"""A sign of life of each process that watches, so that one on another machine that has nothing to do is seen alive."""

import logging
import threading
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import Engine, delete
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from errors import CarburoamError
from models import Lease
from pipeline import lease
from pipeline.turn import HOLDER
from session import writing

log = logging.getLogger(__name__)

WORKER = "worker:"
"""How its leases are named, before the holder: nobody else wants them, and they run out by themselves."""
EVERY_S = 30.0
# Two signs may be missed, by a long load or a base that is away for a moment.
LASTS = timedelta(seconds=90)
# What a process that was killed left behind.
FORGOTTEN_AFTER = timedelta(days=1)


def start(on: Engine, *, stop: threading.Event) -> threading.Thread:
    """Give signs in a thread of its own until told to stop, then leave."""
    thread = threading.Thread(target=_keep, args=(on, stop), name="presence", daemon=True)
    thread.start()
    return thread


def show(session: Session, *, holder: str = HOLDER) -> None:
    """Say that this process lives, for another 90 seconds on the database's clock."""
    lease.take(session, WORKER + holder, holder=holder, lasts=LASTS)
    lease.forget(session, WORKER, older_than=FORGOTTEN_AFTER)


def leave(session: Session, *, holder: str = HOLDER) -> None:
    """Say that it ends."""
    session.execute(delete(Lease).where(Lease.name == WORKER + holder))


def _keep(on: Engine, stop: threading.Event) -> None:
    pause_s = 0.0
    while not stop.wait(pause_s):
        pause_s = EVERY_S
        _try(on, show)
    _try(on, leave)


def _try(on: Engine, what: Callable[[Session], None]) -> None:
    try:
        with writing(on) as session:
            what(session)
    except (CarburoamError, SQLAlchemyError) as error:
        log.warning("no sign of life: %s", str(error).partition("\n")[0])
