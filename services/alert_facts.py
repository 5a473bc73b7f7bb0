"""What is worth a mail, without a base: prices below what somebody waits for, and fills that gain them enough."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from math import floor
from statistics import mean
from uuid import UUID

from records import Fuel
from services.advice import best_followed, better_elsewhere, is_for_all, is_to_be_had
from services.cars import Car, Home
from services.geography import box_around, distance_km
from services.quotes import Quote
from services.ranking import is_reliable
from services.savings import Fill

CELL_DEGREES = 0.25


@dataclass(frozen=True)
class Recipient:
    """Somebody who wants mails about prices, and all that decides which."""

    user_id: int
    uuid: UUID
    mail: str
    language: str
    gain_cents: int | None
    prices: Mapping[Fuel, int | None]
    """Each followed fuel, with the price that they wait for, if any."""
    names: Mapping[int, str]
    """The stations they follow, each under its own name (empty: none given)."""
    car: Car
    home: Home | None


@dataclass(frozen=True)
class Fact:
    """One fuel at one station that somebody should know of."""

    quote: Quote
    """With its distance from where the person sets out, where that is known."""
    below: int | None = None
    """The price waited for, thousandths of a euro; None where it is not (newly) below it."""
    gain: float | None = None
    """Euros on a fill, net; None where that is not enough, or not new."""

    @property
    def below_key(self) -> str:
        """What `below` is remembered by: a station, whatever it asks."""
        return f"below:{self.quote.fuel.value}:{self.quote.station_id}"

    @property
    def gain_group(self) -> str:
        """What the keys of all gains at this station begin with."""
        return f"gain:{self.quote.fuel.value}:{self.quote.station_id}:"

    @property
    def gain_key(self) -> str:
        """What `gain` is remembered by: a station at a price."""
        return f"{self.gain_group}{self.quote.price}"

    @property
    def keys(self) -> list[str]:
        """What is remembered of it."""
        below = [self.below_key] if self.below is not None else []
        return [*below, self.gain_key] if self.gain is not None else below


class Market:
    """All prices of some fuels, found by station and by place: made once, asked for every person."""

    def __init__(self, quotes: Iterable[Quote]) -> None:
        self._by_station: dict[tuple[Fuel, int], Quote] = {}
        self._by_cell: dict[tuple[Fuel, int, int], list[Quote]] = {}
        for quote in quotes:
            self._by_station[quote.fuel, quote.station_id] = quote
            if quote.latitude is not None and quote.longitude is not None:
                cell = quote.fuel, _cell(quote.latitude), _cell(quote.longitude)
                self._by_cell.setdefault(cell, []).append(quote)

    def at(self, fuel: Fuel, station_ids: Iterable[int], home: Home | None) -> list[Quote]:
        """The quotes at these stations, with their distance from `home`."""
        found = (self._by_station.get((fuel, station_id)) for station_id in station_ids)
        return [_from(home, quote) for quote in found if quote is not None]

    def around(self, fuel: Fuel, home: Home) -> list[Quote]:
        """The quotes within the radius of `home`, with their distance from it."""
        near = (_from(home, quote) for quote in self._in_box(fuel, home))
        return [quote for quote in near if quote.distance_km is not None and quote.distance_km <= home.radius_km]

    def _in_box(self, fuel: Fuel, home: Home) -> Iterator[Quote]:
        box = box_around(home.latitude, home.longitude, home.radius_km)
        for latitude in range(_cell(box.south), _cell(box.north) + 1):
            for longitude in range(_cell(box.west), _cell(box.east) + 1):
                for quote in self._by_cell.get((fuel, latitude, longitude), ()):
                    # Most of a cell lies outside, and this costs a tenth of a distance.
                    if (
                        box.south <= (quote.latitude or 0) <= box.north
                        and box.west <= (quote.longitude or 0) <= box.east
                    ):
                        yield quote


def facts(person: Recipient, market: Market, now: datetime) -> list[Fact]:
    """All that is so now, told already or not: fuel by fuel, what costs least first."""
    found: list[Fact] = []
    for fuel, price in person.prices.items():
        fill = person.car.fill(fuel)
        mine = market.at(fuel, person.names, person.home)
        near = market.around(fuel, person.home) if person.home else []
        of_fuel: dict[int, Fact] = {}
        if price is not None:
            for quote in _below(price, mine, near, person.names, fill, now):
                of_fuel[quote.station_id] = Fact(quote, below=price)
        if person.gain_cents is not None and (gained := _gain(mine, near, person.names, fill, now)):
            quote, gain = gained
            # A cent is a cent, whatever floats make of it.
            if round(gain * 100, 6) >= person.gain_cents:
                of_fuel[quote.station_id] = replace(of_fuel.get(quote.station_id, Fact(quote)), gain=gain)
        found += sorted(of_fuel.values(), key=lambda fact: (_net(fact.quote, fill), fact.quote.source_ref))
    return found


def _below(
    price: int, mine: Iterable[Quote], near: Iterable[Quote], followed: Collection[int], fill: Fill, now: datetime
) -> list[Quote]:
    """Followed stations that ask less than `price`, and the one around that does better than all of them."""

    def is_below(quote: Quote) -> bool:
        return quote.price is not None and quote.price < price and is_to_be_had(quote, now)

    found = [quote for quote in mine if is_below(quote)]
    others = (quote for quote in near if quote.station_id not in followed and is_for_all(quote) and is_below(quote))
    other = min(others, key=lambda quote: (_net(quote, fill), quote.source_ref), default=None)
    least = min((_net(quote, fill) for quote in found), default=None)
    return [*found, other] if other is not None and (least is None or _net(other, fill) < least) else found


def _gain(
    mine: list[Quote], near: list[Quote], followed: Collection[int], fill: Fill, now: datetime
) -> tuple[Quote, float] | None:
    """Where the next fill is best, and what it gains: elsewhere against the best followed, else against their mean."""
    usual = best_followed(mine, fill)
    if usual is None:
        return None
    other = better_elsewhere(near, set(followed), usual, fill, now)
    if other is not None and other.gain is not None:
        return other.quote, other.gain
    costs = [_net(quote, fill) for quote in mine if is_reliable(quote)]
    return (usual, mean(costs) - _net(usual, fill)) if is_to_be_had(usual, now) else None


def _from(home: Home | None, quote: Quote) -> Quote:
    if home is None or quote.latitude is None or quote.longitude is None:
        return quote
    return quote._replace(distance_km=distance_km(*home.position, quote.latitude, quote.longitude))


def _net(quote: Quote, fill: Fill) -> float:
    return fill.cost(quote.price or 0, quote.distance_km)


def _cell(degrees: float) -> int:
    return floor(degrees / CELL_DEGREES)
