"""Distances and boxes on the globe, in degrees (WGS 84) and kilometres."""

from dataclasses import dataclass
from math import asin, cos, degrees, radians, sin, sqrt

EARTH_RADIUS_KM = 6371.0088
"""Mean radius of the earth, IUGG: https://doi.org/10.1007/s001900050278"""


@dataclass(frozen=True)
class Box:
    """A rectangle of latitudes and longitudes, in degrees."""

    south: float
    north: float
    west: float
    east: float


def distance_km(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """Great-circle distance by the haversine formula.

    >>> round(distance_km(48.8566, 2.3522, 45.7640, 4.8357))  # Paris to Lyon
    391
    """
    phi, other_phi = radians(latitude), radians(other_latitude)
    half_chord = (
        sin((other_phi - phi) / 2) ** 2 + cos(phi) * cos(other_phi) * sin(radians(other_longitude - longitude) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_KM * asin(sqrt(half_chord))


def box_around(latitude: float, longitude: float, radius_km: float) -> Box:
    """The smallest box that holds every point within `radius_km`; it does not reach over a pole or the date line.

    >>> box = box_around(48.0, 2.0, 111.2)
    >>> round(box.south), round(box.north), round(box.west, 1), round(box.east, 1)
    (47, 49, 0.5, 3.5)
    """
    reach = radius_km / EARTH_RADIUS_KM
    span = degrees(reach)
    # The meridians converge: the widest point of the circle lies a little poleward of its centre.
    sideways = degrees(asin(min(1.0, sin(reach) / max(cos(radians(latitude)), 1e-9))))
    return Box(latitude - span, latitude + span, longitude - sideways, longitude + sideways)
