"""What there is to see of what somebody follows: asked once a run, for every way to draw it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from records import Fuel
from services import shared
from services.advice import FuelBoard, running_costs
from services.cars import RADIUS_KM
from services.history import Step
from services.quotes import Quote
from services.savings import PETROLS, SideBySide
from services.stations import StationFacts
from ui.cards import station_name
from ui.follower import Follower
from ui.frame import Visit


@dataclass(frozen=True)
class BoardView:
    """The followed stations with what they ask."""

    visit: Visit
    who: Follower
    boards: tuple[FuelBoard, ...]
    """One for each followed fuel, in the order of the picker."""
    trends: Mapping[tuple[int, Fuel], tuple[Step, ...]]
    facts: Mapping[int, StationFacts]
    names: Mapping[int, str]
    """The own names by station id; empty where none was given."""
    running: SideBySide | None
    """The petrols that the car takes, side by side."""

    def title(self, station: Quote | StationFacts) -> str:
        """What the person calls it, else its brand, name or street."""
        return self.names.get(station.station_id) or station_name(station)


def board_view(who: Follower, visit: Visit) -> BoardView:
    """Look: at most six answers, each kept for all who ask the same within the minute."""
    stations = tuple(station.station_id for station in who.stations)
    fuels = tuple(who.fuels)
    # A car whose fuels nobody told may well take what is followed; the words say so.
    car = who.car if who.car.fuels else replace(who.car, fuels=tuple(sorted(fuels)))
    swapped = [fuel for fuel in PETROLS if fuel in car.fuels]
    more = tuple(fuel for fuel in swapped if fuel not in fuels) if len(swapped) > 1 else ()
    boards = shared.boards(
        visit.state.version,
        stations,
        fuels + more,
        now=visit.now,
        as_of=visit.as_of,
        car=car,
        origin=who.home.position if who.home else None,
        radius_km=who.home.radius_km if who.home else RADIUS_KM,
    )
    return BoardView(
        visit=visit,
        who=who,
        boards=boards[: len(fuels)],
        trends=shared.trends(visit.state.version, stations, fuels, now=visit.as_of),
        facts=shared.station_facts(visit.state.version, stations),
        names={station.station_id: station.name for station in who.stations},
        running=running_costs(boards, car),
    )
