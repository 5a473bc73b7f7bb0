"""The way round a host that is down: after some runs, for as long as it lasts, and to nobody else's feed."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from models import EtlRun, Station
from pipeline.roads import run_on_roads
from pipeline.turn import turn
from session import engine, reading
from settings import settings
from sources.fr_prix_carburants import FrPrixCarburants
from tests.feeds import exported, feed, pdv, prix, zipped

# That of `pdv()` with `prix()`.
STATION = (1000001, "1.749")


@pytest.fixture
def run(tmp_path: Path) -> Callable[[], str]:
    """One run of the French source, whose feed is a file that may not be there, on the application's base."""

    def once() -> str:
        with turn(FrPrixCarburants(), on=engine(), lasts=settings().lease_lasts) as mine:
            assert mine is not None
            return run_on_roads(mine, (tmp_path / "feed.zip").as_uri(), on=engine()).outcome

    return once


def test_the_second_road_is_taken_after_three_runs_and_left_when_the_first_is_open(
    sqlite_database: Engine, run: Callable[[], str], tmp_path: Path, environment: pytest.MonkeyPatch
):
    """Same source, same stations: nothing is new, nothing is gone when the roads change."""
    environment.setenv("CARBUROAM_SECOND_ROAD_URL", exported(tmp_path, STATION))
    settings.cache_clear()

    assert [run() for _ in range(4)] == ["unreachable", "unreachable", "loaded", "unchanged"]
    zipped(tmp_path / "feed.zip", feed(pdv(prix())))
    assert run() == "loaded"

    with reading(sqlite_database) as session:
        last = session.scalars(select(EtlRun).order_by(EtlRun.id.desc()).limit(1)).one()
        assert (last.stations_changed, last.prices_changed, last.gone) == (0, 0, 0)
        assert session.scalars(select(Station.source_ref)).all() == ["1000001"]
        assert {row.source for row in session.scalars(select(EtlRun))} == {"fr_prix_carburants"}


def test_a_host_that_answers_with_something_else_is_as_good_as_away(
    sqlite_database: Engine,
    run: Callable[[], str],
    tmp_path: Path,
    environment: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
):
    """A page on its troubles, with status 200, for days. What the other address holds of a password is not logged."""
    environment.setenv("CARBUROAM_SECOND_ROAD_URL", exported(tmp_path, STATION).replace("file://", "file://me:secret@"))
    settings.cache_clear()
    (tmp_path / "feed.zip").write_text("<html>Maintenance</html>", "utf-8")

    assert [run() for _ in range(3)] == ["malformed", "malformed", "loaded"]
    with reading(sqlite_database) as session:
        assert session.scalars(select(Station.source_ref)).all() == ["1000001"]
    assert "export.json" in caplog.text
    assert "secret" not in caplog.text


def test_who_reads_a_feed_of_their_own_is_sent_nowhere(sqlite_database: Engine, run: Callable[[], str]):
    """A file or a mirror is somebody's choice; without an address of theirs there is no second road."""
    assert [run() for _ in range(5)] == ["unreachable"] * 5
    with reading(sqlite_database) as session:
        assert len(session.scalars(select(EtlRun.id)).all()) == 5
