"""The values of the French feed: how the text of each attribute becomes a checked value."""

import re
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from records import Fuel
from sources.values import (
    HIGHEST_PRICE,
    LOWEST_PRICE,
    POSITION_DECIMALS,
    Unusable,
    minute_of_day,
    number,
    price,
)

# What all feeds share is at hand here as well, so that the French modules know one place for values.
__all__ = [
    "HIGHEST_PRICE",
    "LOWEST_PRICE",
    "POSITION_DECIMALS",
    "Unusable",
    "minute_of_day",
    "number",
    "price",
]

PARIS = ZoneInfo("Europe/Paris")

FUELS = {
    "1": Fuel.DIESEL,
    "2": Fuel.SP95,
    "3": Fuel.E85,
    "4": Fuel.LPG,
    "5": Fuel.E10,
    "6": Fuel.SP98,
}
FUEL_NAMES = {
    "gazole": Fuel.DIESEL,
    "sp95": Fuel.SP95,
    "e85": Fuel.E85,
    "gplc": Fuel.LPG,
    "e10": Fuel.E10,
    "sp98": Fuel.SP98,
}

# The first declarations are of 2007; anything before 2000 is a slip of the keyboard.
EARLIEST = int(datetime(2000, 1, 1, tzinfo=UTC).timestamp())

# Metropolitan France with Corsica and its islands. The two ranges do not overlap, so a swap can be told.
LATITUDES = (41.0, 51.5)
LONGITUDES = (-5.6, 9.9)
# No longitude or latitude in degrees is larger: the numbers are hundred-thousandths.
MOST_DEGREES = 180.0

_ZIP_CODE = re.compile(r"\d{4,5}", re.ASCII)
_SECONDS = {f"{m:02d}:{s:02d}": 60 * m + s for m in range(60) for s in range(60)}
_CORSICA = {"200": "2A", "201": "2A", "202": "2B", "203": "2B", "204": "2B", "205": "2B", "206": "2B"}


@lru_cache(maxsize=64)
def fuel(number_text: str, name: str) -> int:
    """The fuel that the number and the name agree on; either may be missing or unknown, not both."""
    by_number = FUELS.get(number_text.strip())
    by_name = FUEL_NAMES.get(name.strip().lower())
    if by_number is not None and by_name is not None and by_number != by_name:
        raise Unusable("fuel_contradicts_itself")
    known = by_number or by_name
    if known is None:
        raise Unusable("fuel_unknown")
    return known.value


def moment(text: str) -> int:
    """Seconds since 1970 UTC of a Paris wall time, `2025-02-03 06:54:27` or with a `T`.

    The hour that comes twice in October is taken as its first, the one that never comes in March as summer time
    would have it: neither can lie in the future of a clock that is right.
    """
    # A feed holds 34,000 moments within few hours' prefixes: the calendar is asked once an hour of them.
    try:
        return _hour(text[:14]) + _SECONDS[text[14:]]
    except KeyError:
        raise Unusable("date_malformed") from None


@lru_cache(maxsize=16_384)
def _hour(prefix: str) -> int:
    for written in ("%Y-%m-%d %H:", "%Y-%m-%dT%H:"):
        try:
            begun = datetime.strptime(prefix, written).replace(tzinfo=PARIS)
            seconds = int(begun.timestamp())
        except (ValueError, OverflowError):
            continue
        if seconds >= EARLIEST and prefix.isascii():
            return seconds
    raise Unusable("date_malformed")


def position(latitude: str, longitude: str) -> tuple[float, float]:
    """Degrees, from degrees or hundred-thousandths, swapped back where swapped."""
    try:
        north, east = float(latitude.replace(",", ".")), float(longitude.replace(",", "."))
    except ValueError:
        is_empty = not latitude.strip() or not longitude.strip()
        raise Unusable("position_missing" if is_empty else "position_malformed") from None
    if not north and not east:
        raise Unusable("position_missing")
    if max(abs(north), abs(east)) > MOST_DEGREES:
        north, east = north / 100_000, east / 100_000
    if _is_in_france(north, east):
        return round(north, POSITION_DECIMALS), round(east, POSITION_DECIMALS)
    if _is_in_france(east, north):
        return round(east, POSITION_DECIMALS), round(north, POSITION_DECIMALS)
    raise Unusable("position_outside_france")


def _is_in_france(north: float, east: float) -> bool:
    return LATITUDES[0] <= north <= LATITUDES[1] and LONGITUDES[0] <= east <= LONGITUDES[1]


@lru_cache(maxsize=16_384)
def zip_code(text: str) -> str:
    """Five digits, with the leading zero that spreadsheets eat; what is no postcode stays as written, shortened."""
    stripped = text.strip()
    return stripped.zfill(5) if _ZIP_CODE.fullmatch(stripped) else stripped[:10]


@lru_cache(maxsize=16_384)
def area(postcode: str) -> str:
    """The department of a postcode, `FR-91`, `FR-2A`; empty where it tells none."""
    if len(postcode) != 5 or not _ZIP_CODE.fullmatch(postcode):  # noqa: PLR2004
        return ""
    if postcode.startswith("20"):
        corsican = _CORSICA.get(postcode[:3])
        return f"FR-{corsican}" if corsican else ""
    department = postcode[:3] if postcode >= "97000" else postcode[:2]
    return f"FR-{department}" if "01" <= department[:2] <= "95" or department.startswith("97") else ""


def repaired(text: str) -> str:
    """The text as it was meant where UTF-8 bytes were declared as Latin-1 (`ForÃªt`); any other text as it is."""
    if "Ã" not in text and "Â" not in text:
        return text
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text
