"""What the stations that somebody follows ask now, what choosing among them is worth, and who near by does better."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from records import Fuel
from services.cars import DEFAULT_CAR, RADIUS_KM, Car
from services.history import prices_at
from services.medians import Median, medians_in, nation_of
from services.opening import is_likely_open
from services.quotes import Quote, around, at_stations
from services.ranking import Ranking, Sort, Standing, is_for_members, is_reliable, rank, reliable_prices, standing
from services.savings import Fill, Reference, Saving, SideBySide, reference, saving, side_by_side

DAY, WEEK = timedelta(days=1), timedelta(days=7)
ADVISABLE = timedelta(days=2)
"""An extract older than this tells what was, not where to go now."""
LEAST_GAIN = 0.50
"""Euros: for less nobody should be sent to another station."""
MOST_MOVEMENT = 1 / 4
"""A price that moved by more than this share of itself was a typing error then or is one now."""


@dataclass(frozen=True)
class Movement:
    """How a price moved, thousandths of a euro; None where nobody knows what it was."""

    day: int | None = None
    """Since the same hour yesterday."""
    week: int | None = None
    """Since the same hour a week ago."""


@dataclass(frozen=True)
class Beside:
    """How far a price lies above the median of its area, thousandths of a euro; less than zero is below."""

    department: int | None = None
    nation: int | None = None


@dataclass(frozen=True)
class Alternative:
    """A station that is not followed and where the next fill costs less, the way there and back included."""

    quote: Quote
    """Its distance is from where the person sets out; where that is not known, from the station `instead_of`."""
    gain: float | None
    """Euros on the next fill, net; None where no followed station has the fuel at a price to compare with."""
    instead_of: Quote | None
    """The followed station that it is compared with."""


@dataclass(frozen=True)
class FuelBoard:
    """The followed stations for one fuel."""

    fuel: Fuel
    fill: Fill
    ranking: Ranking
    reference: Reference | None
    """What one would otherwise pay; None without a choice."""
    saving: Saving | None
    """What the best saves against it; None where the best cannot be relied on, or the data are too old to advise."""
    movements: Mapping[int, Movement]
    """By station id, of every price that is not suspect."""
    beside: Mapping[int, Beside]
    """By station id, of every price that is not suspect."""
    not_worth: frozenset[int]
    """Stations whose price is lower than at the nearest one, but not once the way there and back is paid."""
    alternative: Alternative | None

    @property
    def quotes(self) -> tuple[Quote, ...]:
        """All of them, those set apart last."""
        return self.ranking.quotes + self.ranking.suspect


def boards(
    session: Session,
    followed: Sequence[int],
    fuels: Sequence[Fuel],
    *,
    now: datetime,
    as_of: datetime,
    car: Car = DEFAULT_CAR,
    origin: tuple[float, float] | None = None,
    radius_km: float = RADIUS_KM,
    sort: Sort = Sort.PRICE,
) -> list[FuelBoard]:
    """One board a fuel, in the order of `fuels`; `followed` are station ids.

    `origin` is where the person sets out: their position, else their home. The number of queries depends on the
    number of fuels alone.
    """
    found = at_stations(session, followed, fuels, now=now, as_of=as_of, origin=origin)
    past = prices_at(session, followed, fuels, (as_of - DAY, as_of - WEEK))
    medians = medians_in(session, {quote.area for quote in found if quote.area}) if found else {}
    is_advisable = now - as_of <= ADVISABLE
    made = []
    for fuel in fuels:
        fill = car.fill(fuel)
        ranking = rank((quote for quote in found if quote.fuel is fuel), sort=sort, fill=fill)
        usual = best_followed(ranking.quotes, fill)
        start = origin or _position(ranking, usual)
        near = (
            around(session, fuel, latitude=start[0], longitude=start[1], radius_km=radius_km, now=now, as_of=as_of)
            if followed and start
            else []
        )
        compared = reference(ranking.reliable_prices, reliable_prices(near))
        made.append(
            FuelBoard(
                fuel=fuel,
                fill=fill,
                ranking=ranking,
                reference=compared,
                saving=_saving(ranking, compared, fill, car.km_a_year) if is_advisable else None,
                movements=_movements(ranking.quotes, past),
                beside=_beside(ranking.quotes, medians),
                not_worth=not_worth_the_way(ranking.quotes, fill),
                alternative=better_elsewhere(near, set(followed), usual, fill, now) if is_advisable else None,
            )
        )
    return made


def by_station(shown: Sequence[FuelBoard], followed: Sequence[int]) -> dict[int, tuple[Quote, ...]]:
    """The same the other way: each followed station, in the order of `followed`, with all its fuels together."""
    found: dict[int, list[Quote]] = {station_id: [] for station_id in followed}
    for board in shown:
        for quote in board.quotes:
            found[quote.station_id].append(quote)
    return {station_id: tuple(quotes) for station_id, quotes in found.items()}


def running_costs(shown: Sequence[FuelBoard], car: Car) -> SideBySide | None:
    """What the petrols that the car takes cost on the road, each at the best followed price.

    None with fewer than two to compare.
    """
    best = {board.fuel: board.ranking.best for board in shown if board.fuel in car.fuels}
    prices = {
        fuel: quote.price
        for fuel, quote in best.items()
        if quote is not None and quote.price is not None and is_reliable(quote)
    }
    return side_by_side(prices, {fuel: car.consumption(fuel) for fuel in prices})


def not_worth_the_way(quotes: Iterable[Quote], fill: Fill) -> frozenset[int]:
    """Stations that ask less than the nearest reliable one, but where the way costs more than the fill saves.

    Empty where no distance is known.
    """
    known = [quote for quote in quotes if is_reliable(quote) and quote.distance_km is not None]
    nearest = min(known, key=lambda quote: (quote.distance_km, quote.price), default=None)
    if nearest is None or nearest.price is None:
        return frozenset()
    return frozenset(
        quote.station_id
        for quote in known
        if quote.price is not None
        and quote.price < nearest.price
        and not fill.is_worth_detour(
            quote.price, quote.distance_km, instead_of=nearest.price, at_km=nearest.distance_km
        )
    )


def _position(ranking: Ranking, usual: Quote | None) -> tuple[float, float] | None:
    """Where somebody is thought to set out who told nothing: at their usual station, so that it is no detour."""
    for quote in (usual,) if usual else ranking.quotes + ranking.suspect:
        if quote.latitude is not None and quote.longitude is not None:
            return quote.latitude, quote.longitude
    return None


def _saving(ranking: Ranking, against: Reference | None, fill: Fill, km_a_year: float) -> Saving | None:
    best = ranking.best
    if against is None or best is None or best.price is None or not is_reliable(best):
        return None
    return saving(best.price, against, fill=fill, km_a_year=km_a_year)


def _movements(quotes: Iterable[Quote], past: Mapping[tuple[int, Fuel], tuple[int | None, ...]]) -> dict[int, Movement]:
    found = {}
    for quote in quotes:
        if quote.price is not None:
            day, week = past.get((quote.station_id, quote.fuel), (None, None))
            found[quote.station_id] = Movement(_moved(quote.price, day), _moved(quote.price, week))
    return found


def _moved(price: int, before: int | None) -> int | None:
    if before is None or abs(price - before) > MOST_MOVEMENT * price:
        return None
    return price - before


def _beside(quotes: Iterable[Quote], medians: Mapping[str, Mapping[Fuel, Median]]) -> dict[int, Beside]:
    def above(quote: Quote, area: str) -> int | None:
        median = medians.get(area, {}).get(quote.fuel)
        return None if median is None or quote.price is None else quote.price - median.price

    return {
        quote.station_id: Beside(above(quote, quote.area), above(quote, nation_of(quote.area)))
        for quote in quotes
        if quote.price is not None
    }


def is_to_be_had(quote: Quote, now: datetime) -> bool:
    """Whether somebody can be sent there now: in stock, open as far as anybody knows, at a price to be believed."""
    return not quote.is_suspect and standing(quote) is Standing.AVAILABLE and is_likely_open(quote.opening, now)


def is_for_all(quote: Quote) -> bool:
    """Whether people who do not follow it can be sent there: off the motorway, and of no club."""
    # Few motorway stations can be reached from the road that runs by.
    return not quote.is_motorway and not is_for_members(quote)


def better_elsewhere(
    near: Iterable[Quote], followed: set[int], usual: Quote | None, fill: Fill, now: datetime
) -> Alternative | None:
    """The one station of `near` that is not followed and where a fill costs least, if that is less than at `usual`."""
    can_be_had = [
        quote for quote in near if quote.station_id not in followed and is_for_all(quote) and is_to_be_had(quote, now)
    ]
    other = min(can_be_had, key=lambda quote: (_net(quote, fill), quote.source_ref), default=None)
    if other is None:
        return None
    if usual is None:
        return Alternative(other, None, None)
    gain = _net(usual, fill) - _net(other, fill)
    return Alternative(other, gain, usual) if gain >= LEAST_GAIN else None


def best_followed(followed: Iterable[Quote], fill: Fill) -> Quote | None:
    """Where a sensible person would fill up among those followed: for the least, of those open now if there are any."""
    reliable = [quote for quote in followed if is_reliable(quote)]
    now_open = [quote for quote in reliable if standing(quote) is Standing.AVAILABLE]
    return min(now_open or reliable, key=lambda quote: (_net(quote, fill), quote.source_ref), default=None)


def _net(quote: Quote, fill: Fill) -> float:
    return fill.cost(quote.price or 0, quote.distance_km)
