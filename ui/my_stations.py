"""Everything one can change of what one follows: the list, its fuels, and the ways to one station more."""

from html import escape

import streamlit as st

from ui.follower import Follower, say_problem, tried
from ui.frame import Visit
from ui.fuel_picker import ORDER, fuel_name
from ui.language import say
from ui.station_adder import DRAWER_KEY, add_drawer, adder
from ui.station_list import station_list

FUELS_KEY = "followed_fuels"


def my_stations(who: Follower, visit: Visit) -> None:
    """Draw it. Who follows nothing yet finds the ways to a first station open."""
    say_problem()
    if who.stations:
        add_drawer(who, visit)
    station_list(who, visit)
    if not who.stations:
        # Who adds a first one adds a second: what was found stays in sight.
        st.session_state[DRAWER_KEY] = True
        adder(who, visit)
    st.html(f"<h3 class='cb-h3'>{escape(say('stations.fuels'))}</h3>")
    fuels(who)


def first_station(who: Follower, visit: Visit) -> None:
    """What somebody sees who follows nothing yet: straight into adding."""
    st.html(
        f"<h2 class='cb-h2'>{escape(say('mine.first'))}</h2><p class='cb-small'>{escape(say('mine.first_why'))}</p>"
    )
    adder(who, visit)


def fuels(who: Follower) -> None:
    """The fuels that are followed; each tap is kept at once."""
    # Another tab, or the profile, may have changed them since.
    st.session_state[FUELS_KEY] = list(who.fuels)
    st.pills(
        say("stations.fuels"),
        ORDER,
        selection_mode="multi",
        format_func=fuel_name,
        key=FUELS_KEY,
        on_change=_choose,
        args=(who,),
        label_visibility="collapsed",
        width="stretch",
    )


def _choose(who: Follower) -> None:
    tried(who.choose_fuels, st.session_state[FUELS_KEY])
