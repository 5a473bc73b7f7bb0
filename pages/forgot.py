"""The way back for who forgot their password or username. The answer is the same for everybody, known or not."""

from html import escape

import streamlit as st

from adapters.mail import can_send
from ui import forgot, frame, reset_link
from ui.language import say

frame.guard()
visit = frame.enter(say("forgot.title"), waits_for_data=False)
st.html(f"<h2 class='cb-h2'>{escape(say('forgot.title'))}</h2>")
if reset_link.is_asked():
    reset_link.choose_by_link(visit)
elif can_send() or forgot.is_done():
    forgot.ask(visit)
else:
    forgot.no_way_by_mail()
st.html(f"<p class='cb-ways'><a class='cb-go' href='login'>{escape(say('nav.login'))}</a></p>{frame.data_line(visit)}")
