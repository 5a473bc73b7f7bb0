"""A driver looks for the cheapest price on a phone."""

import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import expect

from tests import scenes
from tests.browser.conftest import DESKTOP, Visitor

MakeVisitor = Callable[..., Visitor]
ORSAY = "/?fuel=1&at=48.6987,2.1875&place=Orsay+(91400)&km=10"


def test_a_stranger_has_three_ways_in_on_the_first_screen(visitor: MakeVisitor):
    """On a phone, without scrolling: create an account, sign in, see the demo; each leads somewhere."""
    someone = visitor()
    page = someone.open()

    for name in ("Créer un compte", "Se connecter", "Voir la démo"):
        link = page.locator(".cb-welcome").get_by_role("link", name=name)
        expect(link).to_be_in_viewport(ratio=1)
    page.locator(".cb-welcome").get_by_role("link", name="Créer un compte").click()
    expect(page.get_by_role("button", name="Créer mon compte")).to_be_visible()
    assert not someone.faults


def test_a_typed_town_gives_its_cheapest_station_without_scrolling(visitor: MakeVisitor):
    """Type, tap the completion, read: the best is in sight, unmistakable, and of the hand-computed price."""
    someone = visitor()
    page = someone.open()

    page.get_by_placeholder("Ville ou code postal").press_sequentially("bures", delay=30)
    page.get_by_role("button", name=re.compile("Bures")).click()
    someone.settle()
    best = page.locator(".cb-best")
    expect(best).to_contain_text("Le moins cher")
    expect(best).to_contain_text("1,659")
    expect(best).to_contain_text("10 rue de Paris")
    expect(best.locator(".cb-price")).to_be_in_viewport(ratio=1)


def test_the_key_that_says_go_takes_the_town_that_is_offered_first(visitor: MakeVisitor):
    """Typed at once or letter by letter; nothing is taken where what was typed is no town's name."""
    someone = visitor()
    page = someone.open()
    field = page.get_by_placeholder("Ville ou code postal")
    field.fill("bur")
    field.press("Enter")
    expect(page.locator(".cb-best")).to_contain_text("10 rue de Paris")
    expect(page.get_by_role("button", name=re.compile("Bures"))).to_be_visible()

    page.get_by_role("button", name=re.compile("Bures")).tap()
    field.press_sequentially("Orsai", delay=30)
    field.press("Enter")
    expect(page.get_by_text("Vouliez-vous dire")).to_be_visible()
    someone.settle()
    expect(field).to_have_value("Orsai")


def test_what_is_not_ours_speaks_the_language_of_the_reader(visitor: MakeVisitor):
    """Names that Streamlit and the map give to parts of theirs, in English alone, for those who listen."""
    someone = visitor()
    someone.context.route("**/*cartocdn*/**", lambda route: route.abort())
    page = someone.open("/map")
    expect(page.get_by_role("button", name="Agrandir la carte")).to_be_visible()
    expect(page.get_by_role("link", name="Aller au contenu")).to_have_count(1)

    page.get_by_role("button", name="English").tap()
    expect(page.get_by_role("button", name="Zoom in", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="Skip to the content")).to_have_count(1)
    someone.open("/login")
    page.get_by_role("button", name="Show the password").tap()
    expect(page.get_by_role("button", name="Hide the password")).to_be_visible()
    assert someone.faults == []


def test_results_are_in_the_order_a_driver_can_count_on(visitor: MakeVisitor):
    """Open and fresh first, ties by distance, then closed, stale and dry ones; the typing error apart."""
    page = visitor().open(ORSAY)

    cards = page.locator(".cb-card")
    prices = [re.sub(r"\s|€/L", "", text) for text in cards.locator(".cb-price").all_inner_texts()]
    assert prices == ["1,659", "1,699", "1,699", "1,899", "1,649", "1,609", "1,639", "0,900"]
    expect(cards.nth(1)).to_contain_text("6 rue Proche")
    expect(cards.nth(4)).to_contain_text("Fermé, ouvre samedi à 7 h")
    expect(cards.nth(5)).to_contain_text("ancien")
    expect(cards.nth(6)).to_contain_text("Rupture il y a 2 jours")
    expect(cards.nth(7)).to_contain_text("Prix douteux")


def test_a_position_of_the_browser_is_rounded_and_searched_around(visitor: MakeVisitor):
    """Around me: the position reaches the address of the page with three decimals at most, never more."""
    someone = visitor(permissions=["geolocation"], geolocation={"latitude": 48.698712345, "longitude": 2.187498765})
    page = someone.open()

    page.get_by_role("button", name="Autour de moi").click()
    expect(page.locator(".cb-best")).to_contain_text("1,659")
    expect(page.get_by_role("button", name=re.compile("Près d"))).to_be_visible()
    page.wait_for_url("**at=**")
    assert parse_qs(urlsplit(page.url).query)["at"] == ["48.6990,2.1870"]


def test_a_refused_position_is_answered_in_plain_words(visitor: MakeVisitor):
    """A browser that says no: the reader is told what to do instead."""
    page = visitor().open()

    page.get_by_role("button", name="Autour de moi").click()
    expect(page.get_by_text("Votre navigateur n’autorise pas la position", exact=False)).to_be_visible()


