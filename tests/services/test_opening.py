"""Open or closed, and until when: every kind of week, every hour of it."""

import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records import DayHours
from services.opening import Opening, OpenState, opening, week

PARIS = ZoneInfo("Europe/Paris")
# 3 February 2025 was a Monday.
MONDAY, FRIDAY, SATURDAY, SUNDAY = 3, 7, 8, 9
DAY: DayHours = ((420, 1260),)
NIGHT: DayHours = ((1080, 120),)
Week = tuple[DayHours, ...]

MINUTES = st.integers(0, 1440)
DAYS = st.none() | st.lists(st.tuples(st.integers(0, 1439), MINUTES), max_size=3).map(tuple)
WEEKS = st.tuples(*[DAYS] * 7)
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of that week, in Paris."""
    return datetime(2025, 2, day, hour, minute, tzinfo=PARIS)


def state(hours: Week | None, moment: datetime, *, is_open_24h: bool = False) -> Opening:
    """What is said of a station with these hours."""
    return opening(hours, is_open_24h=is_open_24h, at=moment)


@pytest.mark.parametrize("hours", [None, (DAY,) * 7, ((),) * 7])
def test_a_card_machine_is_always_open(hours: Week | None):
    """Whatever the hours of the shop beside it."""
    assert state(hours, at(SUNDAY, 3), is_open_24h=True) == Opening(OpenState.ALWAYS)


@pytest.mark.parametrize(
    ("hour", "minute", "expected"),
    [
        (6, 59, Opening(OpenState.CLOSED, at(FRIDAY, 7))),
        (7, 0, Opening(OpenState.OPEN, at(FRIDAY, 21))),
        (20, 59, Opening(OpenState.OPEN, at(FRIDAY, 21))),
        (21, 0, Opening(OpenState.CLOSED, at(SATURDAY, 7))),
    ],
)
def test_it_opens_and_closes_on_the_minute(hour: int, minute: int, expected: Opening):
    """The first minute counts, the last does not."""
    assert state((DAY,) * 7, at(FRIDAY, hour, minute)) == expected


def test_the_hour_is_that_of_paris():
    """Seven in Paris is six in UTC in winter, five in summer."""
    assert state((DAY,) * 7, datetime(2025, 2, 7, 6, 0, tzinfo=UTC)).state is OpenState.OPEN
    assert state((DAY,) * 7, datetime(2025, 7, 7, 5, 0, tzinfo=UTC)).state is OpenState.OPEN
    assert state((DAY,) * 7, datetime(2025, 7, 7, 4, 59, tzinfo=UTC)).state is OpenState.CLOSED


def test_it_closes_at_midnight():
    """`24.00` is the midnight that ends the day."""
    hours: Week = (((420, 1440),),) * 7

    assert state(hours, at(FRIDAY, 23, 59)) == Opening(OpenState.OPEN, at(SATURDAY, 0))
    assert state(hours, at(SATURDAY, 0)) == Opening(OpenState.CLOSED, at(SATURDAY, 7))


def test_a_night_belongs_to_the_day_it_began_on():
    """Open from 18 to 2: at one o'clock it is still yesterday's opening, also into a closed day."""
    hours: Week = ((), (), (), (), NIGHT, (), ())

    assert state(hours, at(FRIDAY, 23)) == Opening(OpenState.OPEN, at(SATURDAY, 2))
    assert state(hours, at(SATURDAY, 1, 59)) == Opening(OpenState.OPEN, at(SATURDAY, 2))
    assert state(hours, at(SATURDAY, 2)).state is OpenState.CLOSED
    assert state(hours, at(FRIDAY, 1)).state is OpenState.CLOSED


def test_a_night_runs_over_the_end_of_the_week():
    """Sunday night ends on Monday."""
    hours: Week = ((), (), (), (), (), (), NIGHT)

    assert state(hours, at(MONDAY, 1)) == Opening(OpenState.OPEN, at(MONDAY, 2))


def test_a_night_into_a_day_of_unknown_hours_is_open_until_its_end():
    """What yesterday declared holds; what today is silent about does not."""
    hours: Week = (None, None, None, None, NIGHT, None, None)

    assert state(hours, at(SATURDAY, 1)) == Opening(OpenState.OPEN, at(SATURDAY, 2))
    assert state(hours, at(SATURDAY, 3)) == Opening(OpenState.UNKNOWN)


def test_a_closed_day_opens_on_the_next():
    """Closed all Sunday, open on Monday at seven."""
    assert state((*(DAY,) * 6, ()), at(SUNDAY, 12)) == Opening(OpenState.CLOSED, at(10, 7))


def test_the_next_opening_may_be_days_away():
    """Open on Mondays alone: from Tuesday on, and also on Monday evening, it is next Monday."""
    hours: Week = (DAY, (), (), (), (), (), ())

    assert state(hours, at(4, 9)) == Opening(OpenState.CLOSED, at(10, 7))
    assert state(hours, at(MONDAY, 22)) == Opening(OpenState.CLOSED, at(10, 7))


def test_never_open_has_no_next_opening():
    """A week of closed days says closed and promises nothing."""
    assert state(((),) * 7, at(FRIDAY, 12)) == Opening(OpenState.CLOSED)


@pytest.mark.parametrize("hours", [None, (DAY, DAY, DAY, DAY, None, DAY, DAY)])
def test_nothing_is_said_of_a_day_without_hours(hours: Week | None):
    """An unknown day is neither open nor closed."""
    assert state(hours, at(FRIDAY, 12)) == Opening(OpenState.UNKNOWN)


def test_an_unknown_day_hides_what_comes_after_it():
    """Closed on Friday evening with Saturday unknown: nobody knows that Sunday is the next opening."""
    assert state((DAY, DAY, DAY, DAY, DAY, None, DAY), at(FRIDAY, 22)) == Opening(OpenState.CLOSED)


def test_a_break_at_noon_is_closed():
    """Two spans a day: open, closed until two, open."""
    hours: Week = (((480, 720), (840, 1140)),) * 7

    assert state(hours, at(FRIDAY, 11)) == Opening(OpenState.OPEN, at(FRIDAY, 12))
    assert state(hours, at(FRIDAY, 12, 30)) == Opening(OpenState.CLOSED, at(FRIDAY, 14))
    assert state(hours, at(FRIDAY, 15)) == Opening(OpenState.OPEN, at(FRIDAY, 19))


def test_spans_that_follow_each_other_are_one():
    """Open to midnight and from midnight on: it closes at two, not at midnight."""
    hours: Week = ((), (), (), (), ((420, 720), (720, 1440)), ((0, 120),), ())

    assert state(hours, at(FRIDAY, 8)) == Opening(OpenState.OPEN, at(SATURDAY, 2))


def test_every_day_from_midnight_to_midnight_never_closes():
    """190 real stations declare their week so."""
    assert state((((0, 1440),),) * 7, at(FRIDAY, 23, 30)) == Opening(OpenState.ALWAYS)


@pytest.mark.parametrize(
    ("moment", "closes"),
    [
        # The night of 30 March 2025 has no hour from two to three, that of 26 October has it twice.
        (datetime(2025, 3, 29, 23, 0, tzinfo=PARIS), datetime(2025, 3, 30, 5, 0, tzinfo=PARIS)),
        (datetime(2025, 3, 30, 1, 30, tzinfo=UTC), datetime(2025, 3, 30, 5, 0, tzinfo=PARIS)),
        (datetime(2025, 10, 25, 23, 0, tzinfo=PARIS), datetime(2025, 10, 26, 5, 0, tzinfo=PARIS)),
        (datetime(2025, 10, 26, 1, 30, tzinfo=UTC), datetime(2025, 10, 26, 5, 0, tzinfo=PARIS)),
    ],
)
def test_a_night_of_clock_change_ends_by_the_clock_on_the_wall(moment: datetime, closes: datetime):
    """Open from 20 to 5: five o'clock is five o'clock, an hour sooner or later."""
    found = state((((1200, 300),),) * 7, moment)

    assert found == Opening(OpenState.OPEN, closes)
    assert found.changes_at is not None
    assert found.changes_at.timestamp() == closes.timestamp()


@given(WEEKS, MOMENTS)
def test_any_week_has_an_answer(hours: Week, moment: datetime):
    """No well-formed week raises, and what is promised lies ahead, at most eight days."""
    found = state(hours, moment)

    assert found.state in OpenState
    if found.changes_at is not None:
        assert found.state in {OpenState.OPEN, OpenState.CLOSED}
        ahead = found.changes_at.replace(tzinfo=None) - moment.astimezone(PARIS).replace(tzinfo=None)
        assert timedelta(0) < ahead <= timedelta(days=8)


@given(WEEKS, MOMENTS)
def test_the_state_really_changes_then(hours: Week, moment: datetime):
    """At the minute that was named an open station is open no more, and a closed one is open."""
    found = state(hours, moment)

    if found.changes_at is not None:
        # The clock on the wall: a moment that the night of clock change leaves out comes an hour later.
        then = state(hours, found.changes_at.astimezone(UTC))
        is_open = then.state in {OpenState.OPEN, OpenState.ALWAYS}
        is_skipped = found.changes_at.astimezone(UTC).astimezone(PARIS).hour != found.changes_at.hour
        assert is_skipped or is_open is (found.state is OpenState.CLOSED)


@given(WEEKS)
def test_a_week_is_read_back_as_it_was_stored(hours: Week):
    """JSON knows no tuples; the decoded week has them."""
    assert week(json.dumps(hours)) == hours


@pytest.mark.parametrize("stored", [None, "", "null"])
def test_no_week_is_no_week(stored: str | None):
    """As either database hands out an absent JSON value."""
    assert week(stored) is None
