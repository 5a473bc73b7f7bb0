"""The pages as their script draws them: no browser, a real base, one frozen noon."""

import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

import session
from pipeline.sample import fill_with_sample
from services import layer_address
from settings import ROOT, settings
from tests import scenes

PAGES = ("search", "map", "demo", "about", "station", "register", "login")
SECONDS = 20

OpenPage = Callable[..., AppTest]


@pytest.fixture(autouse=True)
def noon(environment: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """It is noon in the country of scenes.py, no child works beside the page, and maps lie in a folder of the test."""
    environment.setattr(layer_address, "STATIC", tmp_path / "layers")
    set_clock(environment, scenes.NOON)
    environment.setenv("CARBUROAM_START_ETL", "false")
    settings.cache_clear()
    return environment


def set_clock(environment: pytest.MonkeyPatch, moment: datetime) -> None:
    """Let the application take this moment as now."""
    environment.setenv("CARBUROAM_CLOCK", moment.isoformat())
    settings.cache_clear()


@pytest.fixture(scope="session")
def scene_file(tmp_path_factory: pytest.TempPathFactory, prepared_sqlite: Path) -> Path:
    """An SQLite file that holds the country of scenes.py."""
    folder = tmp_path_factory.mktemp("scene")
    file = folder / "scene.sqlite3"
    shutil.copyfile(prepared_sqlite, file)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CARBUROAM_CLOCK", scenes.CLOCK)
        settings.cache_clear()
        made = session.make_engine(f"sqlite:///{file}")
        assert scenes.load(made, folder).outcome == "loaded"
        made.dispose()
    settings.cache_clear()
    return file


@pytest.fixture
def country(scene_file: Path, tmp_path: Path, noon: pytest.MonkeyPatch) -> Engine:
    """The country of scenes.py in the application's own base."""
    file = tmp_path / "country.sqlite3"
    shutil.copyfile(scene_file, file)
    noon.setenv("CARBUROAM_DATABASE_URL", f"sqlite:///{file}")
    settings.cache_clear()
    session.engine.cache_clear()
    return session.engine()


@pytest.fixture
def sample(sqlite_database: Engine) -> Engine:
    """The example stations in the application's own base."""
    assert fill_with_sample(sqlite_database)
    return sqlite_database


@pytest.fixture
def open_page() -> OpenPage:
    """Opens a page as a visitor who comes by its address."""

    def opened(page: str = "search", *, language: str = "fr", timeout: float = SECONDS, **asked: str) -> AppTest:
        app = AppTest.from_file(str(ROOT / "home.py"), default_timeout=timeout)
        app.context["locale"] = {"fr": "fr-FR", "en": "en-GB"}[language]
        for name, value in asked.items():
            app.query_params[name] = value
        app._page_hash = _hash(page)
        return app.run()

    return opened


def go(app: AppTest, page: str) -> AppTest:
    """The same visitor on another page."""
    app._page_hash = _hash(page)
    return app.run()


def _hash(page: str) -> str:
    return "" if page == "search" else calc_hash(page)
