"""The embedded sample: plausible, labelled, the same for everyone, and every state of a real feed in it."""

import math
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from records import Fuel, OutageKind, RoadKind, StationRecord
from sources.sample import MISTYPED, Sample
from sources.sample_towns import TOWNS

NOW = datetime(2025, 2, 7, 7, 29, tzinfo=UTC)


@pytest.fixture(scope="module")
def stations() -> list[StationRecord]:
    return list(Sample().stations(NOW))


def test_there_are_about_three_hundred(stations: list[StationRecord]):
    """Enough for a map and lists, few enough for an instant."""
    assert 280 <= len(stations) <= 320
    assert len({station.source_ref for station in stations}) == len(stations)
    assert len({station.town for station in stations}) == len(TOWNS) == 40


def test_no_station_can_be_taken_for_a_real_one(stations: list[StationRecord]):
    """Even a screenshot without the banner says that it is an example."""
    assert all(station.source_ref.startswith("exemple-") for station in stations)


def test_a_day_is_the_same_for_everyone(stations: list[StationRecord]):
    """The same hour after hour, on every machine."""
    assert list(Sample().stations(NOW + timedelta(hours=9))) == stations


def test_the_next_day_has_other_prices_at_the_same_places(stations: list[StationRecord]):
    """A base that is filled again a day later shows stations that stayed and prices that moved."""
    next_day = list(Sample().stations(NOW + timedelta(days=1)))

    assert [(s.source_ref, s.latitude, s.address) for s in next_day] == [
        (s.source_ref, s.latitude, s.address) for s in stations
    ]
    assert [s.prices for s in next_day] != [s.prices for s in stations]


@pytest.mark.parametrize("hour", [0, 23])
def test_nothing_is_declared_in_the_future(hour: int):
    """Whatever the hour in Paris, summer or winter."""
    for now in (NOW.replace(hour=hour), datetime(2026, 7, 1, hour, 30, tzinfo=UTC)):
        moments = [price.updated_at for station in Sample().stations(now) for price in station.prices]
        assert max(moments) <= now.timestamp()


def test_stations_stand_around_their_towns(stations: list[StationRecord]):
    """No further than a driver would go, motorways included."""
    towns = {town.name: town for town in TOWNS}
    for station in stations:
        if station.latitude is None or station.longitude is None:
            continue
        town = towns[station.town]
        north_km = (station.latitude - town.latitude) * 111.2
        east_km = (station.longitude - town.longitude) * 111.2 * math.cos(math.radians(town.latitude))
        assert 0.5 < math.hypot(north_km, east_km) < 14.1
        assert station.area == f"FR-{town.department}"


def test_places_are_priced_as_in_life(stations: list[StationRecord]):
    """The supermarket is cheap, the motorway dear."""
    diesel = {
        kind: sorted(s.prices[0].price for s in stations if s.prices and s.address.startswith(kind))
        for kind in ("Centre commercial", "Garage", "Aire")
    }
    cheap, middle, dear = (prices[len(prices) // 2] for prices in diesel.values())

    assert cheap < middle < dear
    assert all((s.road_kind is RoadKind.MOTORWAY) == s.address.startswith("Aire,") for s in stations if s.address)


def test_every_fuel_is_sold_and_at_a_price_of_its_own(stations: list[StationRecord]):
    """Six fuels; a price is within a fifth of the fuel's median but for the typing error."""
    by_fuel: dict[int, list[int]] = {}
    for station in stations:
        for price in station.prices:
            by_fuel.setdefault(price.fuel, []).append(price.price)

    assert by_fuel.keys() == {fuel.value for fuel in Fuel}
    odd = [
        price
        for prices in by_fuel.values()
        for price in prices
        if not 0.8 < price / sorted(prices)[len(prices) // 2] < 1.2
    ]
    assert odd == [MISTYPED]


def test_the_first_town_shows_what_occurs_in_a_real_feed(stations: list[StationRecord]):
    """Whoever has no network still sees every state of the page."""
    paris = [station for station in stations if station.town == "Paris"]
    oldest = [min((p.updated_at for p in s.prices), default=0) for s in paris]

    assert MISTYPED in {price.price for station in paris for price in station.prices}
    assert any(0 < moment < (NOW - timedelta(days=180)).timestamp() for moment in oldest)
    assert any(not station.prices for station in paris)
    assert any(station.latitude is None for station in paris)
    assert {outage.kind for station in paris for outage in station.outages} == set(OutageKind)
    assert {station.is_open_24h for station in paris} == {True, False}
    assert None in {station.opening_hours for station in paris}


def test_outages_are_a_few(stations: list[StationRecord]):
    """Often enough to be met, rare enough to be an exception."""
    counted = Counter(bool(station.outages) for station in stations)

    assert 5 <= counted[True] <= 40
