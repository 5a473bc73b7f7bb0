"""What holds for every page: it is drawn in both languages, in its frame, and says what the data are worth."""

import re
import sqlite3
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from streamlit.runtime.pages_manager import PagesManager

import session
from models import EtlRun
from pipeline.run import run_once
from services import shared
from settings import settings
from sources.fr_prix_carburants import FrPrixCarburants
from tests import scenes
from tests.pages.conftest import PAGES, WITH_A_HOLE, OpenPage, set_clock
from tests.pages.seen import assert_sound, html, in_one_line, words
from texts import LANGUAGES, catalogue

WAIT_FOR_DATA = ("search", "map", "demo", "station")
everywhere = pytest.mark.parametrize("page", PAGES)


@pytest.mark.parametrize("language", LANGUAGES)
@everywhere
@pytest.mark.usefixtures("country")
def test_a_page_speaks_one_language(open_page: OpenPage, page: str, language: str):
    """No text of the other language, no key for want of a text, no exception."""
    app = open_page(page, language=language, id=scenes.OUT, at="48.6987,2.1875", place="Orsay", fuel="1")

    assert_sound(app)
    shown = in_one_line(app)
    (other,) = set(LANGUAGES) - {language}
    ours = set(catalogue(language).values())
    foreign = [
        piece
        for text in set(catalogue(other).values()) - ours
        for piece in re.split(r"\{[a-z_]+\}", text.replace("\u00a0", " "))
        # The switch names the other language in that language.
        if len(piece) > 9 and piece in shown and text != catalogue(other)["language.to"]
    ]
    assert foreign == []
    assert not re.search(r"\b(search|nav|state|place|map|station|demo|about|price|age|open)\.[a-z_]+\b", shown)


@everywhere
def test_an_empty_base_shows_progress_and_then_the_page(
    sqlite_database: Engine, open_page: OpenPage, tmp_path: Path, page: str
):
    """Pages of prices wait for them; the others are there at once."""
    app = open_page(page, id=scenes.CHEAPEST)
    assert_sound(app)
    assert ("Nous chargeons les prix de toute la France" in words(app)) is (page in WAIT_FOR_DATA)
    assert "ne répond pas" not in words(app)

    assert scenes.load(sqlite_database, tmp_path).outcome == "loaded"
    shared.forget()
    app.run()
    assert_sound(app)
    assert "Nous chargeons" not in words(app)
    assert "Prix du 7 février 2025, 9 h" in words(app)


@pytest.mark.parametrize("page", WAIT_FOR_DATA)
@pytest.mark.usefixtures("sqlite_database")
def test_a_first_run_that_failed_is_told(open_page: OpenPage, page: str):
    """The feed does not answer and the sample is not there yet."""
    with session.writing() as opened:
        opened.add(
            EtlRun(source="fr_prix_carburants", started_at=scenes.NOON, ended_at=scenes.NOON, outcome="unreachable")
        )

    app = open_page(page)

    assert_sound(app)
    assert "La source officielle ne répond pas" in words(app)


@pytest.mark.parametrize(("language", "label"), [("fr", "Données d’exemple"), ("en", "Example data")])
@everywhere
@pytest.mark.usefixtures("sample")
def test_example_data_are_called_so(open_page: OpenPage, page: str, language: str, label: str):
    """In the body of every page, not in the sidebar alone, which a phone does not show."""
    app = open_page(page, language=language)

    assert_sound(app)
    assert any(label in node.proto.body for node in app.main.get("html"))


@everywhere
@pytest.mark.usefixtures("country")
def test_real_prices_carry_their_date_and_no_warning(open_page: OpenPage, page: str):
    """The state of the data in one line."""
    app = open_page(page, id=scenes.CHEAPEST)

    assert_sound(app)
    assert "Prix du 7 février 2025, 9 h · 11 stations" in words(app)
    assert "Données d’exemple" not in words(app)
    assert "cb-warn'" not in html(app).split("</style>", 1)[1]


@everywhere
@pytest.mark.usefixtures("country")
def test_a_feed_that_stopped_is_told(open_page: OpenPage, noon: pytest.MonkeyPatch, page: str):
    """Four hours without a success where every half hour was promised."""
    set_clock(noon, scenes.NOON + timedelta(hours=4))

    app = open_page(page, id=scenes.CHEAPEST)

    assert_sound(app)
    assert "pas d’actualisation réussie depuis il y a 4 heures" in in_one_line(app)


