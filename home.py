"""The entry and the router: which pages there are, and the one that was asked for."""

import streamlit as st

from settings import ROOT
from ui import frame
from ui.language import say

# A local file: an icon by name would be fetched from a third party.
ICON = str(ROOT / "static" / "icon.png")
st.set_page_config(page_title="Carburoam", page_icon=ICON, layout="centered")

shown = {
    "search": st.Page("pages/search.py", title=say("nav.search"), icon=":material/local_gas_station:", default=True),
    "map": st.Page("pages/map.py", title=say("nav.map"), icon=":material/map:", url_path="map"),
    "demo": st.Page("pages/demo.py", title=say("nav.demo"), icon=":material/star:", url_path="demo"),
    "about": st.Page("pages/about.py", title=say("nav.about"), icon=":material/info:", url_path="about"),
}
linked = [
    st.Page("pages/station.py", title=say("nav.station"), url_path="station", visibility="hidden"),
    st.Page("pages/register.py", title=say("nav.register"), url_path="register", visibility="hidden"),
    st.Page("pages/login.py", title=say("nav.login"), url_path="login", visibility="hidden"),
]
frame.router(shown, st.navigation([*shown.values(), *linked], position="hidden"))
