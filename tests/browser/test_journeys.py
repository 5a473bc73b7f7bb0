"""What a visitor does on a phone, from page to page, as far as only a browser can tell."""

import re
from collections.abc import Callable
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from tests import scenes
from tests.browser.conftest import Visitor

MakeVisitor = Callable[..., Visitor]
AT_ORSAY = "at=48.6987,2.1875&place=Orsay+(91400)"
ORSAY = f"/?fuel=1&km=10&{AT_ORSAY}"


def go(someone: Visitor, name: str) -> None:
    """Tap an entry of the bar at the bottom."""
    someone.tap(someone.page.locator(".cb-tabbar").get_by_role("link", name=name))


def names(page: Page) -> list[str]:
    """What the stations of a board are called."""
    return page.locator(".cb-card .cb-who b").all_inner_texts()


def test_a_demo_is_kept_for_the_visit_and_gone_after_a_reload(visitor: MakeVisitor):
    """Rename, remove, take it back; look at a station and at the map, and come back: all is as it was left."""
    someone = visitor()
    page = someone.open(f"/demo?{AT_ORSAY}")
    assert names(page) == ["10 rue de Paris", "Route de Chartres", "A10 - aire de Palaiseau"]

    page.get_by_text("Renommer, ranger, retirer").tap()
    page.get_by_role("button", name="10 rue de Paris").tap()
    field = page.get_by_label("Nom de la station")
    field.fill("Près du travail")
    field.press("Enter")
    expect(page.locator(".cb-best b").first).to_have_text("Près du travail")
    page.get_by_role("button", name="Route de Chartres").tap()
    page.get_by_role("button", name="Retirer Route de Chartres").tap()
    expect(page.get_by_text("Route de Chartres : retirée.")).to_be_visible()
    expect(page.locator(".cb-card")).to_have_count(2)
    page.get_by_role("button", name="Annuler").tap()
    expect(page.locator(".cb-card")).to_have_count(3)

    page.locator(".cb-over").first.tap()
    expect(page.locator(".cb-station h2")).to_have_text("10 rue de Paris")
    page.go_back()
    expect(page.locator(".cb-best b").first).to_have_text("Près du travail")
    for entry in ("À propos", "Carte", "Démo"):
        go(someone, entry)
    assert names(page) == ["Près du travail", "Route de Chartres", "A10 - aire de Palaiseau"]

    someone.reload()
    assert "Près du travail" not in names(page)
    assert not someone.faults


def test_a_card_leads_to_its_station_and_back_to_the_same_results(visitor: MakeVisitor):
    """One tap anywhere on the card, one on Back; the page is not loaded anew."""
    someone = visitor()
    page = someone.open(ORSAY)
    page.evaluate("window.isSameVisit = true")
    page.locator(".cb-best .cb-over").tap()
    expect(page.locator(".cb-station h2")).to_have_text("10 rue de Paris")
    assert page.url.endswith(f"/station?id={scenes.CHEAPEST}")
    page.go_back()

    expect(page.locator(".cb-best")).to_contain_text("1,659")
    assert page.evaluate("window.isSameVisit") is True
    assert not someone.faults


def test_back_in_a_list_the_card_that_was_tapped_stands_where_it_was(visitor: MakeVisitor):
    """Who compares stations of a long list does not begin at its top each time; a tap of the bar does."""
    someone = visitor()
    page = someone.open(ORSAY)
    card = page.locator(".cb-over").last
    card.scroll_into_view_if_needed()
    left = card.bounding_box()
    someone.tap(card)
    expect(page.locator(".cb-station")).to_be_visible()
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollTop") == 0
    page.go_back()

    expect(card).to_be_in_viewport(ratio=1)
    someone.settle()
    assert card.bounding_box() == left
    card.tap()
    page.get_by_role("link", name="Chercher une station").tap()
    expect(card).to_be_in_viewport(ratio=1)
    someone.settle()
    assert card.bounding_box() == left
    go(someone, "Carte")
    go(someone, "Prix")
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollTop") == 0
    card.scroll_into_view_if_needed()
    page.locator(".cb-tabbar").get_by_role("link", name="Prix").tap()
    page.wait_for_function("document.querySelector('[data-testid=stMain]').scrollTop === 0")
    assert not someone.faults


def test_the_ways_there_open_the_phones_own_map(visitor: MakeVisitor):
    """The links as the browser would follow them, the one of the phone's own choice too."""
    page = visitor().open(f"/station?id={scenes.CHEAPEST}")

    links = page.locator(".st-key-ways a")
    found = {link.inner_text().strip(): link.get_attribute("href") or "" for link in links.all()}
    assert [address.partition("?")[0] for address in found.values()] == [
        "https://www.google.com/maps/dir/",
        "https://maps.apple.com/",
        "https://www.openstreetmap.org/directions",
        "geo:48.70870,2.18750",
    ]
    assert all(found)
    assert all("noreferrer" in (link.get_attribute("rel") or "") for link in links.all())


@pytest.mark.parametrize(
    "address", ["/admin", "/nulle%20part%20é", "/map/lyon", "/%22%3E%3Cb%3Ex", "/map%20", "/%20", "/foo%C2%A0"]
)
def test_an_address_of_no_page_is_answered_in_words_of_ours(visitor: MakeVisitor, address: str):
    """Mistyped, below a page, or not for strangers: the same words, also after a tap, and a way on."""
    someone = visitor()
    page = someone.open(address)
    expect(page.get_by_role("heading", name="Cette page n’existe pas", level=2)).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)

    page.get_by_role("button", name="English").tap()
    expect(page.get_by_role("heading", name="There is no such page", level=2)).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("link", name="See the prices").tap()
    expect(page.locator(".cb-pitch")).to_be_visible()
    assert not someone.faults


def test_a_name_from_an_address_is_never_markup(visitor: MakeVisitor):
    """Markdown, icons, formulas, colours, emoji by name, links and HTML on a button: the reader sees what was sent."""
    sent = "**b** _i_ [x](http://a.b) :material/home: $x^2$ :red[y] :smile: www.a.fr"
    someone = visitor()
    page = someone.open(f"/?fuel=1&km=10&at=48.6987,2.1875&place={quote(sent)}")

    button = page.locator(".st-key-search_where_change button")
    label = button.locator("[data-testid=stMarkdownContainer]").last
    assert label.inner_text().replace("\u2060", "").strip() == sent
    assert label.locator("a, strong, em, .katex, [style*=color], [data-testid=stIconMaterial]").count() == 0

    someone.open(f"/?fuel=1&km=10&at=48.6987,2.1875&place={quote('<img src=x onerror=alert(1)> 1. # <b>z</b>')}")
    assert label.inner_text().replace("\u2060", "").strip() == "<img src=x onerror=alert(1)> 1. # <b>z</b>"
    assert not someone.faults


def test_the_document_names_its_language(visitor: MakeVisitor):
    """A screen reader speaks French to a French page, English to an English one."""
    page = visitor().open("/about")
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    page.get_by_role("button", name="English").tap()
    expect(page.locator("html")).to_have_attribute("lang", re.compile("^en"))
    expect(page.get_by_text("Legal notice")).to_be_visible()
