"""The map of the nation under a thumb."""

import base64
import json
import math
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.request import urlopen

import pytest
from playwright.sync_api import Page, expect

from services.layers import Shade
from tests import scenes
from tests.browser.conftest import DESKTOP, Visitor
from tests.processes import until
from ui.station_map import COLOURS, PLACE_ZOOM

MakeVisitor = Callable[..., Visitor]
TILE = 512  # pixels of the world at zoom 0, as deck.gl counts
LYON = (45.7640, 4.8357)
NANTES = (47.2184, -1.5536)


def offset(of: tuple[float, float], centre: tuple[float, float], zoom: float) -> tuple[float, float]:
    """Pixels from the middle of a map to a point, in Web Mercator."""

    def world(latitude: float, longitude: float) -> tuple[float, float]:
        scale = TILE * 2**zoom
        north = math.log(math.tan(math.pi / 4 + math.radians(latitude) / 2))
        return scale * (longitude + 180) / 360, scale * (1 - north / math.pi) / 2

    (x, y), (centre_x, centre_y) = world(*of), world(*centre)
    return x - centre_x, y - centre_y


def drag(page: Page, middle: tuple[float, float], by: tuple[float, float]) -> None:
    """Pan the map with one finger: real touch events, a pause at the end so that it does not fly on."""
    client = page.context.new_cdp_session(page)
    x, y = middle[0] - by[0] / 2, middle[1] - by[1] / 2
    steps = 12

    def touch(kind: str, *points: dict[str, Any]) -> None:
        client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": list(points)})

    touch("touchStart", {"x": x, "y": y})
    for step in range(1, steps + 1):
        touch("touchMove", {"x": x + by[0] * step / steps, "y": y + by[1] * step / steps})
        page.wait_for_timeout(25)
    page.wait_for_timeout(400)
    touch("touchEnd")


def moved(page: Page, by: Callable[[], object]) -> None:
    """Move the map in this way, and wait until it has moved and rests; far from all stations nothing is seen of it."""
    before = _picture(page)
    by()
    with suppress(AssertionError):
        until(lambda: _picture(page) != before, within_s=3)
    rest(page)


def rest(page: Page) -> None:
    """Wait until the map looks the same twice."""
    looks = [b""]

    def is_still() -> bool:
        page.wait_for_timeout(300)
        looks.append(_picture(page))
        return looks[-1] == looks[-2]

    until(is_still)


def _picture(page: Page) -> bytes:
    return page.locator("[data-testid=stDeckGlJsonChart]").screenshot()


def middle_of(page: Page) -> tuple[float, float]:
    """The middle of the map on the screen."""
    box = page.locator("[data-testid=stDeckGlJsonChart]").bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


LOOK = """async ([picture, colour, top, bottom]) => {
  const image = new Image();
  image.src = "data:image/png;base64," + picture;
  await image.decode();
  const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
  canvas.drawImage(image, 0, 0);
  const scale = image.width / window.innerWidth;
  const seen = canvas.getImageData(0, 0, image.width, image.height).data;
  const is = (column, row) => {
    const at = 4 * (row * image.width + column);
    return colour.every((value, i) => Math.abs(seen[at + i] - value) < 4);
  };
  let x = 0, y = 0, n = 0;
  for (let row = Math.ceil(top * scale); row < bottom * scale; row++)
    for (let column = 1; column < image.width - 1; column++)
      // A dot is filled; the grey rim of a letter or of a button is one pixel wide.
      if (is(column, row) && is(column - 1, row) && is(column + 1, row) && is(column, row - 1) && is(column, row + 1)) {
        x += column; y += row; n++;
      }
  return n ? [x / n / scale, y / n / scale] : null;
}"""


def seen(page: Page, shade: Shade) -> tuple[float, float] | None:
    """Where on the map the eye finds a dot of this colour: the middle of its pixels in a picture of the screen."""
    box = page.locator("[data-testid=stDeckGlJsonChart]").bounding_box()
    assert box
    picture = base64.b64encode(page.screenshot()).decode()
    found = page.evaluate(LOOK, [picture, list(COLOURS[shade]), box["y"], box["y"] + box["height"]])
    return (found[0], found[1]) if found else None


