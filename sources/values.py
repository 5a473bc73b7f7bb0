"""Values as every feed writes them: numbers, prices, times of day; what cannot be used has a reason."""

import re
from functools import lru_cache
from typing import NamedTuple

# Thousandths of a euro a litre. Wide on purpose: from E85 in 2020 (0.55) to motorway SP98 in 2022 (2.9) and beyond;
# what is odd for one fuel on one day is the business of pipeline/normalise.py.
LOWEST_PRICE = 200
HIGHEST_PRICE = 5_000
# Above it the publisher wrote thousandths (`1328`), as the older archives do.
THOUSANDTHS_ABOVE = 100.0

POSITION_DECIMALS = 6
NO_NUMBERS = {"", "NULL"}

_NUMBER = re.compile(r"[-+]?\d{1,12}(?:[.,]\d{0,20})?", re.ASCII)


class Unusable(ValueError):
    """A value that cannot be used; the text is the reason, a stable key that the run counts by."""


def number(text: str) -> float | None:
    """A decimal number written with a point or a comma; None for anything else (also `nan`, `1e3`, `1_0`)."""
    stripped = text.strip()
    return float(stripped.replace(",", ".")) if _NUMBER.fullmatch(stripped) else None


@lru_cache(maxsize=8_192)
def price(text: str) -> int:
    """Thousandths of a euro a litre, from euros or, in older files, thousandths."""
    value = number(text)
    if value is None:
        raise Unusable("price_malformed")
    thousandths = round(value if value > THOUSANDTHS_ABOVE else value * 1_000)
    if not LOWEST_PRICE <= thousandths <= HIGHEST_PRICE:
        raise Unusable("price_out_of_range")
    return thousandths


class Land(NamedTuple):
    """The least box around a country, in degrees, and the reason that counts what lies outside."""

    latitudes: tuple[float, float]
    longitudes: tuple[float, float]
    outside: str


def position(latitude: str, longitude: str, land: Land) -> tuple[float, float]:
    """Degrees, of a station of this country."""
    north, east = number(latitude), number(longitude)
    if north is None or east is None:
        is_empty = not {latitude.strip().upper(), longitude.strip().upper()}.isdisjoint(NO_NUMBERS)
        raise Unusable("position_missing" if is_empty else "position_malformed")
    if not north and not east:
        raise Unusable("position_missing")
    (south, top), (west, right) = land.latitudes, land.longitudes
    if not (south <= north <= top and west <= east <= right):
        raise Unusable(land.outside)
    return round(north, POSITION_DECIMALS), round(east, POSITION_DECIMALS)


@lru_cache(maxsize=2_048)
def minute_of_day(text: str) -> int:
    """Minutes since midnight of `07.00`, also `07:00` and `7h00`; 24.00 is the end of the day."""
    hours, _, minutes = re.sub("[:hH,]", ".", text.strip(), count=1).partition(".")
    if not (hours.isdecimal() and minutes.isdecimal() and text.isascii() and len(hours) <= 2 and len(minutes) == 2):  # noqa: PLR2004
        raise Unusable("hours_malformed")
    total = 60 * int(hours) + int(minutes)
    if int(minutes) >= 60 or total > 24 * 60:  # noqa: PLR2004
        raise Unusable("hours_malformed")
    return total
