"""The life of a session in a real browser: begun on a phone, kept over reloads and tabs, ended everywhere at once."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import pytest
from playwright._impl._api_structures import SetCookieParam
from playwright.sync_api import Cookie, Page, expect

from tests import scenes
from tests.browser.conftest import Visitor, served
from tests.processes import until

MakeVisitor = Callable[..., Visitor]
PASSWORD = "correct horse battery"


def register(someone: Visitor, username: str) -> Page:
    """Fill in the form as a thumb does."""
    page = someone.open("/register")
    page.get_by_label("Nom", exact=True).fill("Anna Martin")
    page.get_by_label("Adresse e-mail").fill(f"{username}@example.org")
    page.get_by_label("Identifiant", exact=True).fill(username)
    page.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
    expect(page.get_by_text("Solidité : excellente")).to_be_visible()
    page.get_by_role("button", name="Créer mon compte").tap()
    expect_in(page)
    return page


def sign_in(page: Page, username: str) -> None:
    """Fill in the form, and press Enter."""
    page.get_by_label("Identifiant ou adresse e-mail").fill(username)
    page.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
    page.get_by_label("Mot de passe", exact=True).press("Enter")
    expect_in(page)


def expect_in(page: Page) -> None:
    """The bar is a member's."""
    expect(page.locator(".cb-tabbar").get_by_role("link", name="Profil")).to_be_visible()


def expect_out(page: Page) -> None:
    """The bar is a stranger's."""
    expect(page.locator(".cb-tabbar").get_by_role("link", name="Démo")).to_be_visible()


def the_cookie(someone: Visitor, name: str) -> Cookie:
    """As the browser keeps it."""
    someone.until_device_keeps(name)
    (held,) = [held for held in someone.context.cookies() if held["name"] == name]
    return held


def live_through(someone: Visitor, cookie: str, username: str) -> Cookie:
    """Register, reload, open another tab, sign out there, come back with the old cookie, sign in; the first cookie."""
    page = register(someone, username)
    kept = the_cookie(someone, cookie)
    page.reload()
    expect_in(page)
    other = someone.context.new_page()
    other.goto(f"{someone.site}/profile")
    expect_in(other)

    other.get_by_role("button", name="Se déconnecter").tap()
    expect_out(other)
    someone.until_device_forgets(cookie)
    other.close()
    page.locator(".cb-tabbar").get_by_role("link", name="Carte").tap()
    expect_out(page)

    someone.context.add_cookies([cast(SetCookieParam, kept)])
    page = someone.open("/profile")
    expect(page.get_by_text("Connectez-vous pour voir cette page.")).to_be_visible()
    page.get_by_role("link", name="Se connecter").tap()
    sign_in(page, username)
    expect(page.get_by_role("button", name="Se déconnecter")).to_be_visible()
    until(lambda: the_cookie(someone, cookie)["value"] != kept["value"])
    return kept


@pytest.fixture(scope="module")
def members_site(scene_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server with a store of its own, so that no other test meets its people."""
    store = tmp_path_factory.mktemp("store")
    with served(
        "server.py",
        scene_base,
        CARBUROAM_START_ETL="false",
        CARBUROAM_CLOCK=scenes.CLOCK,
        CARBUROAM_STORE_URL=str(store),
    ) as address:
        yield address


def test_a_session_from_its_first_tap_to_its_end(visitor: MakeVisitor, members_site: str):
    """No script can read the cookie; refresh and new tab are in; after sign-out the old cookie is worth nothing."""
    someone = visitor(address=members_site)

    kept = live_through(someone, "carburoam_session", "anna")

    assert kept["httpOnly"] is True
    assert kept["sameSite"] == "Lax"
    assert the_cookie(someone, "carburoam_session")["value"] not in someone.page.content()
    assert "carburoam_session" not in someone.page.evaluate("document.cookie")
    assert someone.foreign == []
    assert someone.faults == []


def test_another_site_cannot_have_the_session_ended(visitor: MakeVisitor, members_site: str):
    """A page of elsewhere calls the routes, by script and by a form, with this browser's cookies or without."""
    someone = visitor(address=members_site)
    page = register(someone, "berta")
    the_cookie(someone, "carburoam_session")

    stranger = someone.context.new_page()
    elsewhere = members_site.replace("127.0.0.1", "localhost")
    stranger.route(f"{elsewhere}/trap", lambda route: route.fulfill(body="<h1>x</h1>", content_type="text/html"))
    stranger.goto(f"{elsewhere}/trap")
    for headers in ("{}", "{'X-Req':'1'}"):
        stranger.evaluate(
            f"fetch('{members_site}/auth/sign-out',"
            f"{{method:'POST',credentials:'include',headers:{headers},mode:'cors'}}).catch(() => 0)"
        )
    stranger.set_content(f"<form method=post action='{members_site}/auth/sign-out'><button>x</button></form>")
    with stranger.expect_response("**/auth/sign-out") as refused:
        stranger.get_by_role("button").click()

    assert refused.value.status == 403
    page.reload()
    expect_in(page)
