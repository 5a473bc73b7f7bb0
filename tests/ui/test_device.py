"""The cookie that remembers: what goes in comes out, and nothing else gets in."""

import json
import re
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from records import Fuel
from texts import LANGUAGES
from ui.device import COOKIE, KEY, LONGEST_LABEL, Place, Remembered, fuel_of, parse, place_of, serialise

LABELS = st.text(max_size=LONGEST_LABEL)
REMEMBERED = st.builds(
    Remembered,
    fuel=st.none() | st.sampled_from(Fuel),
    place=st.none() | st.builds(Place, LABELS, st.floats(-90, 90), st.floats(-180, 180)),
    radius_km=st.none() | st.integers(1, 500),
    language=st.none() | st.sampled_from(LANGUAGES),
    filters=st.just({}) | st.just({"only": "open,wash", "brand": "Système U|E.Leclerc", "sort": "net"}),
)
NASTY = "'\"</script><script>alert(1)</script>;max-age=0\r\n\\ %27 🙂 \u202eأهلا\u2028\x00"
# Nothing here ends a cookie, a string in a script, or the script.
SAFE = re.compile(r"[A-Za-z0-9%._~-]*")
DEEP = "[" * 4000


def _labelled(label: str) -> Remembered:
    return Remembered(place=Place(label, 48.7, 2.2))


@given(REMEMBERED)
@example(_labelled(NASTY))
def test_what_is_remembered_comes_back(facts: Remembered):
    """Quotes, scripts, semicolons, emoji, right-to-left, newlines: any text."""
    assert parse(serialise(facts)) == facts


@given(REMEMBERED)
@example(_labelled(NASTY))
def test_the_value_cannot_leave_its_place(facts: Remembered):
    """It stands in a cookie, within a string, within a script: no character of it means anything there."""
    assert SAFE.fullmatch(serialise(facts))


def test_the_longest_label_fits_a_cookie():
    """A browser drops a cookie above 4,096 bytes without a word."""
    label = "🙂" * LONGEST_LABEL

    assert len(serialise(Remembered(Fuel.SP98, Place(label, -89.123456789, -179.123456789), 50, "fr"))) < 3500


@pytest.mark.parametrize(
    "cookie",
    ["", "x", "null", "1", "[]", '"fuel"', "{", "%", "%ff%fe", "NaN", quote("{'fuel': 1}"), DEEP, quote(DEEP),
     "9" * 5000, "\x00", "🙂"],
)  # fmt: skip
def test_a_cookie_that_is_none_gives_nothing(cookie: str):
    """Cut off, foreign, binary, nested without end."""
    assert parse(cookie) == Remembered()


@pytest.mark.parametrize(
    "facts",
    [
        {"fuel": 0}, {"fuel": 7}, {"fuel": "Gazole"}, {"fuel": True}, {"fuel": 1.5}, {"fuel": []}, {"fuel": {"a": 1}},
        {"place": 1}, {"place": []}, {"place": {}}, {"place": {"latitude": 48.7}},
        {"place": {"label": "x", "latitude": "north", "longitude": 2}},
        {"place": {"label": "x", "latitude": 91, "longitude": 2}},
        {"place": {"label": "x", "latitude": None, "longitude": None}},
        {"radius_km": "10"}, {"radius_km": 1.5}, {"radius_km": []},
        {"language": 1}, {"language": "xx"}, {"language": "\ud800"}, {"language": ["fr"]},
        {"surprise": "yes"},
    ],
)  # fmt: skip
def test_a_part_that_was_tampered_with_is_left_out(facts: dict[str, Any]):
    """And the other parts are kept."""
    assert parse(quote(json.dumps(facts))) == Remembered()
    if "fuel" not in facts:
        assert parse(quote(json.dumps(facts | {"fuel": 4}))) == Remembered(fuel=Fuel.LPG)


