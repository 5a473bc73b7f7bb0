"""Stations that somebody follows: what they ask now, what the best is worth, and which three to begin with."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import mean

from sqlalchemy.orm import Session

from records import Fuel
from services.quotes import Quote, around, at_stations
from services.ranking import Ranking, Standing, rank, standing

FILL_LITRES = 50
SUGGESTED = 3
SUGGESTED_WITHIN_KM = (5, 15, 50)


@dataclass(frozen=True)
class FuelBoard:
    """The followed stations for one fuel."""

    fuel: Fuel
    ranking: Ranking
    saving: float | None
    """Euros saved on a fill at the best against the mean of the followed stations; None without a choice."""


def boards(
    session: Session, followed: Sequence[int], fuels: Sequence[Fuel], *, now: datetime, as_of: datetime
) -> list[FuelBoard]:
    """One board a fuel, in the order of `fuels`. `followed` are station ids."""
    found = at_stations(session, followed, fuels, now=now, as_of=as_of)
    made = []
    for fuel in fuels:
        ranking = rank(quote for quote in found if quote.fuel is fuel)
        made.append(FuelBoard(fuel, ranking, saving(ranking)))
    return made


def saving(ranking: Ranking, *, litres: float = FILL_LITRES) -> float | None:
    """Euros saved by a fill at the best against what the person would otherwise pay: the mean of the ranked prices.

    Only prices that can be had count; the dearest is no reference. None with fewer than two of them.
    """
    best = ranking.best
    prices = ranking.reliable_prices
    if best is None or best.price is None or best.price not in prices or len(prices) < 2:  # noqa: PLR2004
        return None
    # Where cheaper ones are closed now, the best one can have may lie above the mean: that saves nothing.
    return max(0.0, (mean(prices) - best.price) / 1000 * litres)


def suggested(
    session: Session, fuels: Sequence[Fuel], *, latitude: float, longitude: float, now: datetime, as_of: datetime
) -> list[Quote]:
    """The nearest three stations that sell all of `fuels` at a believable price; fewer where there are none."""
    found: list[Quote] = []
    for radius in SUGGESTED_WITHIN_KM:
        per_station: dict[int, set[Fuel]] = {}
        first: dict[int, Quote] = {}
        for fuel in fuels:
            for quote in around(
                session, fuel, latitude=latitude, longitude=longitude, radius_km=radius, now=now, as_of=as_of
            ):
                if standing(quote) <= Standing.CLOSED_NOW and not quote.is_suspect:
                    per_station.setdefault(quote.station_id, set()).add(fuel)
                    first.setdefault(quote.station_id, quote)
        found = [first[station] for station, has in per_station.items() if has == set(fuels)]
        if len(found) >= SUGGESTED:
            break
    return sorted(found, key=lambda quote: (quote.distance_km or 0, quote.source_ref))[:SUGGESTED]
