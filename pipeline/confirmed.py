"""Prices of a source that dates all of them alike: which are declarations, and which only say that a price still holds.

Else each run would make every price new: a row of history for each, every hour.
"""

from datetime import timedelta

from sqlalchemy import Table, select

from models import Price, Station
from pipeline.bulk import Bulk
from pipeline.harvest import Harvest
from records import PriceRecord

STATIONS: Table = Station.__table__  # type: ignore[assignment]
PRICES: Table = Price.__table__  # type: ignore[assignment]


def keep_moments(bulk: Bulk, harvest: Harvest, *, source: str, confirms_after: timedelta) -> None:
    """Give a price that the base has already its moment there, unless that is `confirms_after` old or older.

    A price that never moves is thus declared anew once in that time: it does not go stale, and its age is never told
    younger than it is.
    """
    longest = confirms_after.total_seconds()
    stored = select(STATIONS.c.source_ref, PRICES.c.gastype_id, PRICES.c.price, PRICES.c.updated_at)
    known = {
        (ref, fuel): (price, updated_at)
        for ref, fuel, price, updated_at in bulk.read(stored.join(PRICES).where(STATIONS.c.source == source))
    }

    def kept(ref: str, found: PriceRecord) -> PriceRecord:
        price, updated_at = known.get((ref, found.fuel), (None, 0))
        is_held = price == found.price and found.updated_at - updated_at < longest
        return found._replace(updated_at=updated_at) if is_held else found

    for ref, prices in harvest.prices.items():
        harvest.prices[ref] = tuple(kept(ref, found) for found in prices)
