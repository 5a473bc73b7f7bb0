"""What a member comes back for: the board of their stations, and the page where they are chosen."""

import csv
import io
import re
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, update

import session
from models import Station
from pipeline.run import run_once
from records import Fuel
from services import accounts, cars, following, sessions, shared
from services.exports import BYTE_ORDER_MARK
from session import reading, writing
from sources.es_minetur import EsMinetur
from tests import scenes
from tests.feeds import prix, rupture
from tests.neighbours import spanish
from tests.pages.boards import best, called, cards, id_of, managed, named, open_row, press, prices, rows, show, switch
from tests.pages.conftest import OpenPage, go, set_clock
from tests.pages.seen import assert_sound, in_one_line, tags
from tests.quotes import counted
from texts import catalogue
from ui.board_csv import board_csv
from ui.board_view import board_view
from ui.frame import Visit
from ui.member import Member

NEAR = (scenes.CHEAPEST, scenes.FAR_TIE, scenes.NEAR_TIE)
BOTH = (Fuel.DIESEL, Fuel.E10)


@pytest.fixture
def anna(country: Engine, open_page: OpenPage) -> int:  # noqa: ARG001
    """A member who follows nothing yet."""
    open_page("about", as_user="anna")
    with reading() as opened:
        person = accounts.known_as(opened, "anna")
    assert person
    return person.id


def follow(user_id: int, *refs: str, fuels: tuple[Fuel, ...] = BOTH) -> None:
    """Follow these stations, as another tab would."""
    with writing() as opened:
        for ref in refs:
            following.follow(opened, user_id, id_of(ref), "")
        following.choose_fuels(opened, user_id, fuels)


@pytest.mark.usefixtures("anna")
def test_an_account_without_stations_opens_on_adding_one(open_page: OpenPage):
    """Fuels first, then straight into adding; the board is there with the first station."""
    app = open_page("mine", as_user="anna")
    assert_sound(app)
    assert "Ajoutez votre première station" in in_one_line(app)
    app.pills(key="followed_fuels").set_value([Fuel.DIESEL]).run()
    app.text_input(key="add_where_typed").input("nantes").run()
    press(app, f"add_{id_of(scenes.NANTES)}")

    assert_sound(app)
    assert prices(app) == ["1,720"]
    assert "Ajoutez votre première station" not in in_one_line(app)
    links = [str(attributes.get("href")) for tag, attributes in tags(app) if tag == "a"]
    assert {"stations", "profile", "about"} <= set(links)


def test_a_board_is_what_a_hand_computes(anna: int, open_page: OpenPage):
    """Cheapest first; saving on a fill and in a year for the car that was told; what lies in the department."""
    follow(anna, *NEAR, scenes.STALE, scenes.OUT, scenes.SUSPECT, scenes.CLOSED)
    with writing() as opened:
        cars.save_car(opened, anna, fuels=[Fuel.DIESEL], tank_l=60, fill_l=40, litres_100km=5, km_a_year=20_000)
        cars.save_home(opened, anna, "Orsay", *scenes.ORSAY)
        following.rename(opened, anna, id_of(scenes.CHEAPEST), "Chez nous")
    app = open_page("mine", as_user="anna")

    assert_sound(app)
    # 1.649 is closed today, 1.609 of last year, 1.639 out of stock, 0.900 a typing error.
    assert prices(app) == ["1,659", "1,699", "1,699", "1,649", "1,609", "1,639", "0,900"]
    mean = (1.659 + 1.699 + 1.699 + 1.649) / 4
    fill, year = (mean - 1.659) * 40, (mean - 1.659) * 5 / 100 * 20_000
    assert f"{fill:.2f} € de moins sur 40 L, {year:.0f} € par an".replace(".", ",") in best(app)
    assert best(app).startswith("La moins chère de vos stations 1,659 €/L Chez nous 10 rue de Paris · Orsay · 1,1 km")
    assert "Rupture il y a 2 jours" in cards(app)[5]
    assert "Prix douteux" in cards(app)[6]
    assert "Calculé pour votre voiture : plein de 40 L, 5 L/100 km, 20 000 km par an." in in_one_line(app)


