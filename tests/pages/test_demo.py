"""All of what a member has, without an account, for one visit."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from records import Fuel
from services import shared
from tests import scenes
from tests.feeds import pdv
from tests.pages.boards import best, called, id_of, managed, named, open_row, press, prices, rows, show, switch
from tests.pages.conftest import OpenPage, go
from tests.pages.seen import assert_sound, in_one_line, tags

AT_ORSAY = {"at": "48.6987,2.1875", "place": "Orsay"}


@pytest.mark.usefixtures("country")
def test_three_stations_and_two_fuels_to_begin_with(open_page: OpenPage):
    """The nearest three that sell both at a believable price: not the dry one, not the typing error."""
    app = managed(open_page("demo", **AT_ORSAY))

    assert_sound(app)
    assert rows(app) == ["10 rue de Paris", "A10 - aire de Palaiseau", "Route de Chartres"]
    assert switch(app) == ["Gazole 1,659", "E10 1,729", "Par station"]
    assert prices(app) == ["1,659", "1,699", "1,899"]
    assert prices(show(app, Fuel.E10.value)) == ["1,729", "1,749", "1,999"]


@pytest.mark.usefixtures("country")
def test_the_saving_is_what_a_hand_computes(open_page: OpenPage):
    """Best against the mean of the three: fifty litres, and 12,000 km at 6.5 litres; a fuel each."""
    app = open_page("demo", **AT_ORSAY)
    mean = (1.659 + 1.699 + 1.899) / 3
    fill, year = (mean - 1.659) * 50, (mean - 1.659) * 12_000 * 6.5 / 100
    assert f"{fill:.2f} € de moins sur 50 L, {year:.0f} € par an".replace(".", ",") in best(app)

    mean = (1.729 + 1.749 + 1.999) / 3
    assert f"{(mean - 1.729) * 50:.2f} € de moins".replace(".", ",") in best(show(app, Fuel.E10.value))


@pytest.mark.usefixtures("country")
def test_it_opens_on_the_fuel_that_was_searched(open_page: OpenPage):
    """Whoever drives on E10 is not shown Gazole first."""
    app = open_page("search", fuel="5", at="48.6987,2.1875", place="Orsay")
    go(app, "demo")

    assert_sound(app)
    assert best(app).startswith("La moins chère de vos stations 1,729 €/L Route de Chartres")


@pytest.mark.usefixtures("country")
def test_rename_move_remove_undo(open_page: OpenPage):
    """What is removed by a slip comes back where it stood, under its name."""
    app = named(open_row(managed(open_page("demo", **AT_ORSAY)), 1), "Près du travail")
    assert "Près du travail" in called(app)
    press(app, "row_up")
    assert rows(app) == ["Près du travail", "10 rue de Paris", "Route de Chartres"]
    press(app, "row_remove")
    assert rows(app) == ["10 rue de Paris", "Route de Chartres"]
    assert "Près du travail : retirée." in in_one_line(app)
    press(app, "undo")

    assert_sound(app)
    assert rows(app) == ["Près du travail", "10 rue de Paris", "Route de Chartres"]
    assert "retirée" not in in_one_line(app)


@pytest.mark.usefixtures("country")
def test_a_station_is_added_by_its_town(open_page: OpenPage):
    """Search where it is, tap it; a station that is followed already is not offered again."""
    app = managed(open_page("demo", **AT_ORSAY))
    press(app, "add_where_change")
    app.text_input(key="add_where_typed").input("nantes").run()
    press(app, f"add_{id_of(scenes.NANTES)}")

    assert_sound(app)
    assert rows(app)[-1] == "1 quai de la Fosse"
    assert prices(app) == ["1,659", "1,699", "1,720", "1,899"]
    assert not [button for button in app.button if button.icon == ":material/add:"]


def test_a_station_without_diesel_can_be_added(country: Engine, open_page: OpenPage, tmp_path: Path):
    """What is offered sells one of the fuels chosen, whichever; a station without any price is not offered."""
    only_e10 = pdv(
        scenes.e10("1.799"), id=scenes.WITHOUT_PRICE, address="7 RUE MUETTE", cp="91400", town="ORSAY", **scenes.at(0.1)
    )
    app = managed(open_page("demo", **AT_ORSAY))
    assert not [button for button in app.button if "7 rue Muette" in button.label]

    assert scenes.load(country, tmp_path, only_e10).outcome == "loaded"
    shared.forget()
    app.run()
    assert [button for button in app.button if "7 rue Muette" in button.label]


@pytest.mark.usefixtures("country")
def test_fuels_are_chosen_and_an_empty_choice_is_told(open_page: OpenPage):
    """The switch follows, in the order of the picker; a fuel that nobody sells has a word; none asks for one."""
    app = managed(open_page("demo", **AT_ORSAY))
    app.pills(key="followed_fuels").set_value([Fuel.LPG, Fuel.E10]).run()
    assert switch(app) == ["E10 1,729", "GPLc", "Par station"]
    show(app, Fuel.LPG.value)
    assert "10 rue de Paris : pas de GPLc déclaré" in in_one_line(app)
    app.pills(key="followed_fuels").set_value([]).run()

    assert_sound(app)
    assert "Quels carburants suivez-vous ?" in in_one_line(app)


@pytest.mark.usefixtures("country")
def test_the_last_station_can_go_too(open_page: OpenPage):
    """An empty demo opens on adding."""
    app = managed(open_page("demo", **AT_ORSAY))
    for _ in range(3):
        press(open_row(app, 0), "row_remove")

    assert_sound(app)
    assert "Ajoutez votre première station" in in_one_line(app)
    assert [button for button in app.button if button.icon == ":material/add:"]


@pytest.mark.usefixtures("country")
def test_the_visit_keeps_it_over_other_pages_and_a_new_visit_begins_anew(open_page: OpenPage):
    """Away and back: names, order and fuels are as they were left. Reloaded: the three of the beginning."""
    app = named(open_row(managed(open_page("demo", **AT_ORSAY)), 0), "Maison")
    press(open_row(app, 2), "row_remove")
    app.pills(key="followed_fuels").set_value([Fuel.DIESEL]).run()
    for page in ("search", "about", "station", "map"):
        assert_sound(go(app, page))
    managed(go(app, "demo"))

    assert rows(app) == ["Maison", "A10 - aire de Palaiseau"]
    assert switch(app) == ["Gazole 1,659", "Par station"]
    assert len(rows(managed(open_page("demo", **AT_ORSAY)))) == 3


@pytest.mark.usefixtures("country")
def test_a_stranger_follows_from_the_page_of_a_station(open_page: OpenPage):
    """It begins a demo of that station alone, says so, and lets go again."""
    app = open_page("station", id=scenes.LYON)
    press(app, "follow_station")
    assert "Dans votre démo, le temps de cette visite." in in_one_line(app)
    managed(go(app, "demo"))
    assert rows(app) == ["1 cours Lafayette"]

    press(go(app, "station"), "follow_station")
    assert "Dans votre démo" not in in_one_line(app)
    assert_sound(app)


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
    app = managed(open_page("demo"))
    before = rows(app)
    assert len(before) == 3
    assert scenes.load(sample, tmp_path).outcome == "loaded"
    shared.forget()
    app.run()

    assert_sound(app)
    assert not set(before) & set(rows(app))
    assert "Données d’exemple" not in in_one_line(app)
