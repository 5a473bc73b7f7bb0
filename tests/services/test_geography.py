"""Distances and the boxes that a search looks into first."""

from math import asin, cos, degrees, radians, sin

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.geography import EARTH_RADIUS_KM, box_around, distance_km

# From the equator to beyond every country with a fuel feed.
LATITUDES = st.floats(-65, 65)
LONGITUDES = st.floats(-150, 150)


@pytest.mark.parametrize(
    ("here", "there", "km"),
    [
        ((48.8566, 2.3522), (43.2965, 5.3698), 660.5),  # Paris, Marseille
        ((50.6292, 3.0573), (42.6887, 2.8948), 883.0),  # Lille, Perpignan
        ((0.0, 0.0), (0.0, 180.0), 20015.1),  # half of the equator
        ((48.0, 2.0), (48.0, 2.0), 0.0),
    ],
)
def test_known_distances(here: tuple[float, float], there: tuple[float, float], km: float):
    """As atlases give them, to a thousandth."""
    assert distance_km(*here, *there) == pytest.approx(km, rel=1e-3, abs=1e-9)


@given(LATITUDES, LONGITUDES, LATITUDES, LONGITUDES)
def test_the_way_back_is_as_long(north: float, east: float, other_north: float, other_east: float):
    """A distance has no direction, is never negative and never more than half round the earth."""
    there = distance_km(north, east, other_north, other_east)

    assert there == pytest.approx(distance_km(other_north, other_east, north, east))
    assert 0 <= there <= EARTH_RADIUS_KM * 3.1416


@given(LATITUDES, LONGITUDES, st.floats(0.05, 500), st.floats(-1, 1), st.floats(-1, 1))
@example(48.7, 2.2, 10.0, 0.9, 0.0)
@example(64.9, 0.0, 500.0, 0.05, 1.0)
def test_the_box_loses_no_point_of_the_circle(
    latitude: float, longitude: float, radius: float, north: float, east: float
):
    """Whatever lies within the radius lies in the box: the box decides first, the distance only after it."""
    box = box_around(latitude, longitude, radius)
    # Points of a wider rectangle, so that those beyond the box are tried too.
    other_north = latitude + north * 1.1 * (box.north - latitude)
    other_east = longitude + east * 1.1 * (box.east - longitude)

    is_inside = box.south <= other_north <= box.north and box.west <= other_east <= box.east
    assert is_inside or distance_km(latitude, longitude, other_north, other_east) > radius


@given(LATITUDES, st.floats(0.05, 500))
def test_the_box_reaches_the_widest_point_of_the_circle(latitude: float, radius: float):
    """It lies poleward of the centre, where the meridians are closer together."""
    box = box_around(latitude, 2.0, radius)
    widest = degrees(asin(sin(radians(latitude)) / cos(radius / EARTH_RADIUS_KM)))

    assert distance_km(latitude, 2.0, widest, box.east) == pytest.approx(radius, rel=1e-6)
    assert distance_km(latitude, 2.0, widest, box.west) == pytest.approx(radius, rel=1e-6)


@given(LATITUDES, st.floats(0.05, 500))
def test_the_box_is_no_larger_than_it_must_be(latitude: float, radius: float):
    """Its northern and southern edges touch the circle."""
    box = box_around(latitude, 2.0, radius)

    assert distance_km(latitude, 2.0, box.north, 2.0) == pytest.approx(radius, rel=1e-6)
    assert distance_km(latitude, 2.0, box.south, 2.0) == pytest.approx(radius, rel=1e-6)


@pytest.mark.parametrize("latitude", [90.0, -90.0, 89.99])
def test_a_pole_is_no_error(latitude: float):
    """An address can ask for it; there is no station there."""
    box = box_around(latitude, 0.0, 50.0)

    assert box.south < latitude < box.north
    assert box.west < 0 < box.east
