"""What the ETL child does beside prices: sends the mails that are due, forgets what has expired."""

import logging
import threading
import time
from datetime import UTC, datetime

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from errors import CarburoamError
from services import alert_round, mail_queue, sessions, throttling, verification, visits
from session import writing
from settings import now

log = logging.getLogger(__name__)

POLL_S = 1.0
FLUSH_EVERY_S = 3600.0
# Not at once: the first seconds belong to the first load.
FIRST_FLUSH_S = 60.0
# What failed for a reason of its own is left alone for a while: a broken base must not fill the disk with lines.
AFTER_FAILURE_S = 30.0


def start(on: Engine, *, stop: threading.Event) -> threading.Thread:
    """Keep at it in a thread of its own: what goes wrong with a mail never disturbs prices."""
    thread = threading.Thread(target=keep, args=(on,), kwargs={"stop": stop}, name="upkeep", daemon=True)
    thread.start()
    return thread


def keep(on: Engine, *, stop: threading.Event) -> None:
    """Now, then every second, until told to stop."""
    flush_at = time.monotonic() + FIRST_FLUSH_S
    pause_s = 0.0
    while not stop.wait(pause_s):
        pause_s = POLL_S
        try:
            mail_queue.send_due(on, now=datetime.now(UTC))
            if time.monotonic() >= flush_at:
                flush_at = time.monotonic() + FLUSH_EVERY_S
                flush(on)
        except (CarburoamError, SQLAlchemyError) as error:
            log.warning("mails and what has expired must wait: %s", str(error).partition("\n")[0])
            pause_s = AFTER_FAILURE_S
        except Exception:
            # The outermost loop of this thread: whatever happened, the next try may fare better.
            log.exception("mails and what has expired must wait")
            pause_s = AFTER_FAILURE_S


def flush(on: Engine) -> None:
    """Remove sessions, codes, throttles and sent mails that have had their time."""
    with writing(on) as session:
        for part in (sessions, verification, throttling, visits, alert_round):
            part.flush(session, now=now())
        mail_queue.flush(session, now=datetime.now(UTC))
