"""What a stranger sees first: what this is, the ways in, and an answer before any question."""

from html import escape

import streamlit as st

from services import shared
from texts import formats
from ui.frame import Visit
from ui.fuel_picker import ORDER, fuel_name
from ui.language import say


def ways_in() -> None:
    """One line of what this is, then account, sign-in and demo."""
    st.html(f"<p class='cb-pitch'>{escape(say('search.pitch'))}</p>")
    ways = {"register": say("nav.register"), "login": say("nav.login"), "demo": say("search.see_demo")}
    with st.container(key="welcome"):
        links = "".join(f"<a class='cb-go' href='{path}'>{escape(words)}</a>" for path, words in ways.items())
        st.html(f"<nav>{links}</nav>")


def national_prices(visit: Visit) -> None:
    """What each fuel costs in the country today."""
    found = shared.area_medians(visit.state.version)
    lines = "".join(
        f"<tr><th scope='row'>{escape(fuel_name(fuel))}</th>"
        f"<td>{formats.price(found[fuel].price, visit.language)}<small> €/L</small></td></tr>"
        for fuel in ORDER
        if fuel in found
    )
    st.html(f"<p class='cb-ask'>{escape(say('search.ask_place'))}</p>")
    if lines:
        st.html(f"<table class='cb-table'><caption>{escape(say('search.national'))}</caption>{lines}</table>")
