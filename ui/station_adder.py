"""Find a station to follow: near a town, near oneself, or on the map."""

from collections.abc import Sequence
from html import escape

import streamlit as st

from records import Fuel
from services import shared, stations
from services.filters import NO_FILTERS, Filters
from services.following import MOST_STATIONS
from services.quotes import Quote
from session import reading
from texts import formats
from ui import search_state
from ui.area_words import against_areas
from ui.cards import place_of, station_name
from ui.demo_state import FUELS
from ui.device import Place
from ui.filter_picker import hidden_words, unordered_filters
from ui.follow_button import follow_button
from ui.follower import Follower, tried
from ui.frame import Visit, say_next
from ui.fuel_picker import fuel_name, fuel_picker
from ui.language import say
from ui.place_picker import place_picker
from ui.plain import plain
from ui.station_map import Point, hidden_on_map, legend, national_map
from ui.station_sheet import summary

WITHIN_KM = 10
SHOWN = 8
PLACE_KEY = "add_place"
SHOWN_KEY = "add_shown"
ON_MAP_KEY = "add_on_map"
DRAWER_KEY = "add_drawer"


def add_drawer(who: Follower, visit: Visit) -> None:
    """The same, drawn only once it is opened."""
    with st.expander(say("stations.add"), icon=":material/add_location:", key=DRAWER_KEY, on_change="rerun") as drawer:
        if drawer.open:
            adder(who, visit)


def adder(who: Follower, visit: Visit) -> None:
    """Draw the ways to a station; a tap follows it."""
    if len(who.stations) >= MOST_STATIONS:
        st.info(say("stations.full", most=MOST_STATIONS), icon=":material/info:")
        return
    before: Place | None = st.session_state.get(PLACE_KEY)
    place = place_picker(visit.state.version, before or _home(who), key="add_where")
    if place != before:
        st.session_state[PLACE_KEY] = place
        st.session_state[SHOWN_KEY] = SHOWN
    filters = NO_FILTERS
    if place is not None or st.session_state.get(ON_MAP_KEY):
        search_state.begin()
        filters = unordered_filters(visit, place, WITHIN_KM)
    # Above the list, which is longer than a phone.
    if st.toggle(say("stations.on_map"), key=ON_MAP_KEY, persist_state="session"):
        _on_map(who, place, filters, visit)
    if place is not None:
        _near(who, place, filters, visit)


def _near(who: Follower, place: Place, filters: Filters, visit: Visit) -> None:
    found = _offered(who, place, filters, visit)
    shown = st.session_state.get(SHOWN_KEY, SHOWN)
    if not found:
        hidden = 0 if filters == NO_FILTERS else len(_offered(who, place, NO_FILTERS, visit))
        words = hidden_words(hidden) or say("stations.none_near", km=WITHIN_KM)
        st.html(f"<p class='cb-small'>{escape(words)}</p>")
    with st.container(key="add_found", gap=None):
        for quote in found[:shown]:
            st.button(
                f"**{plain(station_name(quote))}** {_facts(quote, visit)}",
                icon=":material/add:",
                key=f"add_{quote.station_id}",
                width="stretch",
                type="tertiary",
                on_click=tried,
                args=(_add, who, quote),
            )
    if len(found) > shown:
        more = say("stations.more", count=len(found) - shown)
        st.button(more, key="add_more", width="stretch", on_click=_show, args=(shown + SHOWN,))


def _add(who: Follower, quote: Quote) -> None:
    """Follow it, and say so: its row goes, and the next one stands where it was."""
    who.add(quote.station_id)
    say_next(say("following.added", name=station_name(quote)))


def _facts(quote: Quote, visit: Visit) -> str:
    """Where it is, how far and what it asks: enough to tell two of a brand apart."""
    parts = [plain(place_of(quote)), formats.distance(quote.distance_km or 0, visit.language)]
    if quote.price is not None:
        price = formats.price(quote.price, visit.language)
        parts.append(f"{fuel_name(quote.fuel)}{formats.NO_BREAK_SPACE}{price}")
    return " · ".join(part for part in parts if part)


def _offered(who: Follower, place: Place, filters: Filters, visit: Visit) -> list[Quote]:
    """What passes and is not followed yet."""
    known = {station.station_id for station in who.stations}
    found = _around(place, who.fuels or FUELS, filters, visit)
    return [quote for quote in found if quote.station_id not in known]


def _around(place: Place, fuels: Sequence[Fuel], filters: Filters, visit: Visit) -> list[Quote]:
    """One quote a station that sells one of the fuels, the nearest first; of the first fuel where it sells several."""
    found: dict[int, Quote] = {}
    for fuel in fuels:
        ranking = shared.ranking(
            visit.state.version,
            fuel,
            latitude=place.latitude,
            longitude=place.longitude,
            radius_km=WITHIN_KM,
            now=visit.now,
            as_of=visit.as_of,
            filters=filters,
        )
        for quote in ranking.quotes + ranking.suspect:
            found.setdefault(quote.station_id, quote)
    return sorted(found.values(), key=lambda quote: (quote.distance_km or 0, quote.source_ref))


def _on_map(who: Follower, place: Place | None, filters: Filters, visit: Visit) -> None:
    fuel, mine = fuel_picker(key="add_fuel", default=next(iter(who.fuels or FUELS))), points(who, visit)
    chosen = national_map(fuel, visit, place, key=f"add_map_{hash(place)}", followed=mine, filters=filters)
    hidden = hidden_on_map(fuel, filters, place, visit)
    if hidden:
        st.info(hidden, icon=":material/filter_alt_off:")
    if chosen is None:
        st.html(f"<p class='cb-ask'>{say('map.tap')}</p>")
    else:
        with reading() as session:
            sheet = stations.station_sheet(session, chosen, now=visit.now, as_of=visit.as_of)
        if sheet is not None:
            summary(sheet, fuel, visit)
            follow_button(sheet.station_id, who, visit, key="follow_tapped")
    legend(against_areas(visit), has_followed=bool(mine), has_place=place is not None)


def points(who: Follower, visit: Visit) -> list[Point]:
    """Where the followed stations are."""
    facts = shared.station_facts(visit.state.version, [station.station_id for station in who.stations])
    return [
        (each.latitude, each.longitude)
        for each in facts.values()
        if each.latitude is not None and each.longitude is not None
    ]


def _home(who: Follower) -> Place | None:
    return Place(who.home.label, who.home.latitude, who.home.longitude) if who.home else None


def _show(count: int) -> None:
    st.session_state[SHOWN_KEY] = count
