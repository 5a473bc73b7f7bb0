"""What people put into addresses and cookies, and publishers into their feeds: it is shown as text, or not at all."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from sqlalchemy import Engine, update
from streamlit.testing.v1 import AppTest

import session
from models import Station
from records import Fuel
from settings import settings
from tests import scenes
from tests.feeds import pdv, prix, rupture
from tests.pages.boards import id_of, managed, named, open_row, press, rows, show
from tests.pages.conftest import OpenPage, go
from tests.pages.seen import assert_sound, body, elements, in_one_line, labels, tags, words
from tests.serving import serving
from tests.visitor import connected, rerun
from ui.device import COOKIE

AT = "48.6987,2.1875"
HTML = "<img src=x onerror=alert(1)><script>alert(2)</script>"
MARKDOWN = "**bold** [x](javascript:alert(3)) :material/bolt: :red[y] $x^2$"
# What our own HTML is made of; anything else came from outside.
OUR_TAGS = {
    "a", "article", "b", "button", "caption", "div", "h1", "h2", "h3", "header", "i", "img", "li", "nav", "ol", "p",
    "small", "span", "sup", "table", "td", "th", "tr", "ul", "code", "section", "svg", "path", "details", "summary",
    "figure", "figcaption", "thead", "tbody",
}  # fmt: skip
# Markup that Streamlit would draw: none of its marks stands in a label without its escape.
DRAWS = re.compile(r"(?<!\\)(\*\*|\[|\$|:(?!\u2060)[a-z])")
# What we set in bold: the name at the head of a label, the price behind a fuel.
OUR_BOLD = re.compile(r"^(\w+ )?\*\*((?:[^*\\]|\\.)*)\*\*")


def assert_inert(app: AppTest) -> None:
    """No markup on the page but ours."""
    assert_sound(app)
    for tag, attributes in tags(app):
        assert tag in OUR_TAGS
        assert not {name for name in attributes if name.startswith("on")}
        assert not str(attributes.get("href", "")).startswith("javascript")
        assert attributes.get("src") is None or str(attributes["src"]).startswith("data:image/svg+xml,")
    assert [label for label in labels(app) if DRAWS.search(OUR_BOLD.sub(r"\1\2", label))] == []


@pytest.mark.parametrize(
    "ref",
    ["", "0", "9" * 10_000, f"{scenes.CHEAPEST} ", f"{scenes.CHEAPEST}\x00", f"{scenes.CHEAPEST}' OR '1'='1",
     "'; DROP TABLE stations; --", HTML, MARKDOWN, "%", "_", "🙂", "\u202e", "-1", "None"],
    ids=range(15),
)  # fmt: skip
@pytest.mark.usefixtures("country")
def test_an_id_that_is_none(open_page: OpenPage, ref: str):
    """Plain words and a way on; nothing of the id comes back."""
    app = open_page("station", id=ref)

    assert_inert(app)
    assert "Cette station n’existe pas ou plus." in words(app)
    assert "Chercher une station" in labels(app)
    assert "alert" not in words(app)


@pytest.mark.usefixtures("country")
def test_no_id_at_all(open_page: OpenPage):
    """The bare address of the page."""
    app = open_page("station")

    assert_inert(app)
    assert "Cette station n’existe pas ou plus." in words(app)


def test_an_id_with_what_postgresql_refuses(
    noon: pytest.MonkeyPatch, postgres_database: Engine, open_page: OpenPage, tmp_path: Path
):
    """A zero byte in a text is an error there: the page must not call the whole base unreadable for it."""
    noon.setenv("CARBUROAM_CLOCK", scenes.CLOCK)
    settings.cache_clear()
    assert scenes.load(postgres_database, tmp_path).outcome == "loaded"

    app = open_page("station", id="9140\x000001")

    assert_inert(app)
    assert "Cette station n’existe pas ou plus." in words(app)


@pytest.mark.parametrize(
    "at",
    ["NaN,NaN", "inf,2", "-inf,inf", "999", "999,999", "", ",", "48.6987", "48.6987,", "48.6987,2.1875,7", "a,b",
     "1e400,1", "48.6987;2.1875", HTML, "9" * 10_000],
    ids=range(15),
)  # fmt: skip
@pytest.mark.parametrize("page", ["search", "map", "demo"])
@pytest.mark.usefixtures("country")
def test_a_position_that_is_none(open_page: OpenPage, page: str, at: str):
    """The page begins as without an address."""
    app = open_page(page, at=at, place="X", fuel="1", km="10")

    assert_inert(app)
    if page != "demo":
        assert [field.placeholder for field in app.text_input] == ["Ville ou code postal"]


@pytest.mark.usefixtures("country")
def test_a_position_abroad(open_page: OpenPage):
    """Madrid, as a browser on holiday tells it: no station around, said in words, on every page that asks where."""
    for page in ("search", "map", "demo"):
        app = open_page(page, at="40.4168,-3.7038", place="Madrid", fuel="1", km="50")
        assert_inert(app)
        if page == "search":
            assert "Aucune station dans un rayon de 50 km" in in_one_line(app)


@pytest.mark.parametrize("km", ["0", "-5", "7", "abc", "", "nan", "1e9", "10.0", "9" * 5000, HTML])
@pytest.mark.usefixtures("country")
def test_a_radius_that_is_none(open_page: OpenPage, km: str):
    """The usual one is taken."""
    app = open_page(at=AT, place="Orsay", km=km)

    assert_inert(app)
    assert app.pills(key="search_radius_shown").value == 10
    assert app.query_params["km"] == "10"


@pytest.mark.parametrize("fuel", ["99", "abc", "", "0", "-1", "1.0", "9" * 5000, "🙂", HTML])
@pytest.mark.usefixtures("country")
def test_a_fuel_that_is_none(open_page: OpenPage, fuel: str):
    """The usual one is taken."""
    app = open_page(at=AT, place="Orsay", fuel=fuel)

    assert_inert(app)
    assert app.pills(key="search_fuel_shown").value == Fuel.DIESEL


@pytest.mark.parametrize(
    ("place", "shown"),
    [
        (HTML, "img src=x onerror=alert(1)"),
        (MARKDOWN, "bold"),
        ("<b>Orsay</b> &amp; 'x' \"y\"", "Orsay"),
        ("🙂👨‍👩‍👧", "🙂👨‍👩‍👧"),
        ("باريس", "باريس"),
        ("Or\u202esay\u0007\nBures", "Orsay Bures"),
        ("x" * 200, "x" * 80),
        ("1. Orsay", "1\\. Orsay"),
        ("", "48.6987, 2.1875"),
        (" \u202e\t", "48.6987, 2.1875"),
    ],
    ids=range(10),
)
@pytest.mark.usefixtures("country")
def test_the_name_of_a_place_is_text(open_page: OpenPage, place: str, shown: str):
    """Whatever a link calls a place: it is read on the button, never drawn, and the search works."""
    app = open_page(at=AT, place=place, fuel="1", km="10")

    assert_inert(app)
    (button,) = [button for button in app.button if button.key == "search_where_change"]
    assert shown in button.label
    assert "x" * 81 not in button.label
    assert "1,659" in in_one_line(app)


@pytest.fixture
def hostile(country: Engine, tmp_path: Path) -> Engine:
    """A station whose publisher writes HTML, Markdown and worse into every text."""
    station = pdv(
        prix(valeur="1.600", maj="2025-02-07 09:00:00"),
        rupture(id="5", nom="E10", debut="2025-02-05 12:00:00"),
        prix(nom="E10", id="5", valeur="1.700", maj="2025-02-07 09:00:00"),
        id=scenes.NEAR_TIE, address=HTML.replace("<", "&lt;"), town="[x](javascript:alert(3)) **B** $x$",
        **(scenes.at(3) | {"cp": "91400"}),
    )  # fmt: skip
    assert scenes.load(country, tmp_path, station).outcome == "loaded"
    return country


@pytest.mark.parametrize("page", ["search", "station"])
@pytest.mark.usefixtures("hostile")
def test_texts_of_the_feed_are_text(open_page: OpenPage, page: str):
    """On cards, on the station's own page and in what is read aloud."""
    app = open_page(page, id=scenes.NEAR_TIE, at=AT, place="Orsay", fuel="1", km="10")

    assert_inert(app)
    assert "&lt;img src=x onerror=alert(1)&gt;" in body(app).lower()  # an address is spelt as one
    assert "<img src=x onerror=alert(1)>" in words(app).lower()
    assert "[x](javascript:alert(3)) **B** $x$" in words(app)


