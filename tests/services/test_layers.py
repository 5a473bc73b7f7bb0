"""The map of the nation as one file a fuel."""

import gzip
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, update

from models import Station
from pipeline.run import run_once
from records import Fuel
from services.filters import CAR_WASH, Filters
from services.layers import Shade, layer, shade
from session import reading, writing
from settings import settings
from sources.fr_prix_carburants import FrPrixCarburants
from tests import scenes
from tests.builders import a_price, a_station, an_outage
from tests.quotes import counted, store

MOST_BYTES = 200_000


def points(on: Engine, fuel: Fuel = Fuel.DIESEL, **chosen: Any) -> dict[str, dict[str, Any]]:
    """The layer, decoded, by station."""
    with reading(on) as session:
        found = json.loads(layer(session, fuel, as_of=scenes.NOON, **chosen))
    assert len({point["id"] for point in found}) == len(found)
    return {point["id"]: point for point in found}


@pytest.mark.parametrize(
    ("price", "expected"),
    [
        (1662, Shade.CHEAP), (1663, Shade.RATHER_CHEAP), (1687, Shade.RATHER_CHEAP), (1688, Shade.AROUND),
        (1712, Shade.AROUND), (1713, Shade.RATHER_DEAR), (1737, Shade.RATHER_DEAR), (1738, Shade.DEAR),
    ],
)  # fmt: skip
def test_a_shade_is_two_and_a_half_cents(price: int, expected: Shade):
    """Each edge to the tenth of a cent, about a median of 1.700."""
    assert shade(price, 1700) is expected


@pytest.mark.parametrize(("price", "median"), [(None, 1700), (1700, None), (None, None)])
def test_without_price_or_median_nothing_is_sure(price: int | None, median: int | None):
    """A colour that says nothing is better than a wrong one."""
    assert shade(price, median) is Shade.UNSURE


@given(st.integers(500, 3000), st.integers(500, 3000), st.integers(500, 3000))
def test_a_dearer_price_is_never_of_a_cheaper_shade(one: int, other: int, median: int):
    """The legend reads from left to right."""
    assert (one <= other) <= (shade(one, median) <= shade(other, median))


def test_a_point_is_short(country: Engine):
    """Id, position to eleven metres, price in thousandths and shade: nothing else is worth its bytes."""
    assert points(country)[scenes.LYON] == {"id": scenes.LYON, "x": 4.8357, "y": 45.764, "p": 1710, "c": 2}


def test_the_file_is_compact_json_of_its_own(country: Engine):
    """No spaces, cheap ones last so that they are drawn on top."""
    with reading(country) as session, counted(country) as sent:
        body = layer(session, Fuel.DIESEL, as_of=scenes.NOON)

    assert b", " not in body
    assert b": " not in body
    prices = [point["p"] for point in json.loads(body)]
    assert prices == sorted(prices, reverse=True)
    assert len([statement for statement in sent if statement.lstrip().startswith("SELECT")]) == 2


def test_every_station_that_sells_the_fuel_is_there(country: Engine):
    """The whole nation, whoever declares nothing left out."""
    assert points(country).keys() == {
        scenes.CHEAPEST, scenes.NEAR_TIE, scenes.FAR_TIE, scenes.MOTORWAY, scenes.CLOSED, scenes.STALE, scenes.OUT,
        scenes.SUSPECT, scenes.LYON, scenes.NANTES,
    }  # fmt: skip
    assert points(country, Fuel.LPG) == {}


def test_a_shade_is_against_the_own_department(country: Engine):
    """1.710 is dear for Essonne (median 1.679), and just the median in Lyon."""
    found = points(country)

    assert found[scenes.CHEAPEST]["c"] == Shade.RATHER_CHEAP
    assert found[scenes.FAR_TIE]["c"] == Shade.RATHER_DEAR
    assert found[scenes.MOTORWAY]["c"] == Shade.DEAR
    assert found[scenes.LYON]["c"] == found[scenes.NANTES]["c"] == Shade.AROUND


def test_what_cannot_be_had_or_believed_has_no_colour_of_its_own(country: Engine):
    """Out of stock and mistyped are unsure, however cheap."""
    found = points(country)

    assert found[scenes.OUT]["c"] == found[scenes.SUSPECT]["c"] == Shade.UNSURE
    assert points(country, Fuel.E10)[scenes.OUT]["c"] != Shade.UNSURE


def test_an_unknown_department_has_no_median(database: Engine):
    """Its price is shown without a judgement."""
    store(database, a_station(area=""))

    assert points(database)["1000001"]["c"] == Shade.UNSURE


def test_who_is_nowhere_or_gone_is_not_on_the_map(database: Engine):
    """No position, or left the feed."""
    others = [a_station(str(3_000_000 + n)) for n in range(4)]
    store(database, a_station(), *others)
    store(database, a_station("3000000", latitude=None, longitude=None), *others[1:])

    assert points(database).keys() == {"3000001", "3000002", "3000003"}


def test_an_outage_that_is_over_leaves_the_colour(database: Engine):
    """Only one that lasts hides a price."""
    store(database, a_station(outages=(an_outage(),)))
    assert points(database)["1000001"]["c"] == Shade.UNSURE

    store(database, a_station(prices=(a_price(),)))
    assert points(database)["1000001"]["c"] == Shade.AROUND


def test_the_nation_fits_into_a_phone(
    real_feed: Callable[[str], Path], sqlite_database: Engine, environment: pytest.MonkeyPatch
):
    """All the real stations of a fuel in 200 KB as they go over the air."""
    environment.setenv("CARBUROAM_CLOCK", "2025-02-07T08:30:00+01:00")
    settings.cache_clear()
    result = run_once(FrPrixCarburants(), url=real_feed("2025-02-07T0830").as_uri(), on=sqlite_database)
    assert result.outcome == "loaded"
    with reading(sqlite_database) as session:
        layers = {fuel: layer(session, fuel, as_of=scenes.NOON) for fuel in Fuel}

    assert len(json.loads(layers[Fuel.DIESEL])) > 9_000
    assert max(len(gzip.compress(body, 6)) for body in layers.values()) <= MOST_BYTES


def test_each_kind_of_filter_leaves_out_what_does_not_pass(country: Engine):
    """By brand, road, amenity, hours, stock and age; who stays has the same point as on the whole map."""
    with writing(country) as session:
        session.execute(update(Station).where(Station.source_ref == scenes.LYON).values(brand="Carrefour Market"))
    everybody = points(country)
    left_out = {
        Filters(no_motorway=True): {scenes.MOTORWAY},
        Filters(open_now=True): {scenes.CLOSED},
        Filters(hide_out=True): {scenes.OUT},
        Filters(hide_stale=True): {scenes.STALE},
        Filters(open_24h=True): everybody.keys() - {scenes.OPEN_24H},
        Filters(amenities=frozenset({CAR_WASH})): everybody.keys() - {scenes.CHEAPEST},
        Filters(brands=frozenset({"Carrefour"})): everybody.keys() - {scenes.LYON},
        Filters(brands=frozenset({"Esso"}), hide_out=True): everybody.keys(),
    }
    for filters, without in left_out.items():
        expected = {ref: point for ref, point in everybody.items() if ref not in without}
        assert points(country, filters=filters) == expected, filters


def test_open_is_judged_at_the_moment_of_the_reader(country: Engine):
    """Not at the date of the data: at 23:00 only the pumps that take a card all night, and none that tells no hours."""
    night = scenes.NOON + timedelta(hours=11)
    assert points(country, filters=Filters(open_now=True), now=night).keys() == {scenes.OPEN_24H}
