"""A price as a card that a thumb can read and tap. All text of others is escaped here."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from urllib.parse import urlencode

import streamlit as st

from services.opening import STATION_TIME, Opening, OpenState
from services.quotes import Quote
from services.ranking import Standing, standing
from services.wording import street
from texts import formats
from ui.frame import Visit
from ui.language import say

RECENT = timedelta(days=7)
NIGHT_FROM = 20
NIGHT_UNTIL = 7


@dataclass(frozen=True)
class Mark:
    """What stands out on a card: a word, and the class that gives it a colour."""

    word: str
    style: str


def card(quote: Quote, visit: Visit, *, mark: Mark | None = None, note: str = "", name: str = "") -> str:
    """One quote as HTML. The whole card leads to the station's page."""
    title, place = station_name(quote.address, quote.town), place_line(quote, visit)
    if name:
        title, place = name, f"{title} · {place}" if title != name else place
    return (
        f"<article class='cb-card{' cb-' + mark.style if mark else ''}{' cb-off' if _is_off(quote) else ''}'>"
        + (f"<div class='cb-mark'>{escape(mark.word)}</div>" if mark else "")
        + f"<div class='cb-row'>{price_html(quote.price, visit.language)}"
        f"<div class='cb-who'><b>{escape(title)}</b><span>{escape(place)}</span></div></div>"
        f"<div class='cb-tags'>{_tags(quote, visit)}</div>"
        + (f"<div class='cb-note'>{escape(note)}</div>" if note else "")
        + link_over(quote.source_ref, _spoken(quote, title, visit))
        + "</article>"
    )


def draw(cards: Iterable[str]) -> None:
    """Draw cards below each other: as one piece, for each piece costs the server as much as ten cards."""
    st.html(f"<div class='cb-cards'>{''.join(cards)}</div>")


def link_over(source_ref: str, words: str) -> str:
    """A link to a station's page that lies unseen over the whole of a card; `words` name it for those who listen."""
    address = escape(f"station?{urlencode({'id': source_ref})}", quote=True)
    return f"<a class='cb-over' href='{address}' aria-label='{escape(words, quote=True)}'></a>"


def best_mark(quote: Quote, word: str) -> Mark:
    """What to say of the best: `word`, unless even the best is stale or closed."""
    how = standing(quote)
    if how is Standing.STALE:
        return Mark(say("results.best_stale"), "caution")
    if how is Standing.CLOSED_NOW:
        return Mark(say("results.best_closed"), "caution")
    return Mark(word, "best")


def station_name(address: str, town: str) -> str:
    """What to call a station that has no brand: its street, else its town."""
    return street(address) or town or say("station.nameless")


def place_line(quote: Quote, visit: Visit) -> str:
    """Town and distance."""
    parts = [quote.town]
    if quote.distance_km is not None:
        parts.append(formats.distance(quote.distance_km, visit.language))
    return " · ".join(part for part in parts if part)


def price_html(price: int | None, language: str) -> str:
    """A price large, its last digit small as on the totem of a station; a dash where there is none."""
    if price is None:
        return "<div class='cb-price cb-none'>—</div>"
    shown = formats.price(price, language)
    return f"<div class='cb-price'>{shown[:-1]}<sup>{shown[-1]}</sup><small>€/L</small></div>"


def age_html(updated_at: datetime, visit: Visit, *, is_stale: bool) -> str:
    """How old a price is: in words, with a colour and a second word for those who do not see it."""
    elapsed = visit.now - updated_at
    if is_stale:
        style, word = "stale", visit.say("age.stale")
    elif updated_at.astimezone(STATION_TIME).date() >= visit.now.astimezone(STATION_TIME).date():
        style, word = "fresh", visit.say("age.fresh")
    elif elapsed <= RECENT:
        style, word = "recent", visit.say("age.recent")
    else:
        style, word = "old", visit.say("age.old")
    age = formats.age(updated_at, visit.now, visit.language)
    return f"<span class='cb-age cb-{style}'>{escape(age)} · {escape(word)}</span>"


def opening_words(opening: Opening, visit: Visit) -> str:
    """Open or not, and until when; empty where the station does not say."""
    if opening.state is OpenState.ALWAYS:
        return visit.say("open.always")
    if opening.state is OpenState.UNKNOWN:
        # By day nearly all are open; at night a reader must know that nobody knows.
        hour = visit.now.astimezone(STATION_TIME).hour
        return visit.say("open.unknown") if hour >= NIGHT_FROM or hour < NIGHT_UNTIL else ""
    if opening.changes_at is None:
        return visit.say("open.closed")
    when = formats.clock(opening.changes_at, visit.language)
    if opening.state is OpenState.OPEN:
        return visit.say("open.until", when=when)
    days = (opening.changes_at.date() - visit.now.astimezone(STATION_TIME).date()).days
    if days == 0:
        return visit.say("open.opens_today", when=when)
    day = formats.weekday(opening.changes_at.weekday(), visit.language)
    return visit.say("open.opens_later", when=when, day=day)


def _tags(quote: Quote, visit: Visit) -> str:
    tags = []
    if quote.is_gone:
        tags.append(f"<span class='cb-tag cb-bad'>{escape(visit.say('station.gone'))}</span>")
    if quote.out_since is not None:
        since = formats.age(quote.out_since, visit.now, visit.language)
        tags.append(f"<span class='cb-tag cb-bad'>{escape(visit.say('price.out_since', since=since))}</span>")
    if quote.updated_at is not None:
        tags.append(age_html(quote.updated_at, visit, is_stale=quote.is_stale))
    words = opening_words(quote.opening, visit)
    if words:
        style = " cb-bad" if quote.opening.state is OpenState.CLOSED else ""
        tags.append(f"<span class='cb-tag{style}'>{escape(words)}</span>")
    if quote.is_motorway:
        tags.append(f"<span class='cb-tag'>{escape(visit.say('station.motorway'))}</span>")
    return "".join(tags)


def _is_off(quote: Quote) -> bool:
    return quote.is_suspect or standing(quote) is not Standing.AVAILABLE


def _spoken(quote: Quote, title: str, visit: Visit) -> str:
    price = visit.say("price.out") if quote.price is None else f"{formats.price(quote.price, visit.language)} €"
    return f"{visit.say(f'fuel.{quote.fuel.name.lower()}')} {price}, {title}"
