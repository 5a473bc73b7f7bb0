"""A real Chromium against the real server, on a country of our own making, at one frozen noon."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Locator, Page, expect, sync_playwright

import session
from scripts import browser as chromium
from settings import ROOT, settings
from tests import scenes
from tests.browser.talk import Talk
from tests.processes import free_port, until

PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 900}
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# Resolves when nothing of the page has changed or moved for a while: the last of it is drawn after its script ended.
QUIET = """() => new Promise(done => {
    const ends = Date.now() + 10000
    const moves = () => document.getAnimations().some(one =>
        one.playState === 'running' && (one.effect?.getComputedTiming().endTime ?? Infinity) !== Infinity)
    const settled = () => {
        if (moves() && Date.now() < ends) { timer = setTimeout(settled, 100); return }
        watch.disconnect()
        done()
    }
    let timer = setTimeout(settled, 300)
    const watch = new MutationObserver(() => { clearTimeout(timer); timer = setTimeout(settled, 300) })
    watch.observe(document.body, {subtree: true, childList: true, characterData: true})
    setTimeout(settled, 5000)
})"""
expect.set_options(timeout=60_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder drives a browser, and takes its time."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def scene_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The outputs folder of a server whose base holds the country of scenes.py."""
    folder = tmp_path_factory.mktemp("scene")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CARBUROAM_CLOCK", scenes.CLOCK)
        patch.setenv("CARBUROAM_OUTPUTS_DIR", str(folder))
        settings.cache_clear()
        on = session.make_engine(settings().database)
        session.prepare(on)
        assert scenes.load(on, folder).outcome == "loaded"
        on.dispose()
    settings.cache_clear()
    return folder


@pytest.fixture(scope="session")
def site(scene_base: Path) -> Iterator[str]:
    """The address of the real server on that base, at noon, without an ETL child."""
    with served("server.py", scene_base, CARBUROAM_START_ETL="false", CARBUROAM_CLOCK=scenes.CLOCK) as address:
        yield address


class served:  # noqa: N801 - read as a word: `with served(…)`
    """A server as a process of its own, killed at the end."""

    def __init__(self, script: str, outputs: Path, **environment: str) -> None:
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.log = outputs / f"server-{self.port}.log"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "streamlit", "run", str(ROOT / script), "--server.port", str(self.port)],
                cwd=ROOT,
                env=os.environ | {"CARBUROAM_OUTPUTS_DIR": str(outputs)} | environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def __enter__(self) -> str:
        until(self._answers, within_s=90)
        return self.address

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _answers(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        try:
            with urlopen(f"{self.address}/_stcore/health", timeout=2) as answer:  # noqa: S310 - our own server
                return bool(answer.status == 200)
        except (URLError, OSError):
            return False


@pytest.fixture(scope="session")
def chrome() -> Iterator[Browser]:
    """One Chromium for all tests; each has a context, and so a device, of its own."""
    path = chromium.find()
    assert path, chromium.ADVICE
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield made
        made.close()


class Visitor:
    """A page of a context of its own, that notes what goes wrong."""

    def __init__(self, context: BrowserContext, site: str) -> None:
        self.context = context
        self.site = site
        self.page = context.new_page()
        self.talk = Talk(self.page)
        self.faults: list[str] = []
        self.foreign: list[str] = []
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("console", lambda said: self.faults.append(said.text) if _is_fault(said.text) else None)
        self.page.on("request", lambda asked: self._note(asked.url))

    def open(self, path: str = "/") -> Page:
        """Open an address of the site and wait until it is drawn."""
        self.talk.ask()
        self.page.goto(self.site + path)
        self.settle()
        return self.page

    def settle(self) -> None:
        """Wait until whatever was asked of the server is answered, and what it drew is there and at rest."""
        ends = time.monotonic() + 60
        # What is typed is sent when no more is typed for a moment, so a page at rest may have something to ask yet.
        self._rest()
        while not self.talk.is_over:
            assert time.monotonic() < ends, "the server has not answered"
            self._rest()
        self.page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]', timeout=60_000)
        self._rest()

    def tap(self, what: Locator) -> None:
        """Tap what has the server draw the page again, and wait for it."""
        self.talk.ask()
        what.tap()
        self.settle()

    def reload(self) -> None:
        """Load the page anew, and wait until it is drawn."""
        self.talk.ask()
        self.page.reload()
        self.settle()

    def open_drawer(self, place: str) -> None:
        """Open the drawer at this place of the page, and wait for what is in it."""
        drawer = self.page.locator(f"{place} details")
        self.tap(drawer.locator("summary"))
        expect(drawer).to_have_attribute("open", "")

    def _rest(self) -> None:
        # Another page may come in its place meanwhile.
        with suppress(Error):
            self.page.evaluate(QUIET)

    def until_device_keeps(self, cookie: str, *, holding: str = "") -> None:
        """Wait until this device holds the cookie with these words in it: a page writes it after it was drawn."""
        until(lambda: holding in (self._cookie(cookie) or ""))
        until(lambda: self._cookie(cookie) is not None)

    def until_device_forgets(self, cookie: str) -> None:
        """Wait until this device holds no such cookie any more."""
        until(lambda: self._cookie(cookie) is None)

    def _cookie(self, name: str) -> str | None:
        return next((held.get("value") for held in self.context.cookies() if held.get("name") == name), None)

    def _note(self, url: str) -> None:
        if not url.startswith((self.site, self.site.replace("http", "ws", 1), "data:", "blob:")):
            self.foreign.append(url)


def _is_fault(said: str) -> bool:
    return "Content Security Policy" in said or "Uncaught" in said


@pytest.fixture
def visitor(chrome: Browser, site: str) -> Iterator[Callable[..., Visitor]]:
    """Makes visitors: a phone in French by default."""
    contexts: list[BrowserContext] = []

    def make(*, address: str = site, **device: Any) -> Visitor:
        is_phone = device.get("viewport", PHONE)["width"] < 768
        facts: dict[str, Any] = {
            "viewport": PHONE,
            "locale": "fr-FR",
            "timezone_id": "Europe/Paris",
            "has_touch": is_phone,
            "is_mobile": is_phone,
            "permissions": [],
        }
        context = chrome.new_context(**(facts | device))
        contexts.append(context)
        return Visitor(context, address)

    yield make
    for context in contexts:
        context.close()
