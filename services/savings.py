"""What a fill costs and what choosing saves: the formulas of docs/savings.md, without a base."""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import mean, median

from records import Fuel

ROAD_FACTOR = 1.3
"""Kilometres of road for one as the crow flies: an assumption, within what is measured (docs/savings.md)."""
FEWEST_FOR_A_MEAN = 2
FEWEST_FOR_A_MEDIAN = 3
PETROLS = (Fuel.E10, Fuel.SP95, Fuel.SP98, Fuel.E85)
"""Fuels that one petrol engine may take in turn, where it is made or converted for them."""


@dataclass(frozen=True)
class Fill:
    """A fill of one fuel: how much, and what the car burns on the way to it."""

    litres: float
    litres_100km: float

    def cost(self, price: int, away_km: float | None = 0.0, *, road_km: float | None = None) -> float:
        """Euros for this fill at `price` (thousandths a litre), with the fuel burnt to get there and back.

        `away_km` is crow-flies from where one sets out, `road_km` the way by road where it is known; with neither
        known there is no detour in it.
        """
        return price / 1000 * (self.litres + detour_km(away_km, road_km=road_km) * self.litres_100km / 100)

    def is_worth_detour(self, price: int, away_km: float | None, *, instead_of: int, at_km: float | None = 0.0) -> bool:
        """Whether a fill at `price` costs less than one at the price `instead_of`, both ways included."""
        return self.cost(price, away_km) < self.cost(instead_of, at_km)


@dataclass(frozen=True)
class Reference:
    """What a person would otherwise pay."""

    price: float
    """Thousandths of a euro a litre."""
    stations: int
    """How many prices it is made of."""
    is_around: bool
    """The median of the stations around, because one or none is followed; else the mean of those followed."""


@dataclass(frozen=True)
class Saving:
    """What the best saves against the reference, at the pump; nothing is less than zero."""

    per_litre: float
    """Thousandths of a euro."""
    fill: float
    """Euros on the next fill."""
    year: float
    """Euros a year, if every litre were bought so."""


@dataclass(frozen=True)
class Running:
    """What a hundred kilometres cost with one fuel."""

    fuel: Fuel
    price: int
    litres_100km: float
    euros_100km: float


@dataclass(frozen=True)
class SideBySide:
    """The petrols that a car takes, the cheapest to drive with first."""

    lines: tuple[Running, ...]
    break_even: int | None
    """Thousandths of a euro a litre below which E85 is the cheapest to drive with; None without E85 or another."""


def detour_km(away_km: float | None, *, road_km: float | None = None) -> float:
    """Kilometres there and back: by road where known, else crow-flies by 1.3.

    >>> round(detour_km(3.0), 1)
    7.8
    >>> detour_km(3.0, road_km=4.5)
    9.0
    """
    if road_km is not None:
        return 2 * road_km
    return 2 * ROAD_FACTOR * (away_km or 0.0)


def reference(followed: list[int], around: list[int]) -> Reference | None:
    """What one would otherwise pay, from prices that can be relied on, thousandths of a euro a litre.

    The mean of those followed; with fewer than two of them the median of those around, if they are three.
    """
    if len(followed) >= FEWEST_FOR_A_MEAN:
        return Reference(mean(followed), len(followed), is_around=False)
    if followed and len(around) >= FEWEST_FOR_A_MEDIAN:
        return Reference(median(around), len(around), is_around=True)
    return None


def saving(price: int, against: Reference, *, fill: Fill, km_a_year: float) -> Saving:
    """What buying at `price` saves."""
    # Where cheaper ones are closed now, the best one can have may lie above the mean: that saves nothing.
    per_litre = max(0.0, against.price - price)
    return Saving(
        per_litre=per_litre,
        fill=per_litre / 1000 * fill.litres,
        year=per_litre / 1000 * fill.litres_100km / 100 * km_a_year,
    )


def euros_100km(price: int, litres_100km: float) -> float:
    """Euros of fuel for a hundred kilometres.

    >>> euros_100km(1700, 6.0)
    10.2
    """
    return price / 1000 * litres_100km


def side_by_side(prices: Mapping[Fuel, int], litres_100km: Mapping[Fuel, float]) -> SideBySide | None:
    """The petrols that are in both, in euros per hundred kilometres; None with fewer than two to compare."""
    lines = sorted(
        (
            Running(fuel, prices[fuel], litres_100km[fuel], euros_100km(prices[fuel], litres_100km[fuel]))
            for fuel in PETROLS
            if fuel in prices and fuel in litres_100km
        ),
        key=lambda line: line.euros_100km,
    )
    if len(lines) <= 1:
        return None
    others = [line.euros_100km for line in lines if line.fuel is not Fuel.E85]
    e85 = next((line for line in lines if line.fuel is Fuel.E85), None)
    # Rounded down: at the price that is shown E85 is not the dearer one.
    break_even = None if e85 is None else int(min(others) / e85.litres_100km * 1000)
    return SideBySide(tuple(lines), break_even)
