"""The same board the other way: each followed station, in the order of its follower, with all its fuels together."""

from html import escape

from records import Fuel
from services.advice import FuelBoard, by_station
from services.geography import distance_km
from services.opening import OpenState
from services.quotes import Quote
from services.ranking import Standing, is_for_members, standing
from services.stations import StationFacts
from texts import formats
from ui.board_view import BoardView
from ui.board_words import movement_words
from ui.cards import age_html, link_over, opening_words, place_of, price_html, station_name
from ui.fuel_picker import fuel_name


def stations_html(view: BoardView) -> str:
    """A card for each followed station."""
    ids = [station.station_id for station in view.who.stations if station.station_id in view.facts]
    boards = {shown.fuel: shown for shown in view.boards}
    quotes = by_station(view.boards, ids)
    return "".join(_station_html(view, view.facts[station_id], quotes[station_id], boards) for station_id in ids)


def _station_html(
    view: BoardView, facts: StationFacts, quotes: tuple[Quote, ...], boards: dict[Fuel, FuelBoard]
) -> str:
    title = view.title(facts)
    ages = {_age_html(view, quote) for quote in quotes}
    # Most stations declare all of their prices at once: then the age stands once.
    common = ages.pop() if len(ages) == 1 else ""
    rows = "".join(_fuel_html(view, quote, boards[quote.fuel], has_age=not common) for quote in quotes)
    return (
        f"<article class='cb-card'><div class='cb-who'><b>{escape(title)}</b>"
        f"<span>{escape(_where(view, facts, title))}</span></div>"
        f"<div class='cb-tags'>{common}{_state_html(view, facts, quotes)}</div>"
        + (f"<ul class='cb-fuels'>{rows}</ul>" if rows else "")
        + link_over(facts.source_ref, title)
        + "</article>"
    )


def _state_html(view: BoardView, facts: StationFacts, quotes: tuple[Quote, ...]) -> str:
    visit = view.visit
    if facts.gone_at is not None:
        gone = visit.say("station.gone_since", day=formats.day(facts.gone_at, visit.language))
        return f"<span class='cb-tag cb-bad'>{escape(gone)}</span>"
    if not quotes:
        return f"<span class='cb-tag'>{escape(visit.say('mine.no_price'))}</span>"
    words = opening_words(quotes[0].opening, visit)
    is_shut = quotes[0].opening.state is OpenState.CLOSED
    opening = f"<span class='cb-tag{' cb-bad' if is_shut else ''}'>{escape(words)}</span>" if words else ""
    members = f"<span class='cb-tag'>{escape(visit.say('station.members'))}</span>" if is_for_members(quotes[0]) else ""
    return opening + members


def _fuel_html(view: BoardView, quote: Quote, shown: FuelBoard, *, has_age: bool) -> str:
    visit, tags = view.visit, []
    best = shown.ranking.best
    # Of two that ask the same, neither is dearer.
    is_best = best is not None and best.price == quote.price and not quote.is_suspect and len(shown.quotes) > 1
    if is_best and standing(quote) is Standing.AVAILABLE:
        tags.append(f"<span class='cb-tag cb-good'>{escape(visit.say('mine.best_here'))}</span>")
    if quote.is_suspect:
        tags.append(f"<span class='cb-tag cb-bad'>{escape(visit.say('price.suspect'))}</span>")
    if quote.out_since is not None:
        since = formats.age(quote.out_since, visit.now, visit.language)
        tags.append(f"<span class='cb-tag cb-bad'>{escape(visit.say('price.out_since', since=since))}</span>")
    if has_age:
        tags.append(_age_html(view, quote))
    movement = shown.movements.get(quote.station_id)
    if movement is not None and standing(quote) < Standing.STALE:
        words, way = movement_words(movement, visit)
        tags.append(f"<span class='cb-moved cb-{way}'>{escape(words)}</span>" if words else "")
    return (
        f"<li{' class=cb-off' if standing(quote) is not Standing.AVAILABLE else ''}>"
        f"<b class='cb-fuel'>{escape(fuel_name(quote.fuel))}</b>{price_html(quote.price, visit.language)}"
        f"<div class='cb-tags'>{''.join(tags)}</div></li>"
    )


def _age_html(view: BoardView, quote: Quote) -> str:
    return "" if quote.updated_at is None else age_html(quote.updated_at, view.visit, is_stale=quote.is_stale)


def _where(view: BoardView, facts: StationFacts, title: str) -> str:
    parts = [part for part in (station_name(facts), place_of(facts)) if part not in title]
    if view.who.home and facts.latitude is not None and facts.longitude is not None:
        away = distance_km(*view.who.home.position, facts.latitude, facts.longitude)
        parts.append(formats.distance(away, view.visit.language))
    return " · ".join(part for part in parts if part)
