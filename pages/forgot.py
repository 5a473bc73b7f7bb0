"""The way back for who forgot their password or username. The answer is the same for everybody, known or not."""

from html import escape

import streamlit as st

from adapters.mail import can_send
from ui import forgot, frame
from ui.language import say

frame.guard()
visit = frame.enter(say("forgot.title"), waits_for_data=False)
st.html(f"<h2 class='cb-h2'>{escape(say('forgot.title'))}</h2>")
if can_send():
    forgot.ask(visit)
else:
    forgot.no_way_by_mail()
st.page_link("pages/login.py", label=say("nav.login"), icon=":material/login:")
st.html(frame.data_line(visit))
