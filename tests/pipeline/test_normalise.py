"""Names of towns for display, and prices that cannot be believed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.normalise import Band, bands, median, town_name


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("NANTES", "Nantes"),
        ("nantes", "Nantes"),
        ("Bréhan", "Bréhan"),
        ("Saint-servan-sur-mer", "Saint-servan-sur-mer"),
        ("SAINT-DENIS-LES-BOURG", "Saint-Denis-les-Bourg"),
        ("LA ROCHE SUR YON", "La Roche-sur-Yon"),
        ("LA-ROCHE-SUR-YON", "La Roche-sur-Yon"),
        ("LE HAVRE", "Le Havre"),
        ("L'HAY LES ROSES", "L'Hay-les-Roses"),
        ("L’ISLE D’ABEAU", "L'Isle-d'Abeau"),
        ("VILLENEUVE D'ASCQ", "Villeneuve-d'Ascq"),
        ("BERRE L'ETANG", "Berre-l'Etang"),
        ("ST JEAN D'ANGELY", "Saint-Jean-d'Angely"),
        ("STE MARIE AUX MINES", "Sainte-Marie-aux-Mines"),
        ("ST-MAUR S/LOIRE", "Saint-Maur-sur-Loire"),
        ("CHâTILLON-SUR-SEINE", "Châtillon-sur-Seine"),
        ("SAULT-LèS-RETHEL", "Sault-lès-Rethel"),
        ("ÉCOMMOY", "Écommoy"),
        ("OS MARSILLON", "Os Marsillon"),
        ("  NICE  ", "Nice"),
        ("LES", "Les"),
        ("", ""),
        ("-", ""),
    ],
)
def test_a_town_is_spelt_as_on_its_sign(written: str, shown: str):
    """French hyphens and particles, whatever machine shouted the name; care taken by hand is respected."""
    assert town_name(written) == shown


@given(st.text(max_size=40))
def test_any_text_can_be_a_town(text: str):
    """No name crashes the transform, and a name once spelt stays."""
    shown = town_name(text)

    assert town_name(shown) == shown or not shown.isascii()


def test_a_typing_error_lies_outside_the_band_and_a_motorway_inside():
    """Gazole at 1.209 the day the median was 2.189 is an error; 2.60 on a motorway that day is dear."""
    around = [2_189 + step for step in range(-60, 61)]

    band = bands({1: [*around, 1_209, 2_600]})[1]

    assert 1_209 < band.low < 2_129
    assert 2_600 <= band.high < 3_100


def test_where_all_agree_a_cent_is_no_error():
    """The deviation is never taken as nothing."""
    band = bands({1: [1_700] * 100})[1]

    assert band.low < 1_500
    assert band.high > 2_000


def test_few_prices_are_held_against_a_fixed_band():
    """Three stations have no spread to speak of."""
    assert bands({4: [900, 1_000, 1_100]}) == {4: Band(600, 1_600)}


@given(st.lists(st.integers(200, 5_000), min_size=1, max_size=200))
def test_the_median_is_always_believed(prices: list[int]):
    """However odd a day, half of its prices cannot all be errors."""
    band = bands({1: prices})[1]

    assert band.low <= median(sorted(prices)) <= band.high


@pytest.mark.parametrize(("prices", "middle"), [([3], 3), ([1, 2], 1), ([1, 2, 9], 2), ([1, 2, 4, 9], 3)])
def test_the_median_is_the_middle(prices: list[int], middle: int):
    """Between two middles their mean, rounded down."""
    assert median(prices) == middle
