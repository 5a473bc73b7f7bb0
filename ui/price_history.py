"""The part of a station's page that tells its past: which fuel, how long, the picture, the file."""

from functools import partial
from html import escape

import streamlit as st

from records import Fuel
from services import history
from services.history import History
from services.stations import StationSheet
from session import reading
from texts import text
from ui.area_words import by_area
from ui.frame import Visit
from ui.fuel_picker import DEFAULT, ORDER, fuel_name
from ui.kept import kept_pills
from ui.language import say
from ui.price_chart import price_chart
from ui.search_state import FUEL_KEY

SPAN_KEY = "history_span"
FUEL_SHOWN_KEY = "history_fuel"
COLUMNS = (
    "history.period_day",
    "history.last",
    "history.low",
    "history.high",
    "history.mean",
)


def price_history(sheet: StationSheet, visit: Visit) -> None:
    """Draw it; nothing where the station never declared a price. Raises DatabaseUnavailable."""
    with reading() as session:
        known = history.fuels_with_history(session, sheet.station_id)
    if not known:
        return
    st.html(f"<h3 class='cb-h3'>{escape(say('history.heading'))}</h3>")
    fuel = _fuel(known)
    days = kept_pills(say("history.span"), history.SPANS, key=SPAN_KEY, default=history.TREND_DAYS, format_func=_span)
    # Another country's prices may be newer than the extract of our own.
    until = max([visit.as_of, *(line.updated_at for line in sheet.lines if line.updated_at)])
    with reading() as session:
        found = history.station_history(session, sheet.station_id, fuel, days=days, now=until)
        if found is not None and (enough := history.span_of_all(found)) < days:
            found = history.station_history(session, sheet.station_id, fuel, days=enough, now=until)
    if found is None:
        return
    st.html(price_chart(found, visit))
    if found.steps:
        st.download_button(
            say("history.csv"),
            partial(_file, found, visit.language),
            file_name=f"carburoam-{sheet.source_ref}-{fuel.name.lower()}-{days}.csv",
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
            key="history_csv",
        )


def _fuel(known: tuple[Fuel, ...]) -> Fuel:
    """The fuel last looked at here, else the one last searched for, else the first that this station has."""
    ordered = [fuel for fuel in ORDER if fuel in known]
    wanted = (st.session_state.get(FUEL_SHOWN_KEY), st.session_state.get(FUEL_KEY, DEFAULT), ordered[0])
    st.session_state[FUEL_SHOWN_KEY] = next(fuel for fuel in wanted if fuel in ordered)
    if len(ordered) == 1:
        return ordered[0]
    return kept_pills(say("fuel.label"), ordered, key=FUEL_SHOWN_KEY, default=ordered[0], format_func=fuel_name)


def _span(days: int) -> str:
    return say(f"history.span_{days}")


def _file(found: History, language: str) -> bytes:
    # Imported here: pandas costs a process half a second, and few take a file away.
    from services.resampling import daily_csv  # noqa: PLC0415

    against = by_area(found.area, "history.median", "history.median_province")
    day, last, low, high, mean, median = (text(column, language) for column in (*COLUMNS, against))
    return daily_csv(found, (day, last, low, high, mean, median))
