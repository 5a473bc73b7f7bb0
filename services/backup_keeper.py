"""The child's thread for backups: takes one in where the base is new, makes one a day, and a last one at the end."""

import logging
import threading
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from adapters.storage import ObjectStore, open_store
from errors import CarburoamError
from services import backups

log = logging.getLogger(__name__)

POLL_S = 0.5
LOOK_EVERY_S = 900.0
# What failed is tried again soon: the store may have been away for a minute only.
AFTER_FAILURE_S = 60.0


def start(on: Engine, *, stop: threading.Event, mirrored: threading.Event) -> threading.Thread:
    """Keep at it until `stop` is set, then back up once more; wait for the thread to have that."""
    thread = threading.Thread(target=keep, args=(on, stop, mirrored), name="backups", daemon=True)
    thread.start()
    return thread


def keep(on: Engine, stop: threading.Event, mirrored: threading.Event) -> None:
    """Once the base has everybody (`mirrored`), restore where it is new, then back up whenever it is time."""
    while not (mirrored.wait(POLL_S) or stop.is_set()):
        pass
    pause_s = 0.0
    while not stop.wait(pause_s):
        pause_s = LOOK_EVERY_S if _work(on) else AFTER_FAILURE_S
    _work(on, is_last=True)


def is_due(store: ObjectStore, *, now: datetime) -> bool:
    """Whether the newest backup is a day old, or from a day that has not come yet, or not there."""
    newest = next(iter(backups.kept(store)), None)
    return newest is None or not timedelta(0) <= now - newest.made_at < backups.EVERY


def _work(on: Engine, *, is_last: bool = False) -> bool:
    now = datetime.now(UTC)
    try:
        store = open_store()
        if not is_last:
            backups.restore_where_new(store, on, now=now, is_mirrored=True)
        if is_last or is_due(store, now=now):
            backups.make(store, on, now=now, is_last=is_last)
    except (CarburoamError, SQLAlchemyError) as error:
        log.error("no backup: %s", str(error).partition("\n")[0])  # noqa: TRY400 - for a person, not a stack
    except Exception:
        # The outermost loop of this thread: whatever happened, the next try may fare better.
        log.exception("no backup")
    else:
        return True
    _count_failure(on, now)
    return False


def _count_failure(on: Engine, now: datetime) -> None:
    try:
        backups.failed(on, now=now)
    except (CarburoamError, SQLAlchemyError) as error:
        log.warning("the failure could not be counted: %s", str(error).partition("\n")[0])
