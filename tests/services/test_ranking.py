"""Which station comes first."""

from itertools import pairwise, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from records import Fuel
from services.opening import Opening, OpenState
from services.quotes import Quote, around
from services.ranking import Ranking, Sort, Standing, rank, standing
from services.savings import Fill
from session import reading
from tests import scenes
from tests.quotes import NOON, a_quote

SHUT = Opening(OpenState.CLOSED)
QUOTES = st.builds(
    a_quote,
    source_ref=st.integers(1_000_000, 1_000_009).map(str),
    price=st.none() | st.integers(1500, 1505),
    is_gone=st.booleans(),
    is_stale=st.booleans(),
    is_suspect=st.booleans(),
    out_since=st.none() | st.just(NOON),
    opening=st.sampled_from(OpenState).map(Opening),
    distance_km=st.none() | st.integers(0, 5).map(float),
)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, Standing.AVAILABLE),
        ({"opening": Opening(OpenState.UNKNOWN)}, Standing.AVAILABLE),
        ({"opening": Opening(OpenState.ALWAYS)}, Standing.AVAILABLE),
        ({"opening": SHUT}, Standing.CLOSED_NOW),
        ({"is_stale": True}, Standing.STALE),
        ({"is_stale": True, "opening": SHUT}, Standing.STALE),
        ({"out_since": NOON}, Standing.OUT_OF_STOCK),
        ({"out_since": NOON, "is_stale": True}, Standing.OUT_OF_STOCK),
        ({"price": None, "updated_at": None, "out_since": NOON}, Standing.OUT_OF_STOCK),
        ({"is_gone": True}, Standing.GONE),
        ({"is_gone": True, "out_since": NOON, "is_stale": True}, Standing.GONE),
    ],
)
def test_the_worst_that_is_true_decides(facts: dict[str, object], expected: Standing):
    """Gone before out of stock, out of stock before stale, stale before closed; silence about hours is no fault."""
    assert standing(a_quote(**facts)) is expected


def test_the_country_in_its_order(country: Engine):
    """The tie by distance, the motorway by its price, then closed, stale and out of stock; the typing error apart."""
    with reading(country) as session:
        found = around(
            session,
            Fuel.DIESEL,
            latitude=scenes.ORSAY[0],
            longitude=scenes.ORSAY[1],
            radius_km=10,
            now=scenes.NOON,
            as_of=scenes.NOON,
        )
    ranking = rank(found)

    assert [quote.source_ref for quote in ranking.quotes] == [
        scenes.CHEAPEST, scenes.NEAR_TIE, scenes.FAR_TIE, scenes.MOTORWAY, scenes.CLOSED, scenes.STALE, scenes.OUT,
    ]  # fmt: skip
    assert [quote.source_ref for quote in ranking.suspect] == [scenes.SUSPECT]
    assert ranking.best is ranking.quotes[0]


@pytest.mark.parametrize("facts", [{"is_stale": True}, {"opening": SHUT}, {"out_since": NOON}, {"is_gone": True}])
def test_what_cannot_be_counted_on_never_comes_first(facts: dict[str, object]):
    """However cheap and near, behind what can be had now."""
    sound, doubtful = a_quote(price=2000, distance_km=9.0), a_quote(price=1000, distance_km=0.1, **facts)

    assert rank([doubtful, sound]).quotes == (sound, doubtful)
    assert rank([doubtful, sound]).best is sound


def test_a_closed_one_never_comes_before_an_open_one_of_its_kind():
    """Also among stale prices, where one drives on a guess anyway."""
    open_ = a_quote(is_stale=True, price=1700)
    closed = a_quote(is_stale=True, price=1600, opening=SHUT)

    assert rank([closed, open_]).quotes == (open_, closed)


@pytest.mark.parametrize("facts", [{"out_since": NOON}, {"price": None, "out_since": NOON}, {"is_gone": True}])
def test_what_cannot_be_had_is_never_the_best(facts: dict[str, object]):
    """Shown, but there is no best."""
    ranking = rank([a_quote(**facts)])

    assert len(ranking.quotes) == 1
    assert ranking.best is None


