"""All of what a member has, without an account: three stations and two fuels to begin with, kept in the visit only."""

from html import escape

import streamlit as st

from ui import frame
from ui.demo_state import demo
from ui.home_board import home_board
from ui.language import say
from ui.my_stations import fuels
from ui.station_adder import add_drawer
from ui.station_list import station_list
from ui.ways import ways_html

frame.guard()
visit = frame.enter(say("demo.title"), style="following")
who = demo(visit)

st.html(f"<h2 class='cb-h2'>{escape(say('demo.title'))}</h2><p class='cb-small'>{escape(say('demo.what'))}</p>")
home_board(who, visit)
if who.stations:
    add_drawer(who, visit)
    with st.expander(say("demo.manage"), icon=":material/edit:", key="manage", on_change="rerun") as drawer:
        if drawer.open:
            station_list(who, visit)
            fuels(who)
if visit.account is None:
    st.html(ways_html({"register": say("demo.keep")}))
