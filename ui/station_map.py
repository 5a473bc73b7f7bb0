"""Stations on a map: the few of a search, or all of the nation by one compact file that the browser caches."""

import json
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from html import escape
from statistics import median
from typing import Any, Literal

import pydeck as pdk
import streamlit as st

from records import Fuel
from services import layers, shared
from services.filters import NO_FILTERS, Filters
from services.geography import distance_km
from services.layer_address import layer_address
from services.layers import Shade, shade
from services.ranking import Ranking, Standing, standing
from texts import formats
from ui.cards import Mark, card, draw
from ui.device import Place
from ui.filter_picker import hidden_words
from ui.frame import Visit
from ui.language import say
from ui.map_layers import LETTERS, here, labels, landmarks, rings
from ui.plain import plain
from ui.search_state import Search

Point = tuple[float, float]
"""Latitude and longitude."""

LAYER = "stations"
SHOWN_KEY = "show_map"
CHOSEN_KEY = "map_chosen"
MOST_POINTS = 200
THUMB_PIXELS = 12
NATION = (46.45, 2.4)
# All of it, from Brest to Bastia, across a phone; on a wide screen down the height of the map.
NATION_ZOOM, NATION_ZOOM_WIDE = 4.1, 4.6
PLACE_ZOOM = 10.5
MOST_NAMES = 16
NEAR_KM = 30
# Half of what a phone shows of a place, the long way.
IN_SIGHT_KM = 8
# Blue to red over a light grey: told apart by people who do not see red or green (ColorBrewer RdBu, five classes).
COLOURS = {
    Shade.CHEAP: (5, 113, 176),
    Shade.RATHER_CHEAP: (107, 174, 214),
    Shade.AROUND: (150, 150, 150),
    Shade.RATHER_DEAR: (244, 145, 95),
    Shade.DEAR: (202, 0, 32),
    Shade.UNSURE: (140, 95, 190),
}
# deck.gl evaluates this in the browser; `c` is the shade of a point.
COLOUR_BY_SHADE = "".join(f"c == {value.value} ? {list(COLOURS[value])} : " for value in Shade) + "[0, 0, 0]"


def sides() -> tuple[AbstractContextManager[Any], AbstractContextManager[Any]]:
    """Where a list and its map go: side by side where the style sheet finds room for both.

    Without a map they have no frames, which would cost a page as much as a button each.
    """
    if not st.session_state.get(SHOWN_KEY):
        return nullcontext(), nullcontext()
    frame = st.container(key="sides")
    return frame.container(), frame.container()


def results_map(ranking: Ranking, search: Search, visit: Visit) -> None:
    """The stations of a search on a map, drawn only when asked for: the map weighs more than the page."""
    if not ranking.quotes or search.place is None:
        return
    if not st.toggle(say("map.show"), key=SHOWN_KEY, persist_state="session"):
        return
    nearest = sorted(ranking.quotes, key=lambda quote: quote.distance_km or 0)[:MOST_POINTS]
    prices = ranking.reliable_prices
    middle = round(median(prices)) if prices else None
    points = [
        {
            "id": quote.source_ref,
            "x": quote.longitude,
            "y": quote.latitude,
            "p": quote.price,
            "c": int(shade(quote.price if standing(quote) <= Standing.CLOSED_NOW else None, middle)),
        }
        for quote in nearest
    ]
    centre = (search.place.latitude, search.place.longitude, _zoom(search.radius_km))
    chosen = _draw(points, [here(search.place)], centre, key="near_map")
    legend(say("map.against_around"), has_place=True)
    for quote in nearest:
        if quote.source_ref == chosen:
            draw([card(quote, visit, mark=Mark(say("map.chosen"), "chosen"))])


def national_map(
    fuel: Fuel,
    visit: Visit,
    place: Place | None,
    *,
    key: str,
    followed: Sequence[Point] = (),
    filters: Filters = NO_FILTERS,
) -> str | None:
    """The whole nation, loaded by the browser from one address; the id of the station that was tapped and passes.

    It opens on `place`, or on the whole of the country. Those `followed` have a ring around them, whatever passes.
    """
    towns, zoom = shared.all_towns(visit.state.version), _nation_zoom()
    names = [labels("towns", landmarks(towns, zoom=zoom, most=MOST_NAMES), size=LETTERS, size_units="pixels")]
    if place is None:
        centre = (*NATION, zoom)
    else:
        centre = (place.latitude, place.longitude, PLACE_ZOOM)
        near = [
            town
            for town in towns
            if distance_km(place.latitude, place.longitude, town.latitude, town.longitude) < NEAR_KM
        ]
        # As wide as a village on the ground: the names of the neighbourhood go when one looks from afar.
        names.append(
            labels(
                "near_towns",
                landmarks(near, zoom=PLACE_ZOOM, most=30),
                size=1500,
                size_units="meters",
                size_max_pixels=LETTERS,
            )
        )
        names.append(here(place))
    if followed:
        names.append(rings(followed))
    shown = _draw(layer_address(visit.state, fuel, filters), names, centre, key=key, on_select=lambda: _keep(key))
    # Back from a station's page the chart knows no more what was tapped; after a filter was set it knows too much.
    kept: dict[str, str | None] = st.session_state.get(CHOSEN_KEY, {})
    chosen = shown or kept.get(key)
    if chosen is None or filters == NO_FILTERS or _holds(shared.map_layer(visit.state.version, fuel, filters), chosen):
        return chosen
    return None


