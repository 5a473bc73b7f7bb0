"""A new member on a phone: three ways to a station, the list put in order, and the board that comes of it."""

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.conftest import Visitor
from tests.browser.test_accounts import register
from tests.browser.test_every_page import look_at
from tests.browser.test_journeys import go
from tests.browser.test_map import LYON, middle_of, tap_until_chosen, wait_for_map

MakeVisitor = Callable[..., Visitor]
OWN_NAME = "Chez Zoé 🚗 <b>"


def rows(page: Page) -> list[str]:
    """The followed stations in their order."""
    return page.locator(".st-key-station_rows [class*=st-key-station_] strong").all_inner_texts()


def add_three_ways(someone: Visitor, page: Page) -> None:
    """By a town on the empty home; around me; by a tap on the map."""
    expect(page.get_by_role("heading", name="Ajoutez votre première station")).to_be_visible()
    page.get_by_placeholder("Ville ou code postal").fill("91400")
    page.get_by_role("button", name="10 rue de Paris").tap()
    expect(page.locator(".cb-card .cb-price").first).to_contain_text("1,659")

    go(someone, "Stations")
    assert page.title() == "Stations · Carburoam"
    drawer = page.get_by_text("Ajouter une station")
    drawer.tap()
    page.get_by_role("button", name="Autour de moi").tap()
    page.get_by_role("button", name="1 cours Lafayette").tap()
    expect(page.get_by_text("2 sur 50")).to_be_visible()

    page.get_by_role("button", name="Près de Lyon").tap()
    page.get_by_placeholder("Ville ou code postal").fill("44000")
    expect(page.get_by_role("button", name="1 quai de la Fosse")).to_be_visible()
    page.get_by_text("Choisir sur la carte").tap()
    wait_for_map(someone)
    page.locator("[data-testid=stDeckGlJsonChart]").scroll_into_view_if_needed()
    tap_until_chosen(page, lambda: middle_of(page), "1,720")
    page.get_by_role("button", name="Suivre", exact=True).tap()
    expect(page.get_by_role("button", name="Ne plus suivre")).to_be_visible()
    someone.tap(drawer.first)
    assert rows(page) == ["10 rue de Paris", "1 cours Lafayette", "1 quai de la Fosse"]


def put_in_order(someone: Visitor, page: Page) -> None:
    """Name one, move it up, remove it and bring it back; each button is as large as a thumb."""
    page.locator(".st-key-station_rows").get_by_role("button", name="1 quai de la Fosse").tap()
    name = page.get_by_label("Nom de la station")
    # Pasted: cut where the name must end, not passed over.
    name.fill("Z" * 200)
    name.press("Enter")
    expect(name).to_have_value("Z" * 80)
    name.fill(OWN_NAME)
    name.press("Enter")
    someone.tap(page.get_by_role("button", name="Monter Chez Zoé"))
    assert rows(page) == ["10 rue de Paris", OWN_NAME, "1 cours Lafayette"]
    for verb in ("Monter", "Descendre", "Retirer"):
        box = page.get_by_role("button", name=f"{verb} Chez Zoé").bounding_box()
        assert box
        assert min(box["width"], box["height"]) >= 44
    page.get_by_role("button", name="Retirer Chez Zoé").tap()
    expect(page.get_by_text(f"{OWN_NAME} : retirée.")).to_be_visible()
    someone.tap(page.get_by_role("button", name="Annuler"))
    assert rows(page) == ["10 rue de Paris", OWN_NAME, "1 cours Lafayette"]


def test_from_the_first_station_to_the_file(visitor: MakeVisitor, tmp_path: Path):
    """The board then has its best in sight, the other view has the person's own order, the file has all of it."""
    someone = visitor(permissions=["geolocation"], geolocation={"latitude": LYON[0], "longitude": LYON[1]})
    someone.context.route("**/*cartocdn*/**", lambda route: route.abort())
    register(someone, "mila")
    page = someone.open("/")
    add_three_ways(someone, page)
    put_in_order(someone, page)
    look_at(someone, page)

    go(someone, "Accueil")
    best = page.locator(".cb-best")
    expect(best).to_contain_text("La moins chère de vos stations")
    expect(best).to_contain_text("1,659")
    expect(best).to_be_in_viewport(ratio=1)
    look_at(someone, page)
    page.get_by_role("radio", name="Par station").tap()
    expect(page.locator(".cb-card .cb-who b")).to_have_text(["10 rue de Paris", OWN_NAME, "1 cours Lafayette"])
    look_at(someone, page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Télécharger ces prix (CSV)").tap()
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    assert file.name == "carburoam-2025-02-07.csv"
    assert "Gazole;;10 rue de Paris;Orsay;1,659;2025-02-07 09:00" in file.read_text("utf-8-sig")

    go(someone, "Profil")
    page.get_by_text("Ma voiture").tap()
    litres = page.get_by_label("Litres aux 100 km")
    litres.tap()
    expect(litres).to_have_attribute("inputmode", "decimal")
    page.keyboard.type("5,5")
    page.get_by_role("button", name="Enregistrer").tap()
    expect(page.get_by_text("50 L, 5,5 L aux 100 km")).to_be_visible()
    assert not someone.faults
