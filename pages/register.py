"""Creating an account: a plain word until accounts are there."""

import streamlit as st

from ui import frame
from ui.language import say

frame.guard()
visit = frame.enter(say("register.title"), waits_for_data=False)
st.html(f"<h2 class='cb-h2'>{say('register.title')}</h2><p>{say('register.later')}</p>")
st.page_link("pages/demo.py", label=say("search.see_demo"), icon=":material/star:")
st.page_link("pages/search.py", label=say("station.back"), icon=":material/arrow_back:")
st.html(frame.data_line(visit))
