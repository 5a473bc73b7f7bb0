"""Answers that all visits share: asked of the base once for each version of the data, kept by the process."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from time import monotonic

import session
from records import Fuel
from services import advice, brands, data_state, history, layers, medians, quotes, stations, towns
from services.advice import FuelBoard
from services.cars import DEFAULT_CAR, RADIUS_KM, Car
from services.filters import NO_FILTERS, Filters
from services.filters import brands_around as count_brands
from services.history import Step
from services.medians import NATION
from services.ranking import Ranking, Sort, rank
from services.savings import Fill
from services.stations import StationFacts
from settings import now, settings

STATE_LASTS_S = 2
SLOT_S = 600
"""Stations open and shut at whole ten minutes, nearly all of them."""

# `address` is part of every key, so that a process that changes its database (a test does) never mixes two.


def state() -> data_state.DataState:
    """The state of the base, at most two seconds old. Prepares the base first; raises DatabaseUnavailable."""
    _prepare(settings().database)
    return _state(settings().database, settings().clock, int(monotonic() / STATE_LASTS_S))


def all_towns(version: int) -> tuple[towns.Town, ...]:
    """Every town that has a station."""
    return _towns(settings().database, version)


def all_brands(version: int) -> tuple[str, ...]:
    """The brands to choose from, those with most stations first."""
    return _brands(settings().database, version)


def brands_around(version: int, *, latitude: float, longitude: float, radius_km: float) -> tuple[str, ...]:
    """The brands around a point, those with most stations there first."""
    return _brands_around(settings().database, version, latitude, longitude, radius_km)


def area_medians(version: int, area: str = NATION) -> dict[Fuel, medians.Median]:
    """The newest medians of an area."""
    return _medians(settings().database, version, area)


def medians_beside(version: int, area: str) -> dict[str, dict[Fuel, medians.Median]]:
    """The medians of an area and of the nation, both of the newest day: what a price of now is held against."""
    return _medians_beside(settings().database, version, area)


def data_dates(version: int) -> dict[str, datetime]:
    """The date of the data of each source that was loaded."""
    return _data_dates(settings().database, version)


def map_layer(version: int, fuel: Fuel, filters: Filters = NO_FILTERS) -> bytes:
    """The national map of a fuel as JSON; with `filters` only what passes, "open now" at the start of its slot."""
    if filters == NO_FILTERS:
        return _layer(settings().database, version, fuel)
    return _filtered_layer(settings().database, version, fuel, filters, open_slot(filters))


def nearest_on_map_km(version: int, fuel: Fuel, filters: Filters, *, latitude: float, longitude: float) -> float | None:
    """How far the nearest station on a filtered map is from a point; None where it has none."""
    return _nearest_km(settings().database, version, fuel, filters, open_slot(filters), latitude, longitude)


def open_slot(filters: Filters) -> int | None:
    """Since when (UTC seconds) a map with these filters is as it is; None where it is so until prices change."""
    return int(now().timestamp()) // SLOT_S * SLOT_S if filters.open_now else None


def ranking(
    version: int,
    fuel: Fuel,
    *,
    latitude: float,
    longitude: float,
    radius_km: float,
    now: datetime,
    as_of: datetime,
    filters: Filters = NO_FILTERS,
    sort: Sort = Sort.PRICE,
    fill: Fill | None = None,
) -> Ranking:
    """The ranked quotes around a point; what is asked again within the minute is not searched again."""
    place, moments = (latitude, longitude, radius_km), (_minute(now), _minute(as_of))
    # What does not decide the order must not make the same search another one.
    chosen = (filters, sort, fill if sort is Sort.NET else None)
    return _ranking(settings().database, version, fuel, place, moments, chosen)


def boards(
    version: int,
    followed: Sequence[int],
    fuels: Sequence[Fuel],
    *,
    now: datetime,
    as_of: datetime,
    car: Car = DEFAULT_CAR,
    origin: tuple[float, float] | None = None,
    radius_km: float = RADIUS_KM,
    sort: Sort = Sort.PRICE,
) -> tuple[FuelBoard, ...]:
    """The boards of services.advice; what is asked again within the minute is not computed again."""
    followed_fuels, moments = (tuple(followed), tuple(fuels)), (_minute(now), _minute(as_of))
    return _boards(settings().database, version, followed_fuels, moments, car, origin, radius_km, sort)


def trends(
    version: int, followed: Sequence[int], fuels: Sequence[Fuel], *, now: datetime
) -> dict[tuple[int, Fuel], tuple[Step, ...]]:
    """How the prices at these stations moved over a month, as services.history has it."""
    return _trends(settings().database, version, tuple(followed), tuple(fuels), _minute(now))


def station_facts(version: int, station_ids: Sequence[int]) -> dict[int, StationFacts]:
    """What these stations are called and where they are, as services.stations has it."""
    return _station_facts(settings().database, version, tuple(station_ids))


def _minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


def forget() -> None:
    """Ask anew from now on."""
    near = (_brands_around, _medians_beside, _nearest_km, _ranking)
    for kept in (
        _prepare,
        _state,
        _towns,
        _brands,
        _medians,
        _data_dates,
        _layer,
        _filtered_layer,
        *near,
        _boards,
        _trends,
        _station_facts,
    ):
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


@lru_cache(maxsize=2)
def _brands(address: str, version: int) -> tuple[str, ...]:  # noqa: ARG001
    with session.reading() as opened:
        return tuple(brands.brands(opened))


@lru_cache(maxsize=128)
def _brands_around(
    address: str,  # noqa: ARG001
    version: int,  # noqa: ARG001
    latitude: float,
    longitude: float,
    radius_km: float,
) -> tuple[str, ...]:
    with session.reading() as opened:
        found = count_brands(opened, latitude=latitude, longitude=longitude, radius_km=radius_km)
    return tuple(brand for brand, _ in found)


@lru_cache(maxsize=400)
def _medians(address: str, version: int, area: str) -> dict[Fuel, medians.Median]:  # noqa: ARG001
    with session.reading() as opened:
        return medians.medians(opened, area)


@lru_cache(maxsize=400)
def _medians_beside(address: str, version: int, area: str) -> dict[str, dict[Fuel, medians.Median]]:  # noqa: ARG001
    with session.reading() as opened:
        return medians.medians_in(opened, [area])


@lru_cache(maxsize=2)
def _data_dates(address: str, version: int) -> dict[str, datetime]:  # noqa: ARG001
    with session.reading() as opened:
        return data_state.data_dates(opened)


@lru_cache(maxsize=12)
def _layer(address: str, version: int, fuel: Fuel) -> bytes:  # noqa: ARG001
    extract_at = state().extract_at or now()
    with session.reading() as opened:
        return layers.layer(opened, fuel, as_of=extract_at)


# Apart from the maps that everybody sees: a stranger may ask for any filters, and drives out other such maps only.
@lru_cache(maxsize=16)
def _filtered_layer(address: str, version: int, fuel: Fuel, filters: Filters, slot: int | None) -> bytes:  # noqa: ARG001
    extract_at = state().extract_at or now()
    moment = extract_at if slot is None else datetime.fromtimestamp(slot, UTC)
    with session.reading() as opened:
        return layers.layer(opened, fuel, as_of=extract_at, filters=filters, now=moment)


# The file is taken apart for it, which costs as much as a page.
@lru_cache(maxsize=128)
def _nearest_km(
    address: str, version: int, fuel: Fuel, filters: Filters, slot: int | None, latitude: float, longitude: float
) -> float | None:
    return layers.nearest_km(
        _filtered_layer(address, version, fuel, filters, slot), latitude=latitude, longitude=longitude
    )


# A page is drawn anew for every tap: the answer is kept for those who go on looking at it.
@lru_cache(maxsize=128)
def _ranking(
    address: str,  # noqa: ARG001
    version: int,  # noqa: ARG001
    fuel: Fuel,
    place: tuple[float, float, float],
    moments: tuple[datetime, datetime],
    chosen: tuple[Filters, Sort, Fill | None],
) -> Ranking:
    (latitude, longitude, radius_km), (now, as_of), (filters, sort, fill) = place, moments, chosen
    with session.reading() as opened:
        found = quotes.around(
            opened,
            fuel,
            latitude=latitude,
            longitude=longitude,
            radius_km=radius_km,
            now=now,
            as_of=as_of,
            filters=filters,
        )
    return rank(found, sort=sort, fill=fill)


@lru_cache(maxsize=128)
def _boards(
    address: str,  # noqa: ARG001
    version: int,  # noqa: ARG001
    followed: tuple[tuple[int, ...], tuple[Fuel, ...]],
    moments: tuple[datetime, datetime],
    car: Car,
    origin: tuple[float, float] | None,
    radius_km: float,
    sort: Sort,
) -> tuple[FuelBoard, ...]:
    (station_ids, fuels), (now, as_of) = followed, moments
    with session.reading() as opened:
        made = advice.boards(
            opened, station_ids, fuels, now=now, as_of=as_of, car=car, origin=origin, radius_km=radius_km, sort=sort
        )
    return tuple(made)


@lru_cache(maxsize=128)
def _trends(
    address: str,  # noqa: ARG001
    version: int,  # noqa: ARG001
    followed: tuple[int, ...],
    fuels: tuple[Fuel, ...],
    now: datetime,
) -> dict[tuple[int, Fuel], tuple[Step, ...]]:
    with session.reading() as opened:
        return history.trends(opened, followed, fuels, now=now)


@lru_cache(maxsize=128)
def _station_facts(address: str, version: int, station_ids: tuple[int, ...]) -> dict[int, StationFacts]:  # noqa: ARG001
    with session.reading() as opened:
        return stations.station_facts(opened, station_ids)
