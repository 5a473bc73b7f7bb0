"""Answers that all visits share: asked of the base once for each version of the data, kept by the process."""

from datetime import datetime
from functools import lru_cache
from time import monotonic

import session
from records import Fuel
from services import data_state, layers, medians, quotes, towns
from services.ranking import Ranking, rank
from settings import now, settings

NATION = "FR"
STATE_LASTS_S = 2

# `address` is part of every key, so that a process that changes its database (a test does) never mixes two.


def state() -> data_state.DataState:
    """The state of the base, at most two seconds old. Prepares the base first; raises DatabaseUnavailable."""
    _prepare(settings().database)
    return _state(settings().database, settings().clock, int(monotonic() / STATE_LASTS_S))


def all_towns(version: int) -> tuple[towns.Town, ...]:
    """Every town that has a station."""
    return _towns(settings().database, version)


def area_medians(version: int, area: str = NATION) -> dict[Fuel, medians.Median]:
    """The newest medians of an area."""
    return _medians(settings().database, version, area)


def map_layer(version: int, fuel: Fuel) -> bytes:
    """The national map of a fuel as JSON."""
    return _layer(settings().database, version, fuel)


def ranking(
    version: int, fuel: Fuel, *, latitude: float, longitude: float, radius_km: float, now: datetime, as_of: datetime
) -> Ranking:
    """The ranked quotes around a point; what is asked again within the minute is not searched again."""
    place = (latitude, longitude, radius_km)
    return _ranking(settings().database, version, fuel, place, *(_minute(moment) for moment in (now, as_of)))


def _minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


def forget() -> None:
    """Ask anew from now on."""
    for kept in (_prepare, _state, _towns, _medians, _layer, _ranking):
        kept.cache_clear()


@lru_cache(maxsize=4)
def _prepare(address: str) -> None:  # noqa: ARG001
    session.prepare()


@lru_cache(maxsize=4)
def _state(address: str, clock: datetime | None, moment: int) -> data_state.DataState:  # noqa: ARG001
    with session.reading() as opened:
        return data_state.data_state(opened, now=clock or now(), interval=settings().etl_interval)


@lru_cache(maxsize=2)
def _towns(address: str, version: int) -> tuple[towns.Town, ...]:  # noqa: ARG001
    with session.reading() as opened:
        return towns.towns(opened)


@lru_cache(maxsize=400)
def _medians(address: str, version: int, area: str) -> dict[Fuel, medians.Median]:  # noqa: ARG001
    with session.reading() as opened:
        return medians.medians(opened, area)


@lru_cache(maxsize=12)
def _layer(address: str, version: int, fuel: Fuel) -> bytes:  # noqa: ARG001
    extract_at = state().extract_at or now()
    with session.reading() as opened:
        return layers.layer(opened, fuel, as_of=extract_at)


# A page is drawn anew for every tap: the answer is kept for those who go on looking at it.
@lru_cache(maxsize=128)
def _ranking(
    address: str,  # noqa: ARG001
    version: int,  # noqa: ARG001
    fuel: Fuel,
    place: tuple[float, float, float],
    now: datetime,
    as_of: datetime,
) -> Ranking:
    latitude, longitude, radius_km = place
    with session.reading() as opened:
        return rank(
            quotes.around(
                opened, fuel, latitude=latitude, longitude=longitude, radius_km=radius_km, now=now, as_of=as_of
            )
        )
