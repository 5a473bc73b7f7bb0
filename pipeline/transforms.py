"""The generic transforms: small named steps that every source's stations go through, in this order, each counted."""

import math
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator
from statistics import median_low
from typing import Any, NamedTuple

from adapters.geocoding import POINTS_A_DEGREE, Place, Point
from pipeline.bulk import Row
from pipeline.harvest import ADDRESS, AREA, DERIVED, LATITUDE, LONGITUDE, TOWN, Draft, Harvest
from pipeline.normalise import bands, town_name
from records import Derived, oldest_fresh

# Departments and provinces are 220 km wide at most; real stations lie within 110 km of the middle of their own.
FARTHEST_KM = 250.0
# Below so many stations their middle says nothing.
FEWEST_STATIONS = 5
# A town is not asked of a station farther away than this.
NEIGHBOUR_KM = 10.0
KM_A_DEGREE = 111.2
# A cell is at least NEIGHBOUR_KM high and, as far north as France goes, wide: a neighbour lies in one of nine.
CELL_HEIGHT, CELL_WIDTH = 0.1, 0.15


class EachStation(NamedTuple):
    """A step over one station at a time, as it is read."""

    name: str
    apply: Callable[[Draft], bool]
    """Whether it changed anything."""


class WholeHarvest(NamedTuple):
    """A step that needs all stations or prices of the extract."""

    name: str
    apply: Callable[[Harvest], int]
    """How many stations or prices it changed or marked."""


def drop_half_position(draft: Draft) -> bool:
    """Take out a position of one number only, and that of the sea off Africa, which stands for none."""
    north, east = draft[LATITUDE], draft[LONGITUDE]
    if north is not None and east is not None and (north or east):
        return False
    draft[LATITUDE] = draft[LONGITUDE] = None
    return north is not None or east is not None


def spell_town(draft: Draft) -> bool:
    """Spell the town for display."""
    written: str = draft[TOWN]
    spelt = town_name(written)
    if spelt == written:
        return False
    draft[TOWN] = spelt
    return True


def drop_misplaced(harvest: Harvest) -> int:
    """Take out positions that lie out of all proportion to those of the same area: another end of the country."""
    by_area: defaultdict[str, list[Row]] = defaultdict(list)
    for row in harvest.stations.values():
        if row[LATITUDE] is not None:
            by_area[row[AREA]].append(row)
    by_area.pop("", None)
    doubtful = [there for there in by_area.values() if len(there) >= FEWEST_STATIONS and _is_wide(there)]
    misplaced: set[tuple[str, float, float]] = set()
    for there in doubtful:
        middle = median_low(row[LATITUDE] for row in there), median_low(row[LONGITUDE] for row in there)
        places = {(row[LATITUDE], row[LONGITUDE]) for row in there}
        misplaced |= {(there[0][AREA], *place) for place in places if _km(middle, place) > FARTHEST_KM}
    if not misplaced:
        return 0
    refs = [ref for ref, row in harvest.stations.items() if (row[AREA], row[LATITUDE], row[LONGITUDE]) in misplaced]
    for ref in refs:
        _set(harvest, ref, {LATITUDE: None, LONGITUDE: None})
    return len(refs)


def fill_from_position(harvest: Harvest) -> int:
    """Fill a missing address or town with what the address service is known to say of the position."""
    filled = 0
    for ref, row in _lacking(harvest) if harvest.places else ():
        at = point_of(row)
        place = harvest.places.get(at) if at else None
        found = _facts_of(place, row) if place else {}
        if found:
            _set(harvest, ref, found)
            filled += 1
    return filled


def take_town_of_neighbour(harvest: Harvest) -> int:
    """Give a station without a town that of the nearest one that tells its own."""
    lost = [(ref, row) for ref, row in harvest.stations.items() if not row[TOWN] and row[LATITUDE] is not None]
    if not lost:
        return 0
    cells: dict[tuple[int, int], list[tuple[float, float, str]]] = {}
    for row in harvest.stations.values():
        if row[TOWN] and not row[DERIVED] and row[LATITUDE] is not None:
            cells.setdefault(_cell(row), []).append((row[LATITUDE], row[LONGITUDE], row[TOWN]))
    filled = 0
    for ref, row in lost:
        here, (up, along) = (row[LATITUDE], row[LONGITUDE]), _cell(row)
        near = [
            (_km(here, (north, east)), town)
            for i in (up - 1, up, up + 1)
            for j in (along - 1, along, along + 1)
            for north, east, town in cells.get((i, j), ())
        ]
        km, town = min(near, default=(math.inf, ""))
        if km <= NEIGHBOUR_KM:
            _set(harvest, ref, {TOWN: town, DERIVED: row[DERIVED] | Derived.TOWN_OF_NEIGHBOUR.value})
            filled += 1
    return filled


