"""The past from archives: once, again, broken off, truncated. Friday 7 February 2025, noon in Paris, is now."""

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

import etl
from errors import SourceRefused, Stopped
from models import HistoryFile, Lease, Outage, PriceHistory, PriceMedian, Station
from pipeline import backfill, catch_up
from pipeline.backfill import Found, archive_of_year, archives_of_days
from session import reading, writing
from settings import settings
from sources.base import Archive
from sources.fr_prix_carburants import FrPrixCarburants
from tests.builders import DAY, NOON
from tests.feeds import feed, pdv, prix, rupture, zipped

SOURCE = FrPrixCarburants()
CLOCK = "2025-02-07T12:00:00+01:00"
Fill = Callable[..., Found]


def stamp(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


@pytest.fixture
def folder(environment: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where the archives lie beside the feed, at a frozen noon."""
    environment.setenv("CARBUROAM_CLOCK", CLOCK)
    environment.setenv("CARBUROAM_FEED_URL", (tmp_path / "feed.zip").as_uri())
    settings.cache_clear()
    for kind in ("jour", "annee"):
        (tmp_path / kind).mkdir()
    return tmp_path


@pytest.fixture
def base(database: Engine) -> Engine:
    """Three stations of the Ain, and what the feed once said of the first."""
    return _known(database)


def _known(on: Engine) -> Engine:
    settings.cache_clear()
    with writing(on) as session:
        for number in (1, 2, 3):
            session.add(
                Station(
                    id=number,
                    source=SOURCE.name,
                    source_ref=str(number),
                    address="",
                    zip_code="01000",
                    town="Bourg",
                    area="FR-01",
                    road_kind="road",
                    amenities=0,
                    is_open_24h=False,
                    first_seen_at=stamp(NOON),
                )
            )
        session.flush()
        session.add(PriceHistory(station_id=1, gastype_id=1, updated_at=stamp(NOON - 3 * DAY), price=1_700))
    return on


def _fill(on: Engine, *archives: Archive, again: bool = False) -> Found:
    found = catch_up.fill(SOURCE, archives, on=on, progress=lambda *_: None, again=again)
    assert found is not None
    return found


def _prices(on: Engine) -> list[tuple[int, int, int]]:
    """Station, days before now, price."""
    with reading(on) as session:
        rows = session.execute(select(PriceHistory.station_id, PriceHistory.updated_at, PriceHistory.price))
        return sorted((station, int(NOON - at.timestamp()) // DAY, price) for station, at, price in rows)


def _year(folder: Path, *stations: str) -> Archive:
    zipped(folder / "annee" / "2025.zip", feed(*stations), name="PrixCarburants_annuel_2025.xml")
    return SOURCE.archive_of_year(2025, feed_url=(folder / "feed.zip").as_uri())


def test_an_archive_adds_what_the_base_does_not_have(folder: Path, base: Engine):
    """Thousandths and `T` as old archives write them; strangers, prices past their time and endless outages are not."""
    archive = _year(
        folder,
        pdv(
            prix(maj="2025-02-04T12:00:00", valeur="1650"),
            prix(maj="2025-02-05T12:00:00", valeur="1660"),
            prix(maj="2025-02-05T12:00:00", valeur="1665"),
            prix(maj="2023-06-01T12:00:00", valeur="1900"),
            rupture(debut="2025-01-02T12:00:00", fin="2025-01-03T12:00:00"),
            rupture(debut="2025-01-05T12:00:00"),
            id="1",
        ),
        pdv(prix(maj="2025-02-05T12:00:00", valeur="1.700"), prix(valeur="0"), id="2"),
        pdv(prix(maj="2025-02-05T12:00:00", valeur="1.740"), id="3"),
        pdv(prix(maj="2025-02-05T12:00:00", valeur="1.999"), id="closed"),
    )

    found = _fill(base, archive)

    # What the feed said at the time stands (1.700); of two prices of one second the last.
    assert _prices(base) == [(1, 2, 1_665), (1, 3, 1_700), (2, 2, 1_700), (3, 2, 1_740)]
    assert (found.prices, found.added, found.outages, found.strangers, found.too_old) == (4, 3, 1, 1, 1)
    assert found.rejected == {"price_out_of_range": 1}
    with reading(base) as session:
        (outage,) = session.scalars(select(Outage))
        medians = select(PriceMedian.area, PriceMedian.day, PriceMedian.price, PriceMedian.count)
        told = {(area, day): (price, count) for area, day, price, count in session.execute(medians)}
        assert session.scalars(select(Lease.expires_at)).all() == [0]
    assert (outage.station_id, outage.ended_at) == (1, datetime(2025, 1, 3, 11, tzinfo=UTC))
    # 1.665, 1.700 and 1.740 in the evening of the 5th and the 6th; the one price of the 4th is no area's middle.
    assert told == {(area, day): (1_700, 3) for area in ("FR", "FR-01") for day in ("2025-02-05", "2025-02-06")}


def test_the_same_archive_again_changes_nothing(folder: Path, base: Engine):
    """It is not even read, unless a person says so."""
    archive = _year(folder, pdv(prix(maj="2025-02-05T12:00:00"), id="1"))
    assert _fill(base, archive).added == 1

    assert _fill(base, archive) == Found(known=1)
    once_more = _fill(base, archive, again=True)
    assert (once_more.archives, once_more.prices, once_more.added) == (1, 1, 0)


def test_an_archive_cut_short_keeps_what_was_read_and_is_asked_for_again(
    folder: Path, base: Engine, monkeypatch: pytest.MonkeyPatch
):
    """The beginning is true; the base does not take the whole for read."""
    monkeypatch.setattr(backfill, "BATCH", 1)
    stations = [pdv(prix(maj="2025-02-05T12:00:00"), id=str(number)) for number in (1, 2, 3)]
    archive = _year(folder, *stations)
    whole = feed(*stations)
    zipped(folder / "annee" / "2025.zip", whole[: whole.index('id="3"')], name="PrixCarburants_annuel_2025.xml")

    broken = _fill(base, archive)
    with reading(base) as session:
        assert session.scalars(select(HistoryFile.name)).all() == []
    zipped(folder / "annee" / "2025.zip", whole)
    mended = _fill(base, archive)

    assert (broken.failed, broken.archives) == (["annee/2025"], 0)
    assert (mended.archives, mended.added) == (1, 3 - broken.added)
    assert [station for station, days, _ in _prices(base) if days == 2] == [1, 2, 3]


def test_told_to_end_it_goes_on_where_it_was(folder: Path, base: Engine, monkeypatch: pytest.MonkeyPatch):
    """Batches that were committed stay, the lease is free at once, and no other lease was taken."""
    monkeypatch.setattr(backfill, "BATCH", 1)
    monkeypatch.setattr(backfill, "PROGRESS_EVERY", 1)
    archive = _year(folder, *(pdv(prix(maj="2025-02-05T12:00:00"), id=str(number)) for number in (1, 2, 3)))

    def interrupt(_stage: str, done: int, _total: int | None) -> None:
        if done == 2:
            raise Stopped("told to end")

    with pytest.raises(Stopped):
        catch_up.fill(SOURCE, [archive], on=base, progress=interrupt)

    assert len(_prices(base)) == 1 + 2
    assert _fill(base, archive).added == 1
    with reading(base) as session:
        assert session.scalars(select(Lease.name)).all() == ["backfill:fr_prix_carburants"]


@pytest.mark.usefixtures("folder")
def test_the_days_asked_for_lie_in_archives_of_days_and_of_years():
    """Newest first; what is older than a month is in its year's."""
    url = SOURCE.feed.url
    days = archives_of_days(SOURCE, 40, feed_url=url)

    assert [archive.name for archive in days[:2]] == ["jour/20250206", "jour/20250205"]
    assert [archive.name for archive in days[29:]] == ["jour/20250108", "annee/2025", "annee/2024"]
    assert days[-1].url == "https://donnees.roulez-eco.fr/opendata/annee/2024"
    assert [archive.first for archive in archives_of_days(SOURCE, 1, feed_url=url)] == [date(2025, 2, 6)]
    for year in (2023, 2026):
        with pytest.raises(SourceRefused):
            archive_of_year(SOURCE, year, feed_url=url)


def test_the_child_fetches_the_days_that_nothing_tells_of(folder: Path, sqlite_database: Engine):
    """Not the day that a load has seen; while a load runs it waits; the next look finds nothing to do."""
    base = _known(sqlite_database)
    for day in ("05", "06"):
        moment = f"2025-02-{day}T12:00:00"
        zipped(folder / "jour" / f"202502{day}.zip", feed(*(pdv(prix(maj=moment), id=str(n)) for n in (1, 2, 3))))
    with writing(base) as session:
        session.add(PriceMedian(area="FR", gastype_id=1, day="2025-02-05", price=1_700, count=3))
    asked: list[bool] = []

    def is_busy() -> bool:
        asked.append(True)
        return len(asked) == 1

    work = catch_up._CatchUp(base, threading.Event(), is_busy)
    work.pause_s = 0.0
    settings_of_two_days = pytest.MonkeyPatch()
    settings_of_two_days.setenv("CARBUROAM_BACKFILL_DAYS", "2")
    settings.cache_clear()
    try:
        work.look(SOURCE, (folder / "feed.zip").as_uri())
        before = len(asked)
        work.look(SOURCE, (folder / "feed.zip").as_uri())
    finally:
        settings_of_two_days.undo()

    with reading(base) as session:
        assert session.scalars(select(HistoryFile.name)).all() == ["jour/20250206"]
        assert set(session.scalars(select(PriceMedian.day))) == {"2025-02-05", "2025-02-06"}
    assert before > 1
    assert len(asked) == before


def test_a_feed_from_a_file_is_never_followed_by_a_backfill(folder: Path, sqlite_database: Engine):
    """Nor one that settings switch off: a person's own file has no archives beside it."""
    stop = threading.Event()
    feeds = [(SOURCE, (folder / "feed.zip").as_uri())]

    assert catch_up.start(feeds, on=sqlite_database, stop=stop, is_busy=bool) is None


def test_the_command_says_by_its_exit_code_whether_all_was_had(
    folder: Path, sqlite_database: Engine, capfd: pytest.CaptureFixture[str]
):
    """An empty base first, then a day that is there and one that is not."""
    assert etl.main(["backfill", "--days", "1"]) == 1
    assert "load the feed first" in capfd.readouterr().err
    _known(sqlite_database)
    zipped(folder / "jour" / "20250206.zip", feed(pdv(prix(maj="2025-02-06T12:00:00"), id="1")))

    assert etl.main(["backfill", "--days", "1"]) == 0
    assert etl.main(["backfill", "--days", "2"]) == 1
    assert "failed=jour/20250205" in capfd.readouterr().out
    assert etl.main(["backfill", "--year", "2019"]) == 1
