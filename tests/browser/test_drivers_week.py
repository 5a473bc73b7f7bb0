"""A driver's week on a phone: the real snapshots one after the other; each figure is also computed by hand here.

The hand reads the publisher's XML and the list of brands with another reader, and knows nothing of the base.
"""

import csv
import re
import unicodedata
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from zipfile import ZipFile

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

import session
from adapters.storage import open_store
from models import Station
from pipeline.run import run_once
from records import Fuel
from services import cars, following, passwords
from settings import settings
from sources.fr_brands import FrBrands
from sources.fr_prix_carburants import FrPrixCarburants
from tests import people
from tests.browser.by_hand import CLOSING, FOLLOWED, HOME, RADIUS_KM, Hand, ago, distance, euros
from tests.browser.conftest import Visitor, served
from tests.browser.test_accounts import sign_in
from tests.feeds import rupture, zipped
from tests.stores import Place

MakeVisitor = Callable[..., Visitor]


def load(file: Path, moment: str, environment: pytest.MonkeyPatch) -> None:
    """What the child does, at that moment."""
    environment.setenv("CARBUROAM_CLOCK", moment)
    settings.cache_clear()
    assert run_once(FrPrixCarburants(), url=file.as_uri(), on=session.engine()).outcome == "loaded"


def a_driver() -> None:
    """Somebody with an account and a home who follows the five for Gazole."""
    person = people.register(Place(open_store(), session.engine(), {}), "paule")
    with session.writing() as opened:
        known = {ref: number for ref, number in opened.execute(select(Station.source_ref, Station.id))}  # noqa: C416
        for ref in FOLLOWED:
            following.follow(opened, person.id, known[ref], f"La {ref}")
        following.choose_fuels(opened, person.id, [Fuel.DIESEL])
        cars.save_home(opened, person.id, "Aubagne", *HOME, RADIUS_KM)


def check(page: Page, hand: Hand, moment: datetime) -> None:
    """The board says what the hand has."""
    day = f"Prix du {hand.as_of.day} février 2025, {hand.as_of.hour} h {hand.as_of.minute:02}".removesuffix(" 00")
    stations = f"{len(hand.present) // 1000} {len(hand.present) % 1000:03} stations"
    assert f"{day} · {stations}" in _plain(page.locator(".cb-data").first.inner_text())
    expect(page.locator(".st-key-board_switch button").first).to_have_text(f"Gazole {euros(hand.now(hand.order[0]))}")
    other = hand.alternative(moment)
    sentences = [_plain(text) for text in page.locator(".cb-other").all_inner_texts()]
    if other is None:
        assert not sentences
    else:
        (sentence,) = sentences
        said = re.fullmatch(r"(.+) € de moins à (.+ k?m) \((.+)\), détour déduit\.", sentence)
        assert said, sentence
        assert (said[1], said[2], _letters(said[3])) == (other[0], other[1], _letters(other[2]))
    cards = page.locator(".cb-card")
    expect(cards).to_have_count(len(FOLLOWED))
    shown = [_plain(card.inner_text()) for card in cards.all()]
    assert [words.split("La ", maxsplit=1)[1][:8].strip() for words in (_without_mark(text) for text in shown)] == [
        ref[:8] for ref in hand.order
    ]
    for ref, words in zip(hand.order, shown, strict=True):
        assert euros(hand.now(ref)) in words
        is_usable = ref in hand.reliable
        assert f"{ago(max(hand.declared[ref]), moment)} · " in words
        assert ("mais le détour coûte davantage." in words) == (is_usable and ref in hand.not_worth)
        if ref in hand.pumps:
            assert f" · {distance(hand.pumps[ref].away_km)} " in words
            assert "24 h/24" in words
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
    assert hand.beside in best


def _plain(text: str) -> str:
    """In one line, with plain spaces."""
    return " ".join(text.replace("\u00a0", " ").replace("\u202f", " ").split())


def _letters(text: str) -> str:
    """Without case, accents and signs."""
    return "".join(sign for sign in unicodedata.normalize("NFKD", text).casefold() if sign.isalnum())


def _without_mark(words: str) -> str:
    return words.removeprefix("La moins chère de vos stations ")


@pytest.mark.long
@pytest.mark.timeout(600)  # the whole nation, four times
def test_a_week_of_prices(
    visitor: MakeVisitor,
    environment: pytest.MonkeyPatch,
    tmp_path: Path,
    real_feed: Callable[[str], Path],
    shared: Path,
):
    """Prices move, trend, saving and the place that costs less follow, a station closes, and a pump runs dry."""
    environment.setattr(passwords, "COST", 4)
    session.prepare()
    list_of_brands = shared / "brands" / "stations-osm.csv"
    with list_of_brands.open(encoding="utf-8", newline="") as rows:
        known = {row["ref:FR:prix-carburants"]: row["brand"] for row in csv.DictReader(rows)}
    hand, someone = Hand(brands=known), visitor()
    days = [_document(real_feed(day)) for day in ("2025-02-03T2305", "2025-02-06T1840", "2025-02-07T0830")]
    moments = ("2025-02-03T23:06", "2025-02-06T18:41", "2025-02-07T08:31", "2025-02-07T08:40")
    for number, moment in enumerate(f"{moment}:00+01:00" for moment in moments):
        document = days[number] if number < len(days) else _with_outage(days[-1], hand.order[0])
        load(zipped(tmp_path / f"{number}.zip", document), moment, environment)
        hand.read(document)
        if number == 0:
            assert run_once(FrBrands(), url=list_of_brands.as_uri(), on=session.engine()).outcome == "loaded"
            a_driver()
        with served("server.py", tmp_path / "outputs", CARBUROAM_START_ETL="false", CARBUROAM_CLOCK=moment) as address:
            someone.site = address
            page = someone.open("/login" if number == 0 else "/")
            if number == 0:
                sign_in(page, "paule")
                someone.until_device_keeps("carburoam_session")
            check(page, hand, datetime.fromisoformat(moment))
            if number == 1:
                expect(page.locator(f".cb-card:has(a[href$='id={CLOSING}'])")).to_contain_text("Fermée")
            if number == len(days):
                expect(page.get_by_text("Rupture il y a 10 minutes")).to_be_visible()
    assert CLOSING not in hand.present
    assert len(hand.dry) == 1
    assert not someone.faults


def _document(file: Path) -> bytes:
    """A snapshot as its publisher wrote it."""
    with ZipFile(file) as archive:
        return archive.read(archive.namelist()[0])


def _with_outage(document: bytes, ref: str) -> bytes:
    """The same, but this station has run dry of Gazole."""
    head, mark, rest = document.partition(f'<pdv id="{ref}"'.encode())
    assert mark
    inside, end, after = rest.partition(b"</pdv>")
    return head + mark + inside + rupture(debut="2025-02-07 08:30:00").encode() + end + after
