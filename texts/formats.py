"""Amounts, distances, dates and ages as people of a language write them."""

import unicodedata
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from math import ceil, inf
from typing import Literal
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_timedelta, get_day_names
from babel.numbers import format_decimal

from texts import text

PAGE_TIME = ZoneInfo("Europe/Paris")
LOCALES = {"fr": "fr_FR", "en": "en_GB"}
Unit = Literal["minute", "hour", "day", "month", "year"]
# The units of an age, each with its length and the age from which the next one says it better.
UNITS: tuple[tuple[Unit, timedelta, timedelta], ...] = (
    ("minute", timedelta(minutes=1), timedelta(hours=1)),
    ("hour", timedelta(hours=1), timedelta(days=1)),
    ("day", timedelta(days=1), timedelta(days=60)),
    ("month", timedelta(days=30), timedelta(days=730)),
    ("year", timedelta(days=365), timedelta.max),
)
# The units of a wait, each with its length and the longest wait in seconds that it is told in.
WAITS: tuple[tuple[Literal["second", "minute", "hour"], timedelta, float], ...] = (
    ("second", timedelta(seconds=1), 59),
    ("minute", timedelta(minutes=1), 59 * 60),
    ("hour", timedelta(hours=1), inf),
)
CENT = Decimal("0.01")
NARROW_SPACE = "\u202f"
NO_BREAK_SPACE = "\u00a0"


def price(thousandths: int, language: str = "fr") -> str:
    """A price a litre, without its unit.

    >>> price(1659), price(1659, "en")
    ('1,659', '1.659')
    """
    return _decimal(thousandths / 1000, "0.000", language)


def euros(amount: float, language: str = "fr") -> str:
    """An amount of money.

    >>> euros(4.1).replace(NO_BREAK_SPACE, " "), euros(4.1, "en")
    ('4,10 €', '€4.10')
    >>> euros(2.125, "en"), euros(2.1249, "en")
    ('€2.13', '€2.12')
    >>> euros(-0.001, "en"), euros(0, "en")
    ('€0.00', '€0.00')
    """
    # Half a cent counts as a whole one, as people round; of 2.125 the nearest even would be 2.12. Nothing has no sign.
    exact = Decimal(repr(round(float(amount), 6))).quantize(CENT, ROUND_HALF_UP) + 0
    number = _decimal(exact, "#,##0.00", language)
    return f"{number}{NO_BREAK_SPACE}€" if language == "fr" else f"€{number}"


def euros_whole(amount: float, language: str = "fr") -> str:
    """An amount of which the cents would only pretend to be known.

    >>> euros_whole(73.4).replace(NO_BREAK_SPACE, " "), euros_whole(73.4, "en")
    ('73 €', '€73')
    """
    number = _decimal(round(amount), "#,##0", language)
    return f"{number}{NO_BREAK_SPACE}€" if language == "fr" else f"€{number}"


def tenth(value: float, language: str = "fr") -> str:
    """A number to a tenth, where it has one.

    >>> tenth(6.5), tenth(7.0)
    ('6,5', '7')
    """
    return _decimal(value, "0.#", language)


def cents(thousandths: int, language: str = "fr") -> str:
    """A difference of price, unsigned, in cents to a tenth.

    >>> cents(-31), cents(10)
    ('3,1', '1')
    """
    return _decimal(abs(thousandths) / 10, "0.#", language)


def number(value: int, language: str = "fr") -> str:
    """A whole number with its thousands set apart.

    >>> number(10010).replace(NARROW_SPACE, " ")
    '10 010'
    """
    return _decimal(value, None, language)


def distance(km: float, language: str = "fr") -> str:
    """A distance in metres below one kilometre, to a tenth below ten, whole above.

    >>> [distance(km).replace(NO_BREAK_SPACE, " ") for km in (0.04, 0.849, 0.98, 3.24, 12.4)]
    ['50 m', '850 m', '1 km', '3,2 km', '12 km']
    """
    metres = max(50, round(km * 1000 / 50) * 50)
    if metres < 1000:  # noqa: PLR2004
        return f"{metres}{NO_BREAK_SPACE}m"
    shown = _decimal(km, "0.#" if km < 10 else "0", language)  # noqa: PLR2004
    return f"{shown}{NO_BREAK_SPACE}km"


