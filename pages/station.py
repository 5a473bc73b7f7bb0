"""One station, by its own link: `/station?id=<its id in the feed>`."""

from urllib.parse import urlencode

import streamlit as st

from services import stations
from session import reading
from ui import frame
from ui.browser_buttons import share
from ui.cards import full_name
from ui.ended import end_page
from ui.follow_button import follow_button
from ui.follower import known_follower
from ui.language import say
from ui.price_history import price_history
from ui.station_sheet import amenities, fuels, heading, hours, ways_there

LONGEST_ID = 32

frame.guard()
visit = frame.enter(say("station.title"))

asked = st.query_params.get("id", "")
# An address may hold characters that PostgreSQL refuses in a text; no station has them.
is_id = 0 < len(asked) <= LONGEST_ID and asked.isprintable()
with reading() as session:
    sheet = stations.station_sheet(session, asked, now=visit.now, as_of=visit.as_of) if is_id else None

if sheet is None:
    st.warning(say("station.unknown"), icon=":material/search_off:")
    st.page_link("pages/search.py", label=say("station.back"), icon=":material/arrow_back:")
    end_page()

st.set_page_config(page_title=f"{full_name(sheet)} · Carburoam")
heading(sheet, visit)
fuels(sheet, visit)
follow_button(sheet.station_id, known_follower(visit), visit, key="follow_station")
price_history(sheet, visit)
ways_there(sheet)
hours(sheet, visit)
amenities(sheet)
with st.container(horizontal=True, vertical_alignment="center", key="after", gap="small"):
    share(f"/station?{urlencode({'id': sheet.source_ref})}", full_name(sheet))
    st.page_link("pages/search.py", label=say("station.back"), icon=":material/arrow_back:")
st.html(frame.data_line(visit))
