"""The first page of who follows stations: their board, or what is still missing for one."""

from html import escape

import streamlit as st

from ui.board import board
from ui.follower import Follower, say_problem
from ui.frame import Visit
from ui.language import say
from ui.my_stations import first_station, fuels


def home_board(who: Follower, visit: Visit) -> None:
    """Draw it."""
    say_problem()
    if not who.fuels:
        st.html(f"<h2 class='cb-h2'>{escape(say('mine.no_fuel'))}</h2>")
        fuels(who)
    if not who.stations:
        first_station(who, visit)
    elif who.fuels:
        board(who, visit)
