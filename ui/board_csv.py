"""The board as a file for a spreadsheet."""

from collections.abc import Iterator

import streamlit as st

from services.exports import csv_bytes
from services.medians import NATION, nation_of
from services.opening import STATION_TIME
from services.quotes import Quote
from services.ranking import Standing, standing
from ui.board_view import BoardView
from ui.cards import place_of, station_name
from ui.frame import Visit
from ui.language import say

COLUMNS = ("fuel", "name", "station", "place", "price", "declared", "distance", "day", "week", "department", "state")
MOMENT = "%Y-%m-%d %H:%M"
STATES = {
    Standing.AVAILABLE: "available",
    Standing.CLOSED_NOW: "closed_now",
    Standing.STALE: "stale",
    Standing.OUT_OF_STOCK: "out",
    Standing.GONE: "gone",
}


def csv_button(view: BoardView) -> None:
    """Draw the button; the file is made when it is asked for."""
    st.download_button(
        say("mine.csv"),
        data=lambda: board_csv(view),
        file_name=f"carburoam-{view.visit.as_of:%Y-%m-%d}.csv",
        mime="text/csv",
        on_click="ignore",
        icon=":material/download:",
        key="board_csv",
        width="stretch",
    )


def board_csv(view: BoardView) -> bytes:
    """Every followed station for every followed fuel, as the boards rank them."""
    heads = [view.visit.say(f"csv.{column}") for column in COLUMNS]
    if any(nation_of(quote.area) != NATION for shown in view.boards for quote in shown.quotes):
        heads[COLUMNS.index("department")] = view.visit.say("csv.department_or_province")
    return csv_bytes(heads, _rows(view))


def moment_of(quote: Quote) -> str | None:
    """When the price was declared, by the clock of the station."""
    return f"{quote.updated_at.astimezone(STATION_TIME):{MOMENT}}" if quote.updated_at else None


def state_of(quote: Quote, visit: Visit) -> str:
    """In a word, whether the price can be had and believed."""
    return visit.say("price.suspect" if quote.is_suspect else f"csv.{STATES[standing(quote)]}")


def _rows(view: BoardView) -> Iterator[list[object]]:
    visit = view.visit
    for shown in view.boards:
        for quote in shown.quotes:
            movement = shown.movements.get(quote.station_id)
            beside = shown.beside.get(quote.station_id)
            yield [
                visit.say(f"fuel.{quote.fuel.name.lower()}"),
                view.names.get(quote.station_id) or None,
                station_name(quote),
                place_of(quote),
                None if quote.price is None else quote.price / 1000,
                moment_of(quote),
                None if quote.distance_km is None else round(quote.distance_km, 1),
                _cents(movement.day if movement else None),
                _cents(movement.week if movement else None),
                _cents(beside.department if beside else None),
                state_of(quote, visit),
            ]


def _cents(thousandths: int | None) -> float | None:
    return None if thousandths is None else thousandths / 10
