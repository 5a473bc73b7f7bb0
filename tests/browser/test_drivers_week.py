"""A driver's week on a phone: the real snapshots one after the other; each figure is also computed by hand here.

Of the snapshots the south-east is loaded, as the whole would take a minute. The hand reads the publisher's XML with
another reader, and knows nothing of the base.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from statistics import mean, median
from xml.etree import ElementTree as ET
from zipfile import ZipFile
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

import session
from adapters.storage import open_store
from models import Station
from pipeline.run import run_once
from records import Fuel
from services import following, passwords
from settings import settings
from sources.fr_prix_carburants import FrPrixCarburants
from tests import people
from tests.browser.conftest import Visitor, served
from tests.browser.test_accounts import sign_in
from tests.feeds import rupture, zipped
from tests.stores import Place

MakeVisitor = Callable[..., Visitor]
PARIS = ZoneInfo("Europe/Paris")
# Around Aubagne, open day and night; the last of them leaves the feed during the week, its price is of November.
SOUTH_EAST = ("04", "05", "06", "13", "83", "84")
CLOSING = "13780007"
FOLLOWED = ("13400015", "13390002", "83330001", "13600013", CLOSING)
STALE_DAYS = 14
LITRES, LITRES_100KM, KM_A_YEAR = 50, 6.5, 12_000


@dataclass
class Hand:
    """What a person with the files, a pencil and patience knows."""

    declared: dict[str, dict[datetime, int]] = field(default_factory=dict)
    """By station every price of Gazole that any of the files told, in thousandths."""
    present: set[str] = field(default_factory=set)
    dry: set[str] = field(default_factory=set)
    as_of: datetime = field(default_factory=lambda: datetime.now(PARIS))
    department: dict[str, str] = field(default_factory=dict)
    median: dict[str, float] = field(default_factory=dict)
    """By department, of all prices of Gazole that are fresh enough."""

    def read(self, document: bytes) -> None:
        """One more file."""
        newest = []
        prices = []
        self.present, self.dry = set(), set()
        for station in ET.fromstring(document):  # noqa: S314 - the publisher's own file
            ref = str(station.get("id"))
            self.present.add(ref)
            self.department[ref] = str(station.get("cp"))[:2]
            for price in station.findall("prix"):
                at = datetime.fromisoformat(str(price.get("maj"))).replace(tzinfo=PARIS)
                newest.append(at)
                if price.get("nom") == "Gazole":
                    thousandths = round(float(str(price.get("valeur"))) * 1000)
                    self.declared.setdefault(ref, {})[at] = thousandths
                    prices.append((self.department[ref], at, thousandths))
            if any(out.get("nom") == "Gazole" and not out.get("fin") for out in station.findall("rupture")):
                self.dry.add(ref)
        self.as_of = max(newest)
        fresh = self.as_of - timedelta(days=STALE_DAYS)
        for wanted in {self.department[ref] for ref in FOLLOWED}:
            self.median[wanted] = median(price for where, at, price in prices if where == wanted and at >= fresh)

    def price(self, ref: str, at: datetime) -> int | None:
        """The last one declared by then."""
        known = [when for when in self.declared.get(ref, {}) if when <= at]
        return self.declared[ref][max(known)] if known else None

    def now(self, ref: str) -> int:
        """The price of today."""
        found = self.price(ref, self.as_of)
        assert found
        return found

    @property
    def order(self) -> list[str]:
        """The followed stations as the board should have them: to be had, dry, gone, each cheapest first."""

        def standing(ref: str) -> int:
            if ref not in self.present:
                return 4
            if ref in self.dry:
                return 3
            return 2 if max(self.declared[ref]) < self.as_of - timedelta(days=STALE_DAYS) else 0

        return sorted(FOLLOWED, key=lambda ref: (standing(ref), self.now(ref)))

    @property
    def reliable(self) -> list[str]:
        """Those that one can fill up at."""
        return [ref for ref in FOLLOWED if ref != CLOSING and ref not in self.dry]

    def moved(self, ref: str) -> str:
        """How its price moved, in words."""
        for days, words in ((1, "depuis hier"), (7, "en 7 jours")):
            before = self.price(ref, self.as_of - timedelta(days=days))
            if before is not None and before != self.now(ref):
                cents = f"{abs(self.now(ref) - before) / 10:g}".replace(".", ",")
                return f"{'−' if self.now(ref) < before else '+'}{cents} c {words}"
        return "stable sur 7 jours" if self.price(ref, self.as_of - timedelta(days=7)) is not None else ""

    @property
    def saving(self) -> str:
        """What the best saves, in words."""
        prices = [self.now(ref) for ref in self.reliable]
        less = (mean(prices) - min(prices)) / 1000
        fill, year = less * LITRES, less * LITRES_100KM / 100 * KM_A_YEAR
        return f"{fill:.2f} € de moins sur {LITRES} L, {year:.0f} € par an".replace(".", ",")

    @property
    def beside(self) -> str:
        """Where the best stands in its department."""
        best = self.order[0]
        below = self.median[self.department[best]] - self.now(best)
        side = "sous" if below > 0 else "au-dessus de"
        cents = f"{abs(below) / 10:g}".replace(".", ",")
        return f"{cents} c {side} la médiane du département." if below else "Au prix médian du département."

    def trend(self, ref: str) -> str:
        """The words of the line: from the first price known of the last thirty days to the last."""
        first = (self.as_of - timedelta(days=29)).replace(hour=0, minute=0, second=0)
        at_first = self.price(ref, first)
        inside = {at: price for at, price in self.declared[ref].items() if first < at <= self.as_of}
        begin = at_first if at_first is not None else inside[min(inside)]
        words = f"Sur 30 jours : de {begin / 1000:.3f} à {self.now(ref) / 1000:.3f} €/L".replace(".", ",")
        return words if len({begin, *inside.values()}) > 1 else ""


def load(file: Path, moment: str, environment: pytest.MonkeyPatch) -> None:
    """What the child does, at that moment."""
    environment.setenv("CARBUROAM_CLOCK", moment)
    settings.cache_clear()
    assert run_once(FrPrixCarburants(), url=file.as_uri(), on=session.engine()).outcome == "loaded"


def a_driver() -> None:
    """Somebody with an account who follows the five for Gazole."""
    person = people.register(Place(open_store(), session.engine(), {}), "paule")
    with session.writing() as opened:
        known = {ref: number for ref, number in opened.execute(select(Station.source_ref, Station.id))}  # noqa: C416
        for ref in FOLLOWED:
            following.follow(opened, person.id, known[ref], f"La {ref}")
        following.choose_fuels(opened, person.id, [Fuel.DIESEL])


def check(page: Page, hand: Hand) -> None:
    """The board says what the hand has."""
    cards = page.locator(".cb-card")
    expect(cards).to_have_count(len(FOLLOWED))
    shown = [" ".join(card.inner_text().replace("\u00a0", " ").split()) for card in cards.all()]
    assert [words.split("La ", maxsplit=1)[1][:8].strip() for words in (_without_mark(text) for text in shown)] == [
        ref[:8] for ref in hand.order
    ]
    for ref, words in zip(hand.order, shown, strict=True):
        assert f"{hand.now(ref) / 1000:.3f}".replace(".", ",") in words
        is_usable = ref in hand.reliable
        moved = page.locator(f".cb-card:has(a[href$='id={ref}']) .cb-moved").all_inner_texts()
        assert [text.replace("\u00a0", " ") for text in moved] == (
            [hand.moved(ref)] if is_usable and hand.moved(ref) else []
        )
        lines = page.locator(f".cb-card:has(a[href$='id={ref}']) .cb-trend")
        told = [str(line.get_attribute("aria-label")).replace("\u00a0", " ") for line in lines.all()]
        assert told == ([hand.trend(ref)] if is_usable and hand.trend(ref) else [])
    best = shown[0]
    assert "La moins chère de vos stations" in best
    assert hand.saving in best
    assert f"face à la moyenne de vos {len(hand.reliable)} stations" in best
    assert hand.beside in best


def _without_mark(words: str) -> str:
    return words.removeprefix("La moins chère de vos stations ")


@pytest.mark.long
def test_a_week_of_prices(
    visitor: MakeVisitor,
    environment: pytest.MonkeyPatch,
    tmp_path: Path,
    real_feed: Callable[[str], Path],
):
    """Prices move, trend and saving follow, a station closes, and a pump runs dry."""
    environment.setattr(passwords, "COST", 4)
    session.prepare()
    hand, someone = Hand(), visitor()
    days = [_south_east(real_feed(day)) for day in ("2025-02-03T2305", "2025-02-06T1840", "2025-02-07T0830")]
    moments = ("2025-02-03T23:06", "2025-02-06T18:41", "2025-02-07T08:31", "2025-02-07T08:40")
    for number, moment in enumerate(f"{moment}:00+01:00" for moment in moments):
        document = days[number] if number < len(days) else _with_outage(days[-1], hand.order[0])
        load(zipped(tmp_path / f"{number}.zip", document), moment, environment)
        hand.read(document)
        if number == 0:
            a_driver()
        with served("server.py", tmp_path / "outputs", CARBUROAM_START_ETL="false", CARBUROAM_CLOCK=moment) as address:
            someone.site = address
            page = someone.open("/login" if number == 0 else "/")
            if number == 0:
                sign_in(page, "paule")
                someone.until_device_keeps("carburoam_session")
            check(page, hand)
            if number == 1:
                expect(page.locator(f".cb-card:has(a[href$='id={CLOSING}'])")).to_contain_text("Fermée")
            if number == len(days):
                expect(page.get_by_text("Rupture il y a 10 minutes")).to_be_visible()
    assert CLOSING not in hand.present
    assert len(hand.dry) == 1
    assert not someone.faults


def _south_east(file: Path) -> bytes:
    """A part of a snapshot, as its publisher wrote it."""
    with ZipFile(file) as archive:
        head, *stations = archive.read(archive.namelist()[0]).partition(b"</pdv_liste>")[0].split(b"<pdv ")
    kept = [station for station in stations if re.search(rb'cp="(?:%s)' % "|".join(SOUTH_EAST).encode(), station)]
    return head + b"".join(b"<pdv " + station for station in kept) + b"</pdv_liste>"


def _with_outage(document: bytes, ref: str) -> bytes:
    """The same, but this station has run dry of Gazole."""
    head, mark, rest = document.partition(f'<pdv id="{ref}"'.encode())
    assert mark
    inside, end, after = rest.partition(b"</pdv>")
    return head + mark + inside + rupture(debut="2025-02-07 08:30:00").encode() + end + after
