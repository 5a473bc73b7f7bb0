"""A history day by day, for files that people take away: resampled by pandas, which only this module knows.

Imported where a file is asked for: pandas costs a process half a second and 40 MB.
"""

from datetime import datetime
from typing import Any

import pandas as pd

from services.exports import csv_bytes
from services.history import DAYS_OF, History

ZONE = str(DAYS_OF)


def daily(history: History) -> Any:
    """A frame with a row for each Paris day on which a price held: its last, lowest, highest and mean price.

    Prices in thousandths of a euro a litre. The mean is weighted by how long each price held. `median` is the
    department's, missing where none is known.
    """
    steps = pd.Series(
        [float(step.price) for step in history.steps],
        index=pd.to_datetime([step.at for step in history.steps], unit="s", utc=True).tz_convert(ZONE),
    )
    since, until = (
        pd.Timestamp(moment, unit="s", tz="UTC").tz_convert(ZONE) for moment in (history.since, history.ends_at)
    )
    midnights = pd.date_range(since, until, freq="D", inclusive="left")
    held = steps.reindex(steps.index.union(midnights)).ffill().dropna()
    held = held[held.index < until]
    ends = [*held.index[1:], until]
    frame = pd.DataFrame(
        {"price": held, "s": [(end - at).total_seconds() for at, end in zip(held.index, ends, strict=True)]}
    )
    frame["cost"] = frame["price"] * frame["s"]
    by_day = frame.groupby(frame.index.normalize())
    days = pd.DataFrame(
        {
            "last": by_day["price"].last(),
            "lowest": by_day["price"].min(),
            "highest": by_day["price"].max(),
            "mean": by_day["cost"].sum() / by_day["s"].sum(),
        }
    )
    medians = {datetime.combine(median.day, datetime.min.time(), DAYS_OF): median.price for median in history.medians}
    days["median"] = [medians.get(day.to_pydatetime()) for day in days.index]
    return days


def daily_csv(history: History, columns: tuple[str, str, str, str, str, str]) -> bytes:
    """The days as a CSV under these heads: day, last, lowest, highest, mean, the department's median; in euros."""
    rows = (
        (day.date().isoformat(), *(None if pd.isna(price) else round(price / 1000, 4) for price in prices))
        for day, *prices in daily(history).itertuples()
    )
    return csv_bytes(columns, rows)
