"""What is being searched: kept in the visit, in the address of the page (to share it) and on the device."""

from dataclasses import dataclass
from urllib.parse import urlencode

import streamlit as st

from records import Fuel
from services import filter_words, shared
from services.filters import NO_FILTERS, Filters
from services.ranking import Sort
from ui import device
from ui.device import Place
from ui.fuel_picker import DEFAULT

FUEL_KEY = "search_fuel"
RADIUS_KEY = "search_radius"
PLACE_KEY = "search_place"
FILTERS_KEY = "search_filters"
SORT_KEY = "search_sort"
WRITTEN_KEY = "search_written"
RADII_KM = (5, 10, 25, 50)
DEFAULT_RADIUS_KM = 10


@dataclass(frozen=True)
class Search:
    """One search."""

    fuel: Fuel
    place: Place | None
    radius_km: int
    filters: Filters = NO_FILTERS
    sort: Sort = Sort.PRICE

    @property
    def address(self) -> dict[str, str]:
        """The query parameters that lead back to this search."""
        if self.place is None:
            return {"fuel": str(self.fuel.value)}
        return {
            "fuel": str(self.fuel.value),
            "at": f"{self.place.latitude:.4f},{self.place.longitude:.4f}",
            "place": self.place.label,
            "km": str(self.radius_km),
            **filter_words.to_parts(self.filters, self.sort),
        }

    @property
    def link(self) -> str:
        """The address of this search on this site."""
        return f"/?{urlencode(self.address)}"


def begin() -> None:
    """Fill the widgets' state: from a shared address first, else from what the device remembers.

    Once a visit, and again when the reader went back to an earlier search: the address is then not the one that
    `keep` wrote last. A part of an address that makes no sense is left out.
    """
    asked = st.query_params.to_dict()
    is_back = "at" in asked and asked != st.session_state.get(WRITTEN_KEY, asked)
    if PLACE_KEY in st.session_state and not is_back:
        return
    known = device.remembered()
    latitude, _, longitude = asked.get("at", "").partition(",")
    place = device.place_of(asked.get("place", ""), latitude, longitude)
    radius = next((km for km in RADII_KM if asked.get("km") == str(km)), known.radius_km)
    st.session_state[PLACE_KEY] = place or known.place
    st.session_state[FUEL_KEY] = device.fuel_of(asked.get("fuel")) or known.fuel or DEFAULT
    st.session_state[RADIUS_KEY] = radius if radius in RADII_KM else DEFAULT_RADIUS_KM
    # A link to a place without filters means without filters.
    is_told = place is not None or any(name in asked for name in filter_words.NAMES)
    parts = asked if is_told else known.filters
    st.session_state[FILTERS_KEY], st.session_state[SORT_KEY] = filter_words.from_parts(parts, _brands)


def current(place: Place | None) -> Search:
    """The search as the visit keeps it, from `place`: what its widgets will show."""
    state = st.session_state
    return Search(state[FUEL_KEY], place, state[RADIUS_KEY], state[FILTERS_KEY], state[SORT_KEY])


def keep(search: Search) -> None:
    """Write the search into the address of the page and onto the device."""
    st.session_state[PLACE_KEY] = search.place
    if search.place is not None:
        address = search.address
        st.session_state[WRITTEN_KEY] = address
        if st.query_params.to_dict() != address:
            st.query_params.from_dict(address)
        device.remember(
            fuel=search.fuel,
            place=search.place,
            radius_km=search.radius_km,
            filters=filter_words.to_parts(search.filters, search.sort),
        )


def keep_filters(filters: Filters) -> None:
    """Keep filters that were set beside a map: a reload must not bring others back.

    On the device, and in the address where that tells some; else it stays as it is: each new address is one more step
    back for who wants to leave the map.
    """
    device.remember(filters=filter_words.to_parts(filters, st.session_state[SORT_KEY]))
    asked = st.query_params.to_dict()
    others = {name: value for name, value in asked.items() if name not in filter_words.NAMES}
    address = {**others, **filter_words.to_parts(filters, Sort.PRICE)}
    if len(others) < len(asked) and address != asked:
        st.session_state[WRITTEN_KEY] = address
        st.query_params.from_dict(address)


def forget() -> None:
    """Begin anew, in the visit, in the address and on the device."""
    device.forget()
    st.session_state[PLACE_KEY] = None
    st.session_state[FILTERS_KEY], st.session_state[SORT_KEY] = NO_FILTERS, Sort.PRICE
    st.query_params.clear()


def _brands() -> tuple[str, ...]:
    return shared.all_brands(shared.state().version)
