"""One search in three places: the visit, the address, the device."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from records import Fuel
from services.filter_words import filters_of, to_parts
from services.filters import NO_FILTERS
from services.ranking import Sort
from ui import device
from ui.device import Place, Remembered, place_of
from ui.search_state import (
    DEFAULT_RADIUS_KM,
    FILTERS_KEY,
    FUEL_KEY,
    PLACE_KEY,
    RADII_KM,
    RADIUS_KEY,
    SORT_KEY,
    Search,
)

WASH_NOW = filters_of(["open", "wash"], [])
ORSAY = Place("Orsay (91400)", 48.6987, 2.1875)
KNOWN = Remembered(Fuel.E85, Place("Lyon (69)", 45.764, 4.8357), 25, "fr")
NASTY = 'L\'Haÿ & Cie=1?#+% <script>"🙂"\n\u202e'


def _visit() -> None:
    import streamlit as st

    from records import Fuel
    from ui import search_state

    search_state.begin()
    if st.session_state.get("do") == "forget":
        search_state.forget()
    if st.session_state.get("do") == "keep":
        state = st.session_state
        fuel = Fuel(state[search_state.FUEL_KEY])
        chosen = (search_state.RADIUS_KEY, search_state.FILTERS_KEY, search_state.SORT_KEY)
        search_state.keep(
            search_state.Search(fuel, state[search_state.PLACE_KEY], *(state[key] for key in chosen if key in state))
        )


def visit(asked: dict[str, str], *, known: Remembered | None = None, **state: Any) -> AppTest:
    """A visit that begins at this address on a device that remembers so much."""
    app = AppTest.from_function(_visit)
    app.session_state[device.KEY] = known or Remembered()
    for name, value in (state | asked).items():
        if name in asked:
            app.query_params[name] = value
        else:
            app.session_state[name] = value
    app.run()
    assert not app.exception
    return app


def begun(asked: dict[str, str], known: Remembered | None = None) -> Search:
    """What such a visit searches at first."""
    state = visit(asked, known=known).session_state
    return Search(state[FUEL_KEY], state[PLACE_KEY], state[RADIUS_KEY], state[FILTERS_KEY], state[SORT_KEY])


def asked_by(address: str) -> dict[str, str]:
    """The query parameters of an address."""
    return {name: values[-1] for name, values in parse_qs(urlsplit(address).query, keep_blank_values=True).items()}


def test_a_stranger_begins_without_a_place():
    """Gazole within ten kilometres of nowhere yet."""
    assert begun({}) == Search(Fuel.DIESEL, None, DEFAULT_RADIUS_KM)


def test_a_visitor_begins_where_the_device_was():
    """Fuel, place and radius of the last time."""
    assert begun({}, KNOWN) == Search(Fuel.E85, KNOWN.place, 25)


def test_a_shared_address_goes_before_memory():
    """Who taps a link wants what it shows."""
    assert begun(Search(Fuel.SP98, ORSAY, 5).address, KNOWN) == Search(Fuel.SP98, ORSAY, 5)


@pytest.mark.parametrize("fuel", Fuel)
@pytest.mark.parametrize("radius", RADII_KM)
def test_an_address_leads_back_to_its_search(fuel: Fuel, radius: int):
    """Through the link that is shared."""
    search = Search(fuel, ORSAY, radius)

    assert begun(asked_by(search.link)) == search


@pytest.mark.parametrize("sort", Sort)
def test_filters_and_order_go_with_the_link(sort: Sort):
    """And a link without any shows all, whatever the device filtered last."""
    search = Search(Fuel.E10, ORSAY, 5, WASH_NOW, sort)
    known = Remembered(place=ORSAY, filters=to_parts(filters_of(["stock"], []), Sort.DISTANCE))

    assert begun(asked_by(search.link), known) == search
    assert begun(Search(Fuel.E10, ORSAY, 5).address, known).filters == NO_FILTERS


def test_filters_are_kept_on_the_device_until_they_are_forgotten():
    """The next visit begins with them."""
    chosen: dict[str, Any] = {PLACE_KEY: ORSAY, FUEL_KEY: Fuel.LPG, RADIUS_KEY: 50}
    chosen |= {FILTERS_KEY: WASH_NOW, SORT_KEY: Sort.NET}
    app = visit({}, do="keep", **chosen)
    assert app.query_params["only"] == "open,wash"
    kept = app.session_state[device.KEY]

    assert begun({}, kept) == Search(Fuel.LPG, ORSAY, 50, WASH_NOW, Sort.NET)
    state = visit({}, known=kept, do="forget").session_state
    assert (state[FILTERS_KEY], state[SORT_KEY]) == (NO_FILTERS, Sort.PRICE)


def test_a_link_is_an_address_of_this_site():
    """It begins at the root, so it can lead to no other host."""
    assert Search(Fuel.E10, ORSAY, 5).link == "/?fuel=5&at=48.6987%2C2.1875&place=Orsay+%2891400%29&km=5"
    assert Search(Fuel.E10, None, 5).link == "/?fuel=5"


def test_a_nasty_name_survives_the_address():
    """Signs that mean something in addresses and pages."""
    search = Search(Fuel.E10, Place(NASTY, 48.7, 2.2), 50)

    assert begun(asked_by(search.link)) == search


@given(st.text(max_size=device.LONGEST_LABEL), st.floats(-90, 90), st.floats(-180, 180))
def test_any_place_survives_the_address(label: str, latitude: float, longitude: float):
    """Its name letter by letter, its position to eleven metres, and nothing escapes the query."""
    link = Search(Fuel.E10, Place(label, latitude, longitude), 10).link
    asked = asked_by(link)
    found = place_of(asked["place"], *asked["at"].split(","))

    assert link.isascii()
    assert not set(link) & set("'\"<>; \n#")
    assert found is not None
    assert found.label == label
    assert (found.latitude, found.longitude) == pytest.approx((latitude, longitude), abs=6e-5)


@pytest.mark.parametrize(
    "asked",
    [
        {"fuel": "7"}, {"fuel": "gas"}, {"fuel": ""}, {"fuel": "9" * 5000}, {"km": "7"}, {"km": "-1"}, {"km": "10.0"},
        {"km": "²"}, {"km": "٢٥"}, {"km": "9" * 5000}, {"km": ""}, {"at": ""}, {"at": "48.7"}, {"at": "nan,nan"},
        {"at": "inf,2"}, {"at": "200,2"}, {"at": "48.7,2.2,1"}, {"at": "<script>,1"}, {"place": "Orsay"}, {"x": "y"},
    ],
)  # fmt: skip
def test_nonsense_in_an_address_is_left_out(asked: dict[str, str]):
    """The rest, and what the device knows, stands."""
    assert begun(asked, KNOWN) == Search(Fuel.E85, KNOWN.place, 25)


def test_one_part_of_nonsense_spoils_no_other():
    """A link with a fuel of the future still leads to the place."""
    assert begun(Search(Fuel.SP98, ORSAY, 5).address | {"fuel": "99"}) == Search(Fuel.DIESEL, ORSAY, 5)


def test_a_radius_that_we_do_not_offer_is_ours():
    """A tampered memory falls back to the usual."""
    assert begun({}, Remembered(radius_km=7)).radius_km == DEFAULT_RADIUS_KM


def test_a_visit_begins_once():
    """Later runs keep what the visitor chose meanwhile."""
    chosen: dict[str, Any] = {PLACE_KEY: ORSAY, FUEL_KEY: Fuel.LPG, RADIUS_KEY: 50}
    state = visit({"fuel": "1", "at": "45,4", "km": "5"}, **chosen).session_state

    assert (state[PLACE_KEY], state[FUEL_KEY], state[RADIUS_KEY]) == (ORSAY, Fuel.LPG, 50)


def test_a_search_is_kept_in_address_and_memory():
    """To be shared, and found again next time."""
    chosen: dict[str, Any] = {PLACE_KEY: ORSAY, FUEL_KEY: Fuel.LPG, RADIUS_KEY: 50}
    app = visit({}, known=Remembered(language="en"), do="keep", **chosen)

    assert dict(app.query_params) == Search(Fuel.LPG, ORSAY, 50).address
    assert app.session_state[device.KEY] == Remembered(Fuel.LPG, ORSAY, 50, "en")


def test_without_a_place_nothing_is_kept():
    """A fuel alone is no search yet."""
    app = visit({}, do="keep")

    assert not app.query_params
    assert app.session_state[device.KEY] == Remembered()


def test_forgetting_begins_anew():
    """In the visit, in the address and on the device."""
    app = visit(Search(Fuel.SP98, ORSAY, 5).address, known=KNOWN, do="forget")

    assert app.session_state[PLACE_KEY] is None
    assert not app.query_params
    assert app.session_state[device.KEY] == Remembered()
    assert app.session_state[device.OWED].endswith("max-age=0")
