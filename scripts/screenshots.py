"""Take the pictures of the README: `make screenshots`, on the feed and at the moment that the environment names.

    CARBUROAM_FEED_URL=file:///…/snapshot.zip CARBUROAM_CLOCK=2025-02-07T08:45:00+01:00 make screenshots

Without them it shows the publisher's feed of now; without a network, the example stations.
"""

import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from playwright.sync_api import Browser, Page, sync_playwright

from adapters.storage import open_store
from records import Fuel
from scripts import browser as chromium
from services import account_changes, accounts, following, sessions
from services.following import Followed
from services.session_cookie import COOKIE
from services.suggestions import suggested
from session import writing
from settings import now, settings

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "screenshots"
SEARCH = "/?fuel=1&at=48.6987,2.1875&place=Orsay+(91400)&km=10"
PAGES = {
    "home": "/", "search": SEARCH, "map": "/map", "station": "", "demo": "/demo", "about": "/about",
    "register": "/register", "login": "/login", "forgot": "/forgot",
}  # fmt: skip
# Of somebody signed in, who follows three stations and is an admin.
PAGES_OF_A_MEMBER = {"my-prices": "/", "my-stations": "/stations", "profile": "/profile", "admin": "/admin"}
ORSAY = (48.6987, 2.1875)
DEVICES: dict[str, Any] = {
    "phone": {"viewport": {"width": 390, "height": 844}, "color_scheme": "light", "device_scale_factor": 2},
    "phone-dark": {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark", "device_scale_factor": 2},
    "desktop": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"},
}
DRAWN = '[data-testid="stApp"][data-test-script-state="notRunning"]'
MAP_SETTLES_MS = 4000


def main() -> int:
    """Write every picture into docs/screenshots/; 1 where no browser can be had."""
    path = chromium.find()
    if path is None:
        print(chromium.ADVICE, file=sys.stderr)
        return 1
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as outputs, _served(Path(outputs)) as site, sync_playwright() as playwright:
        chrome = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        token = _member(outputs)
        for device in DEVICES:
            _take(chrome, site, device, token)
        chrome.close()
    return 0


def _take(chrome: Browser, site: str, device: str, token: str) -> None:
    with chrome.new_context(locale="fr-FR", timezone_id="Europe/Paris", **DEVICES[device]) as context:
        page = context.new_page()
        station = _a_station(page, site)
        context.clear_cookies()
        for name, address in PAGES.items():
            _picture(page, site + (address or station), f"{name}-{device}")
        context.add_cookies([{"name": COOKIE, "value": token, "url": site}])
        for name, address in PAGES_OF_A_MEMBER.items():
            _picture(page, site + address, f"{name}-{device}")


def _picture(page: Page, address: str, name: str) -> None:
    page.goto(address)
    page.wait_for_selector(DRAWN)
    page.wait_for_timeout(MAP_SETTLES_MS if name.startswith("map") else 1500)
    file = FOLDER / f"{name}.png"
    page.screenshot(path=file)
    print(file.relative_to(ROOT))


def _member(outputs: str) -> str:
    """Somebody with an account on this server's base: the secret of their session."""
    os.environ["CARBUROAM_OUTPUTS_DIR"] = outputs
    settings.cache_clear()
    store, fuels = open_store(), (Fuel.DIESEL, Fuel.E10)
    zoe = accounts.register(
        store,
        name="Zoé Martin",
        mail="zoe@example.org",
        username="zoe",
        password=secrets.token_urlsafe(24),
        language="fr",
        now=now(),
    )
    account_changes.set_admin(store, user_id=zoe.id, is_admin=True)
    with writing() as session:
        near = suggested(session, fuels, latitude=ORSAY[0], longitude=ORSAY[1], now=now(), as_of=now())
        following.keep(session, zoe.id, [Followed(quote.station_id, "") for quote in near], fuels)
        begun = sessions.begin(session, user_id=zoe.id, user_agent="", now=now())
        sessions.exchange(session, begun.nonce, now=now())
    return begun.token


def _a_station(page: Page, site: str) -> str:
    """The address of the best station of the search."""
    page.goto(site + SEARCH)
    page.wait_for_selector(DRAWN)
    link = page.locator("a.cb-over").first
    return f"/{link.get_attribute('href')}"


@contextmanager
def _served(outputs: Path) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    # The ETL child of this server fills the base, with the feed or with the example.
    # The pictures are not of a host that forgets its disk, wherever they are taken.
    ours = {"CARBUROAM_OUTPUTS_DIR": str(outputs), "PORT": str(port), "CARBUROAM_KEEPS_DISK": "true"}
    environment = os.environ | ours
    with subprocess.Popen([sys.executable, str(ROOT / "scripts" / "serve.py")], env=environment) as server:
        try:
            site = f"http://127.0.0.1:{port}"
            _until_fresh(f"{site}/healthz")
            yield site
        finally:
            server.terminate()


def _until_fresh(address: str) -> None:
    for _ in range(60):
        try:
            with urlopen(address, timeout=5) as answer:  # noqa: S310 - our own server
                if b'"none"' not in answer.read():
                    return
        except (URLError, OSError):
            pass
        time.sleep(1)
    raise TimeoutError("the server did not get any prices within a minute")


if __name__ == "__main__":
    raise SystemExit(main())
