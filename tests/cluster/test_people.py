"""People on two servers: one session on both, one account a name, and a server that goes takes nothing along."""

import re
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier

import boto3
import psycopg
from playwright.sync_api import Page, expect

from scripts.cluster import Cluster
from scripts.cluster.visitors import COOKIE
from tests.browser.conftest import Visitor
from tests.browser.test_accounts import expect_in, expect_out, register, the_cookie
from tests.cluster.conftest import move, place_at
from tests.processes import until
from tests.visitor import connected, rerun

MakeVisitor = Callable[[], Visitor]
SESSION = "carburoam_session"
FIELDS = ("name", "mail", "username", "password")
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
    """What somebody types who wants an account, and where they are."""

    name: str
    mail: str
    username: str
    password: str
    place: str
    address: str

    def send(self, it: Cluster, together: Barrier) -> str:
        """Type it, and press the button at the same moment as all others: `in`, or `refused`."""
        with connected(it.port, f"{COOKIE}={self.place}", address=self.address) as page:
            drawn = [message.delta.new_element for message in rerun(page, "register")]
            fields = [element.text_input.id for element in drawn if element.HasField("text_input")]
            typed = {field: getattr(self, name) for name in FIELDS for field in fields if f"register_{name}" in field}
            (button,) = {e.button.id for e in drawn if e.HasField("button") and "register_go" in e.button.id}
            together.wait(60)
            said = rerun(page, "register", typed=typed, pressed=button)
        words = "".join(message.delta.new_element.html.body for message in said)
        return "refused" if "class='cb-refusal'" in words else "in" if "Profil</span>" in words else words


def crowd(it: Cluster) -> list[Form]:
    """Fifty: twenty of their own, ten with one username, ten with one mail, ten with both; by turns on both servers."""
    places = [place_at(it, replica) for replica in it.replicas]
    forms = []
    for number in range(50):
        username, mail = f"driver{number}", f"driver{number}@example.org"
        if 20 <= number < 30 or number >= 40:
            username = "same" if number < 30 else "both"
        if number >= 30:
            mail = "same@example.org" if number < 40 else "both@example.org"
        password = f"correct horse {number} battery"
        # Each from an address of their own, or the throttle would decide and not the collision.
        forms.append(Form(f"Driver {number}", mail, username, password, places[number % 2], f"203.0.113.{number + 1}"))
    return forms


def test_fifty_who_register_at_once_collide_as_they_should(it: Cluster):
    """Of those with one name, or one mail, on whichever server, one gets in, and nothing of the others stays."""
    forms, together = crowd(it), Barrier(50)

    with ThreadPoolExecutor(len(forms)) as all_at_once:
        ended = list(all_at_once.map(lambda form: form.send(it, together), forms))

    assert Counter(ended) == {"in": 23, "refused": 27}
    for group, expected in ((slice(0, 20), 20), (slice(20, 30), 1), (slice(30, 40), 1), (slice(40, 50), 1)):
        assert ended[group].count("in") == expected
    winners = {form.username for form, end in zip(forms, ended, strict=True) if end == "in"}
    assert usernames(it) & {form.username for form in forms} == winners
    assert objects(it) & {form.username for form in forms} == winners


def usernames(it: Cluster) -> set[str]:
    """Everybody in the base."""
    with psycopg.connect(it.database_url.replace("+psycopg", "")) as base:
        return {row[0] for row in base.execute("SELECT username FROM users").fetchall()}


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