@pytest.mark.usefixtures("hostile")
def test_texts_of_the_feed_are_text_in_the_completion_of_towns(open_page: OpenPage):
    """The button that completes what is typed reads Markdown."""
    app = open_page()
    app.text_input(key="search_where_typed").input("javascript").run()
    if not any("javascript" in label for label in labels(app)):
        app.text_input(key="search_where_typed").input("x javascript").run()

    assert_inert(app)
    (label,) = [label for label in labels(app) if "javascript" in label]
    assert label.startswith(r"\[x\](javascript\:")


@pytest.mark.usefixtures("hostile")
def test_texts_of_the_feed_are_text_on_the_map_and_in_the_demo(open_page: OpenPage):
    """The card of a tapped station; a board, its drawer, and the buttons that add a station."""
    app = open_page("map", at=AT, place="Orsay", fuel="1")
    (chart,) = {str(node.key) for node in elements(app) if re.match(r"map_-?\d", str(getattr(node, "key", "")))}
    app.session_state[chart] = {"selection": {"objects": {"stations": [{"id": scenes.NEAR_TIE}]}, "indices": {}}}
    app.run()
    assert_inert(app)
    assert "<img src=x onerror=alert(1)>" in words(app).lower()

    managed(go(app, "demo"))
    while rows(app):
        assert_inert(app)
        press(open_row(app, 0), "row_remove")
    assert_inert(app)
    (add,) = [button for button in app.button if "onerror" in button.label.lower()]
    add.click().run()
    assert_inert(app)
    assert "<img src=x onerror=alert(1)>" in words(app).lower()


