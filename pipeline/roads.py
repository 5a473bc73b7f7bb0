"""The way round a host that has no list for us: a second publication of the same stations, for the time being."""

import logging
from collections.abc import Callable
from hashlib import sha256

from sqlalchemy import Engine, select

from models import EtlRun
from pipeline.harvest import Progress
from pipeline.load import MOST_LOST
from pipeline.run import RunResult
from pipeline.turn import Turn, run_in
from session import reading
from settings import settings
from sources import second_road
from utils import without_credentials

log = logging.getLogger(__name__)

# A host that is away, and one that answers with a page on its troubles.
NO_LIST = {"unreachable", "malformed"}


def run_on_roads(
    mine: Turn,
    url: str,
    *,
    on: Engine,
    progress: Progress | None = None,
    on_retry: Callable[[], None] | None = None,
    most_lost: float = MOST_LOST,
) -> RunResult:
    """Run the source of this turn once; where its host had no list for some runs, by the second road as well.

    The first is tried at every run, so its return is seen at once. Raises as `run_in` does.
    """
    result = run_in(mine, url, on=on, progress=progress, on_retry=on_retry, most_lost=most_lost)
    if result.outcome not in NO_LIST:
        return result
    road = second_road(mine.source, url, settings())
    if road is None or not _is_lost(mine.source.name, url, on=on):
        return result
    log.warning("source=%s its host has no list for us; going by %s", mine.source.name, without_credentials(road.url))
    return run_in(mine, road.url, by=road.source, on=on, progress=progress, on_retry=on_retry, most_lost=most_lost)


def _is_lost(source: str, url: str, *, on: Engine) -> bool:
    """Whether the last runs by this address, as many as settings say, all found no list."""
    enough = settings().second_road_after
    by_it = sha256(url.encode()).hexdigest()
    with reading(on) as session:
        last = session.scalars(
            select(EtlRun.outcome)
            .where(EtlRun.source == source, EtlRun.url_hash == by_it)
            .order_by(EtlRun.id.desc())
            .limit(enough)
        ).all()
    return len(last) == enough and set(last) <= NO_LIST
