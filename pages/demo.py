"""The whole of favourites without an account: three stations and two fuels to begin with, kept in the visit only."""

from html import escape

import streamlit as st

from services.favourites import boards
from session import reading
from ui import frame
from ui.demo_board import board, fuels_picker, manage
from ui.demo_state import FUELS, demo
from ui.language import say

frame.guard()
visit = frame.enter(say("demo.title"))
held = demo(visit)

st.html(f"<h2 class='cb-h2'>{escape(say('demo.title'))}</h2><p class='cb-small'>{escape(say('demo.what'))}</p>")
fuels = fuels_picker(FUELS, key="demo_fuels")
if not held.stations:
    st.info(say("demo.no_station"), icon=":material/add_location:")
if not fuels:
    st.info(say("demo.no_fuel"), icon=":material/local_gas_station:")

with reading() as session:
    shown = boards(session, list(held.names()), fuels, now=visit.now, as_of=visit.as_of)
if held.stations:
    for each in shown:
        board(each, held, visit)
manage(held, visit, fuels)
st.page_link("pages/register.py", label=say("demo.keep"), icon=":material/person_add:")
st.html(frame.data_line(visit))
