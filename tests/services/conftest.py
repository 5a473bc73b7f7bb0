"""The country of scenes.py in a base, at its own noon."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from settings import settings
from tests import scenes


@pytest.fixture
def country(database: Engine, environment: pytest.MonkeyPatch, tmp_path: Path) -> Engine:
    """On each database in turn."""
    environment.setenv("CARBUROAM_CLOCK", scenes.CLOCK)
    settings.cache_clear()
    assert scenes.load(database, tmp_path).outcome == "loaded"
    return database
