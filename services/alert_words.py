"""The mail about prices, put into words."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from services import alerts
from services.alert_facts import Fact, Recipient
from services.quotes import Quote
from services.wording import short_title
from settings import settings
from texts import formats, text
from texts.letters import Item, Link

MOST_TOLD = 8
"""What a mail lists; of more it tells how many."""


def values(person: Recipient, found: Sequence[Fact], as_of: datetime) -> dict[str, Any]:
    """What fills in the mail `alert`. `found` is not empty; `as_of` is the moment of the prices."""
    language = person.language
    items = tuple(_item(fact, person) for fact in found[:MOST_TOLD])
    left = len(found) - len(items)
    if left:
        items = (*items, Item(text("alert_mail.more", language, count=left), ()))
    way_out = alerts.way_out(person.uuid)
    return {
        "subject": _subject(found[0], person),
        "facts": items,
        "when": f"{formats.day(as_of, language)}, {formats.clock(as_of, language)}",
        "leave": Link(text("alert_mail.leave" if way_out else "alert_mail.leave_by_hand", language), way_out),
    }


def _subject(fact: Fact, person: Recipient) -> str:
    quote, language = fact.quote, person.language
    fuel, station = text(f"fuel.{quote.fuel.name.lower()}", language), _title(quote, person)
    if fact.gain is None:
        price = formats.price(quote.price or 0, language)
        return text("alert_mail.subject_price", language, fuel=fuel, price=price, station=station)
    gain = formats.euros(fact.gain, language)
    return text("alert_mail.subject_gain", language, fuel=fuel, gain=gain, station=station)


def _item(fact: Fact, person: Recipient) -> Item:
    quote, language = fact.quote, person.language
    lines = []
    if fact.below is not None:
        lines.append(text("alert_mail.below", language, price=formats.price(fact.below, language)))
    if fact.gain is not None:
        is_mine, gain = quote.station_id in person.names, formats.euros(fact.gain, language)
        lines.append(text("alert_mail.gain_mine" if is_mine else "alert_mail.gain_other", language, gain=gain))
    if quote.distance_km is not None:
        lines.append(text("alert_mail.distance", language, distance=formats.distance(quote.distance_km, language)))
    if quote.updated_at is not None:
        when = f"{formats.day(quote.updated_at, language)}, {formats.clock(quote.updated_at, language)}"
        lines.append(text("alert_mail.declared", language, when=when))
    link = None
    if settings().public_url:
        address = f"{settings().public_url.rstrip('/')}/station?id={quote.source_ref}"
        link = Link(text("alert_mail.see", language), address)
    title = text(
        "alert_mail.title",
        language,
        fuel=text(f"fuel.{quote.fuel.name.lower()}", language),
        price=formats.price(quote.price or 0, language),
        station=_title(quote, person),
    )
    return Item(title, tuple(lines), link)


def _title(quote: Quote, person: Recipient) -> str:
    """As its follower calls it, else as the feed does: who receives a mail wrote the names in it."""
    return person.names.get(quote.station_id) or short_title(quote.brand, quote.name, quote.address, quote.town)
