"""The parts of a station's page, and its summary on the map."""

from html import escape
from urllib.parse import quote as percent

import streamlit as st

from records import DayHours, Derived, Fuel
from services import shared
from services.opening import STATION_TIME, OpenState, joined
from services.ranking import is_for_members
from services.stations import FuelLine, StationSheet
from services.wording import street
from texts import formats
from ui.area_words import by_area
from ui.cards import age_html, draw, full_name, link_over, opening_words, place_of, price_html, station_name
from ui.frame import Visit
from ui.fuel_picker import ORDER, fuel_help, fuel_name
from ui.language import say

TOWN_DERIVED = Derived.TOWN_OF_NEIGHBOUR | Derived.TOWN_OF_POSITION


def heading(sheet: StationSheet, visit: Visit) -> None:
    """Name, address, and whether it is open."""
    tags = _state_tags(sheet, visit)
    st.html(
        f"<header class='cb-station'><h2>{escape(station_name(sheet))}</h2>"
        + (f"<p>{escape(sheet.name)}</p>" if sheet.brand and sheet.name else "")
        + f"<p>{escape(_postal_address(sheet))}</p>"
        f"<div class='cb-tags'>{tags}</div></header>"
    )


def fuels(sheet: StationSheet, visit: Visit) -> None:
    """Every fuel with its price, age and outage."""
    by_fuel = {line.fuel: line for line in sheet.lines}
    rows = "".join(_fuel_row(by_fuel[fuel], sheet, visit) for fuel in ORDER if fuel in by_fuel)
    if rows:
        shown = f"<ul class='cb-fuels' aria-label='{escape(say('station.prices'))}'>{rows}</ul>"
        st.html(f"<div class='cb-lines'>{shown}{fuel_help()}</div>")
    else:
        st.info(say("station.no_price"), icon=":material/money_off:")
    if sheet.not_sold:
        names = ", ".join(fuel_name(fuel) for fuel in sheet.not_sold)
        st.html(f"<p class='cb-small'>{escape(say('station.not_sold', fuels=names))}</p>")


def ways_there(sheet: StationSheet) -> None:
    """Links that open the reader's own map or navigation."""
    if sheet.latitude is None or sheet.longitude is None:
        st.html(f"<p class='cb-small'>{escape(say('station.no_position'))}</p>")
        return
    point = f"{sheet.latitude:.5f},{sheet.longitude:.5f}"
    name = percent(full_name(sheet), safe="")
    st.html(
        f"<h3 class='cb-h3'>{escape(say('station.go'))}</h3>"
        f"<p class='cb-small'>{escape(say('station.position', point=point.replace(',', ', ')))}</p>"
    )
    with st.container(horizontal=True, key="ways", gap="small"):
        st.link_button("Google Maps", f"https://www.google.com/maps/dir/?api=1&destination={point}")
        st.link_button(say("station.apple"), f"https://maps.apple.com/?daddr={point}&q={name}")
        st.link_button("OpenStreetMap", f"https://www.openstreetmap.org/directions?to={percent(point)}")
        # The phone's own choice of navigation: https://www.rfc-editor.org/rfc/rfc5870
        st.link_button(say("station.other_app"), f"geo:{point}?q={point}({name})")


def hours(sheet: StationSheet, visit: Visit) -> None:
    """The opening hours of the week, today's in bold."""
    st.html(f"<h3 class='cb-h3'>{escape(say('station.hours'))}</h3>")
    if sheet.is_open_24h:
        words = say("station.hours_24h" if sheet.hours is None else "station.hours_24h_desk")
        st.html(f"<p class='cb-small'>{escape(words)}</p>")
    if sheet.hours is None:
        if not sheet.is_open_24h:
            st.html(f"<p class='cb-small'>{escape(say('station.hours_unknown'))}</p>")
        return
    today = visit.now.astimezone(STATION_TIME).weekday()
    rows = "".join(
        f"<tr{' class=cb-today' if index == today else ''}><th scope='row'>"
        f"{escape(formats.weekday(index, visit.language).capitalize())}</th>"
        f"<td>{escape(_day_words(day, visit.language))}</td></tr>"
        for index, day in enumerate(sheet.hours)
    )
    st.html(f"<table class='cb-table'>{rows}</table>")


def amenities(sheet: StationSheet) -> None:
    """What it offers beside fuel."""
    if not sheet.amenities:
        return
    chips = "".join(
        f"<li>{escape(say(f'amenity.{amenity.name.lower()}'))}</li>" for amenity in sheet.amenities if amenity.name
    )
    st.html(f"<h3 class='cb-h3'>{escape(say('station.amenities'))}</h3><ul class='cb-chips'>{chips}</ul>")


