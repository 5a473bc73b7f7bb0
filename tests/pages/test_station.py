"""The page of one station, by its own link."""

import re
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import Engine, select, update
from streamlit.testing.v1 import AppTest

import session
from models import PriceHistory, Station
from pipeline.run import run_once
from records import Derived, Fuel
from sources.es_minetur import EsMinetur
from sources.fr_brands import FrBrands
from sources.fr_prix_carburants import FrPrixCarburants
from tests import scenes
from tests.brand_lists import brand_list
from tests.feeds import feed, pdv, prix, rupture, zipped
from tests.neighbours import spanish
from tests.pages.conftest import OpenPage
from tests.pages.seen import assert_sound, html, in_one_line, words


def lines(app: AppTest) -> list[str]:
    """The fuels in their order, each with all that is said of it."""
    (listed,) = [node.proto.body for node in app.main.get("html") if "class='cb-fuels" in node.proto.body]
    return [
        " ".join(re.sub(r"<[^>]+>", " ", row).split()).replace("\u00a0", " ").replace(" €/L", "")
        for row in re.findall(r"<li>.*?</li>", listed)
    ]


@pytest.mark.usefixtures("country")
def test_all_fuels_with_their_price_and_age(open_page: OpenPage):
    """Each with how old its price is, in words, and where it stands: by hand 1.659 under 1.679, 1.749 over 1.744."""
    app = open_page("station", id=scenes.CHEAPEST)

    assert_sound(app)
    assert [line.replace(" ", "") for line in lines(app)] == [
        "Gazole1,659ilya3heures·dujour2csousledépartement",
        "E101,749ilya3heures·dujour0,5cau-dessusdudépartement",
    ]
    assert "10 rue de Paris" in words(app)
    assert "91400 Orsay" in in_one_line(app)


def test_a_station_is_called_by_its_brand(country: Engine, open_page: OpenPage, tmp_path: Path):
    """Brand, own name, then the address; on a card of the search too. What a mapper wrote is text, never HTML."""
    names = brand_list(tmp_path, f"{scenes.CHEAPEST},Intermarché,Relais <b>du</b> Lac,,")
    assert run_once(FrBrands(), url=names.as_uri(), on=country).outcome == "loaded"

    app = open_page("station", id=scenes.CHEAPEST)
    assert_sound(app)
    (heading,) = [node.proto.body for node in app.main.get("html") if "class='cb-station'" in node.proto.body]
    assert "<h2>Intermarché</h2><p>Relais &lt;b&gt;du&lt;/b&gt; Lac</p><p>10 rue de Paris, 91400 Orsay</p>" in heading

    search = in_one_line(open_page(fuel="1", at="48.6987,2.1875", place="Orsay", km="10"))
    assert "Intermarché" in search
    assert "10 rue de Paris, Orsay" in search


def test_who_may_fill_up_and_when_is_told_as_it_stands_at_the_gate(country: Engine, open_page: OpenPage):
    """A club says so on its page and in its card of the map; two spans that meet are one."""
    with session.writing(country) as opened:
        opened.execute(
            update(Station)
            .where(Station.source_ref == scenes.CHEAPEST)
            .values(address="Réservée aux Membres, 10 rue de Paris", opening_hours=[[[360, 780], [780, 1260]]] * 7)
        )
    app = open_page("station", id=scenes.CHEAPEST)

    assert_sound(app)
    assert "Réservée aux membres" in html(app)
    assert "6 h – 21 h" in in_one_line(app)
    assert "13 h" not in in_one_line(app)


@pytest.mark.usefixtures("country")
def test_an_outage_says_since_when(open_page: OpenPage):
    """The fuel that is out, beside the one that can be had."""
    diesel, e10 = lines(open_page("station", id=scenes.OUT))

    assert "Rupture il y a 2 jours" in diesel
    assert "Rupture" not in e10


@pytest.mark.usefixtures("country")
def test_an_old_and_a_doubtful_price_are_told(open_page: OpenPage):
    """Never a bare number."""
    (stale,) = lines(open_page("station", id=scenes.STALE))
    (suspect,) = lines(open_page("station", id=scenes.SUSPECT))

    assert "il y a 49 jours · ancien" in stale
    assert "Prix douteux" in suspect


