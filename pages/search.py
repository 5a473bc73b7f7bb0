"""Where the next fill costs least: the first page of everybody."""

import streamlit as st

from ui import frame, search_state, welcome
from ui.browser_buttons import share
from ui.ended import end_page
from ui.filter_picker import filter_button, filter_drawer
from ui.fuel_picker import fuel_name, fuel_picker
from ui.language import say
from ui.place_picker import place_picker, settled
from ui.radius_picker import radius_picker
from ui.results import answer, results
from ui.results_csv import csv_button
from ui.station_map import results_map, sides
from ui.worth import known_car

WHERE = "search_where"

frame.guard()
visit = frame.enter(say("search.title"), lead=welcome.ways_in())
search_state.begin()

search = search_state.current(settled(st.session_state[search_state.PLACE_KEY], key=WHERE))
# The answer is drawn first, the questions then above it: where many come at once, prices are what they wait for.
questions = st.container(key="questions")
if search.place is None:
    welcome.national_prices(visit)
    with questions:
        fuel_picker(key=search_state.FUEL_KEY)
        place_picker(visit.state.version, None, key=WHERE)
    end_page()

# Before the answer: who sees it and goes Back at once is known to come from here.
search_state.keep(search)
car = known_car(visit)
ranking = answer(search, visit, car)
list_side, map_side = sides()
with list_side:
    results(ranking, visit, search, car)
with questions:
    fuel_picker(key=search_state.FUEL_KEY)
    place_picker(visit.state.version, search.place, key=WHERE)
    with st.container(horizontal=True, key="how", gap="small"):
        radius_picker(key=search_state.RADIUS_KEY)
        filter_button()
    filter_drawer(search.place, search.radius_km, visit)
with map_side:
    results_map(ranking, search, visit)
with st.container(horizontal=True, vertical_alignment="center", key="after", gap="small"):
    share(search.link, say("share.search", fuel=fuel_name(search.fuel), place=search.place.label))
    st.button(
        say("place.forget"), on_click=search_state.forget, icon=":material/delete:", type="tertiary", key="forget"
    )
csv_button(ranking, visit)