@pytest.mark.parametrize("name", [HTML, MARKDOWN, "🙂👨‍👩‍👧", "x" * 80, "a\nb", "محطة \u202eabc"])
@pytest.mark.parametrize("as_user", ["", "anna"], ids=["stranger", "member"])
@pytest.mark.usefixtures("country")
def test_the_name_that_a_person_gives_is_text(open_page: OpenPage, name: str, as_user: str):
    """In the list, in the message that it was removed, on the board and by station; one line, at most 80 characters."""
    app = managed(open_page("stations", as_user=as_user) if as_user else open_page("demo", at=AT, place="Orsay"))
    if as_user:
        app.text_input(key="add_where_typed").input("91400").run()
        press(app, f"add_{id_of(scenes.CHEAPEST)}")
        press(app, f"add_{id_of(scenes.FAR_TIE)}")
        app.pills(key="followed_fuels").set_value([Fuel.DIESEL]).run()
    named(open_row(app, 0), name)
    assert_inert(app)
    press(app, "row_remove")
    assert_inert(app)
    assert "retirée" in words(app)
    press(app, "undo")
    board = go(app, "mine") if as_user else app

    for view in (board, show(board)):
        assert_inert(view)
        assert name[:4].split("\n", maxsplit=1)[0] in words(view)
        assert "x" * 81 not in words(view)


@pytest.mark.parametrize("column", ["address", "town", "zip_code"])
@pytest.mark.usefixtures("country")
def test_a_text_that_is_missing(open_page: OpenPage, column: str):
    """A station without address, town or postcode has a page and a card."""
    with session.writing() as opened:
        opened.execute(update(Station).values({column: ""}))

    for page in ("station", "search", "demo", "map"):
        assert_inert(open_page(page, id=scenes.CHEAPEST, at=AT, place="Orsay"))


