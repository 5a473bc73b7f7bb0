"""Choose where: a town typed with completion, or the browser's own position."""

import streamlit as st

from services.geography import distance_km
from services.known_towns import known_towns
from services.towns import Town, alike, folded, in_address, is_overseas, matches
from texts import formats
from ui.browser_buttons import locate
from ui.device import Place
from ui.language import current, say
from ui.plain import plain

SHOWN_MATCHES = 6
SHORTEST_TYPED = 2
# Farther from every town than this nobody is near one.
NEAR_KM = 50


def settled(place: Place | None, *, key: str) -> Place | None:
    """The place that this run is about: one that was chosen in the run before, else `place`."""
    chosen: Place | None = st.session_state.pop(f"{key}_chosen", None)
    return chosen or place


def place_picker(version: int, place: Place | None, *, key: str) -> Place | None:
    """Draw the picker; the place now chosen. A new choice runs the page again at once, so the answer is never late."""
    is_open = f"{key}_open"
    chosen_key = f"{key}_chosen"
    place = settled(place, key=key)
    with st.container(horizontal=True, vertical_alignment="center", key=f"{key}_row", gap="small"):
        if place is not None and not st.session_state.get(is_open):
            st.button(
                plain(place.label) or f"{place.latitude:.4f}, {place.longitude:.4f}",
                icon=":material/place:",
                help=say("place.change"),
                width="stretch",
                key=f"{key}_change",
                on_click=_open,
                args=(key,),
            )
            typed = None
        else:
            typed = st.text_input(
                say("place.label"),
                key=f"{key}_typed",
                placeholder=say("place.placeholder"),
                label_visibility="collapsed",
                autocomplete="off",
                max_chars=80,
                live=True,
                type="search",
                icon=":material/search:",
            )
        position = locate(key=f"{key}_locate")
    if isinstance(position, tuple):
        _choose(_named(version, *position), is_open, chosen_key)
    elif position:
        st.warning(position, icon=":material/location_off:")
    if typed is not None and st.session_state.pop(f"{key}_focus", False):
        _focus(key)
    if typed is not None:
        _completions(version, typed, is_open, chosen_key, key)
    return place


def _focus(key: str) -> None:
    """Put the cursor into the field that a tap has opened: who taps the place wants to type another one."""
    # The field is drawn after this script runs, on a slow phone long after: what draws it is fetched at first use.
    script = (
        "(tries=>{let hand=false;addEventListener('pointerdown',()=>{hand=true},{once:true});"
        f"const find=()=>{{const field=document.querySelector('.st-key-{key}_typed input');"
        "if(hand)return;if(field)field.focus();else if(tries--)setTimeout(find,50)};find()})(200)"
    )
    st.html(f"<script>{script}</script>", unsafe_allow_javascript=True)


def _completions(version: int, typed: str, is_open: str, chosen_key: str, key: str) -> None:
    if len(typed.strip()) < SHORTEST_TYPED:
        return
    found, answer = matches(known_towns(version), typed), ""
    if not found:
        found, answer = _instead(version, typed)
    if len(found) == 1 and _is_whole(found[0], folded(typed)):
        _choose(_place(found[0]), is_open, chosen_key)
    if answer:
        # Its name has the style sheet hide the results below, which are of another place.
        with st.container(key=f"{key}_unknown"):
            st.info(say(answer), icon=":material/search_off:")
    with st.container(key=f"{key}_matches", gap=None):
        for town in found[:SHOWN_MATCHES]:
            if st.button(
                plain(town.label), key=f"{key}_{town.key}_{town.zip_codes[0]}", width="stretch", type="tertiary"
            ):
                _choose(_place(town), is_open, chosen_key)


def _instead(version: int, typed: str) -> tuple[list[Town], str]:
    """What to offer to who typed no town, and the key of the text that says why."""
    if is_overseas(typed):
        return [], "place.overseas"
    if found := alike(known_towns(version), typed):
        return found, "place.did_you_mean"
    if found := in_address(known_towns(version), typed):
        return found, "place.by_town"
    return [], "place.unknown"


def _is_whole(town: Town, typed: str) -> bool:
    """Whether what was typed is a whole name or holds a whole postcode: then nothing is left to choose."""
    return town.key == typed or not set(town.zip_codes).isdisjoint(typed.split())


def _choose(place: Place, is_open: str, chosen_key: str) -> None:
    st.session_state[chosen_key] = place
    st.session_state[is_open] = False
    st.rerun()


def _open(key: str) -> None:
    st.session_state[f"{key}_open"] = st.session_state[f"{key}_focus"] = True


def _place(town: Town) -> Place:
    return Place(town.label, round(town.latitude, 4), round(town.longitude, 4))


def _named(version: int, latitude: float, longitude: float) -> Place:
    """The reader's position, named after the nearest town that has a station."""
    nearest = min(
        known_towns(version),
        key=lambda town: distance_km(latitude, longitude, town.latitude, town.longitude),
        default=None,
    )
    label = say("place.me")
    if nearest and distance_km(latitude, longitude, nearest.latitude, nearest.longitude) < NEAR_KM:
        label = say("place.near", of_town=formats.of_town(nearest.name, current()))
    return Place(label, latitude, longitude)
