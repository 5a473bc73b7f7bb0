"""Amounts, distances and moments as people write them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from texts import LANGUAGES, formats

NOON = datetime(2025, 2, 7, 11, 0, tzinfo=UTC)
NARROW, WIDE = "\u202f", "\u00a0"


@pytest.mark.parametrize(
    ("thousandths", "french", "english"),
    [(1659, "1,659", "1.659"), (1700, "1,700", "1.700"), (999, "0,999", "0.999"), (5, "0,005", "0.005")],
)
def test_a_price_has_three_decimals(thousandths: int, french: str, english: str):
    """Always, as on the totem of a station."""
    assert (formats.price(thousandths), formats.price(thousandths, "en")) == (french, english)


@given(st.integers(0, 99_999))
def test_no_price_is_rounded(thousandths: int):
    """Every thousandth is shown as it is."""
    assert formats.price(thousandths, "en") == f"{thousandths // 1000}.{thousandths % 1000:03d}"


@pytest.mark.parametrize(
    ("amount", "french", "english"),
    [
        (4.1, f"4,10{WIDE}€", "€4.10"),
        (0.0, f"0,00{WIDE}€", "€0.00"),
        (1234.5, f"1{NARROW}234,50{WIDE}€", "€1,234.50"),
    ],
)
def test_money_has_its_sign_where_the_language_puts_it(amount: float, french: str, english: str):
    """Behind in French, at a space that does not break; before in English."""
    assert (formats.euros(amount), formats.euros(amount, "en")) == (french, english)


def test_a_difference_in_cents():
    """Unsigned, to a tenth, no tenth where there is none."""
    assert [formats.cents(value) for value in (-31, 10, 0, 25)] == ["3,1", "1", "0", "2,5"]
    assert formats.cents(-31, "en") == "3.1"


def test_thousands_are_set_apart():
    """By a narrow space in French, a comma in English, in any length."""
    assert [formats.number(value) for value in (0, 999, 10_010)] == ["0", "999", f"10{NARROW}010"]
    assert formats.number(1_234_567, "en") == "1,234,567"


@pytest.mark.parametrize(
    ("km", "french"),
    [(0, "50 m"), (0.849, "850 m"), (0.974, "950 m"), (0.98, "1 km"), (1.04, "1 km"), (3.25, "3,2 km"),
     (9.94, "9,9 km"), (9.96, "10 km"), (12.4, "12 km"), (391.5, "392 km")],
)  # fmt: skip
def test_a_distance_is_as_exact_as_one_drives(km: float, french: str):
    """Fifty metres near by, a kilometre far away, and never broken from its unit."""
    assert formats.distance(km) == french.replace(" ", WIDE)


def test_a_distance_in_english_has_a_point():
    """The unit is the same."""
    assert formats.distance(3.2, "en") == f"3.2{WIDE}km"


@given(st.floats(0, 20_000))
def test_a_longer_way_never_reads_shorter(km: float):
    """Also where metres become kilometres."""

    def metres(shown: str) -> float:
        number, unit = shown.split(WIDE)
        return float(number) * (1000 if unit == "km" else 1)

    assert metres(formats.distance(km, "en")) <= metres(formats.distance(km * 1.2 + 0.1, "en"))


@pytest.mark.parametrize(
    ("elapsed", "french", "english"),
    [
        (timedelta(0), "à l’instant", "just now"),
        (timedelta(seconds=59), "à l’instant", "just now"),
        (timedelta(seconds=60), "il y a 1 minute", "1 minute ago"),
        (timedelta(seconds=119), "il y a 1 minute", "1 minute ago"),
        (timedelta(minutes=59, seconds=59), "il y a 59 minutes", "59 minutes ago"),
        (timedelta(hours=1), "il y a 1 heure", "1 hour ago"),
        (timedelta(hours=23, minutes=59), "il y a 23 heures", "23 hours ago"),
        (timedelta(hours=24), "il y a 1 jour", "1 day ago"),
        (timedelta(hours=47), "il y a 1 jour", "1 day ago"),
        (timedelta(days=59), "il y a 59 jours", "59 days ago"),
        (timedelta(days=60), "il y a 2 mois", "2 months ago"),
        (timedelta(days=640), "il y a 21 mois", "21 months ago"),
        (timedelta(days=730), "il y a 2 ans", "2 years ago"),
        (timedelta(days=3 * 365 + 5), "il y a 3 ans", "3 years ago"),
        (timedelta(days=-1), "à l’instant", "just now"),
    ],
)
def test_an_age_is_told_in_whole_units_that_have_passed(elapsed: timedelta, french: str, english: str):
    """Never rounded up: 47 hours are one day. What lies in the future has just been."""
    assert formats.age(NOON - elapsed, NOON).replace(WIDE, " ") == french
    assert formats.age(NOON - elapsed, NOON, "en") == english


@given(st.timedeltas(timedelta(days=-400), timedelta(days=8000)), st.sampled_from(LANGUAGES))
def test_any_age_can_be_told(elapsed: timedelta, language: str):
    """No moment of the feed, back to its beginning, is without words."""
    assert formats.age(NOON - elapsed, NOON, language)


@pytest.mark.parametrize(
    ("moment", "day", "clock"),
    [
        (datetime(2025, 2, 6, 23, 30, tzinfo=UTC), "7 février 2025", "0 h 30"),
        (datetime(2025, 7, 6, 22, 30, tzinfo=UTC), "7 juillet 2025", "0 h 30"),
        (datetime(2025, 12, 31, 23, 0, tzinfo=UTC), "1 janvier 2026", "0 h"),
        # The last minute of winter time and the first of summer time; then the hour that comes twice.
        (datetime(2025, 3, 30, 0, 59, tzinfo=UTC), "30 mars 2025", "1 h 59"),
        (datetime(2025, 3, 30, 1, 0, tzinfo=UTC), "30 mars 2025", "3 h"),
        (datetime(2025, 10, 26, 0, 30, tzinfo=UTC), "26 octobre 2025", "2 h 30"),
        (datetime(2025, 10, 26, 1, 30, tzinfo=UTC), "26 octobre 2025", "2 h 30"),
    ],
)
def test_moments_are_told_in_paris(moment: datetime, day: str, clock: str):
    """Whatever the season, and on the nights between."""
    assert formats.day(moment).replace(WIDE, " ").replace("1er ", "1 ") == day
    assert formats.clock(moment) == clock.replace(" ", WIDE)


def test_moments_in_english():
    """Day before month, and a clock of 24 hours."""
    moment = datetime(2025, 2, 7, 7, 5, tzinfo=UTC)

    assert (formats.day(moment, "en"), formats.clock(moment, "en")) == ("7 February 2025", "08:05")


@pytest.mark.parametrize(
    ("of_day", "french", "english"),
    [(0, "0 h", "00:00"), (425, "7 h 05", "07:05"), (1439, "23 h 59", "23:59"), (1440, "24 h", "24:00")],
)
def test_opening_hours_are_read_as_on_the_door(of_day: int, french: str, english: str):
    """Midnight at the end of the day is 24."""
    assert formats.minutes(of_day) == french.replace(" ", WIDE)
    assert formats.minutes(of_day, "en") == english


def test_the_week_begins_on_monday():
    """As Python and the feed count it."""
    french = [formats.weekday(day) for day in range(7)]

    assert french == ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"]
    assert formats.weekday(6, "en") == "Sunday"