def test_the_last_search_is_remembered_on_the_device_and_can_be_cleared(visitor: MakeVisitor):
    """A second visit begins where the first one ended, until the reader says forget."""
    someone = visitor()
    someone.open(ORSAY)
    someone.until_device_keeps("carburoam_search")
    page = someone.open()
    expect(page.locator(".cb-best")).to_contain_text("1,659")

    page.get_by_role("button", name="Oublier ma recherche").click()
    expect(page.get_by_placeholder("Ville ou code postal")).to_be_visible()
    someone.until_device_forgets("carburoam_search")
    page = someone.open()
    expect(page.get_by_placeholder("Ville ou code postal")).to_be_visible()
    assert page.locator(".cb-card").count() == 0


def test_a_shared_address_opens_the_same_search_elsewhere(visitor: MakeVisitor):
    """Another fuel and radius are chosen, and the address of the page says so to a friend's phone."""
    someone = visitor()
    page = someone.open(ORSAY)
    page.get_by_role("radio", name="E10").click()
    expect(page.locator(".cb-best")).to_contain_text("1,729")
    someone.settle()
    address = page.url.removeprefix(someone.site)

    friend = visitor().open(address)
    expect(friend.locator(".cb-best")).to_contain_text("1,729")
    expect(friend.locator(".cb-best")).to_contain_text("Route de Chartres")


def test_back_returns_to_the_search_before(visitor: MakeVisitor):
    """Another fuel, then the browser's Back: the first fuel again, and its prices."""
    page = visitor().open(ORSAY)
    page.get_by_role("radio", name="E10").click()
    expect(page.locator(".cb-best")).to_contain_text("1,729")
    page.wait_for_url("**fuel=5**")

    page.go_back()
    expect(page.locator(".cb-best")).to_contain_text("1,659")
    expect(page.get_by_role("radio", name="Gazole")).to_be_checked()


def test_a_whole_postcode_needs_no_second_tap(visitor: MakeVisitor):
    """Nothing is left to choose: the answer comes by itself."""
    page = visitor().open()

    page.get_by_placeholder("Ville ou code postal").press_sequentially("91440", delay=30)
    expect(page.locator(".cb-best")).to_contain_text("1,659")


def test_the_share_button_copies_the_address_of_the_search(visitor: MakeVisitor):
    """Where the system has no sheet of its own, the link is in the clipboard and the button says so."""
    someone = visitor(viewport=DESKTOP)
    page = someone.open(ORSAY)

    page.evaluate("delete Navigator.prototype.share")
    # Reading the clipboard is forbidden to this site by its own policy, so the test listens to what is written.
    page.evaluate("navigator.clipboard.writeText = async text => { window.copied = text }")
    page.get_by_role("button", name="Partager").click()
    expect(page.get_by_role("button", name="Lien copié")).to_be_visible()
    link = page.evaluate("window.copied")
    assert link.startswith(someone.site)
    assert parse_qs(urlsplit(link).query)["place"] == ["Orsay (91400)"]


def test_nothing_leaves_the_browser_for_third_parties(visitor: MakeVisitor):
    """Search, station, demo, about: every request goes to this server, and nothing breaks the security policy.

    The page can be put on a home screen: the browser finds the manifest and no fault in it.
    """
    someone = visitor()
    for path in (ORSAY, f"/station?id={scenes.CHEAPEST}", "/demo", "/about"):
        someone.open(path)
    found = someone.context.new_cdp_session(someone.page).send("Page.getAppManifest")

    assert (found["url"], found["errors"]) == (f"{someone.site}/app/static/manifest.json", [])
    assert someone.foreign == []
    assert someone.faults == []


def test_the_language_follows_the_browser_and_the_switch(visitor: MakeVisitor):
    """An English browser reads English; the switch turns to French and the device remembers."""
    someone = visitor(locale="en-GB")
    page = someone.open(ORSAY)
    expect(page.locator(".cb-best")).to_contain_text("The cheapest")

    page.get_by_role("button", name="Français").first.click()
    expect(page.locator(".cb-best")).to_contain_text("Le moins cher")
    someone.until_device_keeps("carburoam_search", holding="%22fr%22")
    expect(someone.open(ORSAY).locator(".cb-best")).to_contain_text("Le moins cher")


def test_a_card_is_followed_within_the_visit(visitor: MakeVisitor):
    """Tapped, the station comes without a page load; Back returns to the results, Forward to the station."""
    page = visitor().open(ORSAY)
    page.evaluate("window.isSameVisit = true")

    page.locator("a.cb-over").first.tap()
    page.wait_for_url("**/station?id=91400001")
    expect(page.locator(".cb-station")).to_contain_text("10 rue de Paris")
    page.go_back()
    expect(page.locator(".cb-best")).to_contain_text("1,659")
    page.go_forward()
    expect(page.locator(".cb-station")).to_contain_text("10 rue de Paris")
    assert page.evaluate("window.isSameVisit")