@given(st.text(max_size=200) | st.binary(max_size=200).map(quote))
def test_any_cookie_can_be_read_and_written_again(cookie: str):
    """Whatever a browser sends."""
    assert SAFE.fullmatch(serialise(parse(cookie)))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(("fuel", "place", "radius_km", "language", "filters"), JSON)))
def test_any_values_can_be_read_and_written_again(facts: dict[str, Any]):
    """The right names with the wrong things under them."""
    found = parse(quote(json.dumps(facts)))

    assert SAFE.fullmatch(serialise(found))
    assert parse(serialise(found)) == found


def test_half_a_character_of_a_label_is_dropped():
    """JSON can spell half a surrogate pair; neither a cookie nor a page can hold it."""
    found = parse(quote('{"place":{"label":"Or\\ud800say","latitude":48.7,"longitude":2.2}}'))

    assert found == _labelled("Orsay")
    assert parse(serialise(found)) == found


@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [
        ("nan", "2"), ("48", "NaN"), ("inf", "2"), ("48", "-Infinity"), ("90.0001", "2"), ("-91", "2"), ("48", "181"),
        ("48", "-180.5"), ("", ""), ("48", ""), ("north", "east"), (None, None), ("1e400", "0"), ([48], [2]),
        (float("nan"), 2.0), (48.0, float("inf")),
    ],
)  # fmt: skip
def test_what_is_no_position_is_no_place(latitude: object, longitude: object):
    """A search around it would find nothing, or raise."""
    assert place_of("x", latitude, longitude) is None


@pytest.mark.parametrize(("latitude", "longitude"), [("90", "180"), ("-90", "-180"), ("0", "0"), (" 48.7", "2.2 ")])
def test_the_ends_of_the_earth_are_places(latitude: str, longitude: str):
    """The borders belong to it."""
    assert place_of("x", latitude, longitude) == Place("x", float(latitude), float(longitude))


def test_a_long_label_is_cut():
    """Nobody writes a novel into our address bar."""
    assert place_of("x" * 1000, 48, 2) == Place("x" * LONGEST_LABEL, 48.0, 2.0)


@pytest.mark.parametrize(
    ("value", "fuel"),
    [("1", Fuel.DIESEL), (6, Fuel.SP98), ("0", None), ("", None), (None, None), ("9" * 5000, None), ("\ud800", None)],
)
def test_a_fuel_is_known_by_its_number(value: object, fuel: Fuel | None):
    """As the feed numbers them, and no other."""
    assert fuel_of(value) is fuel


def _visit() -> None:
    import streamlit as st

    from records import Fuel
    from ui import device

    if st.query_params.get("do") == "remember":
        device.remember(fuel=Fuel.LPG, place=device.Place("</script>'", 48.7, 2.2))
    if st.query_params.get("do") == "forget":
        device.forget()
    device.write_owed()


def _drawn(app: AppTest) -> list[str]:
    return [str(element.proto.body) for element in app.get("html")]


def test_a_cookie_is_owed_once():
    """It is written in the run that changed something, and not again."""
    app = AppTest.from_function(_visit)
    app.query_params["do"] = "remember"
    (script,) = _drawn(app.run())

    value = re.search(rf"document\.cookie='{COOKIE}=([^']*);max-age=31536000;path=/;samesite=lax'</script>$", script)
    assert value
    assert parse(value[1]) == Remembered(fuel=Fuel.LPG, place=Place("</script>'", 48.7, 2.2))
    assert _drawn(app.run()) == []


def test_forgetting_takes_the_cookie_away():
    """In this visit and on the device."""
    app = AppTest.from_function(_visit)
    app.session_state[KEY] = Remembered(fuel=Fuel.LPG, language="en")
    app.query_params["do"] = "forget"
    (script,) = _drawn(app.run())

    assert f"document.cookie='{COOKIE}=;max-age=0;path=/;samesite=lax'" in script
    assert app.session_state[KEY] == Remembered()