@pytest.mark.parametrize("facts", [{"is_stale": True}, {"opening": SHUT}])
def test_alone_a_doubtful_one_is_the_best_there_is(facts: dict[str, object]):
    """The page says why it is doubtful; nothing better is known."""
    ranking = rank([a_quote(**facts)])

    assert ranking.best is ranking.quotes[0]


def test_a_suspect_price_is_set_apart_and_never_the_best():
    """Cheaper than all others because somebody mistyped."""
    suspect, sound = a_quote(price=900, is_suspect=True), a_quote(price=1700)

    assert rank([suspect, sound]) == Ranking((sound,), (suspect,))
    assert rank([suspect]).best is None


def test_at_one_price_the_nearer_comes_first_then_the_smaller_id():
    """The order of the list never depends on that of the base."""
    ordered = [
        a_quote(distance_km=1.0, source_ref="2"),
        a_quote(distance_km=2.0, source_ref="1"),
        a_quote(distance_km=2.0, source_ref="3"),
    ]
    for shuffled in permutations(ordered):
        assert list(rank(shuffled).quotes) == ordered


def test_without_a_price_last_of_those_out_of_stock():
    """A price tells at least what it will cost again."""
    with_price, without = a_quote(out_since=NOON), a_quote(out_since=NOON, price=None)

    assert rank([without, with_price]).quotes == (with_price, without)


def test_nothing_found_has_no_best():
    """An empty search is no error."""
    assert rank([]) == Ranking((), ())
    assert rank([]).best is None


@given(st.lists(QUOTES, max_size=12))
def test_ranking_loses_nothing_and_keeps_its_promises(quotes: list[Quote]):
    """All are there once, standings in order, each kind open first and cheapest first, and the best can be had."""
    ranking = rank(quotes)

    assert sorted(map(id, (*ranking.quotes, *ranking.suspect))) == sorted(map(id, quotes))
    assert all(quote.is_suspect for quote in ranking.suspect)
    assert not any(quote.is_suspect for quote in ranking.quotes)
    for first, second in pairwise(ranking.quotes):
        assert standing(first) <= standing(second)
        is_same = standing(first) is standing(second) and first.opening.state == second.opening.state
        if is_same and first.price is not None and second.price is not None:
            assert first.price <= second.price
        if standing(first) is standing(second) and first.opening.state is OpenState.CLOSED:
            assert second.opening.state is OpenState.CLOSED
    best = ranking.best
    if best is not None:
        assert best.price is not None
        assert best.out_since is None
        assert not best.is_gone
        assert not best.is_suspect


def test_an_unknown_way_does_not_win():
    """By distance and by net cost a station without a position comes last of its standing; by price it may lead."""
    lost, near = a_quote(source_ref="1", price=1_500, distance_km=None), a_quote(source_ref="2", price=1_700)
    out = a_quote(source_ref="3", price=1_400, out_since=NOON)
    expected = {Sort.PRICE: (lost, near, out), Sort.DISTANCE: (near, lost, out), Sort.NET: (near, lost, out)}

    for sort, quotes in expected.items():
        assert rank([out, near, lost], sort=sort, fill=Fill(50, 6.5)).quotes == quotes
    assert rank([out, near, lost], sort=Sort.NET).quotes == expected[Sort.PRICE]


def test_the_best_of_a_search_is_one_that_anybody_can_have():
    """A club's price stays in the list; only where there is nothing else it is the best."""
    club = a_quote(source_ref="1000001", price=1_500, brand="Costco")
    told = a_quote(source_ref="1000002", price=1_510, address="Réservée aux Membres, 3 avenue de Bréhat")
    open_to_all = a_quote(source_ref="1000003", price=1_600)

    assert rank([club, told, open_to_all]).best_for_all == open_to_all
    assert rank([club, told, open_to_all]).quotes[0] == club
    assert rank([club, told]).best_for_all == club
    assert rank([club, a_quote(source_ref="1000004", out_since=NOON)]).best_for_all == club