@pytest.mark.parametrize(
    "cookie",
    ["x", "null", "[]", "{", "%7B%22place%22%3A", "%ff%fe", quote('{"fuel":99,"radius_km":-1,"language":"xx"}'),
     quote('{"place":{"label":"<img src=x onerror=alert(1)>","latitude":48.6987,"longitude":2.1875}}'),
     quote('{"place":{"label":null,"latitude":"NaN","longitude":1e999}}'), "[" * 3000],
    ids=range(10),
)  # fmt: skip
def test_a_cookie_that_was_tampered_with(scene_server: int, cookie: str):
    """What makes no sense is left out; what does is text."""
    with connected(scene_server, f"{COOKIE}={cookie}") as visit:
        sent = [message for message in rerun(visit) if message.WhichOneof("type") == "delta"]

    elements = [message.delta.new_element for message in sent]
    kinds = {element.WhichOneof("type") for element in elements}
    html = " ".join(element.html.body for element in elements)
    assert "Le plein le moins cher près de vous" in html
    assert "Prix du 7 février 2025" in html
    assert "exception" not in kinds
    assert "alert" not in kinds
    assert "<img src=x" not in html.replace("data:", "")


def test_a_cookie_that_is_whole_begins_where_the_visit_ended(scene_server: int):
    """The counterpart: what this test sends as a cookie is really read."""
    cookie = quote('{"fuel":5,"place":{"label":"Orsay","latitude":48.6987,"longitude":2.1875},"radius_km":25}')
    with connected(scene_server, f"{COOKIE}={cookie}") as visit:
        sent = [message for message in rerun(visit) if message.WhichOneof("type") == "delta"]

    assert "1,72" in " ".join(message.delta.new_element.html.body for message in sent)


@pytest.fixture(scope="module")
def scene_server(scene_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a real server on the country of scenes.py."""
    with serving(
        tmp_path_factory.mktemp("server"),
        CARBUROAM_DATABASE_URL=f"sqlite:///{scene_file}",
        CARBUROAM_CLOCK=scenes.CLOCK,
        CARBUROAM_START_ETL="false",
    ) as server:
        yield server.port


@pytest.mark.usefixtures("country")
def test_the_name_of_a_place_is_no_link_in_what_is_said_of_it(open_page: OpenPage):
    """It comes from the address of a map, and so from whoever sent it."""
    app = open_page("map", fuel="1", only="wash", at="45.7640,4.8357", place="[Lyon](https://evil.example) :smile:")

    assert_sound(app)
    (told,) = [info.value for info in app.info]
    assert r"\[Lyon\]" in told
    assert ":smile:" not in told


@pytest.mark.usefixtures("country")
def test_an_address_is_answered_with_its_town_and_a_postcode_overseas_with_why_not(open_page: OpenPage):
    """Neither is a misspelling."""
    app = open_page("search", fuel="1")
    app.text_input(key="search_where_typed").set_value("97400").run()
    assert_sound(app)
    assert "Les prix d’outre-mer ne sont pas publiés" in in_one_line(app)

    app.text_input(key="search_where_typed").set_value("12 rue de Paris, Orsay").run()
    assert_sound(app)
    assert "On cherche autour d’une ville." in in_one_line(app)
    next(each for each in app.button if each.label == "Orsay (91400)").click().run()
    assert app.query_params["place"] == "Orsay (91400)"


@pytest.mark.usefixtures("country")
def test_a_town_that_is_misspelt_is_asked_back(open_page: OpenPage):
    """A finger beside the key must not end in "no such town"; a tap takes what was meant."""
    app = open_page("search", fuel="1")
    app.text_input(key="search_where_typed").set_value("Orsai").run()
    assert_sound(app)
    assert "Vouliez-vous dire" in in_one_line(app)

    next(each for each in app.button if each.label == "Orsay (91400)").click().run()
    assert_sound(app)
    assert app.query_params["place"] == "Orsay (91400)"