def test_by_station_shows_all_fuels_together(anna: int, open_page: OpenPage):
    """In the person's own order, each fuel with its price; the switch tells the best of each."""
    follow(anna, scenes.FAR_TIE, scenes.CHEAPEST)
    app = open_page("mine", as_user="anna")
    assert switch(app) == ["Gazole 1,659", "E10 1,729", "Par station"]

    show(app)
    assert_sound(app)
    assert called(app) == ["Route de Chartres", "10 rue de Paris"]
    assert [re.findall(r"\d,\d{3}", card) for card in cards(app)] == [["1,699", "1,729"], ["1,659", "1,749"]]


def test_what_cannot_be_had_is_never_best(anna: int, open_page: OpenPage, country: Engine, tmp_path: Path):
    """A stale price has its warning, a fuel that nobody sells any more its word, an outage everywhere too."""
    follow(anna, scenes.STALE, fuels=(Fuel.DIESEL, Fuel.LPG))
    app = open_page("mine", as_user="anna")
    assert best(app).startswith("Le moins cher, mais prix ancien : à vérifier 1,609")
    show(app, Fuel.LPG.value)
    assert prices(app) == []
    assert "3 rue Vieille : pas de GPLc déclaré" in in_one_line(app)

    dry = [station.replace("</pdv>", f"{rupture()}</pdv>") for station in scenes.stations()]
    assert scenes.load(country, tmp_path, *dry).outcome == "loaded"
    shared.forget()
    show(app, Fuel.DIESEL.value)
    assert_sound(app)
    assert best(app) == ""
    assert "Aucune de vos stations n’a ce carburant en ce moment." in in_one_line(app)


def test_an_extract_of_last_month_advises_nothing(anna: int, open_page: OpenPage, noon: pytest.MonkeyPatch):
    """The prices are shown as what they were, with their age; no saving, no other station."""
    follow(anna, *NEAR)
    set_clock(noon, scenes.NOON + timedelta(days=30))
    shared.forget()
    app = open_page("mine", as_user="anna")

    assert_sound(app)
    assert "Prix anciens." in in_one_line(app)
    assert prices(app)[0] == "1,659"
    assert "il y a 30 jours" in best(app)
    assert "de moins" not in in_one_line(app)


def test_a_better_station_is_offered_and_followed_with_one_tap(anna: int, open_page: OpenPage):
    """One sentence with its link; the detour is deducted: 1.3 times the way, there and back."""
    follow(anna, scenes.FAR_TIE, fuels=(Fuel.DIESEL,))
    with writing() as opened:
        cars.save_home(opened, anna, "Orsay", *scenes.ORSAY)
    app = open_page("mine", as_user="anna")

    def cost(price: float, steps: float) -> float:
        return price * (50 + steps * 1.112 * 2 * 1.3 * 6.5 / 100)

    gain = re.search(r"(\d+,\d\d) € de moins à 1,1 km \(10 rue de Paris, Orsay\), détour déduit\.", in_one_line(app))
    assert gain
    assert float(gain[1].replace(",", ".")) == pytest.approx(cost(1.699, 4) - cost(1.659, 1), abs=0.02)
    # Nobody drives to a price that they have not seen.
    assert re.search(r"détour déduit\. ?1,659 €/L ?il y a", in_one_line(app))
    press(app, "follow_alternative")
    assert called(app)[0] == "10 rue de Paris"
    assert_sound(app)


def test_a_station_that_left_the_feed_stays(anna: int, open_page: OpenPage):
    """Marked on the board and in the list, with the day; last, never best."""
    follow(anna, *NEAR)
    with writing() as opened:
        gone = update(Station).where(Station.source_ref == scenes.CHEAPEST)
        opened.execute(gone.values(gone_at=scenes.NOON - timedelta(days=2)))
    app = open_page("mine", as_user="anna")
    assert prices(app) == ["1,699", "1,699", "1,659"]
    assert "Fermée" in cards(app)[2]

    go(app, "stations")
    assert_sound(app)
    assert "ne figure plus dans les données depuis le 5 février 2025" in in_one_line(app)


def test_stations_are_named_moved_removed_and_brought_back(anna: int, open_page: OpenPage):
    """All of it is kept: another visit shows the same."""
    follow(anna, *NEAR)
    app = named(open_row(open_page("stations", as_user="anna"), 2), "Chez Zoé & Léo")
    press(app, "row_up")
    press(press(app, "row_remove"), "undo")
    press(open_row(app, 0), "row_remove")

    assert_sound(app)
    assert rows(app) == rows(open_page("stations", as_user="anna")) == ["Chez Zoé & Léo", "Route de Chartres"]


