"""What the area of a station is called that its price is held against: a department here, a province abroad."""

from services import shared
from services.medians import NATION, nation_of
from sources import WANTED_ONLY
from ui.frame import Visit


def by_area(area: str, department: str, province: str) -> str:
    """Of two texts the one that speaks of the area as its people do.

    >>> by_area("FR-91", "beside.at", "beside.at_province"), by_area("ES-20", "beside.at", "beside.at_province")
    ('beside.at', 'beside.at_province')
    """
    return department if nation_of(area) == NATION else province


def against_areas(visit: Visit) -> str:
    """What the colours of the national map stand for: with neighbours on it, areas of both kinds."""
    has_neighbours = not WANTED_ONLY.isdisjoint(shared.data_dates(visit.state.version))
    return visit.say("map.against_areas" if has_neighbours else "map.against_department")
