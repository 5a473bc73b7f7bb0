"""Where an address leads that is no page's, or not this visitor's: the same words for both."""

from html import escape
from urllib.parse import quote

import streamlit as st

from ui import frame
from ui.language import say
from ui.lost import asked
from ui.ways import ways_html

frame.guard()
visit = frame.enter(say("lost.title"), waits_for_data=False)
ways = {"./": say("lost.prices")}
if visit.account is None:
    # Who was signed out where only members come gets back.
    ways[f"login?to={quote(asked())}"] = say("nav.login")
st.html(f"<h2 class='cb-h2'>{escape(say('lost.title'))}</h2><p>{escape(say('lost.why'))}</p>{ways_html(ways)}")
