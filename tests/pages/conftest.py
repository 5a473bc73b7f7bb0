"""The pages as their script draws them: no browser, a real base, one frozen noon."""

import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

import session
from adapters.storage import open_store
from pipeline.sample import fill_with_sample
from services import accounts, layer_address, passwords, session_cookie, sessions
from services.accounts import Account
from settings import ROOT, now, settings
from tests import people, scenes
from tests.stores import Place
from ui import account

PAGES = ("search", "map", "demo", "about", "station", "register", "login", "forgot")
SECONDS = 20

OpenPage = Callable[..., AppTest]
WITH_A_HOLE = PagesManager.__init__
"""Streamlit's own, which AppTest begins each run with: it runs the file of a page before the router."""


def _without_a_hole(pages: PagesManager, *args: Any, **options: Any) -> None:
    # As server.py does it. The run by which the guard closes the hole would swallow what was tapped.
    WITH_A_HOLE(pages, *args, **options)
    PagesManager.uses_pages_directory = False


@pytest.fixture(autouse=True)
def noon(environment: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """It is noon in the country of scenes.py, under a server without a child; maps lie in a folder of the test."""
    environment.setattr(layer_address, "STATIC", tmp_path / "layers")
    environment.setattr(session_cookie, "_set_by", {session_cookie.SIGN_IN})
    environment.setattr(PagesManager, "__init__", _without_a_hole)
    # Before each run AppTest reads the metadata of every package installed, for components that none of them has.
    environment.setattr(manifest_scanner, "scan_component_manifests", list)
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
    """Opens a page as a visitor who comes by its address; `as_user` is the username of one who is signed in."""

    def opened(
        page: str = "search", *, language: str = "fr", timeout: float = SECONDS, as_user: str = "", **asked: str
    ) -> AppTest:
        app = AppTest.from_file(str(ROOT / "home.py"), default_timeout=timeout)
        app.context["locale"] = {"fr": "fr-FR", "en": "en-GB"}[language]
        for name, value in asked.items():
            app.query_params[name] = value
        if as_user:
            signed_in(app, as_user)
        app._page_hash = _hash(page, is_member=bool(as_user))
        return app.run()

    return opened


def signed_in(app: AppTest, username: str) -> Account:
    """Sign this person in before the next run, with an account of tests.people made where there is none."""
    with session.reading() as opened:
        person = accounts.known_as(opened, username)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "COST", 4)
        person = person or people.register(Place(open_store(), session.engine(), {}), username)
    with session.writing() as opened:
        begun = sessions.begin(opened, user_id=person.id, user_agent="", now=now())
    app.session_state[account.TOKEN_KEY] = begun.token
    return person


def go(app: AppTest, page: str) -> AppTest:
    """The same visitor on another page."""
    app._page_hash = _hash(page, is_member=account.TOKEN_KEY in app.session_state)
    return app.run()


def _hash(page: str, *, is_member: bool) -> str:
    """The first page has no name in its address: the search of a stranger, the board of a member."""
    return calc_hash("" if page == ("mine" if is_member else "search") else page)
