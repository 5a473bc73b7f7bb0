"""Filters, order and worth of a search as its page draws them, on the country of scenes.py."""

import csv
import io
from datetime import datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, update
from streamlit.testing.v1 import AppTest

import session
from models import Station
from records import Fuel
from services import accounts, cars, shared
from tests import scenes
from tests.feeds import pdv
from tests.pages.conftest import OpenPage, set_clock
from tests.pages.seen import assert_sound, body, in_one_line, labels, tags
from tests.scenes import diesel, hours
from ui.device import Place
from ui.frame import Visit
from ui.results import answer
from ui.results_csv import results_csv
from ui.search_state import Search

ORSAY = {"fuel": "1", "at": "48.6987,2.1875", "place": "Orsay (91400)", "km": "10"}
AROUND_ORSAY = 8


def count(app: AppTest) -> int:
    """How many cards there are."""
    return body(app).count("<article")


def chips(app: AppTest) -> list[str]:
    """Where each active filter leads that is taken away."""
    spoken = [facts for tag, facts in tags(app) if tag == "a" and "Retirer" in str(facts.get("aria-label"))]
    return [unescape(str(facts["href"])) for facts in spoken]


def button(app: AppTest, key: str) -> Any:
    """The button with this key."""
    return next(each for each in app.button if each.key == key)


@pytest.mark.usefixtures("country")
def test_a_shared_address_brings_its_filters_and_its_order(open_page: OpenPage):
    """Each is in sight and can be taken away; a brand that is none and a word of nobody's are left out."""
    app = open_page(**ORSAY, only="open,wash,road,bogus", brand="<script>", sort="net")

    assert_sound(app)
    assert count(app) == 1
    assert button(app, "filters").label == "Filtres · 3"
    assert [address.partition("km=10")[2] for address in chips(app)] == [
        "&only=open%2Croad%2Cwash",
        "&only=road%2Cwash&sort=net",
        "&only=open%2Cwash&sort=net",
        "&only=open%2Croad&sort=net",
    ]
    shown = in_one_line(app)
    assert "bogus" not in shown
    # 1.659 × (50 + 2 × 1.3 × 1.112 × 6.5 / 100)
    assert "Le plein : 83,26 €, détour compris. 2 c sous la médiane du département." in shown
    assert "Pour un plein de 50 L, 6,5 L/100 km (valeurs par défaut), aller et retour depuis « Orsay (91400) »" in shown


def test_the_drawer_is_built_while_it_is_open(country: Engine, open_page: OpenPage):
    """Brands are those around the place; what is tapped counts at once, and all goes by one tap."""
    with session.writing(country) as opened:
        for ref, brand in {scenes.CHEAPEST: "Système U", scenes.LYON: "Esso"}.items():
            opened.execute(update(Station).where(Station.source_ref == ref).values(brand=brand))
    shared.forget()
    app = open_page(**ORSAY)
    # Fuels and radii.
    assert len(app.button_group) == 2
    assert count(app) == AROUND_ORSAY

    button(app, "filters").click().run()
    drawer = {each.key: each for each in app.button_group}
    assert drawer["filters_brands"].options == ["Système U"]
    assert drawer["filters_amenities"].options[0] == "Lavage"
    drawer["filters_brands"].set_value(["Système U"]).run()
    assert count(app) == 1
    assert app.query_params["brand"] == "Système U"

    button(app, "filters_clear").click().run()
    assert count(app) == AROUND_ORSAY
    assert "brand" not in app.query_params


@pytest.mark.usefixtures("country")
def test_filters_that_leave_nothing_say_so(open_page: OpenPage):
    """How many they hide, and one tap brings them back; without a filter the reason is another one."""
    app = open_page(**ORSAY, only="showers")
    assert_sound(app)
    assert count(app) == 0
    assert f"Vos filtres masquent les {AROUND_ORSAY} stations d’ici." in in_one_line(app)
    button(app, "clear").click().run()
    assert count(app) == AROUND_ORSAY

    app = open_page(**(ORSAY | {"fuel": "4"}), only="showers")
    assert "masquent" not in in_one_line(app)
    assert "Aucune station dans un rayon de 10 km" in in_one_line(app)


@pytest.mark.usefixtures("country")
def test_the_nearest_first_is_called_the_nearest(open_page: OpenPage):
    """An order by distance promises nothing of the price, and keeps what cannot be had last."""
    shown = body(open_page(**ORSAY, sort="distance"))

    assert "<div class='cb-mark'>La plus proche</div>" in shown
    assert "Le moins cher" not in shown
    assert shown.index("10 rue de Paris") < shown.index("6 rue Proche") < shown.index("4 rue Seche")