def test_a_fuel_that_is_no_longer_sold_is_named(country: Engine, open_page: OpenPage, tmp_path: Path):
    """Declared as given up for good, without a price."""
    changed = pdv(
        prix(maj="2025-02-07 09:00:00"),
        rupture(id="2", nom="SP95", type="definitive"),
        id=scenes.NEAR_TIE,
        **scenes.at(3),
    )
    assert scenes.load(country, tmp_path, changed).outcome == "loaded"

    app = open_page("station", id=scenes.NEAR_TIE)

    assert len(lines(app)) == 1
    assert "N’est plus vendu ici : SP95." in in_one_line(app)


def week(app: AppTest) -> list[tuple[str, str]]:
    """The days and their hours."""
    (table,) = [node.proto.body for node in app.main.get("html") if "class='cb-table" in node.proto.body]
    rows = re.findall(r"<th scope='row'>(.*?)</th><td>(.*?)</td>", table)
    return [(day, hours.replace("\u00a0", " ")) for day, hours in rows]


@pytest.mark.usefixtures("country")
def test_the_week_and_whether_it_is_open_now(open_page: OpenPage):
    """Noon on a Friday: one is open until nine in the evening, the other closed until Saturday."""
    open_now, closed = open_page("station", id=scenes.NEAR_TIE), open_page("station", id=scenes.CLOSED)

    assert "Ouvert jusqu’à 21 h" in in_one_line(open_now)
    assert week(open_now) == [
        (day, "7 h – 21 h") for day in ("Lundi", "Mardi", "Mercredi", "Jeudi", "Vendredi", "Samedi", "Dimanche")
    ]
    assert "Fermé, ouvre samedi à 7 h" in in_one_line(closed)
    assert dict(week(closed))["Vendredi"] == "fermé"
    assert sum("class=cb-today" in node.proto.body for node in closed.main.get("html")) == 1


@pytest.mark.usefixtures("country")
def test_round_the_clock_is_told_and_hours_unknown_too(open_page: OpenPage):
    """A card automat, and a station that declares nothing."""
    always, unknown = open_page("station", id=scenes.OPEN_24H), open_page("station", id=scenes.STALE)

    assert "24 h/24" in in_one_line(always)
    assert "La station ne déclare pas ses horaires." in in_one_line(unknown)
    assert "Ouvert" not in in_one_line(unknown)


@pytest.mark.usefixtures("country")
def test_what_it_offers_and_that_it_lies_on_a_motorway(open_page: OpenPage):
    """Amenities in plain words."""
    app, motorway = open_page("station", id=scenes.CHEAPEST), open_page("station", id=scenes.MOTORWAY)

    assert {"Lavage automatique", "Wi-Fi"} <= {line.strip() for line in words(app).splitlines()}
    assert "Autoroute" in words(motorway)
    assert "Services" not in words(motorway)


@pytest.mark.usefixtures("country")
def test_the_links_lead_there(open_page: OpenPage):
    """To the position of the feed, in four ways."""
    app = open_page("station", id=scenes.CHEAPEST)

    links = [node.proto for node in app.main.get("link_button")]
    google, apple, osm, geo = (urlsplit(link.url) for link in links)
    point = "48.70870,2.18750"
    assert (google.hostname, parse_qs(google.query)["destination"]) == ("www.google.com", [point])
    assert (apple.hostname, parse_qs(apple.query)["daddr"]) == ("maps.apple.com", [point])
    assert (osm.hostname, parse_qs(osm.query)["to"]) == ("www.openstreetmap.org", [point])
    assert (geo.scheme, geo.path) == ("geo", point)
    assert parse_qs(geo.query)["q"] == [f"{point}(10 rue de Paris, Orsay)"]


@pytest.mark.usefixtures("country")
def test_a_station_without_a_position_has_no_links(open_page: OpenPage):
    """And says why."""
    with session.writing() as opened:
        opened.execute(update(Station).values(latitude=None, longitude=None))

    app = open_page("station", id=scenes.CHEAPEST)

    assert_sound(app)
    assert "La position de cette station n’est pas déclarée." in words(app)
    assert not app.main.get("link_button")


@pytest.mark.usefixtures("country")
def test_a_station_without_any_price(open_page: OpenPage):
    """It has a page all the same."""
    app = open_page("station", id=scenes.WITHOUT_PRICE)

    assert_sound(app)
    assert "Cette station ne déclare aucun prix." in [info.value for info in app.info]
    assert "7 rue Muette" in words(app)


