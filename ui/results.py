"""The answer to a search: the best first, what it is worth, then the others, and apart what cannot be believed."""

from html import escape
from statistics import median

import streamlit as st

from services import shared
from services.quotes import Quote
from services.ranking import Ranking, Standing, standing
from texts import formats
from ui.cards import Mark, best_mark, card, draw
from ui.frame import Visit, data_line
from ui.language import say
from ui.search_state import RADII_KM, RADIUS_KEY, Search

PAGE_LENGTH = 10
FILL_LITRES = 50
FEWEST_FOR_A_MEDIAN = 3
SHOWN_KEY = "results_shown"


def results(ranking: Ranking, visit: Visit, search: Search) -> None:
    """Draw the ranked list, ten at a time."""
    if not ranking.quotes and not ranking.suspect:
        _nothing(search)
        st.html(data_line(visit))
        return
    # Another search begins again with its first ten.
    searched, shown = st.session_state.get(SHOWN_KEY, (search, PAGE_LENGTH))
    shown = shown if searched == search else PAGE_LENGTH
    best = ranking.best
    if best is None and ranking.quotes:
        st.warning(say("results.none_to_be_had"), icon=":material/sentiment_dissatisfied:")
    cards = [
        card(quote, visit, mark=best_mark(quote, say("results.best")), note=_worth(quote, ranking, visit))
        if quote is best
        else card(quote, visit)
        for quote in ranking.quotes[:shown]
    ]
    draw([data_line(visit), *cards])
    if shown < len(ranking.quotes):
        more = say("results.more", count=len(ranking.quotes) - shown)
        st.button(more, key="more", width="stretch", on_click=_show, args=(search, shown + PAGE_LENGTH))
    if ranking.suspect:
        _set_apart(ranking.suspect, visit)


def _worth(best: Quote, ranking: Ranking, visit: Visit) -> str:
    """What the best saves on a fill against the middle of the others around; empty where there is little to compare."""
    prices = ranking.reliable_prices
    if len(prices) < FEWEST_FOR_A_MEDIAN or best.price is None or standing(best) > Standing.CLOSED_NOW:
        return ""
    saved = (median(prices) - best.price) / 1000 * FILL_LITRES
    if saved < 0.01:  # noqa: PLR2004  # less than a cent
        return ""
    return say("results.worth", saved=formats.euros(saved, visit.language), litres=FILL_LITRES, count=len(prices))


def _set_apart(suspect: tuple[Quote, ...], visit: Visit) -> None:
    medians = shared.area_medians(visit.state.version)
    st.html(f"<h2 class='cb-h2'>{escape(say('results.apart'))}</h2>")
    cards = []
    for quote in suspect:
        usual = medians.get(quote.fuel)
        reason = say("price.suspect")
        if usual is not None and quote.price is not None:
            percent = round(abs(quote.price / usual.price - 1) * 100)
            way = "price.suspect_low" if quote.price < usual.price else "price.suspect_high"
            reason = say(way, percent=percent, usual=formats.price(usual.price, visit.language))
        cards.append(card(quote, visit, mark=Mark(say("price.suspect"), "doubt"), note=reason))
    draw(cards)


def _nothing(search: Search) -> None:
    st.info(say("results.nothing", km=search.radius_km), icon=":material/search_off:")
    wider = next((km for km in RADII_KM if km > search.radius_km), None)
    if wider is not None:
        st.button(say("results.wider", km=wider), key="wider", on_click=_widen, args=(wider,), width="stretch")


def _show(search: Search, count: int) -> None:
    st.session_state[SHOWN_KEY] = (search, count)


def _widen(km: int) -> None:
    st.session_state[RADIUS_KEY] = km