def mark_suspect(harvest: Harvest) -> int:
    """Find each fuel's band of believable prices, and count the prices outside."""
    # Old prices tell what fuel cost then; where a fuel has no other, they must do.
    oldest = oldest_fresh(harvest.extract_at or 0)
    fresh: dict[int, list[int]] = {fuel: [] for fuel in oldest}
    stale: dict[int, list[int]] = {fuel: [] for fuel in oldest}
    for found in harvest.prices.values():
        for fuel, price, updated_at in found:
            (fresh if updated_at >= oldest[fuel] else stale)[fuel].append(price)
    for prices in (*fresh.values(), *stale.values()):
        # Once for the bands and for the count; what is in order is quickly put in order again.
        prices.sort()
    harvest.bands = bands({fuel: fresh[fuel] or stale[fuel] for fuel in oldest if fresh[fuel] or stale[fuel]})
    outside = 0
    for fuel, band in harvest.bands.items():
        for ordered in (fresh[fuel], stale[fuel]):
            outside += bisect_left(ordered, band.low) + len(ordered) - bisect_right(ordered, band.high)
    return outside


STEPS: tuple[EachStation | WholeHarvest, ...] = (
    EachStation("position_incomplete", drop_half_position),
    EachStation("town_spelt", spell_town),
    WholeHarvest("position_misplaced", drop_misplaced),
    WholeHarvest("filled_from_position", fill_from_position),
    WholeHarvest("town_of_neighbour", take_town_of_neighbour),
    WholeHarvest("price_suspect", mark_suspect),
)
"""Steps over each station come before those over the whole, which find it read."""


def points_lacking(harvest: Harvest) -> list[Point]:
    """The positions, each once, of the stations whose own publisher tells no address or no town."""
    points = (
        point_of(row) for row in harvest.stations.values() if row[DERIVED] or not row[TOWN] or not _tells(row[ADDRESS])
    )
    return list(dict.fromkeys(point for point in points if point))


def point_of(row: Row) -> Point | None:
    """The position of a station as the address service is asked for it; None where it has none."""
    if row[LATITUDE] is None:
        return None
    return round(row[LATITUDE] * POINTS_A_DEGREE), round(row[LONGITUDE] * POINTS_A_DEGREE)


def _lacking(harvest: Harvest) -> Iterator[tuple[str, Row]]:
    # A copy: the rows are exchanged on the way.
    yield from [(ref, row) for ref, row in harvest.stations.items() if not row[TOWN] or not _tells(row[ADDRESS])]


def _tells(address: str) -> bool:
    # `-` and `.` are typed where a form demands something.
    return len(address) > 1 or address.isalnum()


def _is_wide(there: list[Row]) -> bool:
    """Whether these stations lie so far apart that one may be too far from their middle."""
    norths = [row[LATITUDE] for row in there]
    easts = [row[LONGITUDE] for row in there]
    return _km((min(norths), min(easts)), (max(norths), max(easts))) > FARTHEST_KM


def _facts_of(place: Place, row: Row) -> dict[int, Any]:
    facts: dict[int, Any] = {}
    derived = row[DERIVED]
    if place.town and not row[TOWN]:
        facts[TOWN] = place.town
        derived |= Derived.TOWN_OF_POSITION.value
    if place.address and not _tells(row[ADDRESS]):
        facts[ADDRESS] = place.address
        derived |= Derived.ADDRESS_OF_POSITION.value
    return facts | {DERIVED: derived} if facts else {}


def _set(harvest: Harvest, ref: str, facts: dict[int, Any]) -> None:
    draft = list(harvest.stations[ref])
    for column, value in facts.items():
        draft[column] = value
    harvest.stations[ref] = tuple(draft)


def _cell(row: Row) -> tuple[int, int]:
    return math.floor(row[LATITUDE] / CELL_HEIGHT), math.floor(row[LONGITUDE] / CELL_WIDTH)


def _km(here: tuple[float, float], there: tuple[float, float]) -> float:
    # Flat, which is exact to a thousandth over such distances.
    sideways = (there[1] - here[1]) * math.cos(math.radians(here[0]))
    return KM_A_DEGREE * math.hypot(there[0] - here[0], sideways)
