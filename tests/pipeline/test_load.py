"""The load: only what changed is written, all of it or nothing."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from errors import SourceRefused
from models import Outage, Price, PriceHistory, PriceMedian, Station
from pipeline.gather import gather
from pipeline.harvest import Harvest
from pipeline.load import SLICES, Counts, load
from records import Fuel, OutageKind, StationRecord
from session import reading, writing
from settings import settings
from tests.builders import DAY, NOON, a_price, a_station, an_outage

Loader = Callable[..., Counts]


@pytest.fixture
def bring(database: Engine) -> Loader:
    """Loads these stations as one feed of the source `test`."""

    def run(*stations: StationRecord, now: int = NOON, source: str = "test", run_id: int = 1) -> Counts:
        harvest = Harvest()
        gather(stations, source=source, into=harvest)
        with writing(database) as session:
            return load(session, harvest, source=source, area="FR", now=now, run_id=run_id)

    return run


def rows(database: Engine, *columns: Any, **where: Any) -> list[tuple[Any, ...]]:
    with reading(database) as session:
        return [tuple(row) for row in session.execute(select(*columns).filter_by(**where).order_by(*columns))]


def stamp(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def test_a_first_load_writes_everything(database: Engine, bring: Loader):
    """Every fact of a station, its prices and their history."""
    week = (((420, 1260),), (), None, None, None, None, None)
    counts = bring(a_station(opening_hours=week, is_open_24h=True), a_station("2", prices=()))

    assert counts == Counts(stations_read=2, prices_read=1, stations_changed=2, prices_changed=1)
    with reading(database) as session:
        station = session.scalars(select(Station).where(Station.source_ref == "1000001")).one()
        assert (station.source, station.town, station.area) == ("test", "Saint-Denis-les-Bourg", "FR-01")
        assert station.opening_hours == [[[420, 1260]], [], None, None, None, None, None]
        assert station.is_open_24h is True
        assert (station.first_seen_at, station.gone_at) == (stamp(NOON), None)
        price = session.scalars(select(Price)).one()
        assert (price.station_id, price.gastype_id, price.price) == (station.id, Fuel.DIESEL, 1749)
        assert (price.updated_at, price.is_suspect) == (stamp(NOON), False)
    assert rows(database, PriceHistory.price, PriceHistory.updated_at) == [(1749, stamp(NOON))]


def test_the_same_feed_again_changes_nothing(bring: Loader):
    """A load is idempotent, and says so."""
    stations = [a_station(str(ref), outages=(an_outage(Fuel.E10),)) for ref in range(5)]
    bring(*stations)

    counts = bring(*stations, now=NOON + 60)

    assert (counts.stations_changed, counts.prices_changed, counts.gone) == (0, 0, 0)


def test_a_new_price_replaces_the_old_and_joins_the_history(database: Engine, bring: Loader):
    """Also a price confirmed: the moment is new."""
    bring(a_station(prices=(a_price(), a_price(Fuel.E10))))

    counts = bring(
        a_station(prices=(a_price(price=1_699, updated_at=NOON + 60), a_price(Fuel.E10, updated_at=NOON + 60)))
    )

    assert counts.prices_changed == 2
    assert rows(database, Price.gastype_id, Price.price) == [(1, 1699), (5, 1749)]
    assert rows(database, PriceHistory.gastype_id, PriceHistory.updated_at, PriceHistory.price) == [
        (1, stamp(NOON), 1749),
        (1, stamp(NOON + 60), 1699),
        (5, stamp(NOON), 1749),
        (5, stamp(NOON + 60), 1749),
    ]


def test_a_price_corrected_under_its_own_moment_is_corrected_in_the_history(database: Engine, bring: Loader):
    """The last word on a moment stands."""
    bring(a_station())

    bring(a_station(prices=(a_price(price=1_700),)))

    assert rows(database, PriceHistory.price) == [(1700,)]


def test_a_withdrawn_price_leaves_and_its_history_stays(database: Engine, bring: Loader):
    """A fuel that is no longer declared has no price; what it cost is a fact. It may come back."""
    both = a_station(prices=(a_price(), a_price(Fuel.E10)))
    bring(both)

    bring(a_station())
    assert rows(database, Price.gastype_id) == [(1,)]
    assert rows(database, PriceHistory.gastype_id) == [(1,), (5,)]

    bring(both)
    assert rows(database, Price.gastype_id) == [(1,), (5,)]
    assert rows(database, PriceHistory.gastype_id) == [(1,), (5,)]


def test_a_station_that_left_is_marked_and_unmarked_when_back(database: Engine, bring: Loader):
    """People follow it: it keeps its id and its last price."""
    four = [a_station(str(ref)) for ref in range(4)]
    bring(*four)
    before = rows(database, Station.source_ref, Station.id)

    assert bring(*four[:3], now=NOON + 60).gone == 1
    assert rows(database, Station.gone_at, source_ref="3") == [(stamp(NOON + 60),)]
    assert len(rows(database, Price.station_id)) == 4

    assert bring(*four[:3], now=NOON + 120).gone == 0
    assert rows(database, Station.gone_at, source_ref="3") == [(stamp(NOON + 60),)]

    assert bring(*four, now=NOON + 180).stations_changed == 1
    assert rows(database, Station.gone_at, source_ref="3") == [(None,)]
    assert rows(database, Station.source_ref, Station.id) == before


def test_a_fact_that_changed_is_written(database: Engine, bring: Loader):
    """One station of two is another now."""
    bring(a_station(), a_station("2"))

    counts = bring(a_station(address="1 rue Neuve"), a_station("2"))

    assert counts.stations_changed == 1
    assert rows(database, Station.address) == [("1 rue Neuve",), ("596 avenue de Trévoux",)]


def test_of_two_stations_with_one_id_the_first_wins(database: Engine, bring: Loader):
    """The second is counted as a reject."""
    counts = bring(a_station(address="first"), a_station(address="second"))

    assert (counts.stations_read, counts.rejected) == (1, 1)
    assert rows(database, Station.address) == [("first",)]


def test_stations_that_share_a_position_both_stay(database: Engine, bring: Loader):
    """52 pairs of real stations do."""
    bring(a_station(), a_station("2"))

    assert rows(database, Station.latitude) == [(46.2,), (46.2,)]


@pytest.mark.parametrize(("kept", "is_believed"), [(6, True), (5, False)])
def test_a_feed_that_lost_more_than_a_third_is_refused(
    database: Engine, bring: Loader, kept: int, *, is_believed: bool
):
    """Of nine stations three may go, four are a fault of the publisher; the base is as it was."""
    nine = [a_station(str(ref)) for ref in range(9)]
    bring(*nine)
    fewer = [a_station(str(ref), prices=(a_price(price=1_500),)) for ref in range(kept)]

    if is_believed:
        assert bring(*fewer).gone == 3
        return
    with pytest.raises(SourceRefused, match="4 of 9 stations are missing"):
        bring(*fewer)
    assert {price for (price,) in rows(database, Price.price)} == {1749}


@pytest.mark.parametrize(
    ("stations", "reason"),
    [((), "the list of stations is empty"), ((a_station(prices=()),), "not one of the 1 stations")],
)
def test_a_feed_without_anything_to_load_is_refused(bring: Loader, stations: tuple[StationRecord, ...], reason: str):
    """An empty list, and a list without a price."""
    with pytest.raises(SourceRefused, match=reason):
        bring(*stations)


def test_an_outage_opens_and_closes_with_the_feed(database: Engine, bring: Loader):
    """An episode: begun when the feed says, over when the feed forgets it."""
    columns = (Outage.gastype_id, Outage.started_at, Outage.ended_at, Outage.kind)
    bring(a_station(outages=(an_outage(Fuel.E10),)))
    assert rows(database, *columns) == [(5, stamp(NOON - DAY), None, "temporary")]

    bring(a_station(outages=(an_outage(Fuel.E10),)), now=NOON + 60)
    assert rows(database, *columns) == [(5, stamp(NOON - DAY), None, "temporary")]

    bring(a_station(), now=NOON + 120)
    assert rows(database, *columns) == [(5, stamp(NOON - DAY), stamp(NOON + 120), "temporary")]

    bring(a_station(outages=(an_outage(Fuel.E10, started_at=NOON + 130),)), now=NOON + 180)
    assert rows(database, *columns) == [
        (5, stamp(NOON - DAY), stamp(NOON + 120), "temporary"),
        (5, stamp(NOON + 130), None, "temporary"),
    ]


def test_an_end_that_the_feed_gives_is_the_end(database: Engine, bring: Loader):
    """`fin` set closes the episode at that moment, and a new kind is written."""
    bring(a_station(outages=(an_outage(Fuel.E10), an_outage(Fuel.SP98))))

    bring(a_station(outages=(an_outage(Fuel.E10, ended_at=NOON - 60), an_outage(Fuel.SP98, kind=OutageKind.PERMANENT))))

    assert rows(database, Outage.gastype_id, Outage.ended_at, Outage.kind) == [
        (5, stamp(NOON - 60), "temporary"),
        (6, None, "permanent"),
    ]


def test_an_older_outage_without_end_gives_way_to_the_newer(database: Engine, bring: Loader):
    """A fuel is out of stock once at a time."""
    bring(a_station(outages=(an_outage(Fuel.E10, started_at=NOON - 60), an_outage(Fuel.E10))))

    assert rows(database, Outage.started_at, Outage.ended_at) == [
        (stamp(NOON - DAY), stamp(NOON - 60)),
        (stamp(NOON - 60), None),
    ]


def test_the_outages_of_a_station_that_left_end(database: Engine, bring: Loader):
    """Nobody knows better."""
    bring(*[a_station(str(ref), outages=(an_outage(Fuel.E10),)) for ref in range(4)])

    bring(*[a_station(str(ref), outages=(an_outage(Fuel.E10),)) for ref in range(3)])

    assert [ended for (ended,) in rows(database, Outage.ended_at)].count(None) == 3


def test_a_typing_error_is_flagged_and_unflagged_when_corrected(database: Engine, bring: Loader):
    """A Gazole at 1.209 among 2.189 is suspect; put right, it is not."""
    crowd = [a_station(str(ref), prices=(a_price(price=2_189),)) for ref in range(40)]
    bring(*crowd, a_station("odd", prices=(a_price(price=1_209),)))
    assert rows(database, Price.price, is_suspect=True) == [(1209,)]

    bring(*crowd, a_station("odd", prices=(a_price(price=2_209, updated_at=NOON + 60),)))
    assert rows(database, Price.price, is_suspect=True) == []


def test_a_price_becomes_suspect_as_the_others_move(database: Engine, bring: Loader):
    """The declaration did not change, so it is no change and no history; its grade did."""
    odd = a_station("odd", prices=(a_price(price=1_209),))
    bring(*[a_station(str(ref), prices=(a_price(price=1_250),)) for ref in range(40)], odd)
    assert rows(database, Price.price, is_suspect=True) == []

    counts = bring(
        *[a_station(str(ref), prices=(a_price(price=2_189, updated_at=NOON + 60),)) for ref in range(40)], odd
    )

    assert counts.prices_changed == 40
    assert rows(database, Price.price, is_suspect=True) == [(1209,)]
    assert len(rows(database, PriceHistory.price, price=1_209)) == 1


def test_medians_are_of_fresh_and_believable_prices(database: Engine, bring: Loader):
    """By department and nation on the Paris day of the data; no stale price, no typing error."""
    crowd = [
        a_station(str(ref), area="FR-01" if ref < 20 else "FR-2A", prices=(a_price(price=1_700 + ref),))
        for ref in range(40)
    ]
    bring(
        *crowd,
        a_station("old", prices=(a_price(price=1_700, updated_at=NOON - 20 * DAY),)),
        a_station("odd", prices=(a_price(price=500),)),
        a_station("nowhere", area="", prices=(a_price(price=1_739),)),
    )

    columns = (PriceMedian.area, PriceMedian.day, PriceMedian.price, PriceMedian.count)
    assert rows(database, *columns) == [
        ("FR", "2025-02-07", 1720, 41),
        ("FR-01", "2025-02-07", 1709, 20),
        ("FR-2A", "2025-02-07", 1729, 20),
    ]


def test_a_day_has_one_median_the_last(database: Engine, bring: Loader):
    """Each load of a day says it better; the day before stays."""
    bring(a_station(prices=(a_price(updated_at=NOON - DAY),)))
    bring(a_station(prices=(a_price(price=1_800),)))
    bring(a_station(prices=(a_price(price=1_700, updated_at=NOON + 60),)))

    assert rows(database, PriceMedian.day, PriceMedian.price, area="FR") == [("2025-02-06", 1749), ("2025-02-07", 1700)]


def test_history_past_its_time_goes_and_the_price_in_force_stays(
    database: Engine, bring: Loader, environment: pytest.MonkeyPatch
):
    """Within as many runs as there are slices, for every station; a price in force for years keeps its row."""
    environment.setenv("CARBUROAM_HISTORY_DAYS", "10")
    settings.cache_clear()
    old = NOON - 20 * DAY
    first = a_station("1", prices=(a_price(updated_at=old), a_price(Fuel.E85, updated_at=old)))
    second = a_station("1", prices=(a_price(), a_price(Fuel.E85, updated_at=old)))
    ended = an_outage(Fuel.E10, started_at=old, ended_at=NOON - 9 * DAY)
    bring(first.model_copy(update={"outages": (ended,)}), now=NOON)

    for run_id in range(SLICES):
        bring(second, now=NOON + 2 * DAY, run_id=run_id)

    assert rows(database, PriceHistory.gastype_id, PriceHistory.updated_at) == [
        (Fuel.DIESEL, stamp(NOON)),
        (Fuel.E85, stamp(old)),
    ]
    assert rows(database, Outage.gastype_id) == []


def test_two_sources_leave_each_other_alone(database: Engine, bring: Loader):
    """The same id in two sources is two stations."""
    bring(a_station(), source="one")
    bring(a_station(), a_station("2"), source="two")

    bring(a_station(prices=(a_price(price=1_500),)), source="one")

    assert rows(database, Station.source, Station.source_ref) == [("one", "1000001"), ("two", "1000001"), ("two", "2")]
    assert rows(database, Price.price) == [(1500,), (1749,), (1749,)]


def test_what_is_written_can_be_counted(database: Engine, bring: Loader):
    """The figures of a load are those of the tables."""
    bring(*[a_station(str(ref)) for ref in range(2_500)])

    with reading(database) as session:
        assert session.scalar(select(func.count()).select_from(Station)) == 2_500
        assert session.scalar(select(func.count()).select_from(PriceHistory)) == 2_500
