"""Filters as short words: what is written is read again, and nothing else is."""

import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.filter_words import (
    AMENITIES,
    LONGEST,
    MOST_BRANDS,
    SWITCHES,
    filters_of,
    from_parts,
    kept_parts,
    to_parts,
)
from services.filters import NO_FILTERS, Filters
from services.ranking import Sort
from ui.device import Remembered, parse, serialise

BRANDS = ("Esso", "E.Leclerc", "Intermarché", "Système U", *(f"Marque {number}" for number in range(20)))
CHOSEN = st.builds(
    filters_of,
    st.sets(st.sampled_from((*SWITCHES, *AMENITIES))),
    st.sets(st.sampled_from(BRANDS), max_size=MOST_BRANDS),
)


def read(parts: dict[str, str]) -> tuple[Filters, Sort]:
    """What the parts ask for in a country with these brands."""
    return from_parts(parts, lambda: BRANDS)


@given(CHOSEN, st.sampled_from(Sort))
def test_what_is_written_is_read_again(filters: Filters, sort: Sort):
    """From the address, and from the cookie, each for itself."""
    parts = to_parts(filters, sort)

    assert read(parts) == (filters, sort)
    assert read(parse(serialise(Remembered(filters=parts))).filters) == (filters, sort)


@pytest.mark.parametrize(
    "parts",
    [
        {"only": "all"}, {"only": ""}, {"only": "OPEN"}, {"only": "open" * 100}, {"only": "open\x00"},
        {"only": "hide_out,__class__"}, {"brand": "Bogus"}, {"brand": "<script>alert(1)</script>"}, {"brand": "esso"},
        {"brand": "|||"}, {"brand": "' OR 1=1 --"}, {"brand": "Esso|" * 100}, {"sort": "NET"}, {"sort": "net,price"},
        {"sort": "\ud800"}, {"only": "\ud800"}, {"brand": "\u202eEsso"}, {"sort": "9" * 5000}, {"filter": "open"},
    ],
)  # fmt: skip
def test_what_was_tampered_with_counts_for_nothing(parts: dict[str, str]):
    """No filter, no order of it, no exception; and the parts beside it stand."""
    assert read(parts) == (NO_FILTERS, Sort.PRICE)
    beside = {"sort": "distance"} if "sort" not in parts else {"only": "open"}
    assert read(parts | beside) == read(beside) != (NO_FILTERS, Sort.PRICE)


def test_a_word_of_the_future_spoils_no_other():
    """A link from a newer version, with a brand that has left the list."""
    found, sort = read({"only": "open,hovercraft,wash", "brand": "Bogus|Esso", "sort": "stars"})

    assert found == filters_of(["open", "wash"], ["Esso"])
    assert sort is Sort.PRICE


def test_brands_are_looked_up_only_where_one_is_told():
    """A search without any costs no question to the base."""
    assert from_parts({"only": "open"}, lambda: pytest.fail("asked")) == (filters_of(["open"], []), Sort.PRICE)


@pytest.mark.parametrize(
    "facts", [None, 1, "open", [], {"only": 1}, {"only": ["open"]}, {"only": {}}, {"x": "y"}, {"brand": "x" * 301}]
)
def test_a_cookie_gives_only_short_texts_under_our_names(facts: object):
    """Whatever was put there by hand."""
    assert kept_parts(facts) == {}
    assert parse(quote(json.dumps({"filters": facts, "fuel": 4}))).filters == {}


def test_the_longest_filters_fit_a_cookie_beside_the_longest_place():
    """A browser drops a cookie above 4,096 bytes without a word."""
    parts = dict.fromkeys(("only", "brand", "sort"), "🙂" * (LONGEST // 4))
    place = {"label": "🙂" * 80, "latitude": -89.123456789, "longitude": -179.123456789}
    facts = parse(quote(json.dumps({"fuel": 6, "place": place, "radius_km": 50, "language": "fr", "filters": parts})))

    assert facts.filters == parts
    assert len(serialise(facts)) < 4000
