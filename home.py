"""The entry and the router: which pages there are, and the one that was asked for."""

import streamlit as st

from settings import ROOT
from ui import frame
from ui.frame import HOME, Tab, page
from ui.language import say
from ui.lost import lost

# A local file: an icon by name would be fetched from a third party.
ICON = str(ROOT / "static" / "icon.png")

with frame.begun() as person:
    # What is shared is a search: its link opens one for a member too.
    opens_search = person is None or "at" in st.query_params
    first, first_title = (HOME, say("nav.search")) if opens_search else ("pages/mine.py", say("nav.home"))
    pages = [
        page(first, first_title, "", is_first=True),
        page(HOME, say("nav.search"), "search"),
        page("pages/map.py", say("nav.map"), "map"),
        page("pages/stations.py", say("nav.stations"), "stations"),
        page("pages/demo.py", say("nav.demo"), "demo"),
        page("pages/about.py", say("nav.about"), "about"),
        page("pages/station.py", say("nav.station"), "station"),
        page("pages/register.py", say("nav.register"), "register"),
        page("pages/login.py", say("nav.login"), "login"),
        page("pages/forgot.py", say("nav.forgot"), "forgot"),
        page("pages/profile.py", say("nav.profile"), "profile"),
        page("pages/unsubscribe.py", say("unsubscribe.title"), "unsubscribe"),
    ]
    if person and person.is_admin:
        # For everybody else there is no such page.
        pages.append(page("pages/admin.py", say("admin.title"), "admin"))
    pages += lost(pages)
    # Every page can be opened by its address, and guards itself; the bar has those of every day.
    prices, chart = Tab("search", say("nav.search"), "local_gas_station"), Tab("map", say("nav.map"), "map")
    if person:
        bar = [
            Tab("", say("nav.home"), "home"),
            prices,
            chart,
            Tab("stations", say("nav.stations"), "star"),
            Tab("profile", say("nav.profile"), "person"),
        ]
    else:
        bar = [
            Tab("", prices.title, prices.icon),
            chart,
            Tab("demo", say("nav.demo"), "star"),
            Tab("about", say("nav.about"), "info"),
        ]
    chosen = st.navigation(pages, position="hidden")
    st.set_page_config(page_title=f"{chosen.title} · Carburoam", page_icon=ICON, layout="centered")
    frame.router(bar, chosen)