def test_two_tabs_remove_the_same_station(anna: int, open_page: OpenPage):
    """The slower one sees no error; and a name that comes too late changes nothing."""
    follow(anna, *NEAR)
    one, other = (open_row(open_page("stations", as_user="anna"), 0) for _ in range(2))
    press(one, "row_remove")
    press(other, "row_remove")

    for app in (one, other):
        assert_sound(app)
        assert not app.error
        assert rows(app) == ["Route de Chartres", "6 rue Proche"]


def test_the_fifty_first_is_refused_in_words(anna: int, open_page: OpenPage, noon: pytest.MonkeyPatch):
    """Where the list is full adding says so; a tab that does not know it yet is told, and loses nothing."""
    follow(anna, *NEAR)
    app = open_page("station", as_user="anna", id=scenes.LYON)
    noon.setattr(following, "MOST_STATIONS", len(NEAR))
    press(app, "follow_station")
    assert [error.value for error in app.error] == ["Vous suivez déjà 50 stations, le maximum. Retirez-en une d’abord."]
    assert "Suivre" in [button.label for button in app.button]

    noon.setattr("ui.station_adder.MOST_STATIONS", len(NEAR))
    app = managed(open_page("stations", as_user="anna"))
    assert "Vous suivez 3 stations, le maximum." in in_one_line(app)
    assert rows(app) == ["10 rue de Paris", "Route de Chartres", "6 rue Proche"]


def test_who_was_signed_out_elsewhere_is_told(anna: int, open_page: OpenPage):
    """A button that was drawn before: nothing is written any more, and the page says why."""
    follow(anna, *NEAR)
    app = open_page("station", as_user="anna", id=scenes.LYON)
    with writing() as opened:
        sessions.revoke_all(opened, user_id=anna)
    press(app, "follow_station")

    assert "Vous n’êtes plus connecté" in in_one_line(app)
    with reading() as opened:
        assert len(following.followed(opened, anna)) == len(NEAR)


