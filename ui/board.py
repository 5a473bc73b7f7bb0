"""What somebody follows, drawn: cheapest first and the best unmistakable, then what choosing it is worth."""

from html import escape
from urllib.parse import urlencode

import streamlit as st

from records import Fuel
from services.advice import FuelBoard
from services.quotes import Quote
from services.ranking import Standing, standing
from services.savings import SideBySide
from texts import formats
from ui import device
from ui.board_csv import csv_button
from ui.board_view import BoardView, board_view
from ui.board_words import (
    alternative_words,
    beside_words,
    car_words,
    movement_words,
    running_words,
    saving_words,
)
from ui.by_station import stations_html
from ui.cards import Mark, age_html, best_mark, card, draw
from ui.follower import Follower, tried
from ui.frame import Visit, data_line
from ui.fuel_picker import fuel_name
from ui.kept import kept_pills
from ui.language import say
from ui.trend import trend

VIEW_KEY = "board_view"
BY_STATION = 0
"""Beside the numbers of the fuels: the view of all fuels together."""


def board(who: Follower, visit: Visit) -> None:
    """Draw the board of somebody who follows at least one station and one fuel."""
    view = board_view(who, visit)
    options = [*(shown.fuel.value for shown in view.boards), BY_STATION]
    if st.session_state.get(VIEW_KEY) not in options:
        searched = device.remembered().fuel
        st.session_state[VIEW_KEY] = searched.value if searched and searched.value in options else options[0]
    chosen: int = st.session_state[VIEW_KEY]
    switch = st.container(key="board_switch")
    st.html(data_line(visit))
    if chosen == BY_STATION:
        draw([stations_html(view)])
    else:
        _fuel_board(view, next(shown for shown in view.boards if shown.fuel.value == chosen))
    with switch:
        _switch(view, options)
    st.html(f"<div class='cb-lines'>{_running_html(view.running, visit)}{_car_html(view)}</div>")
    csv_button(view)


def _switch(view: BoardView, options: list[int]) -> None:
    """One tap from fuel to fuel, and the best price of each without a tap."""
    bests = {shown.fuel: shown.ranking.best for shown in view.boards}

    def label(option: int) -> str:
        if option == BY_STATION:
            return say("mine.by_station")
        best = bests[Fuel(option)]
        if best is None or best.price is None:
            return fuel_name(Fuel(option))
        return f"{fuel_name(Fuel(option))} **{formats.price(best.price, view.visit.language)}**"

    kept_pills(say("mine.view"), options, key=VIEW_KEY, default=options[0], format_func=label)


def _fuel_board(view: BoardView, shown: FuelBoard) -> None:
    best, others = shown.ranking.best, shown.ranking.quotes
    cards = []
    if best is not None:
        cards.append(_best_card(view, shown, best))
        others = others[1:]
    elif others:
        cards.append(f"<div class='cb-notice' role='status'>{escape(say('mine.none_to_be_had'))}</div>")
    draw(cards)
    _alternative(view, shown)
    cards = [_card(view, shown, quote) for quote in others]
    if shown.ranking.suspect:
        cards.append(f"<h2 class='cb-h2'>{escape(say('results.apart'))}</h2>")
        doubt = Mark(say("price.suspect"), "doubt")
        cards += [_card(view, shown, quote, mark=doubt) for quote in shown.ranking.suspect]
    draw([*cards, _without_price_html(view, shown)])


def _best_card(view: BoardView, shown: FuelBoard, best: Quote) -> str:
    has_choice = len(shown.quotes) > 1
    mark = best_mark(best, say("mine.best") if has_choice else "")
    beside = beside_words(shown.beside.get(best.station_id), best.area, view.visit)
    sentences = [saving_words(shown, view.visit), beside]
    return _card(view, shown, best, mark=mark if mark.word else None, note=" ".join(part for part in sentences if part))


def _card(view: BoardView, shown: FuelBoard, quote: Quote, *, mark: Mark | None = None, note: str = "") -> str:
    name = view.names.get(quote.station_id, "")
    if quote.station_id in shown.not_worth:
        note = f"{note} {view.visit.say('mine.not_worth')}".strip()
    return card(quote, view.visit, mark=mark, note=note, name=name, beside=trend_html(view, shown, quote))


