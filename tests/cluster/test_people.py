"""People on two servers: one session on both, one account a name, and a server that goes takes nothing along."""

import asyncio
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import astuple, dataclass
from typing import cast

import boto3
import psycopg
import pytest
from playwright import async_api
from playwright._impl._api_structures import SetCookieParam
from playwright.sync_api import Page, expect

from scripts import browser as chromium
from scripts.cluster import Cluster
from scripts.cluster.visitors import COOKIE
from tests.browser.conftest import FLAGS, Visitor
from tests.browser.test_accounts import expect_in, expect_out, register, the_cookie
from tests.cluster.conftest import PHONE, move, place_at
from tests.loops import in_a_loop
from tests.processes import until

MakeVisitor = Callable[[], Visitor]
SESSION = "carburoam_session"
LABELS = ("Nom", "Adresse e-mail", "Identifiant", "Mot de passe")
TAKEN = {
    "username": "Cet identifiant est déjà pris.",
    "mail": "Un compte a déjà cette adresse\N{NO-BREAK SPACE}: connectez-vous, ou choisissez un nouveau mot de passe.",
    "both": "Cet identifiant est déjà pris.",
}
PATIENT_MS = 240_000
CONNECTED = '[data-testid="stApp"][data-test-connection-state="CONNECTED"]'


def served_by(it: Cluster, page: Page, path: str) -> str:
    """Open the path anew; the port of the server that the document came from."""
    answer = page.goto(f"{it.address}{path}")
    assert answer
    return answer.headers["x-served-by"].rpartition(":")[2]


def test_a_person_is_the_same_on_both_servers(it: Cluster, visitor: MakeVisitor):
    """Signed in on one is signed in on the other; signed out there is signed out here, also with the old cookie."""
    first, second = it.replicas
    someone = visitor()
    move(someone, it, first)
    page = register(someone, "anna")
    kept = the_cookie(someone, SESSION)
    assert served_by(it, page, "/profile") == str(first.port)
    expect_in(page)

    move(someone, it, second)
    other = someone.context.new_page()
    assert served_by(it, other, "/profile") == str(second.port)
    expect_in(other)
    other.get_by_role("button", name="Se déconnecter").tap()
    expect_out(other)
    someone.until_device_forgets(SESSION)

    # The first tab is still open at the first server, and was not reloaded.
    page.locator(".cb-tabbar").get_by_role("link", name="Carte").tap()
    expect_out(page)
    for replica in it.replicas:
        move(someone, it, replica)
        someone.context.add_cookies([{"name": SESSION, "value": kept["value"], "url": it.address}])
        assert served_by(it, page, "/about") == str(replica.port)
        expect_out(page)


def test_a_killed_server_costs_a_reconnect_and_no_data(it: Cluster, visitor: MakeVisitor):
    """The page comes back by itself, from the other server, with its person and what they chose a moment before."""
    first, second = it.replicas
    someone = visitor()
    move(someone, it, first)
    page = register(someone, "berta")
    the_cookie(someone, SESSION)
    assert served_by(it, page, "/profile") == str(first.port)
    expect_in(page)
    page.evaluate("window.wasNeverReloaded = true")
    before = second.connections

    first.kill()

    until(lambda: second.connections > before)
    page.wait_for_selector(CONNECTED)
    someone.settle()
    expect_in(page)
    expect(page.get_by_text(re.compile("berta@.?example.org")).first).to_be_visible()
    page.locator(".cb-tabbar").get_by_role("link", name="Carte").tap()
    expect(page).to_have_url(re.compile("/map$"))
    expect_in(page)
    assert page.evaluate("window.wasNeverReloaded") is True
    assert someone.faults == []


def test_who_is_signed_in_stays_so_over_a_restart_of_postgresql(it: Cluster, visitor: MakeVisitor):
    """The page says that the base is away; a tap later, on the same page, everything of theirs is there again."""
    someone = visitor()
    page = register(someone, "carla")
    page.evaluate("window.wasNeverReloaded = true")
    bar = page.locator(".cb-tabbar")

    it.postgres.stop()
    bar.get_by_role("link", name="Profil").tap()
    expect(page.get_by_text("ne peuvent pas être lus pour le moment")).to_be_visible()
    it.postgres.start()
    until(lambda: all(replica.is_fit for replica in it.replicas))
    # While nobody can tell who this is, the bar is a stranger's.
    bar.get_by_role("link", name="Prix").tap()
    expect_in(page)
    bar.get_by_role("link", name="Profil").tap()

    expect(page.get_by_text(re.compile("carla@.?example.org")).first).to_be_visible()
    assert page.evaluate("window.wasNeverReloaded") is True


@dataclass(frozen=True)
class Form:
    """What somebody types who wants an account, where they are, and what they have in common with nine others."""

    name: str
    mail: str
    username: str
    password: str
    shared: str
    place: str
    address: str


