"""The first visit to a server whose base is empty: its own child brings the prices, or an example for want of them."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import expect
from sqlalchemy import func, select

import session
from models import Station
from pipeline import orders
from tests import scenes
from tests.browser.conftest import Visitor, served
from tests.processes import busy, free_port, until

MakeVisitor = Callable[..., Visitor]
PROMISED_S = 10
PROGRESS = "Nous chargeons les prix de toute la France"
SAMPLE = "Données d’exemple"


@contextmanager
def publisher(file: Path, *, port: int = 0, may_answer: threading.Event | None = None) -> Iterator[str]:
    """A publisher on the loopback, that keeps who asks waiting until it may answer."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if may_answer:
                may_answer.wait(20)
            content = file.read_bytes()
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Nothing on the screen of the tests."""

    with ThreadingHTTPServer(("127.0.0.1", port), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/feed.zip"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("feed", [pytest.param("small", marks=pytest.mark.long), "national"])
def test_prices_are_on_screen_within_ten_seconds(
    visitor: MakeVisitor, request: pytest.FixtureRequest, tmp_path: Path, feed: str
):
    """Counted from the first visit to a server that has just begun; what is shown until then is progress."""
    if feed == "small":
        file, clock, stations = scenes.write(tmp_path), scenes.CLOCK, "11 stations"
    else:
        file = request.getfixturevalue("real_feed")("2025-02-07T0830")
        clock, stations = "2025-02-07T08:35:00+01:00", "10 010 stations"
    with served("server.py", tmp_path, CARBUROAM_FEED_URL=file.as_uri(), CARBUROAM_CLOCK=clock) as address:
        someone = visitor(address=address)
        started = time.monotonic()
        someone.page.goto(address)
        # Whichever comes first: the progress, or prices at once.
        patience_ms = 1000 * PROMISED_S * busy()
        expect(someone.page.locator(".cb-wait, .cb-table").first).to_be_visible(timeout=patience_ms)
        expect(someone.page.locator(".cb-table caption")).to_have_text("Prix médians en France", timeout=patience_ms)
        assert time.monotonic() - started < PROMISED_S * busy()
        someone.settle()
        shown = someone.page.locator(".cb-data.cb-narrow").inner_text().replace("\u202f", " ")
        assert stations in shown
        assert "7 février 2025" in shown
        assert SAMPLE not in someone.page.locator("body").inner_text()


def test_progress_is_shown_until_the_page_comes_by_itself(visitor: MakeVisitor, tmp_path: Path):
    """The publisher takes its time: nobody has to reload, and a page that needs no prices is there at once."""
    may_answer = threading.Event()
    with (
        publisher(scenes.write(tmp_path), may_answer=may_answer) as feed,
        served("server.py", tmp_path, CARBUROAM_FEED_URL=feed, CARBUROAM_CLOCK=scenes.CLOCK) as address,
    ):
        someone = visitor(address=address)
        page = someone.open(f"/station?id={scenes.CHEAPEST}")
        expect(page.get_by_text(PROGRESS)).to_be_visible()
        page.locator(".cb-tabbar").get_by_role("link", name="À propos").tap()
        expect(page.get_by_text("Mentions légales")).to_be_visible()
        page.locator(".cb-tabbar").get_by_role("link", name="Prix").tap()
        expect(page.get_by_text(PROGRESS)).to_be_visible()
        may_answer.set()

        expect(page.locator(".cb-table caption")).to_have_text("Prix médians en France")
        expect(page.get_by_text(PROGRESS)).to_have_count(0)
        assert not someone.faults


def test_an_example_stands_in_until_the_feed_comes(visitor: MakeVisitor, tmp_path: Path):
    """No feed to be had: fictional stations, labelled on every page; the first real run removes them whole."""
    port = free_port()
    with served(
        "server.py",
        tmp_path,
        CARBUROAM_FEED_URL=f"http://127.0.0.1:{port}/feed.zip",
        CARBUROAM_DOWNLOAD_TRIES="2",
        CARBUROAM_CLOCK=scenes.CLOCK,
    ) as address:
        someone = visitor(address=address)
        page = someone.open()
        expect(page.locator(".cb-notice")).to_contain_text(SAMPLE)
        expect(page.locator(".cb-table caption")).to_be_visible()
        for path in ("/map", "/demo", "/about", "/login", "/register", "/station?id=unknown"):
            someone.open(path)
            expect(page.locator(".cb-notice")).to_contain_text(SAMPLE)
            expect(page.locator(".cb-notice")).to_be_visible()
        followed = someone.open("/demo").locator(".cb-who b").all_inner_texts()
        assert followed

        on = session.make_engine(f"sqlite:///{tmp_path / 'base' / 'carburoam.sqlite3'}")
        with publisher(scenes.write(tmp_path), port=port):
            with session.writing(on) as opened:
                orders.place(opened, orders.RUN)

            def sources() -> dict[str, int]:
                with session.reading(on) as opened:
                    return dict(opened.execute(select(Station.source, func.count()).group_by(Station.source)).all())

            until(lambda: sources() == {"fr_prix_carburants": 11})
        on.dispose()
        page.wait_for_timeout(2000)  # as long as a server keeps the state of the base
        page.locator(".cb-tabbar").get_by_role("link", name="Prix").tap()
        expect(page.locator(".cb-data.cb-narrow")).to_contain_text("11 stations")
        expect(page.locator(".cb-notice")).to_have_count(0)
        someone.tap(page.locator(".cb-tabbar").get_by_role("link", name="Démo"))
        assert not set(page.locator(".cb-who b").all_inner_texts()) & set(followed)
        assert SAMPLE not in page.locator("body").inner_text()
        assert not someone.faults
