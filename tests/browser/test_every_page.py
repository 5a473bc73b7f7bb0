"""Every page on every width and in both themes: no sideways scroll, nothing serious or critical under axe-core."""

from collections.abc import Callable, Iterator
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests import scenes
from tests.browser.conftest import Visitor

MakeVisitor = Callable[..., Visitor]
ORSAY = "/?fuel=1&at=48.6987,2.1875&place=Orsay+(91400)&km=10"
PATHS = (
    "/",
    ORSAY,
    f"/station?id={scenes.CHEAPEST}",
    f"/station?id={scenes.OUT}",
    "/map",
    "/demo?at=48.6987,2.1875&place=Orsay",
    "/about",
    "/login",
    "/register",
    "/forgot",
    "/nowhere",
)
WIDTHS = (320, 1280, 390)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
# Streamlit's own, not to be mended from here; each with its reason.
NOT_OURS: dict[str, str] = {}


@pytest.mark.parametrize("path", PATHS)
def test_a_page_fits_every_screen_and_shuts_nobody_out(visitor: MakeVisitor, path: str):
    """From the narrowest phone to the desktop; then contrast, names, roles, order, in light and in dark."""
    someone = visitor()
    # The tiles of a map are no part of what is looked at.
    someone.context.route("**/*cartocdn*/**", lambda route: route.abort())
    look_at(someone, someone.open(path))


def look_at(someone: Visitor, page: Page) -> None:
    """What must hold of any page that is open."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 844})
        someone.settle()
        for scroller in ("html", "[data-testid=stMain]"):
            found = page.locator(scroller).evaluate("e => e.scrollWidth - e.clientWidth")
            assert found == 0, f"{page.url} scrolls sideways by {found} px at {width} px"
    grounds = set()
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        someone.settle()
        assert list(faults(page)) == [], f"{page.url} in {scheme}"
        grounds.add(page.locator("[data-testid=stApp]").evaluate("e => getComputedStyle(e).backgroundColor"))
    assert len(grounds) == 2, "light and dark look the same"


def faults(page: Page) -> Iterator[tuple[str, list[Any]]]:
    """What axe-core calls serious or critical, with the first places."""
    context = {"exclude": [[selector] for selector in NOT_OURS]}
    for violation in Axe().run(page, context=context).response["violations"]:
        if violation["impact"] in {"serious", "critical"}:
            nodes = [(node["target"], node["html"][:160], node["failureSummary"][-120:]) for node in violation["nodes"]]
            yield violation["id"], nodes[:4]