def _keep(key: str) -> None:
    st.session_state[CHOSEN_KEY] = {key: _chosen(st.session_state[key])}


def _chosen(event: Any) -> str | None:
    objects = event["selection"]["objects"].get(LAYER, [])
    return str(objects[0]["id"]) if objects else None


def hidden_on_map(fuel: Fuel, filters: Filters, place: Place | None, visit: Visit) -> str:
    """What to say where the filters leave no station on the map, or none in sight of `place`; nothing where one is."""
    if filters == NO_FILTERS:
        return ""
    if shared.map_layer(visit.state.version, fuel, filters) == layers.EMPTY:
        return hidden_words(shared.map_layer(visit.state.version, fuel).count(b'"id":'))
    if place is None:
        return ""
    nearest = shared.nearest_on_map_km(
        visit.state.version, fuel, filters, latitude=place.latitude, longitude=place.longitude
    )
    if nearest is None or nearest <= IN_SIGHT_KM:
        return ""
    return say("map.none_in_sight", place=plain(place.label), distance=formats.distance(nearest, visit.language))


def _holds(layer: bytes, source_ref: str) -> bool:
    return f'"id":{json.dumps(source_ref)}'.encode() in layer


def legend(against: str, *, has_followed: bool = False, has_place: bool = False) -> None:
    """What the colours say, and the ring and the point that was searched where there are any."""
    items = "".join(
        f"<li><i style='background:rgb{COLOURS[value]}'></i>{escape(say(f'map.shade_{value.name.lower()}'))}</li>"
        for value in Shade
    )
    if has_followed:
        items += f"<li><i class='cb-ring'></i>{escape(say('map.followed'))}</li>"
    if has_place:
        items += f"<li><i class='cb-here'></i>{escape(say('map.here'))}</li>"
    st.html(
        f"<ul class='cb-legend' aria-label='{escape(against)}'>{items}</ul><p class='cb-small'>{escape(against)}</p>"
    )


def _zoom(radius_km: int) -> float:
    return {5: 11.5, 10: 10.5, 25: 9.2, 50: 8.2}.get(radius_km, 10.0)


def _nation_zoom() -> float:
    # The one word that browsers of phones say of themselves.
    is_phone = "Mobi" in dict(st.context.headers).get("User-Agent", "")
    return NATION_ZOOM if is_phone else NATION_ZOOM_WIDE


def _draw(
    data: Sequence[dict[str, Any]] | str,
    labels: Sequence[pdk.Layer],
    centre: tuple[float, float, float],
    *,
    key: str,
    on_select: Callable[[], None] | Literal["rerun"] = "rerun",
) -> str | None:
    points = pdk.Layer(
        "ScatterplotLayer",
        id=LAYER,
        data=data,
        get_position="[x, y]",
        get_fill_color=COLOUR_BY_SHADE,
        get_radius=350,
        radius_min_pixels=2.5,
        radius_max_pixels=14,
        stroked=True,
        get_line_color=[255, 255, 255],
        line_width_min_pixels=0.5,
        pickable=True,
        auto_highlight=True,
        # The library's own blue would make a violet of a red: the colour of another fact.
        highlight_color=[0, 0, 0, 110] if st.context.theme.type != "dark" else [255, 255, 255, 110],
    )
    latitude, longitude, zoom = centre
    deck = pdk.Deck(
        layers=[points, *labels],
        initial_view_state=pdk.ViewState(latitude=latitude, longitude=longitude, zoom=zoom, min_zoom=4, max_zoom=17),
        map_style=None,
        tooltip=False,
    )
    # Not an argument of pydeck's, but of the deck.gl that it writes for: a thumb is wider than a point.
    deck.picking_radius = THUMB_PIXELS
    event = st.pydeck_chart(
        deck, on_select=on_select, selection_mode="single-object", key=key, height=420, alt=say("map.alt")
    )
    return _chosen(event)