def test_a_station_that_left_the_feed_stays_visible(country: Engine, open_page: OpenPage, tmp_path: Path):
    """People follow it: its page says since when it declares nothing."""
    kept = [station for station in scenes.stations() if f'id="{scenes.LYON}"' not in station]
    file = zipped(tmp_path / "fewer.zip", feed(*kept))
    assert run_once(FrPrixCarburants(), url=file.as_uri(), on=country).outcome == "loaded"

    app = open_page("station", id=scenes.LYON)

    assert_sound(app)
    assert "Ne déclare plus de prix depuis le 7 février 2025" in in_one_line(app)
    assert "1 cours Lafayette" in words(app)


@pytest.mark.usefixtures("country")
def test_the_link_to_share_is_its_own(open_page: OpenPage):
    """The address that a friend opens."""
    app = open_page("station", id=scenes.CHEAPEST)

    assert f"class='cb-share' data-path='/station?id={scenes.CHEAPEST}'" in html(app)


def test_the_past_of_a_price_with_its_fuel_and_its_span(country: Engine, open_page: OpenPage):
    """A month of the first fuel, then another: with the department, as a table, no longer than what is known of it."""
    since = scenes.NOON - timedelta(days=3)
    with session.writing(country) as opened:
        station = opened.scalar(select(Station.id).where(Station.source_ref == scenes.CHEAPEST))
        opened.add(PriceHistory(station_id=station, gastype_id=5, updated_at=since, price=1_700))
        long_ago = scenes.NOON - timedelta(days=200)
        opened.add(PriceHistory(station_id=station, gastype_id=1, updated_at=long_ago, price=1_600))
    app = open_page("station", id=scenes.CHEAPEST)
    month = in_one_line(app)
    app.pills(key="history_fuel_shown").set_value(Fuel.E10)
    app.pills(key="history_span_shown").set_value(365).run()
    week = in_one_line(app)

    assert_sound(app)
    assert "Gazole, prix sur 30 jours" in month
    assert "E10, prix sur 7 jours" in week
    assert "Entre 1,700 et 1,749 €/L à cette station ; à la fin 1,749 €/L." in week
    assert "4 févr. 1,700" in week
    assert "Historique connu depuis le 4 février 2025." in week


@pytest.mark.parametrize("language", ["fr", "en"])
def test_abroad_a_price_stands_in_its_province(country: Engine, open_page: OpenPage, tmp_path: Path, language: str):
    """In the tag beside it, in the chart's words and in its table; nothing there is of a department."""
    rows = [{"IDEESS": str(ref), "Precio Gasoleo A": price} for ref, price in ((1, "1,400"), (2, "1,420"))]
    assert run_once(EsMinetur(), url=spanish(tmp_path / "es.json", *rows), on=country).outcome == "loaded"

    app = open_page("station", language=language, id="es-1")

    assert_sound(app)
    shown = in_one_line(app)
    said = {"fr": ("1 c sous la province", "Médiane de la province"), "en": ("1 c below the", "Median of the province")}
    assert [words for words in said[language] if words not in shown.replace("\u00a0", " ")] == []
    assert "partement" not in shown
    assert "department" not in shown


@pytest.mark.usefixtures("noon")
@pytest.mark.parametrize(
    ("derived", "told"),
    [
        (Derived(0), []),
        (Derived.TOWN_OF_NEIGHBOUR, ["Commune déduite de la position"]),
        (
            Derived.TOWN_OF_POSITION | Derived.ADDRESS_OF_POSITION,
            ["Commune déduite de la position", "Adresse déduite de la position"],
        ),
    ],
)
def test_what_was_derived_is_said_to_be(country: Engine, open_page: OpenPage, derived: Derived, told: list[str]):
    """Who reads a town that the station never declared is told so."""
    with session.writing(country) as opened:
        opened.execute(update(Station).where(Station.source_ref == scenes.CHEAPEST).values(derived=derived.value))

    shown = in_one_line(open_page("station", id=scenes.CHEAPEST))

    assert [
        words for words in ("Commune déduite de la position", "Adresse déduite de la position") if words in shown
    ] == told
