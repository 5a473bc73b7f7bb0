"""The median price of each fuel, for the nation and each department, on the day of the data."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from pipeline.bulk import Row
from pipeline.harvest import AREA, Harvest
from pipeline.normalise import median
from records import oldest_fresh

# The days that people in all the countries we cover live by.
DAYS_OF = ZoneInfo("Europe/Paris")


def medians(harvest: Harvest, area: str) -> list[Row]:
    """Area, fuel, day, median and count, from the prices that are neither suspect nor stale on that day."""
    at = harvest.extract_at
    if at is None:
        return []
    day = datetime.fromtimestamp(at, UTC).astimezone(DAYS_OF).date().isoformat()
    oldest = oldest_fresh(at)
    # One look-up a price: 34,000 of them are a tenth of a load.
    fit = {fuel: (band.low, band.high, oldest[fuel]) for fuel, band in harvest.bands.items()}
    by_area: dict[str, dict[int, list[int]]] = {}
    for ref, prices in harvest.prices.items():
        here = by_area.setdefault(harvest.stations[ref][AREA], {fuel: [] for fuel in fit})
        for fuel, price, updated_at in prices:
            low, high, since = fit[fuel]
            if low <= price <= high and updated_at >= since:
                here[fuel].append(price)
    nation = {fuel: [price for here in by_area.values() for price in here[fuel]] for fuel in fit}
    # Stations whose department is unknown count for the nation only.
    by_area.pop("", None)
    by_area[area] = nation
    return [
        (where, fuel, day, median(sorted(prices)), len(prices))
        for where, found in sorted(by_area.items())
        for fuel, prices in found.items()
        if prices
    ]