@everywhere
def test_an_old_extract_is_told(
    sqlite_database: Engine, open_page: OpenPage, noon: pytest.MonkeyPatch, tmp_path: Path, page: str
):
    """A snapshot of ten days ago was loaded a minute ago: fresh it is not."""
    file = scenes.write(tmp_path)
    set_clock(noon, scenes.NOON + timedelta(days=10))
    assert run_once(FrPrixCarburants(), url=file.as_uri(), on=sqlite_database).outcome == "loaded"

    app = open_page(page, id=scenes.CHEAPEST)

    assert_sound(app)
    assert "Les derniers prix reçus datent du 7 février 2025" in words(app)
    assert "extrait ancien (il y a 10 jours)" in words(app)


def _a_folder(file: Path) -> None:
    file.mkdir()


def _no_database(file: Path) -> None:
    file.write_text("no database " * 1000)


def _below_a_file(file: Path) -> None:
    file.parent.rmdir()
    file.parent.write_text("in the way")


def _cut_off(file: Path) -> None:
    made = session.make_engine(f"sqlite:///{file}")
    session.prepare(made)
    made.dispose()
    content = bytearray(file.read_bytes())
    content[4096:] = b"\xa5" * (len(content) - 4096)
    file.write_bytes(content)


@pytest.mark.parametrize("broken", [_a_folder, _no_database, _below_a_file, _cut_off])
@everywhere
def test_a_base_that_cannot_be_read_is_told_in_plain_words(
    noon: pytest.MonkeyPatch, open_page: OpenPage, tmp_path: Path, page: str, broken: Callable[[Path], None]
):
    """A folder in its place, something else in the file, nowhere to put it, half of it overwritten."""
    file = tmp_path / "base" / "carburoam.sqlite3"
    file.parent.mkdir()
    broken(file)
    noon.setenv("CARBUROAM_DATABASE_URL", f"sqlite:///{file}")
    settings.cache_clear()
    session.engine.cache_clear()

    app = open_page(page, id=scenes.CHEAPEST)

    assert_sound(app)
    assert "Les prix ne peuvent pas être lus pour le moment" in words(app)
    assert str(tmp_path) not in words(app)


def test_a_locked_base_is_told_in_plain_words(country: Engine, open_page: OpenPage, environment: pytest.MonkeyPatch):
    """Another program holds the file for itself, longer than we wait."""
    environment.setattr(session, "BUSY_TIMEOUT_S", 0.2)
    file = str(country.url.database)
    country.dispose()
    session.engine.cache_clear()
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("PRAGMA locking_mode=EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    try:
        app = open_page()
    finally:
        other.close()

    assert_sound(app)
    assert "Les prix ne peuvent pas être lus pour le moment" in words(app)
    shared.forget()
    session.engine().dispose()
    assert "Prix du 7 février 2025" in words(app.run())


@everywhere
@pytest.mark.usefixtures("country")
def test_a_page_that_fails_shows_a_number_and_logs_the_rest(
    open_page: OpenPage, environment: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, page: str
):
    """The reader can tell us the number; the log has the stack under it; the frame stands."""

    def fail() -> None:
        raise ValueError("the secret of the base")

    environment.setattr("ui.frame.now", fail)
    app = open_page(page)

    assert_sound(app)
    (error,) = app.error
    number = re.search(r"signalez le code ([0-9a-f]{8})\.", error.value)
    assert number
    assert "secret" not in words(app)
    (record,) = [record for record in caplog.records if number[1] in record.getMessage()]
    assert record.exc_info
    assert "the secret of the base" in str(record.exc_info[1])


@everywhere
@pytest.mark.usefixtures("country")
def test_a_page_without_the_router_goes_back_to_it(open_page: OpenPage, environment: pytest.MonkeyPatch, page: str):
    """Streamlit may run the file of a page by itself; each time, not only the first, home.py is run instead."""
    environment.setattr(PagesManager, "__init__", WITH_A_HOLE)
    app = open_page(page, id=scenes.CHEAPEST)

    for _ in range(2):
        app.run()
        assert_sound(app)