def crowd(it: Cluster) -> list[Form]:
    """Fifty: twenty of their own, ten with one username, ten with one mail, ten with both; by turns on both servers."""
    places = [place_at(it, replica) for replica in it.replicas]
    forms = []
    for number in range(50):
        shared = ("nothing", "nothing", "username", "mail", "both")[number // 10]
        username = {"username": "same", "both": "both"}.get(shared, f"driver{number}")
        mail = {"mail": "same", "both": "both"}.get(shared, f"driver{number}") + "@example.org"
        password = f"correct horse {number} battery"
        # Each from an address of their own, or the throttle would decide and not the collision.
        address = f"203.0.113.{number + 1}"
        forms.append(Form(f"Driver {number}", mail, username, password, shared, places[number % 2], address))
    return forms


class Browser:
    """A phone of its own before the form."""

    def __init__(self, page: async_api.Page, form: Form) -> None:
        self.page = page
        self.form = form
        self.button = page.get_by_role("button", name="Créer mon compte")
        self.faults: list[str] = []
        page.on("pageerror", lambda error: self.faults.append(str(error)))

    async def fill(self, it: Cluster) -> None:
        """Type everything, on the server where this person is to be."""
        cookie = {"name": COOKIE, "value": self.form.place, "url": it.address}
        await self.page.context.add_cookies([cast(SetCookieParam, cookie)])
        await self.page.goto(f"{it.address}/register")
        for label, typed in zip(LABELS, astuple(self.form), strict=False):
            await self.page.get_by_label(label, exact=True).fill(typed)
        await async_api.expect(self.page.get_by_text("Solidité : excellente")).to_be_visible(timeout=PATIENT_MS)
        # A caret that blinks fifty times is work.
        await self.page.get_by_label(LABELS[-1], exact=True).blur()

    async def aim(self) -> tuple[float, float]:
        """Where the middle of the button is."""
        await self.button.scroll_into_view_if_needed()
        box = await self.button.bounding_box()
        assert box
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    async def end(self) -> list[str]:
        """All that the form says against it, and what went wrong; nothing once they are in, with a session to keep."""
        is_in = self.page.locator(".cb-tabbar").get_by_role("link", name="Profil")
        await async_api.expect(is_in.or_(self.page.locator(".stAlert")).first).to_be_visible(timeout=PATIENT_MS)
        words = await self.page.locator(".cb-refusal, .stAlert p, .stException").all_inner_texts()
        async with asyncio.timeout(PATIENT_MS / 1000):
            while not words and not await self._keeps_a_session():  # noqa: ASYNC110 - no event tells of a cookie
                await asyncio.sleep(0.2)
        # Each that is done leaves the processor to the others.
        await self.page.context.close()
        return words + self.faults

    async def _keeps_a_session(self) -> bool:
        return SESSION in [held.get("name") for held in await self.page.context.cookies()]


async def all_at_once(it: Cluster, forms: list[Form]) -> list[list[str]]:
    """Each in a browser of their own: type it, then tap the button together; how each ended."""
    few = asyncio.Semaphore(3)
    async with async_api.async_playwright() as playwright:
        chrome = await playwright.chromium.launch(executable_path=chromium.find(), args=list(FLAGS))

        async def ready(form: Form) -> Browser:
            async with few:
                context = await chrome.new_context(**PHONE, extra_http_headers={"X-Forwarded-For": form.address})
                context.set_default_timeout(PATIENT_MS)
                someone = Browser(await context.new_page(), form)
                await someone.fill(it)
            return someone

        everybody = await asyncio.gather(*map(ready, forms))
        assert all(replica.connections >= len(forms) // 2 for replica in it.replicas)
        buttons = await asyncio.gather(*(someone.aim() for someone in everybody))
        # Without a look at the button between: the last tap comes some tenths of a second after the first.
        taps = (someone.page.touchscreen.tap(*at) for someone, at in zip(everybody, buttons, strict=True))
        await asyncio.gather(*taps)
        return await asyncio.gather(*(someone.end() for someone in everybody))


# Two minutes where nothing else works on two cores, most of them for fifty browsers to open the page.
@pytest.mark.timeout(1_200)
def test_fifty_who_register_at_once_collide_as_they_should(it: Cluster):
    """In fifty browsers: of those with one name, or one mail, on both servers, one gets in; the others are told so."""
    forms = crowd(it)

    ended = in_a_loop(all_at_once(it, forms))

    winners = [form for form, words in zip(forms, ended, strict=True) if words == []]
    assert Counter(form.shared for form in winners) == {"nothing": 20, "username": 1, "mail": 1, "both": 1}
    for form, words in zip(forms, ended, strict=True):
        assert form in winners or words == [TAKEN[form.shared], "Il reste quelque chose à corriger ci-dessus."]
    names = {form.username for form in forms}
    assert {row for row in people(it) if row[1] in names} == {(who.name, who.username, who.mail) for who in winners}
    assert objects(it) & names == {form.username for form in winners}


def people(it: Cluster) -> set[tuple[str, str, str]]:
    """Everybody in the base: name, username and mail."""
    with psycopg.connect(it.database_url.replace("+psycopg", "")) as base:
        return {(row[0], row[1], row[2]) for row in base.execute("SELECT name, username, mail FROM users").fetchall()}


def objects(it: Cluster) -> set[str]:
    """Everybody in the store."""
    bucket, _, prefix = it.store_url.removeprefix("s3://").partition("/")
    client = boto3.client(
        "s3",
        endpoint_url=it.environment["CARBUROAM_S3_ENDPOINT"],
        aws_access_key_id="test",
        aws_secret_access_key="test",
        region_name="us-east-1",
    )
    found = client.list_objects_v2(Bucket=bucket, Prefix=f"{prefix}/users/").get("Contents", [])
    return {each["Key"].rpartition("/")[2].removesuffix(".yaml") for each in found}
