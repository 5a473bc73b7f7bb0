"""Followed stations: what the best is worth, and which to begin with."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from models import Station
from records import Fuel
from services.favourites import boards, saving, suggested
from services.geography import distance_km
from services.opening import Opening, OpenState
from services.quotes import Quote
from services.ranking import rank
from session import reading
from tests import scenes
from tests.builders import a_price, a_station
from tests.quotes import NOON, a_quote, counted, store

SHUT = Opening(OpenState.CLOSED)
PRICES = (a_price(Fuel.DIESEL), a_price(Fuel.E10))


def first_ones(on: Engine, fuels: Sequence[Fuel], place: tuple[float, float]) -> list[Quote]:
    """What a visitor at this place begins with."""
    with reading(on) as session:
        return suggested(session, fuels, latitude=place[0], longitude=place[1], now=NOON, as_of=NOON)


def test_a_saving_is_against_the_mean_of_the_followed():
    """1.60, 1.70 and 1.80: the mean is 1.70, on fifty litres that is 5 euros."""
    ranking = rank([a_quote(price=1800), a_quote(price=1600), a_quote(price=1700)])

    assert saving(ranking) == pytest.approx(5.0)
    assert saving(ranking, litres=10) == pytest.approx(1.0)


def test_a_closed_station_counts_for_the_mean():
    """It opens again tomorrow, and one would have gone there."""
    assert saving(rank([a_quote(price=1600), a_quote(price=1800, opening=SHUT)])) == pytest.approx(5.0)


@pytest.mark.parametrize(
    "facts", [{"is_stale": True}, {"out_since": NOON}, {"is_gone": True}, {"is_suspect": True}, {"price": None}]
)
def test_a_price_that_nobody_would_pay_does_not_count(facts: dict[str, object]):
    """With it the saving would be imagined; without it there is no choice left."""
    unreal = a_quote(**({"price": 2900} | facts))

    assert saving(rank([a_quote(price=1600), unreal])) is None
    assert saving(rank([a_quote(price=1600), a_quote(price=1700), unreal])) == pytest.approx(2.5)


@pytest.mark.parametrize("count", [0, 1])
def test_without_a_choice_there_is_no_saving(count: int):
    """Nothing, or one station."""
    assert saving(rank([a_quote()] * count)) is None


def test_nothing_is_saved_where_the_cheaper_ones_are_closed():
    """The best to be had now lies above the mean: zero, never a loss shown as a gain."""
    assert saving(rank([a_quote(price=1800), a_quote(price=1600, opening=SHUT)])) == 0


@given(st.lists(st.tuples(st.integers(1000, 2500), st.sampled_from([SHUT, Opening(OpenState.OPEN)])), max_size=9))
def test_a_saving_is_never_negative(facts: list[tuple[int, Opening]]):
    """Whatever is followed; nor more than the dearest over the cheapest."""
    found = saving(rank(a_quote(price=price, opening=opening) for price, opening in facts))

    assert (found is None) == (len(facts) < 2)
    if found is not None:
        prices = [price for price, _ in facts]
        assert 0 <= found <= (max(prices) - min(prices)) / 1000 * 50 + 1e-9


def test_a_board_a_fuel_in_the_order_asked(country: Engine):
    """Each ranked by itself; a fuel that none of them sells has an empty board."""
    with reading(country) as session:
        ids = session.scalars(select(Station.id).where(Station.town == "Orsay")).all()
        found = boards(session, ids, [Fuel.E10, Fuel.LPG, Fuel.DIESEL], now=NOON, as_of=NOON)

    assert [board.fuel for board in found] == [Fuel.E10, Fuel.LPG, Fuel.DIESEL]
    e10, lpg, diesel = found
    assert [quote.source_ref for quote in e10.ranking.quotes] == [scenes.FAR_TIE, scenes.OUT, scenes.CHEAPEST]
    assert e10.saving == pytest.approx(((1729 + 1739 + 1749) / 3 - 1729) / 1000 * 50)
    assert (lpg.ranking.quotes, lpg.ranking.suspect, lpg.saving) == ((), (), None)
    assert diesel.ranking.best is not None
    assert diesel.ranking.best.source_ref == scenes.CHEAPEST
    assert diesel.saving == pytest.approx(((1659 + 1699 + 1699) / 3 - 1659) / 1000 * 50)
    assert [quote.source_ref for quote in diesel.ranking.suspect] == [scenes.SUSPECT]


def test_nothing_followed_gives_empty_boards(country: Engine):
    """A list from which everything was removed."""
    with reading(country) as session:
        found = boards(session, [], [Fuel.DIESEL], now=NOON, as_of=NOON)

    assert [(board.fuel, board.ranking.best, board.saving) for board in found] == [(Fuel.DIESEL, None, None)]


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
