"""Prices of the past, beside figures worked out by hand. Friday 7 February 2025, noon in Paris, is now."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine

from models import Outage, Price, PriceHistory, PriceMedian, Station
from records import Fuel, OutageKind
from services import history
from services.history import DayMedian, Shortage, Step
from services.periods import Period, periods
from services.resampling import daily, daily_csv
from session import reading, writing
from tests.builders import DAY, NOON
from tests.quotes import counted

HOUR = 3_600
MIDNIGHT = NOON - 12 * HOUR
NOW = datetime.fromtimestamp(NOON, UTC)
# 20 January 1.800, declared anew on 3 February; 4 February 8 h 1.700; 6 February 10 h 1.750.
DECLARED = (
    (MIDNIGHT - 18 * DAY, 1_800),
    (MIDNIGHT - 4 * DAY, 1_800),
    (MIDNIGHT - 3 * DAY + 8 * HOUR, 1_700),
    (MIDNIGHT - DAY + 10 * HOUR, 1_750),
)


def stamp(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


@pytest.fixture
def base(database: Engine) -> Engine:
    """Two stations; the first with a past of Gazole and E10, the other with one price of Gazole of last year."""
    blank = {"address": "", "zip_code": "01000", "town": "Bourg", "road_kind": "road", "amenities": 0}
    with writing(database) as session:
        for number in (1, 2):
            session.add(
                Station(
                    id=number,
                    source="test",
                    source_ref=str(number),
                    area="FR-01",
                    is_open_24h=False,
                    first_seen_at=stamp(NOON),
                    **blank,
                )
            )
        session.flush()
        past = [(1, Fuel.DIESEL, at, price) for at, price in DECLARED]
        past += [(1, Fuel.E10, NOON - 2 * DAY, 1_600), (2, Fuel.DIESEL, NOON - 300 * DAY, 1_900)]
        for station, fuel, at, price in past:
            session.add(PriceHistory(station_id=station, gastype_id=fuel.value, updated_at=stamp(at), price=price))
        session.add(Price(station_id=1, gastype_id=1, price=1_750, updated_at=stamp(DECLARED[-1][0])))
        for day, price in (("2025-02-05", 1_720), ("2025-02-06", 1_730), ("2025-01-25", 1_500)):
            session.add(PriceMedian(area="FR-01", gastype_id=1, day=day, price=price, count=9))
        for begun, ended in ((-9 * DAY, -5 * DAY), (-5 * DAY, -4 * DAY), (-DAY, None)):
            kind = OutageKind.TEMPORARY.value
            end = None if ended is None else stamp(MIDNIGHT + ended)
            session.add(Outage(station_id=1, gastype_id=1, started_at=stamp(MIDNIGHT + begun), ended_at=end, kind=kind))
    return database


def test_the_price_of_a_moment_is_the_last_declared_by_then(base: Engine):
    """Also at that very second, and however old; nothing before the first, and one query for all."""
    moments = [NOW, stamp(DECLARED[2][0]), stamp(DECLARED[2][0] - 1), stamp(DECLARED[0][0] - 1)]
    with reading(base) as session, counted(base) as sent:
        found = history.prices_at(session, [1, 2], [Fuel.DIESEL, Fuel.E10], moments)

    assert found == {
        (1, Fuel.DIESEL): (1_750, 1_700, 1_800, None),
        (1, Fuel.E10): (1_600, None, None, None),
        (2, Fuel.DIESEL): (1_900, 1_900, 1_900, 1_900),
    }
    assert sum("SELECT" in statement for statement in sent) == 1


def test_a_span_begins_with_the_price_that_held_already(base: Engine):
    """Steps, medians and outages of seven Paris days; an outage that ran into another is one with it."""
    with reading(base) as session:
        found = history.station_history(session, 1, Fuel.DIESEL, days=7, now=NOW)

    assert found is not None
    since = MIDNIGHT - 6 * DAY
    assert (found.since, found.until, found.ends_at) == (since, NOON, NOON)
    assert found.steps == (Step(since, 1_800), Step(*DECLARED[2]), Step(*DECLARED[3]))
    assert found.medians == (DayMedian(date(2025, 2, 5), 1_720), DayMedian(date(2025, 2, 6), 1_730))
    assert found.shortages == (Shortage(since, MIDNIGHT - 4 * DAY), Shortage(MIDNIGHT - DAY, NOON))
    assert periods(found)[:4] == [
        Period(date(2025, 2, 7), 1_750, 1_750, 1_750, None),
        Period(date(2025, 2, 6), 1_700, 1_750, 1_750, 1_730),
        Period(date(2025, 2, 5), 1_700, 1_700, 1_700, 1_720),
        Period(date(2025, 2, 4), 1_700, 1_800, 1_700, None),
    ]


def test_a_year_is_told_by_months(base: Engine):
    """The price that was carried into February counts there; the median is the mean of its days."""
    with reading(base) as session:
        found = history.station_history(session, 1, Fuel.DIESEL, days=365, now=NOW)
        assert found is not None
        told = periods(found)

    assert told == [
        Period(date(2025, 2, 1), 1_700, 1_800, 1_750, 1_725),
        Period(date(2025, 1, 1), 1_800, 1_800, 1_800, 1_500),
    ]


@pytest.mark.parametrize(
    ("station", "fuel", "days", "enough"),
    [
        # Declared on 20 January; the department is known since the 25th.
        (1, Fuel.DIESEL, 365, 30),
        (1, Fuel.DIESEL, 90, 30),
        (1, Fuel.DIESEL, 7, 7),
        (1, Fuel.E10, 365, 7),
        (2, Fuel.DIESEL, 365, 365),
        (2, Fuel.DIESEL, 90, 90),
        (2, Fuel.SP98, 90, 7),
    ],
)
def test_a_chart_need_not_be_longer_than_what_is_known(base: Engine, station: int, fuel: Fuel, days: int, enough: int):
    """Four days of a year would be an upright stroke."""
    with reading(base) as session:
        found = history.station_history(session, station, fuel, days=days, now=NOW)

    assert found is not None
    assert history.span_of_all(found) == enough


def test_a_line_ends_where_the_station_no_longer_declares(base: Engine):
    """At the last declaration of a fuel that has no price now, at the leaving of a station that is gone."""
    with writing(base) as session:
        station = session.get_one(Station, 1)
        e10 = history.station_history(session, 1, Fuel.E10, days=30, now=NOW)
        station.gone_at = stamp(NOON - DAY)
        session.flush()
        diesel = history.station_history(session, 1, Fuel.DIESEL, days=30, now=NOW)
        fuels = history.fuels_with_history(session, 1)
        unknown = history.station_history(session, 9, Fuel.DIESEL, days=30, now=NOW)

    assert e10 is not None
    assert e10.ends_at == NOON - 2 * DAY
    assert diesel is not None
    assert diesel.ends_at == NOON - DAY
    assert fuels == (Fuel.DIESEL, Fuel.E10)
    assert unknown is None


def test_the_trends_of_many_stations_are_one_query(base: Engine):
    """A month of each, with what held when it began."""
    with reading(base) as session, counted(base) as sent:
        found = history.trends(session, [1, 2], [Fuel.DIESEL, Fuel.E10], now=NOW)

    assert found[1, Fuel.DIESEL] == (Step(*DECLARED[0]), Step(*DECLARED[2]), Step(*DECLARED[3]))
    assert found[1, Fuel.E10] == (Step(NOON - 2 * DAY, 1_600),)
    assert found[2, Fuel.DIESEL] == (Step(MIDNIGHT - 29 * DAY, 1_900),)
    assert sum("SELECT" in statement for statement in sent) == 1


def test_a_day_has_its_last_lowest_highest_and_mean_price(base: Engine):
    """On 6 February 1.700 held for ten hours and 1.750 for fourteen: 1.7292 on average."""
    with reading(base) as session:
        found = history.station_history(session, 1, Fuel.DIESEL, days=7, now=NOW)
    assert found is not None

    frame = daily(found)
    lines = daily_csv(found, ("Jour", "=1", "b", "c", "d", "e")).decode("utf-8-sig").splitlines()

    assert len(frame) == 7
    assert frame["mean"].iloc[5] == pytest.approx((10 * 1_700 + 14 * 1_750) / 24)
    assert lines[0] == "Jour;'=1;b;c;d;e"
    assert lines[6] == "2025-02-06;1,75;1,7;1,75;1,7292;1,73"
    assert lines[7] == "2025-02-07;1,75;1,75;1,75;1,75;"


def test_the_day_of_twenty_three_hours_is_a_day(base: Engine):
    """30 March 2025: the span begins at its midnight and the next day at the next."""
    with reading(base) as session:
        now = datetime(2025, 3, 31, 12, tzinfo=history.DAYS_OF)
        found = history.station_history(session, 2, Fuel.DIESEL, days=2, now=now)
    assert found is not None

    assert found.until - found.since == timedelta(hours=23 + 12).total_seconds()
    assert found.steps[0] == Step(found.since, 1_900)
