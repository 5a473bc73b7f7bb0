"""The stations that a member follows: add, name, order, remove."""

from html import escape

import streamlit as st

from ui import account, frame
from ui.follower import follower
from ui.language import say
from ui.my_stations import my_stations

frame.guard()
visit = frame.enter(say("stations.title"), style="following")
account.require()
st.html(f"<h2 class='cb-h2'>{escape(say('stations.title'))}</h2>")
my_stations(follower(visit), visit)
st.html(frame.data_line(visit))