def age(moment: datetime, now: datetime, language: str = "fr") -> str:
    r"""How long ago a moment was, in words; a moment not yet past counts as just now.

    >>> from datetime import UTC, timedelta
    >>> noon = datetime(2025, 2, 7, 12, tzinfo=UTC)
    >>> age(noon - timedelta(days=3), noon), age(noon, noon)
    ('il y a 3 jours', 'à l\u2019instant')
    """
    elapsed = now - moment
    if elapsed.total_seconds() < 60:  # noqa: PLR2004
        return text("age.now", language)
    unit, length, _ = next(entry for entry in UNITS if elapsed < entry[2])
    return _ago(elapsed // length * length, unit, language)


def wait(until: datetime, now: datetime, language: str = "fr") -> str:
    r"""How long to wait for a moment, in words, rounded up: who comes then is not sent away again.

    >>> from datetime import UTC
    >>> noon = datetime(2025, 2, 7, 12, tzinfo=UTC)
    >>> wait(noon + timedelta(seconds=61), noon).replace(NO_BREAK_SPACE, " "), wait(noon, noon, "en")
    ('2 minutes', '1 second')
    """
    left_s = max(1, ceil((until - now).total_seconds()))
    unit, length_s = next((unit, int(length.total_seconds())) for unit, length, most_s in WAITS if left_s <= most_s)
    whole = timedelta(seconds=-(-left_s // length_s) * length_s)
    return format_timedelta(whole, granularity=unit, threshold=1e9, locale=LOCALES[language])


def day(moment: datetime, language: str = "fr") -> str:
    """A date in words, in Paris.

    >>> from datetime import UTC
    >>> day(datetime(2025, 2, 6, 23, 30, tzinfo=UTC))
    '7 février 2025'
    >>> day(datetime(2025, 2, 1, 12, 0, tzinfo=UTC))
    '1er février 2025'
    """
    return _first(format_date(moment.astimezone(PAGE_TIME), format="long", locale=LOCALES[language]), language)


def of_town(name: str, language: str = "fr") -> str:
    """A town after "near", in French with its "of", cut short before a vowel; in English the name alone.

    >>> [of_town(name).replace("\N{RIGHT SINGLE QUOTATION MARK}", "'") for name in ("Orsay", "Évry", "Lyon")]
    ["d'Orsay", "d'Évry", 'de Lyon']
    >>> of_town("Orsay", "en")
    'Orsay'
    """
    if language != "fr":
        return name
    begins = unicodedata.normalize("NFD", name[:1]).casefold()[:1]
    return f"d’{name}" if begins in {*"aeiouyœ"} else f"de {name}"


def short_day(day: date, language: str = "fr") -> str:
    """A date without its year, as short as it can be read.

    >>> short_day(date(2025, 2, 7)), short_day(date(2025, 2, 7), "en")
    ('7 févr.', '7 Feb')
    """
    return _first(format_date(day, format="d MMM", locale=LOCALES[language]), language)


def _first(written: str, language: str) -> str:
    """French says `1er février`, and `2 février` after it."""
    return f"1er{written[1:]}" if language == "fr" and written.startswith("1 ") else written


def weekday_of(day: date, language: str = "fr") -> str:
    """A date of this week.

    >>> weekday_of(date(2025, 2, 7)), weekday_of(date(2025, 2, 7), "en")
    ('ven. 7', 'Fri 7')
    """
    return format_date(day, format="EEE d", locale=LOCALES[language])


def month(day: date, language: str = "fr") -> str:
    """The month of a date, with its year.

    >>> month(date(2025, 2, 7)), month(date(2025, 2, 7), "en")
    ('févr. 2025', 'Feb 2025')
    """
    return format_date(day, format="LLL yyyy", locale=LOCALES[language])


def clock(moment: datetime, language: str = "fr") -> str:
    """A time of day in Paris.

    >>> from datetime import UTC
    >>> clock(datetime(2025, 2, 7, 7, 29, tzinfo=UTC)).replace(NO_BREAK_SPACE, " ")
    '8 h 29'
    """
    local = moment.astimezone(PAGE_TIME)
    if language != "fr":
        return f"{local:%H:%M}"
    return f"{local.hour}{NO_BREAK_SPACE}h" + (f"{NO_BREAK_SPACE}{local:%M}" if local.minute else "")


def minutes(of_day: int, language: str = "fr") -> str:
    """A time of day from minutes since midnight.

    >>> minutes(420).replace(NO_BREAK_SPACE, " "), minutes(1439, "en")
    ('7 h', '23:59')
    """
    hour, minute = divmod(of_day, 60)
    if language != "fr":
        return f"{hour:02d}:{minute:02d}"
    return f"{hour}{NO_BREAK_SPACE}h" + (f"{NO_BREAK_SPACE}{minute:02d}" if minute else "")


def weekday(index: int, language: str = "fr") -> str:
    """The name of a day of the week, Monday being 0.

    >>> weekday(0), weekday(6, "en")
    ('lundi', 'Sunday')
    """
    return str(get_day_names("wide", locale=LOCALES[language])[index])


@lru_cache(maxsize=1_024)
def _ago(elapsed: timedelta, unit: Unit, language: str) -> str:
    # Whole units that have passed, and a threshold out of reach: "il y a 21 mois" says more than "il y a 2 ans".
    return format_timedelta(-elapsed, granularity=unit, threshold=1e9, add_direction=True, locale=LOCALES[language])


# Babel takes a tenth of a millisecond for a number, and a page holds fifty that come again and again.
@lru_cache(maxsize=8_192)
def _decimal(value: float | Decimal, pattern: str | None, language: str) -> str:
    return format_decimal(value, format=pattern, locale=LOCALES[language])
