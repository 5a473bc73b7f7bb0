"""What a phone downloads on its first visit: everything that comes over the wire, as a browser counts it."""

import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from bench.pages import SEARCH, a_member, fill, served
from bench.report import MaterialMissing, Row
from scripts import browser as chromium
from settings import ROOT
from tests.browser.conftest import FLAGS, QUIET

MOST_MB = 1.3
MAP_LIBRARY = "DeckGl"
"""In the names of the scripts that Streamlit loads for a map alone."""


def measure() -> list[Row]:
    """The rows of the first pages; each in a browser context that has nothing yet."""
    path = chromium.find()
    if path is None:
        raise MaterialMissing("needs a Chromium")
    with tempfile.TemporaryDirectory() as made, sync_playwright() as playwright:
        outputs = Path(made) / "outputs"
        fill(outputs)
        cookie = a_member(outputs)
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        with served(ROOT / "server.py", outputs) as (_, port):
            site = f"http://127.0.0.1:{port}"
            return [
                _row("bytes to a phone, cold: home", browser, site),
                _row("  a search with ten results", browser, f"{site}/?{SEARCH}"),
                _row("  home of a member, ten stations", browser, site, cookie),
            ]


def _row(what: str, browser: Browser, address: str, cookie: str = "") -> Row:
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True, locale="fr-FR"
    )
    if cookie:
        name, _, value = cookie.partition("=")
        context.add_cookies([{"name": name, "value": value, "url": address}])
    page = context.new_page()
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    loaded: list[float] = []
    asked: list[str] = []
    wire.on("Network.loadingFinished", lambda facts: loaded.append(facts["encodedDataLength"]))
    # What came over the websocket, before any compression of it.
    wire.on(
        "Network.webSocketFrameReceived", lambda facts: loaded.append(len(facts["response"]["payloadData"]) * 3 / 4)
    )
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address)
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]')
    page.evaluate(QUIET)
    context.close()
    maps = [url for url in asked if MAP_LIBRARY in url]
    if maps:
        raise RuntimeError(f"the map library came unasked: {maps}")
    return Row(what, sum(loaded) / 1_000_000, MOST_MB, "MB", f"{len(asked)} requests, no map library among them")
