"""Where the next fill costs least: the first page of everybody."""

import streamlit as st

from services import shared
from services.ranking import Ranking
from ui import frame, search_state, welcome
from ui.browser_buttons import share
from ui.fuel_picker import fuel_name, fuel_picker
from ui.language import say
from ui.place_picker import place_picker
from ui.radius_picker import radius_picker
from ui.results import results
from ui.search_state import Search
from ui.station_map import results_map


def answer(search: Search, visit: frame.Visit) -> Ranking:
    """The quotes around the place, ranked; none where no place is chosen."""
    if search.place is None:
        return Ranking((), ())
    return shared.ranking(
        visit.state.version,
        search.fuel,
        latitude=search.place.latitude,
        longitude=search.place.longitude,
        radius_km=search.radius_km,
        now=visit.now,
        as_of=visit.as_of,
    )


frame.guard()
visit = frame.enter(say("search.title"), lead=welcome.ways_in())
search_state.begin()

fuel = fuel_picker(key=search_state.FUEL_KEY)
place = place_picker(visit.state.version, st.session_state[search_state.PLACE_KEY], key="search_where")
if place is None:
    welcome.national_prices(visit)
    st.stop()

search = Search(fuel, place, radius_picker(key=search_state.RADIUS_KEY))
search_state.keep(search)
ranking = answer(search, visit)
results(ranking, visit, search)
results_map(ranking, search, visit)
with st.container(horizontal=True, vertical_alignment="center", key="after", gap="small"):
    share(search.link, say("share.search", fuel=fuel_name(fuel), place=place.label), key="share_search")
    st.button(
        say("place.forget"), on_click=search_state.forget, icon=":material/delete:", type="tertiary", key="forget"
    )
