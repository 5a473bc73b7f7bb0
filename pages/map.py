"""Every station of the nation on a map: pan with a thumb, tap one for its card."""

import streamlit as st

from services import stations
from session import reading
from ui import frame, search_state
from ui.fuel_picker import fuel_picker
from ui.language import say
from ui.place_picker import place_picker
from ui.station_map import MAP_NATION, MAP_PLACE_ZOOM, legend, national_map
from ui.station_sheet import summary

frame.guard()
frame.head()
visit = frame.enter(say("map.title"))
search_state.begin()

fuel = fuel_picker(key=search_state.FUEL_KEY)
place = place_picker(visit.state.version, st.session_state[search_state.PLACE_KEY], key="map_where")
st.session_state[search_state.PLACE_KEY] = place
# Another place is another map: the view of a map that is there cannot be moved from here.
centre = MAP_NATION if place is None else (place.latitude, place.longitude, MAP_PLACE_ZOOM)
chosen = national_map(fuel, visit, centre, key=f"map_{hash(centre)}")
if chosen is not None:
    with reading() as session:
        sheet = stations.station_sheet(session, chosen, now=visit.now, as_of=visit.as_of)
    if sheet is not None:
        summary(sheet, fuel, visit)
else:
    st.html(f"<p class='cb-ask'>{say('map.tap')}</p>")
legend(say("map.against_department"))
frame.data_line(visit)
