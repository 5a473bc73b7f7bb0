"""An admin's day on a phone: a feed that fails, its log, another run; somebody who cannot sign in; a backup."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Locator, Page, expect

import session
from adapters.storage import open_store
from services import account_changes, accounts, backup_file, following
from settings import settings
from tests import people
from tests.browser.conftest import Visitor, served
from tests.browser.test_every_page import SCHEMES, WIDTHS, faults
from tests.processes import NO_LISTS, feed, until
from tests.stores import Place
from texts import text

MakeVisitor = Callable[..., Visitor]
NEW = "another fine phrase"


@pytest.fixture
def folder(tmp_path: Path, environment: pytest.MonkeyPatch) -> Path:
    """What the server writes, which this test looks into too."""
    environment.setenv("CARBUROAM_OUTPUTS_DIR", str(tmp_path / "outputs"))
    environment.setenv("CARBUROAM_DATABASE_URL", "")
    environment.setenv("CARBUROAM_STORE_URL", "")
    settings.cache_clear()
    session.engine.cache_clear()
    session.prepare()
    return tmp_path


@pytest.fixture
def broken(folder: Path) -> Iterator[str]:
    """The address of a server whose feed is not there yet."""
    environment = {
        "CARBUROAM_FEED_URL": (folder / "feed.zip").as_uri(),
        **NO_LISTS,
        "CARBUROAM_BACKFILL_DAYS": "0",
        "CARBUROAM_KEEPS_DISK": "false",
    }
    with served("server.py", folder / "outputs", **environment) as address:
        yield address


def say(key: str, **values: object) -> str:
    return text(f"admin.{key}", "fr", **values)


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).tap()


def sign_in(someone: Visitor, login: str, password: str, to: str) -> None:
    """As one does, to go on to a page."""
    page = someone.open(f"/login?to={to}" if to else "/login")
    page.get_by_label(text("login.login", "fr")).fill(login)
    page.locator("input[type=password]").fill(password)
    press(page, text("login.go", "fr"))


def part(page: Page, name: str) -> None:
    page.locator(".cb-parts a", has_text=say(name)).tap()
    expect(page.locator(".cb-parts a[aria-current]")).to_have_text(say(name))


def station(name: str) -> int:
    """Have anna follow the first station, once the feed has brought one."""
    with closing(sqlite3.connect(str(session.engine().url.database))) as base:
        (station_id,) = base.execute("SELECT id FROM stations WHERE source != 'sample' LIMIT 1").fetchone()
    with session.writing() as opened:
        anna = accounts.known_as(opened, "anna")
        assert anna
        following.follow(opened, anna.id, station_id, name)
        return int(station_id)


class Day:
    """An admin, the server they run and the folder that it writes to."""

    def __init__(self, someone: Visitor, folder: Path) -> None:
        self.someone, self.page, self.folder = someone, someone.page, folder

    def sees_what_is_wrong(self) -> None:
        """On top, unmistakably; the way to it, and its log, is a tap each."""
        sign_in(self.someone, "root", people.PASSWORD, "")
        self.page.locator(".cb-doors a", has_text=say("title")).tap()
        expect(self.page.get_by_text(say("forgets"))).to_be_visible()
        wrong = self.page.locator(".cb-state a", has_text=say("outcome_unreachable"))
        until(lambda: self._is_there(wrong))
        wrong.tap()
        expect(self.page.locator(".cb-works .cb-why")).to_be_visible()
        self.page.locator(".cb-doors a", has_text=say("log_errors")).first.tap()
        expect(self.page.locator(".cb-log")).to_contain_text("outcome=unreachable")
        assert b"outcome=unreachable" in self.taken("log_download")

    def repairs_the_feed(self) -> None:
        feed(self.folder)
        part(self.page, "etl")
        press(self.page, say("run_now"))
        # Drawn anew each second: for a moment the old one stands beside it.
        expect(self.page.locator(".cb-works").first).to_contain_text(say("outcome_loaded"), timeout=60_000)

    def makes_a_link(self) -> str:
        """For anna, who cannot sign in; the path of it."""
        part(self.page, "people")
        self.page.locator(".cb-doors a", has_text="anna@example.org").tap()
        press(self.page, say("link"))
        link = self.page.locator("[data-testid=stCode] code").inner_text()
        assert link.startswith(f"{self.someone.site}/forgot?link=")
        return link.removeprefix(self.someone.site)

    def backs_up(self) -> None:
        """And takes the file away, which holds what anna follows."""
        part(self.page, "backups")
        press(self.page, say("backup_make"))
        expect(self.page.get_by_text("Sauvegarde faite et relue")).to_be_visible()
        self.page.locator(".cb-doors a").first.tap()
        kept = backup_file.read(self.taken("backup_download")).people
        assert [one.stations[0][2] for one in kept] == ["Chez moi"]

    def restores(self) -> None:
        self.page.reload()
        press(self.page, say("restore"))
        press(self.page, say("restore_yes"))
        expect(self.page.get_by_text("Restauré.")).to_be_visible()

    def looks_at(self, path: str, scheme: Literal["light", "dark"]) -> None:
        """Everything opened, on the narrowest phone: nothing sticks out, and nobody is shut out."""
        self.page.set_viewport_size({"width": WIDTHS[0], "height": 844})
        self.page.emulate_media(color_scheme=scheme)
        self.someone.open(path)
        self.page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
        main = self.page.locator("[data-testid=stMain]")
        assert main.evaluate("e => e.scrollWidth - e.clientWidth") == 0, path
        assert list(faults(self.page)) == [], path

    def taken(self, button: str) -> bytes:
        """The file that a button gives."""
        with self.page.expect_download() as download:
            press(self.page, say(button))
        return Path(download.value.path()).read_bytes()

    def _is_there(self, what: Locator) -> bool:
        self.someone.reload()
        return what.count() > 0


@pytest.mark.long
def test_an_admins_day(visitor: MakeVisitor, folder: Path, broken: str):
    """All with one thumb at 390 px; then a look at every section, at 320 px, in light or dark."""
    place = Place(open_store(), session.engine(), {})
    root, anna = (people.register(place, name) for name in ("root", "anna"))
    account_changes.set_admin(place.store, user_id=root.id, is_admin=True)
    day = Day(visitor(address=broken), folder)
    day.sees_what_is_wrong()
    day.repairs_the_feed()

    station("Chez moi")
    other = visitor(address=broken)
    other.open(day.makes_a_link())
    other.page.get_by_label(text("forgot.new", "fr")).fill(NEW)
    press(other.page, text("forgot.change", "fr"))
    expect(other.page.get_by_text(text("forgot.done", "fr"))).to_be_visible()
    sign_in(other, "anna", NEW, "stations")
    expect(other.page.get_by_text("Chez moi")).to_be_visible()

    day.backs_up()
    with session.writing() as opened:
        following.unfollow(opened, anna.id, following.followed(opened, anna.id)[0].station_id)
    day.restores()
    with session.reading() as opened:
        assert [one.name for one in following.followed(opened, anna.id)] == ["Chez moi"]

    for number, name in enumerate(("use", "people", "etl", "mail", "backups", "query", "journal")):
        day.looks_at(f"/admin?part={name}", SCHEMES[number % 2])
    expect(day.page.get_by_text("people.reset_link")).to_be_visible()
    assert day.someone.faults == []
    assert day.someone.foreign == []
