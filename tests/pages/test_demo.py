"""The whole of favourites without an account."""

import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from records import Fuel
from services import shared
from tests import scenes
from tests.feeds import pdv
from tests.pages.conftest import OpenPage, go
from tests.pages.seen import assert_sound, in_one_line, tags

AT_ORSAY = {"at": "48.6987,2.1875", "place": "Orsay"}


def names(app: AppTest) -> list[str]:
    """The followed stations, as the drawer lists them."""
    return [str(field.value) for field in app.text_input if str(field.key).startswith("name_")]


def opened(app: AppTest) -> AppTest:
    """With its drawer open."""
    app.session_state["manage"] = True
    return app.run()


def press(app: AppTest, *, icon: str, place: int = 0) -> AppTest:
    """Tap the button with this icon, the first one if there are several."""
    return [button for button in app.button if button.icon == f":material/{icon}:"][place].click().run()


def boards(app: AppTest) -> dict[str, list[str]]:
    """The prices of each board, in its order."""
    found: dict[str, list[str]] = {}
    fuel = ""
    for node in app.main.get("html"):
        body = node.proto.body
        if heading := re.search(r"<h2 class='cb-h2'>([^<]+)</h2>$", body):
            fuel = heading[1]
            found[fuel] = []
        elif "class='cb-card" in body:
            prices = re.findall(r"<div class='cb-price'>(.*?)</div>", body)
            found[fuel] += [re.sub(r"<[^>]+>|\s|€/L", "", price) for price in prices]
    return found


@pytest.mark.usefixtures("country")
def test_three_stations_and_two_fuels_to_begin_with(open_page: OpenPage):
    """The nearest three that sell both at a believable price: not the dry one, not the typing error."""
    app = opened(open_page("demo", **AT_ORSAY))

    assert_sound(app)
    assert names(app) == ["10 rue de Paris", "A10 - aire de Palaiseau", "Route de Chartres"]
    assert boards(app) == {"Gazole": ["1,659", "1,699", "1,899"], "E10": ["1,729", "1,749", "1,999"]}


@pytest.mark.usefixtures("country")
def test_the_saving_is_what_a_hand_computes(open_page: OpenPage):
    """Best against the mean of the three, fifty litres, a fuel each: (5.257 / 3 - 1.659) x 50 and so on."""
    app = open_page("demo", **AT_ORSAY)

    diesel = ((1.659 + 1.699 + 1.899) / 3 - 1.659) * 50
    e10 = ((1.749 + 1.729 + 1.999) / 3 - 1.729) * 50
    shown = re.findall(r"(\d+,\d\d) € de moins que la moyenne", in_one_line(app))
    assert shown == [f"{amount:.2f}".replace(".", ",") for amount in (diesel, e10)] == ["4,67", "4,83"]


@pytest.mark.usefixtures("country")
def test_rename_remove_undo(open_page: OpenPage):
    """What is removed by a slip comes back where it stood, under its name."""
    app = opened(open_page("demo", **AT_ORSAY))
    app.text_input[1].input("Près du travail").run()
    assert "Près du travail" in in_one_line(app)
    press(app, icon="delete", place=1)
    assert names(app) == ["10 rue de Paris", "Route de Chartres"]
    assert "Près du travail retirée." in in_one_line(app)
    press(app, icon="undo")

    assert_sound(app)
    assert names(app) == ["10 rue de Paris", "Près du travail", "Route de Chartres"]
    assert "retirée" not in in_one_line(app)


@pytest.mark.usefixtures("country")
def test_a_station_is_added_by_its_town(open_page: OpenPage):
    """Search where it is, tap it; a station that is followed already is not offered again."""
    app = opened(open_page("demo", **AT_ORSAY))
    app.text_input(key="demo_where_typed").input("nantes").run()
    press(app, icon="add")

    assert_sound(app)
    assert names(app)[-1] == "1 quai de la Fosse"
    assert boards(app)["Gazole"] == ["1,659", "1,699", "1,720", "1,899"]
    assert not [button for button in app.button if button.icon == ":material/add:"]