def wait_for_map(someone: Visitor) -> None:
    """Until the map stands: its library is there, the page is drawn, the points had time to arrive."""
    someone.page.locator("[data-testid=stDeckGlJsonChart] canvas").first.wait_for()
    someone.settle()
    someone.page.wait_for_timeout(2000)
    rest(someone.page)


def tap_map(page: Page, point: tuple[float, float] | None) -> None:
    """Put a thumb on a point of the screen."""
    assert point is not None, "nothing to be seen there"
    page.touchscreen.tap(*point)


def tap_until_chosen(page: Page, where: Callable[[], tuple[float, float] | None], words: str) -> None:
    """Tap until the card of the station says `words`: a tap on a map that is still on its way meets nothing."""
    card = page.locator(".cb-chosen")
    for _ in range(3):
        tap_map(page, where())
        with suppress(AssertionError):
            expect(card).to_contain_text(words, timeout=15_000)
            break
    expect(card).to_contain_text(words)


def test_a_thumb_pans_from_lyon_to_nantes_and_taps_a_station(visitor: MakeVisitor):
    """The layer holds the whole nation: nothing is asked of the server between the two towns."""
    someone = visitor()
    page = someone.open(f"/?fuel=1&at={LYON[0]},{LYON[1]}&place=Lyon&km=10")
    page.locator(".cb-tabbar").get_by_role("link", name="Carte").click()
    wait_for_map(someone)
    for _ in range(3):
        moved(page, page.get_by_role("button", name="Réduire la carte").tap)
    across = offset(NANTES, LYON, PLACE_ZOOM - 3)
    steps = math.ceil(max(abs(across[0]) / 280, abs(across[1]) / 280))
    for _ in range(steps):
        moved(page, lambda: drag(page, middle_of(page), (-across[0] / steps, -across[1] / steps)))

    # A thumb slides a little before a map follows it, so the station is not quite in the middle: look, then tap.
    tap_until_chosen(page, lambda: seen(page, Shade.AROUND), "1,720")
    card = page.locator(".cb-chosen")
    expect(card).to_contain_text("1 quai de la Fosse")
    assert not someone.faults

    page.get_by_role("button", name="Chercher autour d’ici").click()
    expect(page.locator(".cb-best")).to_contain_text("1,720")


def test_the_layer_is_one_cached_file_and_the_page_carries_no_point(visitor: MakeVisitor, site: str):
    """The browser gets the points by address, compressed and to keep; the websocket carries none of them."""
    someone = visitor()
    frames: list[int] = []
    someone.page.on("websocket", lambda ws: ws.on("framereceived", lambda frame: frames.append(len(frame))))
    layers: list[Any] = []
    someone.page.on("response", lambda answer: layers.append(answer) if "/layers/" in answer.url else None)
    with someone.page.expect_response("**/layers/**", timeout=30_000):
        page = someone.open("/map")
    page.wait_for_timeout(1000)

    assert len(layers) == 1
    assert "immutable" in layers[0].headers["cache-control"]
    points = json.loads(layers[0].body())
    assert {point["id"] for point in points} >= {scenes.LYON, scenes.NANTES, scenes.CHEAPEST}
    assert sum(frames) < 30_000 + 30_000, "the first visit of a page, all of it"
    with urlopen(f"{site}/layers/nonsense/1.json") as answer:  # noqa: S310 - our own server
        assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.long)])
def test_the_map_is_useful_without_tiles(visitor: MakeVisitor, scheme: str):
    """No tile server answers here: the stations are drawn all the same, and can be tapped."""
    someone = visitor(color_scheme=scheme)
    someone.context.route("**/*cartocdn*/**", lambda route: route.abort())
    page = someone.open(f"/?fuel=1&at={NANTES[0]},{NANTES[1]}&place=Nantes&km=10")
    page.locator(".cb-tabbar").get_by_role("link", name="Carte").click()
    wait_for_map(someone)

    tap_until_chosen(page, lambda: middle_of(page), "1,720")
    page.locator(".cb-chosen .cb-over").tap()
    expect(page.locator(".cb-station")).to_contain_text("1 quai de la Fosse")
    page.go_back()
    expect(page.locator(".cb-chosen")).to_contain_text("1,720")


