"""The answer to a search as a file for a spreadsheet."""

from collections.abc import Iterator
from itertools import chain

import streamlit as st

from services.exports import csv_bytes
from services.ranking import Ranking
from ui.board_csv import moment_of, state_of
from ui.cards import place_of, station_name
from ui.frame import Visit
from ui.language import say

COLUMNS = ("fuel", "station", "place", "price", "declared", "distance", "state")


def csv_button(ranking: Ranking, visit: Visit) -> None:
    """Draw the button, where there is anything to take away; the file is made when it is asked for."""
    if not ranking.quotes and not ranking.suspect:
        return
    st.download_button(
        say("mine.csv"),
        data=lambda: results_csv(ranking, visit),
        file_name=f"carburoam-{visit.as_of:%Y-%m-%d}.csv",
        mime="text/csv",
        on_click="ignore",
        icon=":material/download:",
        type="tertiary",
        key="results_csv",
    )


def results_csv(ranking: Ranking, visit: Visit) -> bytes:
    """Every station found, in the order of the page, those set apart last."""
    return csv_bytes([visit.say(f"csv.{column}") for column in COLUMNS], _rows(ranking, visit))


def _rows(ranking: Ranking, visit: Visit) -> Iterator[list[object]]:
    for quote in chain(ranking.quotes, ranking.suspect):
        yield [
            visit.say(f"fuel.{quote.fuel.name.lower()}"),
            station_name(quote),
            place_of(quote),
            None if quote.price is None else quote.price / 1000,
            moment_of(quote),
            None if quote.distance_km is None else round(quote.distance_km, 1),
            state_of(quote, visit),
        ]
