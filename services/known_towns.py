"""Every town that a person may name, kept until one of its lists changes: those with stations, and all others."""

from functools import lru_cache

from sqlalchemy import func, select

import session
from models import EtlRun
from services import shared, towns
from services.data_state import LISTS
from services.towns import Town
from settings import settings


def known_towns(version: int) -> tuple[Town, ...]:
    """The towns of a version of the data, those with most stations first, then the largest."""
    return _known(settings().database, version)


@lru_cache(maxsize=2)
def _known(address: str, version: int) -> tuple[Town, ...]:
    with session.reading() as opened:
        newest = opened.scalar(select(func.max(EtlRun.id)).where(EtlRun.outcome == "loaded", EtlRun.source.in_(LISTS)))
    return towns.merged(shared.all_towns(version), _others(address, newest))


# By the newest run of a list: prices come a hundred times as often, and to fold all names takes a while.
@lru_cache(maxsize=2)
def _others(address: str, run_id: int | None) -> tuple[Town, ...]:  # noqa: ARG001
    with session.reading() as opened:
        return towns.without_station(opened)
