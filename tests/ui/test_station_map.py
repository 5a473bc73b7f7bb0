"""What the map can do without a browser."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from services.geography import distance_km
from services.layers import Shade
from services.towns import Town
from ui.station_map import COLOUR_BY_SHADE, COLOURS, landmarks

APART_KM = 110.0
TOWNS = st.lists(
    st.builds(
        Town,
        name=st.text(max_size=5),
        zip_codes=st.just(("01000",)),
        latitude=st.floats(42, 51),
        longitude=st.floats(-5, 8),
        stations=st.integers(1, 90),
        key=st.just("x"),
    ),
    max_size=30,
)


def a_town(name: str, latitude: float, longitude: float) -> Town:
    """A town with a station."""
    return Town(name, ("01000",), latitude, longitude, 1, name)


def test_a_suburb_gives_way_to_its_city():
    """Larger towns come first; who lies too near to one of them has no label."""
    paris, orsay, lyon = a_town("Paris", 48.86, 2.35), a_town("Orsay", 48.70, 2.19), a_town("Lyon", 45.76, 4.84)

    assert landmarks([paris, orsay, lyon], apart_km=APART_KM, most=40) == [paris, lyon]
    assert landmarks([orsay, paris, lyon], apart_km=APART_KM, most=40) == [orsay, lyon]


def test_an_empty_base_has_no_landmarks():
    """Before the first load."""
    assert landmarks([], apart_km=APART_KM, most=40) == []


def test_labels_are_not_too_many():
    """Towns on a grid wide enough for all of them."""
    grid = [a_town(f"{x} {y}", -60 + 12.0 * y, -150 + 20.0 * x) for x in range(10) for y in range(10)]

    assert landmarks(grid, apart_km=APART_KM, most=40) == grid[:40]


@given(TOWNS)
def test_labels_stand_apart_and_leave_no_hole(towns: list[Town]):
    """Any two can be read, and every town without a label is near one that has it."""
    chosen = landmarks(towns, apart_km=APART_KM, most=40)

    def apart(one: Town, other: Town) -> float:
        return distance_km(one.latitude, one.longitude, other.latitude, other.longitude)

    assert chosen[:1] == towns[:1]
    assert all(apart(one, other) > APART_KM for one, other in combinations(chosen, 2))
    assert all(any(apart(town, label) <= APART_KM for label in chosen) for town in towns)


def test_every_shade_has_a_colour_of_its_own():
    """In the legend, and in what the browser evaluates."""
    assert COLOURS.keys() == set(Shade)
    assert len(set(COLOURS.values())) == len(Shade)
    for value in Shade:
        assert f"c == {value.value} ? {list(COLOURS[value])} :" in COLOUR_BY_SHADE