def trend_html(view: BoardView, shown: FuelBoard, quote: Quote) -> str:
    """How the price moved: a line and words; nothing for one that cannot be had."""
    movement = shown.movements.get(quote.station_id)
    if movement is None or standing(quote) >= Standing.STALE:
        return ""
    words, way = movement_words(movement, view.visit)
    steps = view.trends.get((quote.station_id, quote.fuel), ())
    line = trend(steps, until=int(view.visit.as_of.timestamp()), visit=view.visit) if len(steps) > 1 else ""
    said = f"<span class='cb-moved cb-{way}'>{escape(words)}</span>" if words else ""
    return f"<div class='cb-move'>{said}{line}</div>" if said or line else ""


def _alternative(view: BoardView, shown: FuelBoard) -> None:
    other, visit = shown.alternative, view.visit
    if other is None:
        return
    instead = view.title(other.instead_of) if other.instead_of else ""
    words = alternative_words(other, instead, visit, from_home=view.who.home is not None)
    address = escape(f"station?{urlencode({'id': other.quote.source_ref})}", quote=True)
    with st.container(horizontal=True, vertical_alignment="center", key="alternative", gap="small"):
        st.html(
            f"<p class='cb-other'><a class='cb-go' href='{address}'>{escape(words)}</a></p>"
            f"{_price_line(other.quote, visit)}"
        )
        st.button(
            say("following.follow"),
            key="follow_alternative",
            icon=":material/add:",
            on_click=tried,
            args=(view.who.add, other.quote.station_id),
        )


def _price_line(quote: Quote, visit: Visit) -> str:
    """What is asked there and since when: nobody drives to a price that they have not seen."""
    if quote.price is None or quote.updated_at is None:
        return ""
    price = f"<b>{formats.price(quote.price, visit.language)}{formats.NO_BREAK_SPACE}€/L</b>"
    return f"<div class='cb-tags'>{price}{age_html(quote.updated_at, visit, is_stale=quote.is_stale)}</div>"


def _without_price_html(view: BoardView, shown: FuelBoard) -> str:
    """The stations that have no line above, each with its reason: nobody should look for one in vain."""
    there = {quote.station_id for quote in shown.quotes}
    rows = ""
    for station in view.who.stations:
        facts = view.facts.get(station.station_id)
        if facts is None or station.station_id in there:
            continue
        why = say("mine.not_sold", fuel=fuel_name(shown.fuel))
        if facts.gone_at is not None:
            why = say("station.gone_since", day=formats.day(facts.gone_at, view.visit.language))
        address = escape(f"station?{urlencode({'id': facts.source_ref})}", quote=True)
        rows += f"<li><a class='cb-go' href='{address}'>{escape(view.title(facts))}</a> : {escape(why)}</li>"
    return rows and f"<ul class='cb-without'>{rows}</ul>"


def _running_html(running: SideBySide | None, visit: Visit) -> str:
    if running is None:
        return ""
    rows = ""
    for line in running.lines:
        fuel, euros, made_of = (escape(words) for words in running_words(line, visit))
        rows += f"<tr><th scope='row'>{fuel}<small>{made_of}</small></th><td>{euros}</td></tr>"
    even = ""
    if running.break_even is not None:
        price = formats.price(running.break_even, visit.language)
        even = f"<p class='cb-small'>{escape(visit.say('mine.break_even', price=price))}</p>"
    title = escape(visit.say("mine.running"))
    why = f"<p class='cb-small'>{escape(visit.say('mine.running_why'))}</p>"
    table = f"<table class='cb-table'>{rows}</table>"
    return f"<details class='cb-more'><summary>{title}</summary>{table}{even}{why}</details>"


def _car_html(view: BoardView) -> str:
    words = escape(car_words(view.who.car, view.visit))
    if view.visit.account and view.who.car.defaults:
        words += f" <a class='cb-go' href='profile'>{escape(say('mine.tell_car'))}</a>"
    return f"<p class='cb-small'>{words}</p>"
