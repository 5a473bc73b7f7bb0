"""Which stations somebody begins with who follows none."""

from collections.abc import Sequence

from sqlalchemy import Engine

from records import Fuel
from services.geography import distance_km
from services.quotes import Quote
from services.suggestions import suggested
from session import reading
from tests import scenes
from tests.builders import a_price, a_station
from tests.quotes import NOON, counted, store

PRICES = (a_price(Fuel.DIESEL), a_price(Fuel.E10))


def first_ones(on: Engine, fuels: Sequence[Fuel], place: tuple[float, float]) -> list[Quote]:
    """What a visitor at this place begins with."""
    with reading(on) as session:
        return suggested(session, fuels, latitude=place[0], longitude=place[1], now=NOON, as_of=NOON)


def test_the_nearest_three_with_all_fuels_are_suggested(country: Engine):
    """Of those that sell both at a believable price and are not out of stock, the nearest first."""
    found = first_ones(country, [Fuel.DIESEL, Fuel.E10], scenes.ORSAY)

    assert [quote.source_ref for quote in found] == [scenes.CHEAPEST, scenes.MOTORWAY, scenes.FAR_TIE]
    distances = [quote.distance_km for quote in found]
    assert distances == sorted(distances, key=lambda km: km or 0)


def test_a_typing_error_is_not_suggested(country: Engine):
    """The nearest station of all has a price that nobody believes; the old price and the outage are left out too."""
    found = first_ones(country, [Fuel.DIESEL], scenes.ORSAY)

    assert {quote.source_ref for quote in found} == {scenes.CHEAPEST, scenes.CLOSED, scenes.NEAR_TIE}


def test_three_of_many_are_the_three_nearest(database: Engine):
    """Against a hand-made list of ten, nine of them sell both fuels."""
    places = [(46.2 + 0.004 * n, 5.2) for n in (5, 3, 9, 1, 8, 2, 7, 4, 6)]
    records = [
        a_station(str(1_000_000 + n), latitude=north, longitude=east, prices=PRICES)
        for n, (north, east) in enumerate(places)
    ]
    store(database, *records, a_station("2000000"))
    nearest = sorted(records, key=lambda one: distance_km(46.2, 5.2, one.latitude or 0, one.longitude or 0))

    found = first_ones(database, [Fuel.DIESEL, Fuel.E10], (46.2, 5.2))
    assert [quote.source_ref for quote in found] == [record.source_ref for record in nearest[:3]]


def test_fewer_are_suggested_where_there_are_no_more(country: Engine):
    """Around Lyon there is one; in the sea none; without a fuel none."""
    assert [quote.source_ref for quote in first_ones(country, [Fuel.DIESEL], (45.76, 4.83))] == [scenes.LYON]
    assert first_ones(country, [Fuel.DIESEL], (45.0, -8.0)) == []
    assert first_ones(country, [], scenes.ORSAY) == []


def test_suggesting_asks_a_constant_number_of_questions(database: Engine):
    """At most one a fuel and radius, however many stations there are."""
    store(database, *(a_station(str(1_000_000 + n), prices=PRICES) for n in range(40)))
    with counted(database) as sent:
        assert len(first_ones(database, [Fuel.DIESEL, Fuel.E10], (46.2, 5.2))) == 3
    assert len([statement for statement in sent if statement.lstrip().startswith("SELECT")]) == 2