def test_a_wide_screen_gives_the_map_its_room(visitor: MakeVisitor):
    """Nobody looks at a nation through a window the size of a phone's; what is to be read below it is in sight."""
    someone = visitor(viewport=DESKTOP)
    someone.context.route("**/*cartocdn*/**", lambda route: route.abort())
    page = someone.open("/map")
    wait_for_map(someone)

    box = page.locator("[data-testid=stDeckGlJsonChart]").bounding_box()
    assert box
    assert box["width"] > 0.6 * DESKTOP["width"]
    assert box["height"] > 0.5 * DESKTOP["height"]
    canvas = page.locator("[data-testid=stDeckGlJsonChart] canvas").first.bounding_box()
    assert canvas
    assert (canvas["width"], canvas["height"]) == (box["width"], box["height"])
    expect(page.locator(".cb-ask")).to_be_in_viewport()


def test_a_filtered_map_holds_what_passes_only(visitor: MakeVisitor):
    """The browser fetches another layer; what fails cannot be tapped any more, its card is gone; what passes can."""
    someone = visitor()
    someone.context.route("**/*cartocdn*/**", lambda route: route.abort())
    page = someone.open(f"/?fuel=1&at={scenes.ORSAY[0]},{scenes.ORSAY[1]}&place=Orsay&km=10")
    page.locator(".cb-tabbar").get_by_role("link", name="Carte").click()
    wait_for_map(someone)

    def at(steps: float, *, east: float = 0.0) -> tuple[float, float]:
        """Where on the screen the station of scenes.py lies."""
        of = (scenes.ORSAY[0] + steps * scenes.DAY_KM, scenes.ORSAY[1] + east)
        (x, y), (right, down) = middle_of(page), offset(of, scenes.ORSAY, PLACE_ZOOM)
        return x + right, y + down

    tap_until_chosen(page, lambda: at(2, east=0.05), "aire de Palaiseau")
    page.locator(".st-key-filters button").tap()
    drawer = page.locator(".st-key-filter_drawer")
    with page.expect_response("**/layers/**only=wash", timeout=60_000) as answer:
        drawer.get_by_role("button", name="Lavage").tap()
    assert [point["id"] for point in answer.value.json()] == [scenes.CHEAPEST]
    expect(page.locator(".cb-chosen")).to_have_count(0)
    page.locator(".st-key-filters button").tap()
    expect(drawer).to_have_count(0)
    expect(page.get_by_role("button", name="Retirer : Lavage")).to_be_visible()
    someone.settle()

    tap_map(page, at(2, east=0.05))
    page.wait_for_timeout(1500)
    expect(page.locator(".cb-chosen")).to_have_count(0)
    tap_until_chosen(page, lambda: at(1), "1,659")
    expect(page.locator(".cb-chosen")).to_contain_text("10 rue de Paris")

    # Who looks at another part of the page finds the same filter again.
    page.locator(".cb-tabbar").get_by_role("link", name="Prix").click()
    expect(page.locator(".cb-card")).to_have_count(1)
    assert not someone.faults


def test_results_can_be_seen_on_a_map_that_is_loaded_only_then(visitor: MakeVisitor):
    """The map library is no part of the first screen; the switch brings it, coloured against the results."""
    someone = visitor()
    asked: list[str] = []
    someone.page.on("request", lambda request: asked.append(request.url))
    page = someone.open("/?fuel=1&at=48.6987,2.1875&place=Orsay+(91400)&km=10")
    assert not any("Deck" in url for url in asked)

    page.get_by_text("Voir sur la carte").click()
    page.locator("[data-testid=stDeckGlJsonChart] canvas").first.wait_for()
    expect(page.get_by_text("écart à la médiane des stations affichées", exact=False)).to_be_visible()
