"""The stations and fuels of somebody without an account: kept in the browser session only."""

from dataclasses import dataclass, field

import streamlit as st

from records import Fuel
from services import shared
from services.favourites import suggested
from services.quotes import Quote
from session import reading
from ui import search_state
from ui.cards import station_name
from ui.frame import Visit

KEY = "demo"
MOST_STATIONS = 50
LONGEST_NAME = 80
FUELS = (Fuel.DIESEL, Fuel.E10)
PARIS = (48.8566, 2.3522)


@dataclass
class Followed:
    """A station under the name that its follower gave it."""

    station_id: int
    name: str


@dataclass
class Demo:
    """What is followed in this visit."""

    version: str
    stations: list[Followed] = field(default_factory=list)
    removed: tuple[int, Followed] | None = None
    """The last one removed and where it stood, for undo."""

    def names(self) -> dict[int, str]:
        """Name by station id."""
        return {followed.station_id: followed.name for followed in self.stations}

    def add(self, station_id: int, name: str) -> bool:
        """Follow a station; False where the list is full or holds it already."""
        if len(self.stations) >= MOST_STATIONS or station_id in self.names():
            return False
        self.stations.append(Followed(station_id, clean_name(name)))
        return True

    def rename(self, station_id: int, name: str) -> None:
        """Give a followed station another name; an empty one leaves the old."""
        for followed in self.stations:
            if followed.station_id == station_id and clean_name(name):
                followed.name = clean_name(name)

    def remove(self, station_id: int) -> None:
        """Stop following a station; `undo` brings it back."""
        for place, followed in enumerate(self.stations):
            if followed.station_id == station_id:
                self.removed = place, self.stations.pop(place)
                return

    def undo(self) -> None:
        """Bring back the station removed last, where it stood, unless it is back already or the list is full."""
        if self.removed is not None:
            place, followed = self.removed
            if len(self.stations) < MOST_STATIONS and followed.station_id not in self.names():
                self.stations.insert(place, followed)
            self.removed = None


def demo(visit: Visit) -> Demo:
    """The demo of this visit: three stations near the last place at first. It begins anew when the sample gives way."""
    held = st.session_state.get(KEY)
    kind = visit.state.kind.value
    if not isinstance(held, Demo) or held.version != kind:
        held = Demo(kind)
        for quote in _first_stations(visit):
            held.add(quote.station_id, station_name(quote.address, quote.town))
        st.session_state[KEY] = held
    return held


def clean_name(name: str) -> str:
    """A name as it may be shown: one line, no control characters, at most 80 characters."""
    printable = "".join(c if c.isprintable() else " " for c in name)
    return " ".join(printable.split())[:LONGEST_NAME].rstrip()


def _first_stations(visit: Visit) -> list[Quote]:
    search_state.begin()
    place = st.session_state[search_state.PLACE_KEY]
    points = [(place.latitude, place.longitude)] if place else []
    points += [PARIS, *((town.latitude, town.longitude) for town in shared.all_towns(visit.state.version)[:1])]
    with reading() as session:
        for latitude, longitude in points:
            found = suggested(session, FUELS, latitude=latitude, longitude=longitude, now=visit.now, as_of=visit.as_of)
            if found:
                return found
    return []
