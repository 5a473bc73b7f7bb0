"""Which names of towns can be read on a map."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from services.towns import Town
from ui.map_layers import landmarks

ZOOM = 4.1
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

    assert landmarks([paris, orsay, lyon], zoom=ZOOM, most=40) == [paris, lyon]
    assert landmarks([orsay, paris, lyon], zoom=ZOOM, most=40) == [orsay, lyon]


def test_an_empty_base_has_no_landmarks():
    """Before the first load."""
    assert landmarks([], zoom=ZOOM, most=40) == []


def test_labels_are_not_too_many():
    """Towns on a grid wide enough for all of them."""
    grid = [a_town(f"{x} {y}", -60 + 12.0 * y, -150 + 20.0 * x) for x in range(10) for y in range(10)]

    assert landmarks(grid, zoom=ZOOM, most=40) == grid[:40]


@given(TOWNS)
def test_labels_stand_apart_and_leave_no_hole(towns: list[Town]):
    """Any two can be read, and every town without a label has one in its way."""
    chosen = landmarks(towns, zoom=ZOOM, most=40)

    assert chosen[:1] == towns[:1]
    assert all(landmarks(pair, zoom=ZOOM, most=40) == list(pair) for pair in combinations(chosen, 2))
    assert all(any(landmarks([label, town], zoom=ZOOM, most=40) == [label] for label in chosen) for town in towns)


def test_names_that_would_run_into_each_other_do_not_stand_side_by_side():
    """Toulouse and Montpellier are two hundred kilometres apart, and too near for a phone; one above another is not."""
    toulouse, montpellier = a_town("Toulouse", 43.60, 1.44), a_town("Montpellier", 43.61, 3.88)
    limoges = a_town("Limoges", 45.83, 1.26)

    assert landmarks([toulouse, montpellier, limoges], zoom=ZOOM, most=40) == [toulouse, limoges]
    assert landmarks([toulouse, montpellier, limoges], zoom=ZOOM + 1, most=40) == [toulouse, montpellier, limoges]
