"""The same journeys without server.py, as hosted Streamlit runs the application: `streamlit run home.py`."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import expect

import session
from adapters.storage import open_store
from services import account_changes
from settings import now, settings
from tests import people, scenes
from tests.browser.conftest import Visitor, served
from tests.browser.test_accounts import expect_in, expect_out, live_through, register, sign_in
from tests.browser.test_journeys import go
from tests.browser.test_map import NANTES, middle_of, tap_until_chosen, wait_for_map
from tests.stores import Place
from texts import text

MakeVisitor = Callable[..., Visitor]


@pytest.fixture(scope="module")
def hosted(scene_base: Path) -> Iterator[str]:
    """The address of the application without a server of its own."""
    with served("home.py", scene_base, CARBUROAM_START_ETL="false", CARBUROAM_CLOCK=scenes.CLOCK) as address:
        yield address


def test_search_station_and_the_memory_of_the_device(visitor: MakeVisitor, hosted: str):
    """A town, its cheapest, its page; the next visit begins there."""
    someone = visitor(address=hosted)
    page = someone.open()
    page.get_by_placeholder("Ville ou code postal").press_sequentially("bures", delay=30)
    page.get_by_role("button", name=re.compile("Bures")).tap()
    someone.settle()
    expect(page.locator(".cb-best")).to_contain_text("1,659")
    page.locator(".cb-best .cb-over").tap()
    expect(page.locator(".cb-station h2")).to_have_text("10 rue de Paris")
    someone.until_device_keeps("carburoam_search")

    page = someone.open()
    expect(page.locator(".cb-best")).to_contain_text("1,659")
    assert someone.foreign == []
    assert someone.faults == []


@pytest.mark.long
def test_the_map_comes_from_a_static_file_and_can_be_tapped(visitor: MakeVisitor, hosted: str):
    """There is no route to ask: the layer lies where Streamlit serves files."""
    someone = visitor(address=hosted)
    layers: list[str] = []
    someone.page.on("response", lambda answer: layers.append(answer.url) if "/layers/" in answer.url else None)
    page = someone.open(f"/map?fuel=1&at={NANTES[0]},{NANTES[1]}&place=Nantes&km=10")
    wait_for_map(someone)

    tap_until_chosen(page, lambda: middle_of(page), "1,720")
    assert layers
    assert all("/app/static/layers/" in address for address in layers)
    assert someone.faults == []


@pytest.mark.long
def test_the_demo_works(visitor: MakeVisitor, hosted: str):
    """By a deep link, with its boards."""
    someone = visitor(address=hosted)
    page = someone.open("/demo?at=48.6987,2.1875&place=Orsay")

    expect(page.locator(".cb-best").first).to_contain_text("4,67")
    expect(page.locator(".cb-tabbar").get_by_role("link", name="Prix")).to_be_visible()
    assert someone.faults == []


def test_an_address_of_no_page_is_answered_in_words_of_ours(visitor: MakeVisitor, hosted: str):
    """Streamlit's own window stays closed here too."""
    page = visitor(address=hosted).open("/admin")

    expect(page.get_by_role("heading", name="Cette page n’existe pas", level=2)).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_member_from_the_first_station_to_the_way_out(visitor: MakeVisitor, hosted: str):
    """Register, a station on the empty home, the board, the profile, out: all without a route of ours."""
    someone = visitor(address=hosted)
    page = register(someone, "dora")
    page.get_by_placeholder("Ville ou code postal").fill("91400")
    page.get_by_role("button", name="10 rue de Paris").tap()
    expect(page.locator(".cb-card .cb-price").first).to_contain_text("1,659")
    go(someone, "Stations")
    expect(page.locator(".st-key-station_rows")).to_contain_text("10 rue de Paris")
    go(someone, "Profil")
    page.get_by_role("button", name="Se déconnecter").tap()
    expect_out(page)

    someone.until_device_forgets("carburoam_session_plain")
    someone.open("/stations")
    expect_out(page)
    assert someone.foreign == []
    assert someone.faults == []


@pytest.mark.long
def test_an_admin_opens_the_console(visitor: MakeVisitor, hosted: str, scene_base: Path):
    """By the link of a notice: sign in, then every section, and a question that is answered."""
    with in_base(scene_base):
        place = Place(open_store(), session.engine(), {})
        root = people.register(place, "root", now=now())
        account_changes.set_admin(place.store, user_id=root.id, is_admin=True)
    someone = visitor(address=hosted)
    page = someone.open("/login?to=admin")
    sign_in(page, "root")
    for name in ("people", "etl", "mail", "backups", "query", "journal", "use"):
        page.locator(".cb-parts a", has_text=text(f"admin.{name}", "fr")).tap()
        expect(page.locator(".cb-parts a[aria-current]")).to_have_text(text(f"admin.{name}", "fr"))
    someone.open("/admin?part=query")
    page.get_by_role("button", name=text("admin.query_run", "fr"), exact=True).tap()
    expect(page.locator(".cb-wide")).to_contain_text("loaded")
    assert someone.foreign == []
    assert someone.faults == []


@contextmanager
def in_base(folder: Path) -> Iterator[None]:
    """Work for a moment on the base and the store of that server."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CARBUROAM_CLOCK", scenes.CLOCK)
        patch.setenv("CARBUROAM_OUTPUTS_DIR", str(folder))
        patch.setenv("CARBUROAM_DATABASE_URL", "")
        patch.setenv("CARBUROAM_STORE_URL", "")
        settings.cache_clear()
        session.engine.cache_clear()
        try:
            yield
        finally:
            session.engine().dispose()
            session.engine.cache_clear()
    settings.cache_clear()


def test_a_session_without_a_route_to_set_its_cookie(visitor: MakeVisitor, hosted: str):
    """The other carrier: refresh and new tab are in, and after sign-out its cookie is worth nothing either."""
    someone = visitor(address=hosted)

    live_through(someone, "carburoam_session_plain", "clara")

    someone.open("/about")
    expect_in(someone.page)
    assert someone.page.locator("iframe").count() == 0
    assert someone.foreign == []
    assert someone.faults == []
