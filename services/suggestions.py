"""Which stations to begin with, for somebody who follows none yet."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from records import Fuel
from services.quotes import Quote, around
from services.ranking import is_reliable

SUGGESTED = 3
WITHIN_KM = (5, 15, 50)


def suggested(
    session: Session, fuels: Sequence[Fuel], *, latitude: float, longitude: float, now: datetime, as_of: datetime
) -> list[Quote]:
    """The nearest three stations that sell all of `fuels` at a believable price; fewer where there are none."""
    found: list[Quote] = []
    for radius in WITHIN_KM:
        per_station: dict[int, set[Fuel]] = {}
        first: dict[int, Quote] = {}
        for fuel in fuels:
            for quote in around(
                session, fuel, latitude=latitude, longitude=longitude, radius_km=radius, now=now, as_of=as_of
            ):
                if is_reliable(quote):
                    per_station.setdefault(quote.station_id, set()).add(fuel)
                    first.setdefault(quote.station_id, quote)
        found = [first[station] for station, has in per_station.items() if has == set(fuels)]
        if len(found) >= SUGGESTED:
            break
    return sorted(found, key=lambda quote: (quote.distance_km or 0, quote.source_ref))[:SUGGESTED]
