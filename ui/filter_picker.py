"""Filters and order of a search: a button, a drawer that is built while it is open, and what is chosen in sight."""

from collections.abc import Iterator, Sequence
from html import escape
from urllib.parse import urlencode

import streamlit as st

from services import shared
from services.filter_words import AMENITIES, MOST_BRANDS, SWITCHES, filters_of, words_of
from services.filters import NO_FILTERS, Filters
from services.opening import is_night
from services.ranking import Sort
from ui.device import Place
from ui.frame import Visit
from ui.kept import kept_pills
from ui.language import say
from ui.plain import plain
from ui.search_state import FILTERS_KEY, SORT_KEY, Search, keep_filters

OPEN_KEY = "filters_open"
GROUPS = {"switches": tuple(SWITCHES), "amenities": tuple(AMENITIES)}
BRANDS_KEY = "filters_brands"
SHOWN_BRANDS = 12


def filter_button() -> None:
    """Draw the button that opens and shuts the drawer; it tells how many filters are set."""
    count = st.session_state[FILTERS_KEY].count
    st.button(
        say("filter.button_some", count=count) if count else say("filter.button"),
        key="filters",
        icon=":material/expand_less:" if st.session_state.get(OPEN_KEY) else ":material/tune:",
        on_click=_turn,
    )


def filter_drawer(place: Place, radius_km: int, visit: Visit) -> None:
    """Draw the drawer if it is open; what is chosen there is kept in the visit (`search_state.current`)."""
    if st.session_state.get(OPEN_KEY):
        with st.container(key="filter_drawer", gap="small"):
            kept_pills(say("filter.sort"), tuple(Sort), key=SORT_KEY, default=Sort.PRICE, format_func=_sort_name)
            _choices(_brands(visit, place, radius_km))


def unordered_filters(visit: Visit, place: Place | None = None, radius_km: int = 0) -> Filters:
    """Draw the button, the drawer if it is open (a map has no order), else what is set; what is chosen.

    The brands are those within `radius_km` of `place`, without one all there are. What is set is kept
    on the device, and what the address tells is kept true.
    """
    filters: Filters = st.session_state[FILTERS_KEY]
    with st.container(horizontal=True, key="filters_set", gap="small"):
        filter_button()
        if not st.session_state.get(OPEN_KEY):
            _chips(filters)
    if st.session_state.get(OPEN_KEY):
        with st.container(key="filter_drawer", gap="small"):
            _choices(_brands(visit, place, radius_km))
    if unsure := hours_html(filters, visit):
        st.html(unsure)
    keep_filters(filters)
    return filters


def chosen_html(search: Search) -> str:
    """Every filter that is set, each a link to the same search without it: nobody wonders what is missing."""
    chips = [_chip(search, name, without) for name, without in _each_taken_away(search.filters)]
    if search.sort is not Sort.PRICE:
        chips.insert(0, _chip(search, say(f"filter.sorted_{search.sort.value}"), search.filters, Sort.PRICE))
    if not chips:
        return ""
    return f"<nav class='cb-set' aria-label='{escape(say('filter.active'), quote=True)}'>{''.join(chips)}</nav>"


def hours_html(filters: Filters, visit: Visit) -> str:
    """What a filter for what is open does not know; nothing at night, when it leaves such stations out."""
    if not filters.open_now or is_night(visit.now):
        return ""
    return f"<p class='cb-small'>{escape(say('filter.unknown_hours'))}</p>"


def hidden_words(hidden: int) -> str:
    """What to say where the filters leave nothing of so many stations; nothing where there were none."""
    if hidden == 0:
        return ""
    return say("results.hidden_one") if hidden == 1 else say("results.hidden", count=hidden)


def clear() -> None:
    """Take all filters away; the order stays. A callback."""
    st.session_state[FILTERS_KEY] = NO_FILTERS


def _brands(visit: Visit, place: Place | None, radius_km: int) -> tuple[str, ...]:
    if place is None:
        return shared.all_brands(visit.state.version)
    return shared.brands_around(
        visit.state.version, latitude=place.latitude, longitude=place.longitude, radius_km=radius_km
    )


def _chips(filters: Filters) -> None:
    """A button for each filter that is set, to take it away."""
    # Not links as beside a search: an address without a place does not lead back to a view of the map.
    for number, (name, without) in enumerate(_each_taken_away(filters)):
        spoken = say("filter.without", name=plain(name))
        st.button(spoken, key=f"without_{number}", icon=":material/close:", on_click=_choose, args=(without,))


def _each_taken_away(filters: Filters) -> Iterator[tuple[str, Filters]]:
    """What each filter that is set is called, and the filters without it."""
    words = words_of(filters)
    for word in words:
        yield _word_name(word), filters_of([one for one in words if one != word], filters.brands)
    for brand in sorted(filters.brands):
        yield brand, filters_of(words, filters.brands - {brand})


def _choices(brands: Sequence[str]) -> None:
    """All that can be filtered by; of `brands` the first, and those that are chosen."""
    filters: Filters = st.session_state[FILTERS_KEY]
    for group, words in GROUPS.items():
        chosen = [word for word in words_of(filters) if word in words]
        _pills(say(f"filter.{group}"), words, chosen, key=f"filters_{group}")
    offered = [*brands[:SHOWN_BRANDS], *sorted(filters.brands.difference(brands[:SHOWN_BRANDS]))]
    if offered:
        _pills(say("filter.brands"), offered, sorted(filters.brands), key=BRANDS_KEY)
    if filters != NO_FILTERS:
        st.button(say("filter.clear"), key="filters_clear", icon=":material/close:", on_click=clear)


def _choose(filters: Filters) -> None:
    st.session_state[FILTERS_KEY] = filters


def _pills(label: str, options: Sequence[str], chosen: list[str], *, key: str) -> None:
    st.session_state[key] = chosen
    st.pills(
        label,
        options,
        selection_mode="multi",
        key=key,
        format_func=plain if key == BRANDS_KEY else _word_name,
        on_change=_keep,
        width="stretch",
    )


def _chip(search: Search, name: str, filters: Filters, sort: Sort | None = None) -> str:
    without = Search(search.fuel, search.place, search.radius_km, filters, sort or search.sort)
    spoken = escape(say("filter.without", name=name), quote=True)
    address = escape(f"?{urlencode(without.address)}", quote=True)
    return (
        f"<a class='cb-go' href='{address}' aria-label='{spoken}'>"
        f"<span>{escape(name)}<i class='cb-icon' aria-hidden='true' data-sign='close'></i></span></a>"
    )


def _keep() -> None:
    # What a part of the drawer does not show is as it was.
    filters: Filters = st.session_state[FILTERS_KEY]
    state = st.session_state
    words = [word for group in GROUPS for word in state.get(f"filters_{group}") or []]
    brands = state.get(BRANDS_KEY, sorted(filters.brands))
    state[FILTERS_KEY] = filters_of(words, (brands or [])[:MOST_BRANDS])


def _turn() -> None:
    st.session_state[OPEN_KEY] = not st.session_state.get(OPEN_KEY)


def _sort_name(sort: Sort) -> str:
    return say(f"filter.sort_{sort.value}")


def _word_name(word: str) -> str:
    return say(f"filter.word_{word}")
