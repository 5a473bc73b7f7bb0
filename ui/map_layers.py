"""What lies on a map beside the stations: names of towns, the place searched, rings around those followed."""

from collections.abc import Sequence
from math import cos, radians
from typing import Any

import pydeck as pdk
import streamlit as st

from services.towns import Town
from ui.device import Place

TILE_PIXELS = 512
LETTERS = 14
"""The size of the letters, pixels."""
WIDTH_OF_A_LETTER = 0.5


def landmarks(towns: Sequence[Town], *, zoom: float, most: int) -> list[Town]:
    """The first, and so largest, towns whose names can be read beside each other at this zoom; at most `most`."""
    chosen: list[Town] = []
    for town in towns:
        if not any(_overlap(town, other, zoom) for other in chosen):
            chosen.append(town)
        if len(chosen) == most:
            break
    return chosen


def _overlap(one: Town, other: Town, zoom: float) -> bool:
    """Whether the names of two towns would touch, each a line of letters above its town (Web Mercator)."""
    pixels_a_degree = TILE_PIXELS * 2**zoom / 360
    across = abs(one.longitude - other.longitude) * pixels_a_degree
    up = abs(one.latitude - other.latitude) * pixels_a_degree / cos(radians(one.latitude))
    wide = (len(one.name) + len(other.name)) / 2 * LETTERS * WIDTH_OF_A_LETTER
    return across < wide + LETTERS and up < 2 * LETTERS


def labels(layer_id: str, towns: Sequence[Town], **size: Any) -> pdk.Layer:
    """Names of towns: without tiles the eye still needs a ground to stand on."""
    ink, ground = _inks()
    return pdk.Layer(
        "TextLayer",
        id=layer_id,
        data=[{"t": town.name, "x": round(town.longitude, 3), "y": round(town.latitude, 3)} for town in towns],
        get_position="[x, y]",
        get_text="t",
        get_size=size.pop("size"),
        get_pixel_offset=[0, -16],
        get_color=ink,
        outline_width=5,
        outline_color=ground,
        character_set=pdk.types.String("auto"),
        font_family=pdk.types.String("Source Sans, sans-serif"),
        font_settings={"fontSize": 64, "sdf": True, "buffer": 12, "radius": 16},
        pickable=False,
        **{name: pdk.types.String(value) if isinstance(value, str) else value for name, value in size.items()},
    )


def here(place: Place) -> pdk.Layer:
    """The point that was searched around."""
    ink, ground = _inks()
    return pdk.Layer(
        "ScatterplotLayer",
        id="here",
        data=[{"x": place.longitude, "y": place.latitude}],
        get_position="[x, y]",
        get_radius=5,
        radius_units=pdk.types.String("pixels"),
        get_fill_color=ink,
        stroked=True,
        get_line_color=ground,
        get_line_width=2,
        line_width_units=pdk.types.String("pixels"),
        pickable=False,
    )


def rings(points: Sequence[tuple[float, float]]) -> pdk.Layer:
    """A ring around each of these stations (latitude and longitude)."""
    return pdk.Layer(
        "ScatterplotLayer",
        id="followed",
        data=[{"x": round(longitude, 4), "y": round(latitude, 4)} for latitude, longitude in points],
        get_position="[x, y]",
        get_radius=600,
        radius_min_pixels=7,
        radius_max_pixels=19,
        filled=False,
        stroked=True,
        get_line_color=[11, 110, 79] if _is_light() else [95, 211, 155],
        line_width_min_pixels=3,
        # A tap goes through to the station inside.
        pickable=False,
    )


def _inks() -> tuple[list[int], list[int]]:
    """The colours of what is written, and of the ground around it."""
    return ([23, 33, 29], [255, 255, 255]) if _is_light() else ([255, 255, 255], [15, 22, 19])


def _is_light() -> bool:
    return st.context.theme.type != "dark"
