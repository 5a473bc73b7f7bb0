"""The formulas of docs/savings.md, each against a figure worked out by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records import Fuel
from services.savings import Fill, Reference, detour_km, euros_100km, reference, saving, side_by_side

FILL = Fill(40, 6.0)
PRICES = st.integers(500, 3000)


@pytest.mark.parametrize(
    ("price", "away_km", "road_km", "euros"),
    [
        # 40 l × 1.700 €
        (1_700, 0.0, None, 68.0),
        (1_700, None, None, 68.0),
        # There and back 2 × 5 × 1.3 = 13 km, which burn 0.78 l: 40.78 × 1.700
        (1_700, 5.0, None, 69.326),
        # By road 7 km each way: 0.84 l, 40.84 × 1.700
        (1_700, 5.0, 7.0, 69.428),
    ],
)
def test_a_fill_costs_what_is_pumped_and_what_is_burnt(price: int, away_km: float, road_km: float, euros: float):
    """The way by road goes before the crow's; no known way is no detour."""
    assert FILL.cost(price, away_km, road_km=road_km) == pytest.approx(euros)


def test_the_detour_decides():
    """At 1.680 there are 0.80 € to gain on 40 l of 1.700; 5 km away they cost 1.31 €, 3 km away 0.79 €."""
    assert FILL.cost(1_680, 5.0) - 40 * 1.680 == pytest.approx(0.78 * 1.680)
    assert not FILL.is_worth_detour(1_680, 5.0, instead_of=1_700)
    assert FILL.cost(1_680, 3.0) == pytest.approx(40.468 * 1.680)
    assert FILL.is_worth_detour(1_680, 3.0, instead_of=1_700)
    assert not FILL.is_worth_detour(1_700, 0.0, instead_of=1_700)
    # From home both are a way: 5 km instead of 4 km is one of 0.156 l only.
    assert FILL.is_worth_detour(1_680, 5.0, instead_of=1_700, at_km=4.0)


def test_the_reference_is_what_one_would_otherwise_pay():
    """The mean of those followed, or with one of them the median around; never the dearest."""
    assert reference([1_600, 1_700, 1_800], [1]) == Reference(1_700, 3, is_around=False)
    assert reference([1_600], [1_600, 1_650, 1_990]) == Reference(1_650, 3, is_around=True)
    assert reference([1_600], [1_600, 1_990]) is None
    assert reference([], [1_600, 1_650, 1_990]) is None


def test_a_saving_on_a_fill_and_a_year():
    """0.100 € a litre: 4 € on 40 l; 12,000 km at 6 l are 720 l, 72 €."""
    found = saving(1_600, Reference(1_700, 2, is_around=False), fill=FILL, km_a_year=12_000)

    assert (found.per_litre, found.fill, found.year) == pytest.approx((100, 4.0, 72.0))


def test_nothing_saved_is_zero():
    """The cheaper ones are closed: never a loss told as a gain."""
    found = saving(1_750, Reference(1_700, 2, is_around=False), fill=FILL, km_a_year=12_000)

    assert (found.per_litre, found.fill, found.year) == (0, 0, 0)


@given(st.lists(PRICES, min_size=2, max_size=9), st.floats(1, 200), st.floats(1, 50))
def test_a_saving_is_never_more_than_dearest_over_cheapest(prices: list[int], litres: float, litres_100km: float):
    """Whatever is followed; nor less than nothing."""
    against = reference(prices, [])
    assert against is not None
    found = saving(min(prices), against, fill=Fill(litres, litres_100km), km_a_year=10_000)

    assert 0 <= found.fill <= (max(prices) - min(prices)) / 1000 * litres + 1e-9


@given(PRICES, PRICES, st.floats(0, 60), st.floats(0, 60))
def test_a_farther_and_dearer_one_is_never_worth_it(one: int, other: int, near: float, far: float):
    """However the price and the way are mixed."""
    dear, cheap = max(one, other), min(one, other)

    assert not FILL.is_worth_detour(dear, max(near, far), instead_of=cheap, at_km=min(near, far))


def test_petrols_side_by_side():
    """6.4 l at 1.700 are 10.88 €, 6.4 l of SP98 at 1.800 are 11.52 €, 8 l of E85 at 0.800 are 6.40 €.

    E85 is the cheapest up to 10.88 € ÷ 8 l = 1.360 €.
    """
    prices = {Fuel.E10: 1_700, Fuel.SP98: 1_800, Fuel.E85: 800, Fuel.DIESEL: 1_500}
    found = side_by_side(prices, {Fuel.E10: 6.4, Fuel.SP98: 6.4, Fuel.E85: 8.0, Fuel.DIESEL: 5.0})

    assert found is not None
    assert [line.fuel for line in found.lines] == [Fuel.E85, Fuel.E10, Fuel.SP98]
    assert [line.euros_100km for line in found.lines] == pytest.approx([6.40, 10.88, 11.52])
    assert found.break_even == 1_360


def test_there_may_be_nothing_to_put_side_by_side():
    """One petrol alone, or Gazole, which no petrol engine takes; without E85 there is no break-even."""
    assert side_by_side({Fuel.E10: 1_700, Fuel.DIESEL: 1_600}, {Fuel.E10: 6.4, Fuel.DIESEL: 5.0}) is None
    found = side_by_side({Fuel.E10: 1_700, Fuel.SP95: 1_750}, {Fuel.E10: 6.4, Fuel.SP95: 6.4})
    assert found is not None
    assert found.break_even is None


@given(PRICES, st.floats(4, 20), st.floats(4, 25))
def test_at_the_break_even_e85_is_not_the_dearer_one(price: int, litres: float, litres_e85: float):
    """And a thousandth more it is."""
    found = side_by_side({Fuel.E10: price, Fuel.E85: 800}, {Fuel.E10: litres, Fuel.E85: litres_e85})

    assert found is not None
    assert found.break_even is not None
    assert euros_100km(found.break_even, litres_e85) <= euros_100km(price, litres) + 1e-9
    assert euros_100km(found.break_even + 1, litres_e85) > euros_100km(price, litres) - 1e-9


@given(st.floats(0, 100))
def test_there_and_back_is_longer_than_the_crow_flies(away_km: float):
    """By the factor and twice."""
    assert detour_km(away_km) == pytest.approx(2.6 * away_km)
