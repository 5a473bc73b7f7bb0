"""Every page under axe-core, on a phone, in light and in dark: nothing serious, nothing critical."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests import scenes
from tests.browser.conftest import Visitor

MakeVisitor = Callable[..., Visitor]
PATHS = (
    "/",
    "/?fuel=1&at=48.6987,2.1875&place=Orsay+(91400)&km=10",
    f"/station?id={scenes.CHEAPEST}",
    f"/station?id={scenes.OUT}",
    "/map",
    "/demo?at=48.6987,2.1875&place=Orsay",
    "/about",
    "/login",
    "/register",
)
# Streamlit's own, not to be mended from here; each with its reason.
NOT_OURS: dict[str, str] = {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_shuts_anybody_out(visitor: MakeVisitor, scheme: str):
    """Contrast, names, roles, order: what a machine can tell."""
    someone = visitor(color_scheme=scheme)
    # The tiles of a map are no part of what is looked at.
    someone.context.route("**/*cartocdn*/**", lambda route: route.abort())
    context = {"exclude": [[selector] for selector in NOT_OURS]}
    found = []
    for path in PATHS:
        page = someone.open(path)
        for violation in Axe().run(page, context=context).response["violations"]:
            if violation["impact"] in {"serious", "critical"}:
                nodes = [
                    (node["target"], node["html"][:160], node["failureSummary"][-120:]) for node in violation["nodes"]
                ]
                found.append((path, violation["id"], nodes[:4]))
    assert found == []