def test_a_busy_base_is_told_and_nothing_is_lost(
    anna: int, open_page: OpenPage, country: Engine, noon: pytest.MonkeyPatch
):
    """Another process writes for longer than we wait: the page stands, says so, and the next tap works."""
    follow(anna, *NEAR)
    noon.setattr(session, "BUSY_TIMEOUT_S", 0.2)
    session.engine.cache_clear()
    app = open_page("station", as_user="anna", id=scenes.LYON)
    other = sqlite3.connect(str(country.url.database), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        press(app, "follow_station")
    finally:
        other.close()

    assert_sound(app)
    assert "la base est occupée" in in_one_line(app)
    press(app, "follow_station")
    assert "Ne plus suivre" in [button.label for button in app.button]


def test_a_shared_search_opens_for_a_member_too(anna: int, open_page: OpenPage):
    """Their own first page is the board; a link that holds a search leads to the search."""
    follow(anna, *NEAR)
    assert prices(open_page("mine", as_user="anna")) == ["1,659", "1,699", "1,699"]
    app = open_page("mine", as_user="anna", at="45.764,4.8357", place="Lyon", fuel="1", km="10")

    assert_sound(app)
    assert prices(app) == ["1,710"]
    assert_sound(open_page("search", as_user="anna"))


def test_the_board_and_the_list_speak_english(anna: int, open_page: OpenPage):
    """All of their words, the switch and the file included."""
    follow(anna, *NEAR)
    app = open_page("mine", language="en", as_user="anna")
    assert_sound(app)
    assert best(app).startswith("The cheapest of your stations 1.659")
    assert switch(app) == ["Diesel 1.659", "E10 1.729", "By station"]
    assert "Download these prices (CSV)" in in_one_line(app)

    go(app, "stations")
    assert_sound(app)
    assert "3 of 50 · Tap a station to rename, move or remove it." in in_one_line(app)


@pytest.mark.parametrize("page", ["mine", "stations"])
@pytest.mark.usefixtures("country")
def test_a_stranger_is_asked_to_sign_in(open_page: OpenPage, page: str):
    """The board has no address of its own for them; the stations say whose they are."""
    app = open_page("stations" if page == "stations" else "search")

    assert_sound(app)
    assert ("Réservé aux membres" in in_one_line(app)) is (page == "stations")


def test_the_number_of_queries_does_not_grow_with_the_stations(
    anna: int, open_page: OpenPage, country: Engine, monkeypatch: pytest.MonkeyPatch
):
    """One station or ten, cold; and warm only what the person themselves may have changed is asked."""
    # The state of the base is asked anew every two seconds: on a slow machine between any two of these.
    monkeypatch.setattr(shared, "STATE_LASTS_S", 3_600)
    sent = []
    app = open_page("about", as_user="anna")
    for refs in (
        NEAR[:1],
        (*NEAR, scenes.STALE, scenes.OUT, scenes.CLOSED, scenes.LYON, scenes.NANTES, scenes.MOTORWAY),
    ):
        follow(anna, *refs, fuels=(Fuel.DIESEL, Fuel.E10, Fuel.SP98))
        shared.forget()
        with counted(country) as cold:
            go(app, "mine")
        with counted(country) as warm:
            app.run()
        sent.append((len(_selects(cold)), len(_selects(warm))))

    assert sent[0] == sent[1]
    assert sent[0][1] <= 7


def test_the_file_holds_what_the_board_shows(anna: int, open_page: OpenPage):
    """Every station for every fuel, as a spreadsheet reads it; a name that looks like a formula is text."""
    follow(anna, *NEAR)
    with writing() as opened:
        following.rename(opened, anna, id_of(scenes.CHEAPEST), '=HYPERLINK("x")')
    open_page("mine", as_user="anna")
    visit = Visit(scenes.NOON, shared.state(), "fr")
    text = board_csv(board_view(Member(anna), visit)).decode().removeprefix(BYTE_ORDER_MARK).replace("\u00a0", " ")
    lines = list(csv.DictReader(io.StringIO(text), delimiter=";"))

    assert [(line["Carburant"], line["Prix en €/L"]) for line in lines] == [
        ("Gazole", "1,659"), ("Gazole", "1,699"), ("Gazole", "1,699"), ("E10", "1,729"), ("E10", "1,749"),
    ]  # fmt: skip
    assert lines[0]["Mon nom"] == '\'=HYPERLINK("x")'
    assert lines[0]["Déclaré le"] == "2025-02-07 09:00"


def test_petrols_are_compared_for_who_follows_two(anna: int, open_page: OpenPage, country: Engine, tmp_path: Path):
    """Euros for a hundred kilometres at the best price: E85 takes a quarter more; the price below which it pays."""
    with_e85 = scenes.stations()[0].replace("</pdv>", f"{prix(nom='E85', id='3', valeur='0.799')}</pdv>")
    assert scenes.load(country, tmp_path, with_e85).outcome == "loaded"
    shared.forget()
    follow(anna, *NEAR, fuels=(Fuel.E10, Fuel.E85))
    shown = in_one_line(open_page("mine", as_user="anna"))

    assert f"{0.799 * 6.5 * 1.25:.2f} €".replace(".", ",") in shown
    assert f"{1.729 * 6.5:.2f} €".replace(".", ",") in shown
    assert "L’E85 est le plus économique sous 1,383 €/L." in shown


def _selects(statements: list[str]) -> list[str]:
    return [statement for statement in statements if statement.lstrip().upper().startswith(("SELECT", "WITH"))]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_abroad_a_board_speaks_of_provinces(
    anna: int, country: Engine, open_page: OpenPage, tmp_path: Path, language: str
):
    """On the best card, and at the head of the file of a board with stations of both kinds."""
    rows = [{"IDEESS": str(ref), "Precio Gasoleo A": price} for ref, price in ((1, "1,400"), (2, "1,420"))]
    assert run_once(EsMinetur(), url=spanish(tmp_path / "es.json", *rows), on=country).outcome == "loaded"
    follow(anna, scenes.CHEAPEST, fuels=(Fuel.DIESEL,))

    def head() -> str:
        visit = Visit(scenes.NOON, shared.state(), language)
        return board_csv(board_view(Member(anna), visit)).decode().partition("\n")[0]

    at_home = head()
    follow(anna, "es-1", fuels=(Fuel.DIESEL,))
    app = open_page("mine", as_user="anna", language=language)

    assert_sound(app)
    of_province = {"fr": "1 c sous la médiane de la province.", "en": "1 c below the median of the province."}[language]
    assert of_province in best(app).replace("\u00a0", " ")
    assert catalogue(language)["csv.department_or_province"] in head()
    assert catalogue(language)["csv.department_or_province"] not in at_home
