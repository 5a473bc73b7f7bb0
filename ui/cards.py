"""A price as a card that a thumb can read and tap. All text of others is escaped here."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from typing import Protocol
from urllib.parse import urlencode

import streamlit as st

from services.opening import STATION_TIME, Opening, OpenState, is_night
from services.quotes import Quote
from services.ranking import Standing, is_for_members, standing
from services.wording import short_title, station_title, whereabouts
from texts import formats
from ui import turns
from ui.frame import Visit
from ui.language import say

RECENT = timedelta(days=7)


class Named(Protocol):
    """What a station is called by: a quote or a sheet of one."""

    @property
    def brand(self) -> str | None: ...
    @property
    def name(self) -> str | None: ...
    @property
    def address(self) -> str: ...
    @property
    def town(self) -> str: ...


@dataclass(frozen=True)
class Mark:
    """What stands out on a card: a word, and the class that gives it a colour."""

    word: str
    style: str


def card(
    quote: Quote, visit: Visit, *, mark: Mark | None = None, note: str = "", name: str = "", beside: str = ""
) -> str:
    """One quote as HTML, with what stands `beside` its tags (HTML). The whole card leads to the station's page."""
    title, place = station_name(quote), place_line(quote, visit)
    spoken = name or full_name(quote)
    if name:
        place = place_line(quote, visit, beside=name)
        title, place = name, place if title in name else f"{title} · {place}"
    return (
        f"<article class='cb-card{' cb-' + mark.style if mark else ''}{' cb-off' if _is_off(quote) else ''}'>"
        + (f"<div class='cb-mark'>{escape(mark.word)}</div>" if mark else "")
        + f"<div class='cb-row'>{price_html(quote.price, visit.language)}"
        f"<div class='cb-who'><b>{escape(title)}</b><span>{escape(place)}</span></div></div>"
        + _foot(_tags(quote, visit), beside)
        + (f"<div class='cb-note'>{escape(note)}</div>" if note else "")
        + link_over(quote.source_ref, _spoken(quote, spoken, visit))
        + "</article>"
    )


def draw(cards: Iterable[str]) -> None:
    """Draw cards below each other: as one piece, for each piece costs the server as much as ten cards."""
    st.html(f"<div class='cb-cards'>{''.join(cards)}</div>")
    turns.after_prices()


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


def station_name(station: Named) -> str:
    """What to call a station where its address stands beside: its brand, else its own name, else the address."""
    return station_title(station.brand, station.name, station.address, station.town) or say("station.nameless")


def full_name(station: Named) -> str:
    """What to call a station where nothing stands beside: `Intermarché, Orsay`."""
    return short_title(station.brand, station.name, station.address, station.town) or say("station.nameless")


def place_of(station: Named) -> str:
    """Where a station is, beside its name."""
    return whereabouts(station.brand, station.name, station.address, station.town)


def place_line(quote: Quote, visit: Visit, *, beside: str = "") -> str:
    """Where it is, unless what stands `beside` says it all, and how far."""
    where = place_of(quote)
    parts = [where if where not in beside else ""]
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
        return visit.say("open.unknown") if is_night(visit.now) else ""
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


def _foot(tags: str, beside: str) -> str:
    shown = f"<div class='cb-tags'>{tags}</div>"
    return f"<div class='cb-foot'>{shown}{beside}</div>" if beside else shown


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
    if is_for_members(quote):
        tags.append(f"<span class='cb-tag'>{escape(visit.say('station.members'))}</span>")
    return "".join(tags)


def _is_off(quote: Quote) -> bool:
    return quote.is_suspect or standing(quote) is not Standing.AVAILABLE


def _spoken(quote: Quote, title: str, visit: Visit) -> str:
    price = visit.say("price.out") if quote.price is None else f"{formats.price(quote.price, visit.language)} €"
    return f"{visit.say(f'fuel.{quote.fuel.name.lower()}')} {price}, {title}"
