"""A weekend over the border: Spain and Italy switched on, seen on a phone."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

import session
from pipeline.run import run_once
from settings import settings
from sources.es_minetur import EsMinetur
from sources.it_mimit import ItMimit
from tests import scenes
from tests.browser.conftest import Visitor, served
from tests.browser.test_every_page import look_at
from tests.browser.test_map import middle_of, tap_until_chosen, wait_for_map
from tests.neighbours import italian, italian_station, spanish

MakeVisitor = Callable[..., Visitor]


@pytest.fixture
def border(environment: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    """The address of a server with all three countries; the Spanish list is newer than the French extract."""
    environment.setenv("CARBUROAM_CLOCK", scenes.CLOCK)
    settings.cache_clear()
    session.prepare()
    on = session.engine()
    rows = [
        {"IDEESS": number, "Precio Gasoleo A": price, "Dirección": f"AVENIDA DE FRANCIA, {number}"}
        for number, price in (("1", "1,400"), ("2", "1,420"))
    ]
    rows[1] |= {"Latitud": "43,350000", "Rótulo": "CEPSA"}
    spain = spanish(tmp_path / "es.json", *rows, at="07/02/2025 11:30:12")
    italy = italian(tmp_path, ["8|Gasolio|1.620|1|06/02/2025 08:00:00"], [italian_station(8)])
    assert scenes.load(on, tmp_path).outcome == "loaded"
    assert run_once(EsMinetur(), url=spain, on=on).outcome == "loaded"
    assert run_once(ItMimit(), url=italy, on=on).outcome == "loaded"
    on.dispose()
    switches = {f"CARBUROAM_SOURCES__{name}__IS_ON": "true" for name in ("ES_MINETUR", "IT_MIMIT")}
    with served(
        "server.py", tmp_path / "outputs", CARBUROAM_START_ETL="false", CARBUROAM_CLOCK=scenes.CLOCK, **switches
    ) as address:
        yield address


def words(page: Page) -> str:
    """All that the page says, with plain spaces."""
    return " ".join(page.locator("[data-testid=stMain]").inner_text().replace("\u00a0", " ").split())


@pytest.mark.long
def test_a_driver_looks_over_the_border(visitor: MakeVisitor, border: str):
    """Search, station, map and About: euros, provinces for departments, the licence; nothing where none is told."""
    someone = visitor(address=border)
    someone.context.route("**/*cartocdn*/**", lambda route: route.abort())
    page = someone.open("/?fuel=1")
    page.get_by_placeholder("Ville ou code postal").press_sequentially("irun", delay=30)
    best = page.locator(".cb-best")
    expect(best).to_contain_text("1,400€/L")
    expect(best).to_contain_text("Repsol")
    expect(best).to_contain_text("1 c sous la médiane de la province.")
    expect(page.locator(".cb-card")).to_have_count(2)

    best.locator("a.cb-over").click()
    expect(page.locator(".cb-station")).to_contain_text("Avenida de Francia, 1, 20301 Irun")
    # Of half past eleven, where the French extract ends at nine.
    expect(page.get_by_text("Le prix n’a pas bougé à cette station", exact=False)).to_contain_text("1,400")
    someone.settle()
    said = words(page)
    assert "Ouvert jusqu’à 22 h" in said
    assert "1 c sous la province" in said
    assert "département" not in said
    assert "Services" not in said
    look_at(someone, page)

    page.goto(f"{border}/?fuel=1&at=43.3400,-1.7900&place=Irun&km=10")
    page.locator(".cb-tabbar").get_by_role("link", name="Carte").click()
    wait_for_map(someone)
    tap_until_chosen(page, lambda: middle_of(page), "1,400")
    expect(page.get_by_text("en Espagne et en Italie de la province", exact=False)).to_be_visible()

    page.goto(f"{border}/station?id=it-8")
    expect(page.locator(".cb-station")).to_contain_text("Via Roma 1, Ventimiglia")
    expect(page.get_by_text("La station ne déclare pas ses horaires.")).to_be_visible()
    someone.settle()
    assert "département" not in words(page)

    page.goto(f"{border}/about")
    expect(page.get_by_text("Prix en Espagne, en euros", exact=False)).to_contain_text("Ley 37/2007")
    expect(page.get_by_text("Prix en Italie, en euros", exact=False)).to_contain_text("IODL 2.0")
    assert not someone.faults
