"""The first page of a member: what their stations ask now, and what choosing among them is worth."""

from html import escape

import streamlit as st

from ui import account, frame
from ui.follower import follower
from ui.home_board import home_board
from ui.language import say

frame.guard()
visit = frame.enter(say("mine.title"), style="following")
person = account.require()
home_board(follower(visit), visit)

ways = {"stations": say("mine.to_stations"), "profile": say("mine.to_profile"), "about": say("mine.to_about")}
titles = {"stations": say("nav.stations"), "profile": say("nav.profile"), "about": say("nav.about")}
if person.is_admin:
    ways["admin"], titles["admin"] = say("admin.link_to"), say("admin.title")
rows = "".join(
    f"<li><a class='cb-go' href='{path}'><b>{escape(titles[path])}</b><span>{escape(words)}</span></a></li>"
    for path, words in ways.items()
)
st.html(f"<h2 class='cb-h2'>{escape(say('mine.more'))}</h2><ul class='cb-doors'>{rows}</ul>")
