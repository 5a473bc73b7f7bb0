"""What a stranger sees first: what this is, the ways in, and an answer before any question."""

from html import escape

import streamlit as st

from services import shared
from texts import formats
from ui import account
from ui.frame import Visit, data_line
from ui.fuel_picker import ORDER, fuel_help, fuel_name
from ui.language import say
from ui.ways import ways_html


def ways_in() -> str:
    """One line of what this is, then account, sign-in and demo, as HTML. A member knows, and is in."""
    if account.current():
        return ""
    ways = {"register": say("nav.register"), "login": say("nav.login"), "demo": say("search.see_demo")}
    return f"<p class='cb-pitch'>{escape(say('search.pitch'))}</p>{ways_html(ways)}"


def national_prices(visit: Visit) -> None:
    """What each fuel costs in the country today."""
    found = shared.area_medians(visit.state.version)
    lines = "".join(
        f"<tr><th scope='row'>{escape(fuel_name(fuel))}</th>"
        f"<td>{formats.price(found[fuel].price, visit.language)}<small> €/L</small></td></tr>"
        for fuel in ORDER
        if fuel in found
    )
    table = (
        f"<table class='cb-table'><caption>{escape(say('search.national'))}</caption>{lines}</table>" if lines else ""
    )
    ask = f"<p class='cb-ask'>{escape(say('search.ask_place'))}</p>"
    st.html(f"<div class='cb-lines'>{ask}{table}{fuel_help()}{data_line(visit)}</div>")
