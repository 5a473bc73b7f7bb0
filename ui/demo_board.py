"""The favourites of a demo, drawn: a board a fuel, and the drawer where stations are added, named and removed."""

from collections.abc import Sequence
from html import escape

import streamlit as st

from records import Fuel
from services.favourites import FILL_LITRES, FuelBoard
from services.quotes import around
from session import reading
from texts import formats
from ui.cards import Mark, best_mark, card, draw, place_line, station_name
from ui.demo_state import FUELS, LONGEST_NAME, Demo, clean_name, demo
from ui.device import Place
from ui.frame import Visit
from ui.fuel_picker import ORDER, fuel_name
from ui.language import say
from ui.place_picker import place_picker
from ui.plain import plain

FOUND_SHOWN = 8
FOUND_WITHIN_KM = 10
PLACE = "demo_place"


def fuels_picker(default: tuple[Fuel, ...], *, key: str) -> list[Fuel]:
    """Draw the choice of fuels to follow; those chosen, in the order of the picker."""
    if key not in st.session_state:
        st.session_state[key] = list(default)
    chosen = st.pills(
        say("fuel.label"),
        ORDER,
        selection_mode="multi",
        format_func=fuel_name,
        key=key,
        persist_state="session",
        label_visibility="collapsed",
        width="stretch",
    )
    return [fuel for fuel in ORDER if fuel in (chosen or [])]


def board(shown: FuelBoard, held: Demo, visit: Visit) -> None:
    """One fuel: the followed stations, cheapest first."""
    names = held.names()
    st.html(f"<h2 class='cb-h2'>{escape(fuel_name(shown.fuel))}</h2>")
    quotes = [*shown.ranking.quotes, *shown.ranking.suspect]
    if not quotes:
        st.html(f"<p class='cb-small'>{escape(say('demo.not_sold'))}</p>")
    cards = []
    for quote in quotes:
        mark, note = None, ""
        if quote is shown.ranking.best and len(quotes) > 1:
            mark = best_mark(quote, say("demo.best"))
            if shown.saving is not None and shown.saving >= 0.01:  # noqa: PLR2004
                saved = formats.euros(shown.saving, visit.language)
                note = say("demo.saving", saved=saved, litres=FILL_LITRES)
        elif quote.is_suspect:
            mark = Mark(say("price.suspect"), "doubt")
        cards.append(card(quote, visit, mark=mark, note=note, name=names.get(quote.station_id, "")))
    draw(cards)


def manage(held: Demo, visit: Visit, fuels: Sequence[Fuel]) -> None:
    """Rename, remove and add stations; those that sell one of `fuels` are offered."""
    if held.removed is not None:
        with st.container(horizontal=True, vertical_alignment="center", key="undo_row"):
            st.html(f"<p class='cb-small'>{escape(say('demo.removed', name=held.removed[1].name))}</p>")
            st.button(say("demo.undo"), key="undo", on_click=held.undo, icon=":material/undo:")
    with st.expander(say("demo.manage"), icon=":material/edit:", key="manage", on_change="rerun") as drawer:
        if not drawer.open:
            return
        for followed in list(held.stations):
            with st.container(horizontal=True, vertical_alignment="bottom", key=f"row_{followed.station_id}"):
                name = st.text_input(
                    say("demo.name"),
                    value=followed.name,
                    max_chars=LONGEST_NAME,
                    # Stations of the sample and of the feed may have the same number, one after the other.
                    key=f"name_{held.version}_{followed.station_id}",
                    label_visibility="collapsed",
                )
                st.button(
                    plain(say("demo.remove", name=followed.name)),  # for those who listen; the eye sees the icon
                    icon=":material/delete:",
                    key=f"remove_{followed.station_id}",
                    on_click=held.remove,
                    args=(followed.station_id,),
                )
            # Compared as it would be kept, or "a  b" would be renamed for ever.
            if clean_name(name) not in {"", followed.name}:
                held.rename(followed.station_id, name)
                st.rerun()
        _add(held, visit, fuels or FUELS)


def _add(held: Demo, visit: Visit, fuels: Sequence[Fuel]) -> None:
    st.html(f"<h3 class='cb-h3'>{escape(say('demo.add'))}</h3>")
    place: Place | None = place_picker(visit.state.version, st.session_state.get(PLACE), key="demo_where")
    st.session_state[PLACE] = place
    if place is None:
        return
    with reading() as session:
        found = {
            quote.station_id: quote
            for fuel in fuels
            for quote in around(
                session,
                fuel,
                latitude=place.latitude,
                longitude=place.longitude,
                radius_km=FOUND_WITHIN_KM,
                now=visit.now,
                as_of=visit.as_of,
            )
        }
    known = held.names()
    near = sorted(found.values(), key=lambda quote: quote.distance_km or 0)
    for quote in [quote for quote in near if quote.station_id not in known][:FOUND_SHOWN]:
        name = station_name(quote.address, quote.town)
        st.button(
            plain(f"{name} · {place_line(quote, visit)}"),
            icon=":material/add:",
            key=f"add_{quote.station_id}",
            width="stretch",
            on_click=_follow,
            args=(visit, quote.station_id, name),
        )


def _follow(visit: Visit, station_id: int, name: str) -> None:
    demo(visit).add(station_id, name)
