"""What somebody without an account follows: kept in the browser session only."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import streamlit as st

from errors import TooManyStations
from records import Fuel
from services import shared
from services.cars import DEFAULT_CAR, RADIUS_KM, Car, Home
from services.following import MOST_STATIONS, Followed, clean_name
from services.quotes import Quote
from services.suggestions import suggested
from session import reading
from ui import search_state
from ui.frame import Visit
from ui.fuel_picker import ORDER

KEY = "demo"
FUELS = (Fuel.DIESEL, Fuel.E10)
PARIS = (48.8566, 2.3522)


@dataclass
class Demo:
    """What is followed in this visit."""

    kind: str
    """Of the data that the stations are of: those of the sample are gone with it."""
    stations: list[Followed] = field(default_factory=list)
    fuels: list[Fuel] = field(default_factory=lambda: list(FUELS))
    home: Home | None = None
    """The place that the first stations are near to."""
    undoable: tuple[int, Followed] | None = None
    """The station removed last and where it stood."""

    @property
    def car(self) -> Car:
        """The usual car; it takes what is followed."""
        return replace(DEFAULT_CAR, fuels=tuple(sorted(self.fuels)))

    @property
    def removed(self) -> Followed | None:
        """The station removed last."""
        return self.undoable[1] if self.undoable else None

    def add(self, station_id: int) -> None:
        """Follow one station more, as the last; one that is followed stays as it is. Raises TooManyStations."""
        self._insert(len(self.stations), Followed(station_id, ""))

    def rename(self, station_id: int, name: str) -> None:
        """Give a followed station another name; an empty one leaves the old."""
        place = self._place(station_id)
        if place is not None and clean_name(name):
            self.stations[place] = Followed(station_id, clean_name(name))

    def move(self, station_id: int, to: int) -> None:
        """Put a followed station at position `to`, from 0; beyond the ends means at the end."""
        place = self._place(station_id)
        if place is not None:
            self.stations.insert(max(0, to), self.stations.pop(place))

    def remove(self, station_id: int) -> None:
        """Stop following a station; `undo` brings it back."""
        place = self._place(station_id)
        if place is not None:
            self.undoable = place, self.stations.pop(place)

    def undo(self) -> None:
        """Bring back the station removed last, where it stood, unless it is back already. Raises TooManyStations."""
        if self.undoable is not None:
            self._insert(*self.undoable)
            self.undoable = None

    def choose_fuels(self, fuels: Sequence[Fuel]) -> None:
        """Follow these fuels and no others."""
        self.fuels = [fuel for fuel in ORDER if fuel in fuels]

    def _insert(self, place: int, station: Followed) -> None:
        if self._place(station.station_id) is None:
            if len(self.stations) >= MOST_STATIONS:
                raise TooManyStations(str(MOST_STATIONS))
            self.stations.insert(place, station)

    def _place(self, station_id: int) -> int | None:
        return next((place for place, each in enumerate(self.stations) if each.station_id == station_id), None)


def begun(visit: Visit) -> Demo | None:
    """The demo of this visit, if there is one and its stations are still there."""
    held = st.session_state.get(KEY)
    return held if isinstance(held, Demo) and held.kind == visit.state.kind.value else None


def demo(visit: Visit) -> Demo:
    """The demo of this visit: three stations near the last place at first. It begins anew when the sample gives way."""
    held = begun(visit)
    if held is None:
        held = empty(visit)
        found, held.home = _first_stations(visit)
        for quote in found:
            held.add(quote.station_id)
    return held


def empty(visit: Visit) -> Demo:
    """A demo begun anew, in which nothing is followed yet."""
    held = st.session_state[KEY] = Demo(visit.state.kind.value)
    return held


def _first_stations(visit: Visit) -> tuple[list[Quote], Home | None]:
    search_state.begin()
    place = st.session_state[search_state.PLACE_KEY]
    homes = [Home(place.label, place.latitude, place.longitude, RADIUS_KM)] if place else []
    elsewhere = [PARIS, *((town.latitude, town.longitude) for town in shared.all_towns(visit.state.version)[:1])]
    with reading() as session:
        for point in [*(home.position for home in homes), *elsewhere]:
            found = suggested(session, FUELS, latitude=point[0], longitude=point[1], now=visit.now, as_of=visit.as_of)
            if found:
                return found, next((home for home in homes if home.position == point), None)
    return [], None
