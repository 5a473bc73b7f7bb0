"""The answer to a search: the best first, what it is worth, then the others, and apart what cannot be believed."""

from collections.abc import Mapping
from dataclasses import replace
from html import escape

import streamlit as st

from services import shared
from services.advice import not_worth_the_way
from services.cars import DEFAULT_CAR, Car
from services.filters import NO_FILTERS
from services.medians import nation_of
from services.quotes import Quote
from services.ranking import Ranking, Sort, Standing, standing
from texts import formats
from ui.cards import Mark, best_mark, card, draw
from ui.filter_picker import chosen_html, clear, hidden_words, hours_html
from ui.frame import Visit, data_line
from ui.fuel_picker import fuel_help
from ui.language import say
from ui.search_state import RADII_KM, RADIUS_KEY, Search
from ui.worth import beside_area, fill_words, is_advisable, net_words, saving_words

PAGE_LENGTH = 10
SHOWN_KEY = "results_shown"


def answer(search: Search, visit: Visit, car: Car = DEFAULT_CAR) -> Ranking:
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
        filters=search.filters,
        sort=search.sort,
        fill=car.fill(search.fuel),
    )


def results(ranking: Ranking, visit: Visit, search: Search, car: Car) -> None:
    """Draw the ranked list, ten at a time."""
    chosen = chosen_html(search)
    if not ranking.quotes and not ranking.suspect:
        _nothing(search, visit, chosen)
        return
    # Another search begins again with its first ten.
    searched, shown = st.session_state.get(SHOWN_KEY, (search, PAGE_LENGTH))
    shown = shown if searched == search else PAGE_LENGTH
    # Whoever follows a club is a member of it; who searches may not be.
    best = ranking.best_for_all
    if best is None and ranking.quotes:
        st.warning(say("results.none_to_be_had"), icon=":material/sentiment_dissatisfied:")
    notes = _net_notes(ranking, car, visit) if search.sort is Sort.NET else {}
    cards = [
        card(quote, visit, mark=_best_mark(quote, search), note=_best_note(quote, ranking, car, visit, notes))
        if quote is best
        else card(quote, visit, note=notes.get(quote.station_id, ""))
        for quote in ranking.quotes[:shown]
    ]
    unsure = hours_html(search.filters, visit)
    above = f"<div class='cb-lines'>{chosen}{unsure}{_net_line(search, car, visit)}{data_line(visit)}</div>"
    draw([above, *cards, fuel_help()])
    if shown < len(ranking.quotes):
        more = say("results.more", count=len(ranking.quotes) - shown)
        st.button(more, key="more", width="stretch", on_click=_show, args=(search, shown + PAGE_LENGTH))
    if ranking.suspect:
        _set_apart(ranking.suspect, visit)


def _best_mark(best: Quote, search: Search) -> Mark:
    if search.sort is Sort.PRICE:
        return best_mark(best, say("results.best"))
    word, how = say(f"results.best_{search.sort.value}"), standing(best)
    if how is Standing.AVAILABLE:
        return Mark(word, "best")
    return Mark(f"{word}{say('results.but_stale' if how is Standing.STALE else 'results.but_closed')}", "caution")


def _best_note(best: Quote, ranking: Ranking, car: Car, visit: Visit, notes: Mapping[int, str]) -> str:
    """One or two sentences: what it is worth, and where its price stands."""
    worth = notes.get(best.station_id) or saving_words(best, ranking, car, visit)
    return " ".join(words for words in (worth, beside_area(best, visit)) if words)


def _net_notes(ranking: Ranking, car: Car, visit: Visit) -> dict[int, str]:
    if not ranking.quotes:
        return {}
    fill = car.fill(ranking.quotes[0].fuel)
    refused = not_worth_the_way(ranking.quotes, fill) if is_advisable(visit) else frozenset()
    return {
        quote.station_id: net_words(quote, fill, visit, is_worth=quote.station_id not in refused)
        for quote in ranking.quotes
    }


def _net_line(search: Search, car: Car, visit: Visit) -> str:
    """For which car and from where the net costs are counted, and where to tell of another one."""
    if search.sort is not Sort.NET or search.place is None:
        return ""
    words = escape(fill_words(car.fill(search.fuel), car, search.place.label, visit))
    if visit.account and car.defaults:
        words += f" <a class='cb-go' href='profile'>{escape(say('mine.tell_car'))}</a>"
    return f"<p class='cb-small'>{words}</p>"


def _set_apart(suspect: tuple[Quote, ...], visit: Visit) -> None:
    st.html(f"<h2 class='cb-h2'>{escape(say('results.apart'))}</h2>")
    cards = []
    for quote in suspect:
        # Looked up once a country and kept.
        usual = shared.area_medians(visit.state.version, nation_of(quote.area)).get(quote.fuel)
        reason = say("price.suspect")
        if usual is not None and quote.price is not None:
            percent = round(abs(quote.price / usual.price - 1) * 100)
            way = "price.suspect_low" if quote.price < usual.price else "price.suspect_high"
            reason = say(way, percent=percent, usual=formats.price(usual.price, visit.language))
        cards.append(card(quote, visit, mark=Mark(say("price.suspect"), "doubt"), note=reason))
    draw(cards)


def _nothing(search: Search, visit: Visit, chosen: str) -> None:
    """Why there is nothing, and the way out of it: filters that hide what there is come first."""
    hidden = _hidden(search, visit)
    words = hidden_words(hidden) or say("results.nothing", km=search.radius_km)
    st.info(words, icon=":material/filter_alt_off:" if hidden else ":material/search_off:")
    if hidden:
        st.button(say("filter.clear"), key="clear", type="primary", on_click=clear, width="stretch")
    wider = next((km for km in RADII_KM if km > search.radius_km), None)
    if wider is not None:
        st.button(say("results.wider", km=wider), key="wider", on_click=_widen, args=(wider,), width="stretch")
    st.html(f"<div class='cb-lines'>{chosen}{data_line(visit)}</div>")


def _hidden(search: Search, visit: Visit) -> int:
    """How many stations the filters leave out."""
    if search.filters == NO_FILTERS:
        return 0
    everything = answer(replace(search, filters=NO_FILTERS, sort=Sort.PRICE), visit)
    return len(everything.quotes) + len(everything.suspect)


def _show(search: Search, count: int) -> None:
    st.session_state[SHOWN_KEY] = (search, count)


def _widen(km: int) -> None:
    st.session_state[RADIUS_KEY] = km
