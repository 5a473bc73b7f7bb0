"""The whole life of an account on a phone, in both languages, with a real mail server."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import expect

from services import mail_queue
from session import make_engine
from settings import settings
from tests import scenes
from tests.browser.conftest import Visitor, served
from tests.browser.test_every_page import look_at
from tests.smtp import Inbox, mail_server
from texts import text

MakeVisitor = Callable[..., Visitor]
LOCALES = {"fr": "fr-FR", "en": "en-GB"}
PASSWORD, NEW = "correct horse battery", "another fine phrase"


@pytest.fixture(scope="module")
def inbox() -> Iterator[Inbox]:
    """The mail server that everybody here has."""
    with mail_server() as found:
        yield found


@pytest.fixture(scope="module")
def mailing(scene_base: Path, inbox: Inbox) -> Iterator[str]:
    """The address of a server that sends mails."""
    environment = {
        "CARBUROAM_START_ETL": "false",
        "CARBUROAM_CLOCK": scenes.CLOCK,
        "CARBUROAM_SMTP_HOST": "127.0.0.1",
        "CARBUROAM_SMTP_PORT": str(inbox.port),
        "CARBUROAM_SMTP_SECURITY": "none",
        "CARBUROAM_MAIL_FROM": "carburoam@example.org",
    }
    with served("server.py", scene_base, **environment) as address:
        yield address


@pytest.fixture
def post(environment: pytest.MonkeyPatch, scene_base: Path, inbox: Inbox) -> Callable[[], str]:
    """Does what the ETL child does with the queue; the text of the newest mail."""
    for name, value in (
        ("OUTPUTS_DIR", str(scene_base)),
        ("SMTP_HOST", "127.0.0.1"),
        ("SMTP_PORT", str(inbox.port)),
        ("SMTP_SECURITY", "none"),
        ("MAIL_FROM", "carburoam@example.org"),
    ):
        environment.setenv(f"CARBUROAM_{name}", value)
    settings.cache_clear()

    def posted() -> str:
        on = make_engine(settings().database)
        assert mail_queue.send_due(on, now=datetime.now(UTC))
        on.dispose()
        body = inbox.mails[-1].get_body(("plain",))
        assert body
        return str(body.get_content())

    return posted


class Life:
    """One person at one phone, in one language."""

    def __init__(self, someone: Visitor, language: str, post: Callable[[], str] = str, *, name: str = "ada") -> None:
        self.someone, self.page, self.language, self.post = someone, someone.page, language, post
        self.username = f"{name}{language}"
        self.mail = f"{self.username}@example.org"

    def say(self, key: str, **values: object) -> str:
        return text(key, self.language, **values)

    def fill(self, label: str, typed: str) -> None:
        self.page.get_by_label(self.say(label), exact=True).fill(typed)

    def press(self, button: str) -> None:
        self.page.get_by_role("button", name=self.say(button)).tap()

    def sees(self, key: str, **values: object) -> None:
        expect(self.page.get_by_text(self.say(key, **values))).to_be_visible()

    def open_drawer(self, name: str) -> None:
        self.someone.open_drawer(f".st-key-profile_{name}")

    def code(self) -> str:
        found = re.search(r"^\d{8}(?=\s)", self.post(), re.MULTILINE)
        assert found
        return found.group()

    def register(self) -> None:
        self.someone.open("/register")
        self.fill("register.name", "Ada")
        self.fill("register.mail", self.mail)
        self.fill("register.username", self.username)
        self.page.locator("input[type=password]").fill(PASSWORD)
        self.press("register.create")
        self.sees("profile.mail_sent", mail=self.mail)

    def register_and_verify(self) -> None:
        self.register()
        self.fill("profile.mail_code", self.code())
        self.press("profile.mail_confirm")
        self.sees("profile.verify_done")
        self.press("profile.sign_out")
        expect(self.page.locator(".cb-welcome")).to_be_visible()

    def forget_and_reset(self) -> None:
        self.someone.open("/forgot")
        self.fill("forgot.login", self.username)
        self.press("forgot.send")
        self.sees("forgot.sent")
        self.fill("forgot.code", self.code())
        self.fill("forgot.new", NEW)
        self.press("forgot.change")
        self.sees("forgot.done")
        assert self.username in self.post()

    def sign_in(self) -> None:
        self.someone.open("/login?to=profile")
        self.fill("login.login", self.username)
        self.page.locator("input[type=password]").fill(NEW)
        self.press("login.go")
        expect(self.page.locator(".st-key-profile_mail")).to_be_visible()


@pytest.mark.parametrize("language", ["fr", pytest.param("en", marks=pytest.mark.long)])
def test_the_life_of_an_account(
    visitor: MakeVisitor, mailing: str, inbox: Inbox, post: Callable[[], str], language: str
):
    """Register, verify, sign out, forget, reset, change the mail, see the sessions, export, delete."""
    life = Life(visitor(address=mailing, locale=LOCALES[language]), language, post)
    life.register_and_verify()
    life.forget_and_reset()
    life.sign_in()

    life.open_drawer("mail")
    life.fill("profile.mail_new", f"new.{life.mail}")
    life.press("profile.mail_change")
    expect(life.page.get_by_role("button", name=life.say("profile.mail_cancel"))).to_be_visible()
    life.fill("profile.mail_code", life.code())
    assert inbox.recipients[-1] == f"new.{life.mail}"
    life.press("profile.mail_confirm")
    life.sees("profile.mail_changed")
    post()
    assert inbox.recipients[-1] == life.mail

    life.open_drawer("sessions")
    expect(life.page.locator(".cb-session").first).to_contain_text(life.say("profile.session_this"))
    life.open_drawer("data")
    life.press("profile.data_make")
    with life.page.expect_download() as download:
        life.press("profile.data_json")
    assert f"new.{life.mail}" in Path(download.value.path()).read_text(encoding="utf-8")

    life.open_drawer("delete")
    life.fill("profile.delete_password", NEW)
    life.press("profile.delete_do")
    life.sees("profile.deleted")
    post()
    assert inbox.recipients[-1] == f"new.{life.mail}"
    life.someone.open("/profile")
    life.sees("account.members_why")
    assert life.someone.faults == []


def test_a_full_profile_fits_every_screen_and_shuts_nobody_out(visitor: MakeVisitor, mailing: str):
    """Every drawer open, for a newcomer whose mail is to be proved."""
    life = Life(visitor(address=mailing), "fr", name="eve")
    life.register()

    for drawer in ("fuels", "name", "password", "language", "sessions", "data", "delete"):
        life.open_drawer(drawer)
    look_at(life.someone, life.page)
    assert life.someone.faults == []
