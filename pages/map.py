"""Every station of the nation on a map: pan with a thumb, tap one for its card."""

import streamlit as st

from services import stations
from session import reading
from texts import formats
from ui import frame, search_state
from ui.area_words import against_areas
from ui.device import Place
from ui.filter_picker import unordered_filters
from ui.follow_button import follow_button
from ui.follower import known_follower
from ui.fuel_picker import fuel_picker
from ui.language import say
from ui.place_picker import place_picker
from ui.station_adder import points
from ui.station_map import hidden_on_map, legend, national_map
from ui.station_sheet import summary

frame.guard()
visit = frame.enter(say("map.title"))
search_state.begin()

fuel = fuel_picker(key=search_state.FUEL_KEY)
place = place_picker(visit.state.version, st.session_state[search_state.PLACE_KEY], key="map_where")
st.session_state[search_state.PLACE_KEY] = place
filters = unordered_filters(visit)
# Another place is another map: the view of a map that is there cannot be moved from here.
who = known_follower(visit)
followed = points(who, visit) if who else []
chosen = national_map(fuel, visit, place, key=f"map_{hash(place)}", followed=followed, filters=filters)
hidden = hidden_on_map(fuel, filters, place, visit)
if hidden:
    st.info(hidden, icon=":material/filter_alt_off:")
if chosen is not None:
    with reading() as session:
        sheet = stations.station_sheet(session, chosen, now=visit.now, as_of=visit.as_of)
    if sheet is not None:
        summary(sheet, fuel, visit)
        follow_button(sheet.station_id, who, visit, key="follow_tapped")
        if sheet.latitude is not None and sheet.longitude is not None:
            here = Place(
                say("place.near", of_town=formats.of_town(sheet.town, visit.language)),
                round(sheet.latitude, 4),
                round(sheet.longitude, 4),
            )
            if st.button(say("map.search_here"), key="search_here", icon=":material/search:", width="stretch"):
                st.session_state[search_state.PLACE_KEY] = here
                st.switch_page("pages/search.py")
else:
    st.html(f"<p class='cb-ask'>{say('map.tap')}</p>")
legend(against_areas(visit), has_followed=bool(followed), has_place=place is not None)
st.html(frame.data_line(visit))