def summary(sheet: StationSheet, fuel: Fuel, visit: Visit) -> None:
    """The station in a card, as tapped on the map: one fuel large, a link to the rest."""
    line = next((line for line in sheet.lines if line.fuel is fuel), None)
    title = station_name(sheet)
    price = price_html(line.price if line else None, visit.language)
    card = (
        f"<article class='cb-card cb-chosen'><div class='cb-row'>{price}<div class='cb-who'><b>{escape(title)}</b>"
        f"<span>{escape(place_of(sheet))}</span></div></div>"
        f"<div class='cb-tags'>{_line_tags(line, visit) if line else ''}{_state_tags(sheet, visit)}</div>"
        f"{link_over(sheet.source_ref, say('station.title'))}</article>"
    )
    draw([card])


def _postal_address(sheet: StationSheet) -> str:
    """Street, unless it is the title already, postcode and town."""
    has_other_title = bool(sheet.brand or sheet.name)
    town = " ".join(part for part in (sheet.zip_code, sheet.town) if part)
    return ", ".join(part for part in (street(sheet.address) if has_other_title else "", town) if part)


def _fuel_row(line: FuelLine, sheet: StationSheet, visit: Visit) -> str:
    return (
        f"<li><b class='cb-fuel'>{escape(fuel_name(line.fuel))}</b>{price_html(line.price, visit.language)}"
        f"<div class='cb-tags'>{_line_tags(line, visit)}{_beside(line, sheet, visit)}</div></li>"
    )


def _beside(line: FuelLine, sheet: StationSheet, visit: Visit) -> str:
    """Where a price that can be believed stands in its department."""
    median = shared.medians_beside(visit.state.version, sheet.area).get(sheet.area, {}).get(line.fuel)
    is_doubtful = line.is_stale or line.is_suspect or line.out_since is not None or sheet.gone_at is not None
    if median is None or line.price is None or is_doubtful:
        return ""
    above = line.price - median.price
    if above == 0:
        key = by_area(sheet.area, "beside.at", "beside.at_province")
    elif above < 0:
        key = by_area(sheet.area, "beside.below", "beside.below_province")
    else:
        key = by_area(sheet.area, "beside.above", "beside.above_province")
    return f"<span class='cb-tag'>{escape(say(key, cents=formats.cents(above, visit.language)))}</span>"


def _line_tags(line: FuelLine, visit: Visit) -> str:
    tags = []
    if line.out_since is not None:
        since = formats.age(line.out_since, visit.now, visit.language)
        tags.append(f"<span class='cb-tag cb-bad'>{escape(say('price.out_since', since=since))}</span>")
    if line.updated_at is not None:
        tags.append(age_html(line.updated_at, visit, is_stale=line.is_stale))
    if line.is_suspect:
        tags.append(f"<span class='cb-tag cb-bad'>{escape(say('price.suspect'))}</span>")
    return "".join(tags)


def _state_tags(sheet: StationSheet, visit: Visit) -> str:
    tags = []
    if sheet.gone_at is not None:
        tags.append(_bad(say("station.gone_since", day=formats.day(sheet.gone_at, visit.language))))
    words = opening_words(sheet.opening, visit)
    if words:
        is_shut = sheet.opening.state is OpenState.CLOSED
        tags.append(_bad(words) if is_shut else f"<span class='cb-tag cb-good'>{escape(words)}</span>")
    if sheet.is_motorway:
        tags.append(_tag(say("station.motorway")))
    if is_for_members(sheet):
        tags.append(_tag(say("station.members")))
    if sheet.derived & TOWN_DERIVED:
        tags.append(_tag(say("station.town_derived")))
    if Derived.ADDRESS_OF_POSITION in sheet.derived:
        tags.append(_tag(say("station.address_derived")))
    return "".join(tags)


def _tag(words: str) -> str:
    return f"<span class='cb-tag'>{escape(words)}</span>"


def _bad(words: str) -> str:
    return f"<span class='cb-tag cb-bad'>{escape(words)}</span>"


def _day_words(day: DayHours, language: str) -> str:
    if day is None:
        return say("station.day_unknown")
    if not day:
        return say("station.day_closed")
    spans = ((formats.minutes(start, language), formats.minutes(end, language)) for start, end in joined(day))
    return ", ".join(f"{opens} – {closes}" for opens, closes in spans)
