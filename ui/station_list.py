"""The followed stations in their order: tap one to rename, move or remove it; what was removed can come back."""

from html import escape

import streamlit as st

from services import shared
from services.following import MOST_STATIONS, Followed, clean_name
from services.stations import StationFacts
from texts import formats
from ui.cards import place_of, station_name
from ui.follower import Follower, tried
from ui.frame import Visit
from ui.language import say
from ui.plain import plain

OPEN_KEY = "stations_open"


def station_list(who: Follower, visit: Visit) -> None:
    """Draw the list with its undo."""
    ids = [station.station_id for station in who.stations]
    facts = shared.station_facts(visit.state.version, [*ids, *([who.removed.station_id] if who.removed else [])])
    _undo(who, facts)
    if not ids:
        st.html(f"<p class='cb-ask'>{say('stations.none')}</p>")
        return
    st.html(
        f"<p class='cb-small'><b>{say('stations.count', count=len(ids), most=MOST_STATIONS)}</b> · "
        f"{say('stations.edit')}</p>"
    )
    is_open = st.session_state.get(OPEN_KEY)
    with st.container(key="station_rows", gap=None):
        for position, station in enumerate(who.stations):
            if known := facts.get(station.station_id):
                _row(station, known, visit)
                if station.station_id == is_open:
                    _open_row(who, station, known, position, visit)


def _row(station: Followed, facts: StationFacts, visit: Visit) -> None:
    title = station.name or station_name(facts)
    parts = [station_name(facts), place_of(facts)]
    if facts.gone_at is not None:
        parts = [say("stations.gone", day=formats.day(facts.gone_at, visit.language))]
    where = " · ".join(part for part in parts if part and part not in title)
    st.button(
        f"**{plain(title)}** {plain(where)}",
        key=f"station_{station.station_id}",
        icon=":material/block:" if facts.gone_at is not None else ":material/local_gas_station:",
        width="stretch",
        type="tertiary",
        on_click=_toggle,
        args=(station.station_id,),
    )


def _open_row(who: Follower, station: Followed, facts: StationFacts, position: int, visit: Visit) -> None:
    title = station.name or station_name(facts)
    # Stations of the sample and of the feed may have the same number, one after the other.
    field = f"name_{visit.state.kind.value}_{station.station_id}"
    with st.container(key="station_edit", gap="small"):
        st.text_input(
            say("stations.name"),
            value=station.name,
            placeholder=station_name(facts),
            key=field,
            on_change=_rename,
            args=(who, station, field),
        )
        with st.container(horizontal=True, key="row_verbs", gap="small"):
            for verb, icon, label, place in (
                ("up", "arrow_upward", say("stations.up", name=title), position - 1),
                ("down", "arrow_downward", say("stations.down", name=title), position + 1),
            ):
                st.button(
                    plain(label),  # for those who listen; the eye sees the icon
                    icon=f":material/{icon}:",
                    key=f"row_{verb}",
                    disabled=not 0 <= place < len(who.stations),
                    on_click=tried,
                    args=(who.move, station.station_id, place),
                )
            st.button(
                plain(say("stations.remove", name=title)),
                icon=":material/delete:",
                key="row_remove",
                on_click=tried,
                args=(who.remove, station.station_id),
            )


def _undo(who: Follower, facts: dict[int, StationFacts]) -> None:
    removed = who.removed
    if removed is None or removed.station_id not in facts:
        return
    title = removed.name or station_name(facts[removed.station_id])
    with st.container(horizontal=True, vertical_alignment="center", key="undo_row"):
        st.html(f"<p class='cb-small'>{escape(say('following.removed', name=title))}</p>")
        st.button(say("following.undo"), key="undo", icon=":material/undo:", on_click=tried, args=(who.undo,))


def _rename(who: Follower, station: Followed, field: str) -> None:
    tried(who.rename, station.station_id, st.session_state[field])
    # The field shows the name as it is kept.
    st.session_state[field] = clean_name(st.session_state[field]) or station.name


def _toggle(station_id: int) -> None:
    st.session_state[OPEN_KEY] = None if st.session_state.get(OPEN_KEY) == station_id else station_id
