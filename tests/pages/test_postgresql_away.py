"""A page while PostgreSQL refuses connections, and when it is back."""

from pathlib import Path

from sqlalchemy import Engine

from services import shared
from tests import scenes
from tests.pages.conftest import OpenPage
from tests.pages.seen import assert_sound, words
from tests.postgres import Server


def test_a_page_says_that_postgresql_refuses_and_comes_back_by_itself(
    postgres_server: Server, postgres_database: Engine, open_page: OpenPage, tmp_path: Path
):
    """Plain words instead of prices, nothing of the server in them; the next run of the page has the prices again."""
    assert scenes.load(postgres_database, tmp_path).outcome == "loaded"
    app = open_page()
    assert "Prix du 7 février 2025" in words(app)
    name = postgres_database.url.database
    postgres_server.execute(f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS false')
    of_base = f"WHERE datname = '{name}'"
    postgres_server.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity {of_base}")  # noqa: S608 - our own

    shared.forget()
    app.run()

    assert_sound(app)
    assert "Les prix ne peuvent pas être lus pour le moment" in words(app)
    assert str(name) not in words(app)
    postgres_server.execute(f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS true')
    assert "Prix du 7 février 2025" in words(app.run())