def test_a_station_without_diesel_can_be_added(country: Engine, open_page: OpenPage, tmp_path: Path):
    """What is offered sells one of the fuels chosen, whichever; a station without any price is not offered."""
    only_e10 = pdv(
        scenes.e10("1.799"), id=scenes.WITHOUT_PRICE, address="7 RUE MUETTE", cp="91400", town="ORSAY", **scenes.at(0.1)
    )
    app = opened(open_page("demo", **AT_ORSAY))
    app.text_input(key="demo_where_typed").input("orsay").run()
    assert not [button for button in app.button if "7 rue Muette" in button.label]

    assert scenes.load(country, tmp_path, only_e10).outcome == "loaded"
    app.run()
    assert [button for button in app.button if "7 rue Muette" in button.label]


@pytest.mark.usefixtures("country")
def test_fuels_are_chosen_and_an_empty_choice_is_told(open_page: OpenPage):
    """One board a fuel, in the order of the picker; none asks for one."""
    app = open_page("demo", **AT_ORSAY)
    picker: Any = app.pills(key="demo_fuels")
    picker.set_value([picker.value[1]]).run()
    assert list(boards(app)) == ["E10"]
    app.pills(key="demo_fuels").set_value([]).run()

    assert_sound(app)
    assert boards(app) == {}
    assert "Choisissez au moins un carburant." in [info.value for info in app.info]


@pytest.mark.usefixtures("country")
def test_a_fuel_that_none_of_them_sells_is_told(open_page: OpenPage):
    """No board without a word."""
    app = open_page("demo", **AT_ORSAY)
    app.pills(key="demo_fuels").set_value([Fuel.LPG]).run()

    assert boards(app) == {"GPLc": []}
    assert "Aucune de vos stations ne vend ce carburant." in in_one_line(app)


@pytest.mark.usefixtures("country")
def test_the_last_station_can_go_too(open_page: OpenPage):
    """An empty demo says what to do next."""
    app = opened(open_page("demo", **AT_ORSAY))
    for _ in range(3):
        press(app, icon="delete")

    assert_sound(app)
    assert names(app) == []
    assert "Ajoutez votre première station ci-dessous." in [info.value for info in app.info]


@pytest.mark.usefixtures("country")
def test_the_visit_keeps_it_over_other_pages_and_a_new_visit_begins_anew(open_page: OpenPage):
    """Away and back: names, order and fuels are as they were left. Reloaded: the three of the beginning."""
    app = opened(open_page("demo", **AT_ORSAY))
    app.text_input[0].input("Maison").run()
    press(app, icon="delete", place=2)
    picker: Any = app.pills(key="demo_fuels")
    picker.set_value([picker.value[0]]).run()
    for page in ("search", "about", "station", "map"):
        assert_sound(go(app, page))
    opened(go(app, "demo"))

    assert names(app) == ["Maison", "A10 - aire de Palaiseau"]
    assert list(boards(app)) == ["Gazole"]
    assert names(opened(open_page("demo", **AT_ORSAY))) == [
        "10 rue de Paris", "A10 - aire de Palaiseau", "Route de Chartres",
    ]  # fmt: skip


@pytest.mark.parametrize("page", ["demo", "search"])
@pytest.mark.usefixtures("country")
def test_every_card_leads_to_its_station(open_page: OpenPage, page: str):
    """By the station's own id, in its link."""
    app = open_page(page, **AT_ORSAY)

    links = [str(attributes["href"]) for tag, attributes in tags(app) if attributes.get("class") == "cb-over"]
    assert len(links) == len([tag for tag, _ in tags(app) if tag == "article"]) > 0
    assert f"station?id={scenes.CHEAPEST}" in links


def test_it_begins_anew_when_the_sample_gives_way(sample: Engine, open_page: OpenPage, tmp_path: Path):
    """The fictional stations that were followed are gone; three real ones stand there."""
    app = opened(open_page("demo"))
    before = names(app)
    assert len(before) == 3
    assert scenes.load(sample, tmp_path).outcome == "loaded"
    shared.forget()
    app.run()

    assert_sound(app)
    assert not set(before) & set(names(app))
    assert "Données d’exemple" not in in_one_line(app)
