"""A driver who needs a car wash that is open, off the motorway, and counts the detour."""

import re
import time
from collections.abc import Callable

from playwright.sync_api import Route, expect

from tests.browser.conftest import DESKTOP, Visitor
from tests.browser.test_every_page import look_at

MakeVisitor = Callable[..., Visitor]
ORSAY = "/?fuel=1&at=48.6987,2.1875&place=Orsay+(91400)&km=10"


def test_a_filtered_search_is_made_shared_taken_apart_and_cleared(visitor: MakeVisitor):
    """Each tap counts at once; a friend's phone shows the same; a chip takes one filter away, Back brings it again."""
    someone = visitor()
    page = someone.open(ORSAY)
    expect(page.locator(".cb-card")).to_have_count(8)
    page.locator(".st-key-filters button").tap()
    drawer = page.locator(".st-key-filter_drawer")
    for name, left in (("Lavage", 1), ("Ouvert maintenant", 1), ("Hors autoroute", 1)):
        drawer.get_by_role("button", name=name).tap()
        expect(page.locator(".cb-set").get_by_text(name)).to_be_visible()
        expect(page.locator(".cb-card")).to_have_count(left)
    drawer.get_by_role("radio", name="Détour compris").tap()
    expect(page.locator(".cb-best")).to_contain_text("Le plein : 83,26 €, détour compris.")
    expect(page.get_by_role("button", name="Filtres · 3")).to_be_visible()
    page.wait_for_url("**sort=net**")
    someone.settle()
    address = page.url.removeprefix(someone.site)
    look_at(someone, page)

    friend = visitor()
    other = friend.open(address)
    expect(other.locator(".cb-best")).to_contain_text("Le plein : 83,26 €, détour compris.")
    expect(other.locator(".st-key-filter_drawer")).to_have_count(0)
    other.get_by_role("link", name="Retirer : Lavage").tap()
    expect(other.locator(".cb-card")).to_have_count(6)
    other.go_back()
    expect(other.locator(".cb-card")).to_have_count(1)
    friend.until_device_keeps("carburoam_search", holding="wash")

    page.get_by_role("button", name="Tout effacer").tap()
    expect(page.locator(".cb-card")).to_have_count(8)
    assert not someone.faults + friend.faults


def test_another_town_is_typed_over_the_old_answer(visitor: MakeVisitor):
    """A tap on the place puts the cursor into its field, however late it comes; old prices are not a new town's."""
    someone = visitor()
    late: list[str] = []

    def come_late(route: Route) -> None:
        time.sleep(2)
        late.append(route.request.url)
        route.continue_()

    someone.context.route("**/TextInput*.js", come_late)
    page = someone.open(ORSAY)
    page.get_by_role("button", name=re.compile("Orsay")).tap()
    expect(page.get_by_placeholder("Ville ou code postal")).to_be_focused()
    assert late

    page.keyboard.type("zzqx", delay=30)
    expect(page.get_by_text("Aucune ville ne correspond", exact=False)).to_be_visible()
    expect(page.locator(".cb-best")).to_be_hidden()
    for _ in "zzqx":
        page.keyboard.press("Backspace")
    expect(page.locator(".cb-best")).to_be_visible()


def test_a_wide_screen_has_its_map_beside_its_list(visitor: MakeVisitor):
    """At the same height, and in sight while the list is scrolled."""
    someone = visitor(viewport=DESKTOP)
    someone.context.route("**/*cartocdn*/**", lambda route: route.abort())
    page = someone.open(ORSAY)
    page.get_by_text("Voir sur la carte").click()
    chart = page.locator("[data-testid=stDeckGlJsonChart]")
    expect(chart).to_be_visible()
    someone.settle()

    page.locator(".cb-card").last.scroll_into_view_if_needed()
    expect(chart).to_be_in_viewport(ratio=0.9)
    left, right = page.locator(".cb-best").bounding_box(), chart.bounding_box()
    assert left
    assert right
    assert left["x"] + left["width"] <= right["x"]