@pytest.mark.usefixtures("country")
def test_a_member_reads_what_their_own_car_pays(open_page: OpenPage):
    """E10, by hand: 20 litres at 1.749 near by cost less than at 1.729 with the way to Route de Chartres."""
    app = open_page(**(ORSAY | {"fuel": "5"}), sort="net", as_user="camille")
    with session.writing() as opened:
        person = accounts.known_as(opened, "camille")
        assert person is not None
        cars.save_car(opened, person.id, fuels=[Fuel.E10], fill_l=20, litres_100km=6.5)
    app.run()

    assert_sound(app)
    shown = in_one_line(app)
    assert "Pour votre voiture : plein de 20 L, 6,5 L/100 km" in shown
    assert "(route : 1,3 fois le vol d’oiseau)." in shown
    # 1.749 × (20 + 2 × 1.3 × 1.112 × 0.065), 1.729 × (20 + 2 × 1.3 × 4.448 × 0.065)
    assert "Le plein : 35,31 €, détour compris. 0,5 c au-dessus de la médiane du département." in shown
    assert "Le plein : 35,88 €, détour compris. Prix plus bas qu’au plus près, mais le détour coûte davantage." in shown


@pytest.mark.usefixtures("country")
def test_what_a_filter_for_open_stations_does_not_know_is_told(open_page: OpenPage, noon: pytest.MonkeyPatch):
    """By day it leaves in who declares no hours, and says so; at night it leaves them out."""
    words = "Sans horaires déclarés, une station reste affichée en journée."
    assert words in in_one_line(open_page(**ORSAY, only="open"))
    assert words in in_one_line(open_page("map", **ORSAY, only="open"))
    assert words not in in_one_line(open_page(**ORSAY, only="wash"))

    set_clock(noon, datetime.fromisoformat("2025-02-07T23:30:00+01:00"))
    assert words not in in_one_line(open_page(**ORSAY, only="open"))


@pytest.mark.usefixtures("country")
def test_filters_that_were_set_beside_a_map_are_kept_on_the_device(open_page: OpenPage):
    """And those taken away there are gone: a reload does not bring them back."""
    app = open_page("map", fuel="1", only="wash,road")
    button(app, "without_0").click().run()

    assert_sound(app)
    assert app.session_state["remembered"].filters == {"only": "wash"}


@pytest.mark.usefixtures("country")
def test_what_the_best_is_worth_is_told_of_prices_of_now_only(open_page: OpenPage, noon: pytest.MonkeyPatch):
    """By hand: 1.659 against a median of 1.699 on 50 litres; five days later nobody is advised any more."""
    assert "2,00 € de moins que la médiane des 5 stations d’ici, pour 50 litres." in in_one_line(open_page(**ORSAY))

    set_clock(noon, scenes.NOON + timedelta(days=5))
    shared.forget()
    shown = in_one_line(open_page(**ORSAY))
    assert "Prix anciens." in shown
    assert "de moins que la médiane" not in shown


@pytest.mark.parametrize("ref", [scenes.SUSPECT, scenes.STALE, scenes.OUT])
@pytest.mark.usefixtures("country")
def test_a_price_that_is_no_price_of_now_stands_nowhere(open_page: OpenPage, ref: str):
    """Doubtful, old, or of a dry pump: nothing is said of the department beside it."""
    row = body(open_page("station", id=ref)).partition("class='cb-fuels'")[2].partition("</li>")[0]

    assert "Gazole" in row
    assert "département" not in row


@pytest.mark.usefixtures("country")
def test_an_english_reader_learns_the_names_at_the_pump(open_page: OpenPage):
    """Where prices are first met; a French one is spared it."""
    for asked in ({}, ORSAY):
        assert "the pump says Gazole for diesel" in in_one_line(open_page(language="en", **asked))
        assert "sans plomb" not in in_one_line(open_page(**asked))


def test_what_was_found_can_be_taken_away(open_page: OpenPage, country: Engine, tmp_path: Path):
    """All of it in the order of the page, as a spreadsheet reads it; an address that looks like a formula is text."""
    sly = pdv(
        diesel("1.659"), hours(automat="1"), id=scenes.CHEAPEST, address="=HYPERLINK(1)", cp="91400", town="ORSAY",
        **scenes.at(1),
    )  # fmt: skip
    assert scenes.load(country, tmp_path, sly).outcome == "loaded"
    shared.forget()
    assert "Télécharger ces prix (CSV)" in labels(open_page(**ORSAY))
    visit, orsay = Visit(scenes.NOON, shared.state(), "fr"), Place("Orsay", *scenes.ORSAY)
    found = answer(Search(Fuel.DIESEL, orsay, 10), visit)
    text = results_csv(found, visit).decode("utf-8-sig").replace("\u00a0", " ")
    lines = list(csv.DictReader(io.StringIO(text), delimiter=";"))

    assert [(line["Prix en €/L"], line["État"]) for line in lines] == [
        ("1,659", "disponible"), ("1,699", "disponible"), ("1,699", "disponible"),
        ("1,899", "disponible"), ("1,649", "fermée en ce moment"), ("1,609", "prix ancien"), ("1,639", "rupture"),
        ("0,9", "Prix douteux"),
    ]  # fmt: skip
    assert lines[0]["Station"].startswith("'=")
    assert (lines[0]["Distance (km)"], lines[1]["Déclaré le"]) == ("1,1", "2025-02-07 09:00")
