"""Which quote comes first: the cheapest that a driver can really have now, and why the others do not."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Any, Protocol

from services.opening import OpenState
from services.quotes import Quote
from services.savings import Fill

NO_PRICE = 1_000_000
CLUBS = frozenset({"Costco"})
"""Brands that sell to their members only: cheap, and of no use to others."""


class Standing(IntEnum):
    """How far a quote can be counted on, best first. The order of the list, before any price."""

    AVAILABLE = 0
    CLOSED_NOW = 1
    STALE = 2
    OUT_OF_STOCK = 3
    GONE = 4


class Sort(StrEnum):
    """What decides between quotes of the same standing."""

    PRICE = "price"
    DISTANCE = "distance"
    NET = "net"
    """The cost of a fill with the way there and back."""


class Branded(Protocol):
    """What is told of who sells: a quote, or a sheet of a station."""

    @property
    def brand(self) -> str | None: ...
    @property
    def address(self) -> str: ...


@dataclass(frozen=True)
class Ranking:
    """The answer to a search."""

    quotes: tuple[Quote, ...]
    """Those one can count on first, each group in the order asked for: unless told otherwise cheapest first."""
    suspect: tuple[Quote, ...]
    """Set apart: prices that are probably typing errors. Cheapest first."""

    @property
    def best(self) -> Quote | None:
        """The first quote, where there is a price that a driver can have: never one out of stock or gone."""
        first = self.quotes[0] if self.quotes else None
        return None if first is None or standing(first) >= Standing.OUT_OF_STOCK else first

    @property
    def best_for_all(self) -> Quote | None:
        """The first quote that anybody can have, members of a club or not; else `best`."""
        open_to_all = (quote for quote in self.quotes if not is_for_members(quote))
        first = next(open_to_all, None)
        return first if first is not None and standing(first) < Standing.OUT_OF_STOCK else self.best

    @property
    def reliable_prices(self) -> list[int]:
        """The prices one can compare with, thousandths of a euro: neither stale, suspect nor out of stock."""
        return reliable_prices(self.quotes)


def standing(quote: Quote) -> Standing:
    """How far this quote can be counted on."""
    if quote.is_gone:
        return Standing.GONE
    if quote.out_since is not None or quote.price is None:
        return Standing.OUT_OF_STOCK
    if quote.is_stale:
        return Standing.STALE
    if quote.opening.state is OpenState.CLOSED:
        return Standing.CLOSED_NOW
    return Standing.AVAILABLE


def is_for_members(station: Branded) -> bool:
    """Whether only members of a club may fill up there, as far as anybody tells."""
    return station.brand in CLUBS or "membres" in station.address.casefold()


def is_reliable(quote: Quote) -> bool:
    """Whether its price can be compared with: neither stale, suspect, out of stock nor gone."""
    return not quote.is_suspect and standing(quote) <= Standing.CLOSED_NOW


def reliable_prices(quotes: Iterable[Quote]) -> list[int]:
    """The prices one can compare with, thousandths of a euro."""
    return [quote.price for quote in quotes if quote.price is not None and is_reliable(quote)]


def rank(quotes: Iterable[Quote], *, sort: Sort = Sort.PRICE, fill: Fill | None = None) -> Ranking:
    """Sort quotes of one fuel for a driver; by net cost only where the `fill` is told."""
    believed: list[Quote] = []
    suspect: list[Quote] = []
    for quote in quotes:
        (suspect if quote.is_suspect else believed).append(quote)
    order = _orders(sort, fill)
    return Ranking(tuple(sorted(believed, key=order)), tuple(sorted(suspect, key=_by_price)))


def _orders(sort: Sort, fill: Fill | None) -> Callable[[Quote], tuple[Any, ...]]:
    if sort is Sort.DISTANCE:
        return _by_distance
    if sort is Sort.NET and fill is not None:
        return lambda quote: _by_net(quote, fill)
    return _by_price


def _by_price(quote: Quote) -> tuple[int, bool, int, float, str]:
    price = quote.price if quote.price is not None else NO_PRICE
    distance = quote.distance_km if quote.distance_km is not None else 0.0
    # A closed one also ranks behind the open ones among the stale.
    return standing(quote), quote.opening.state is OpenState.CLOSED, price, distance, quote.source_ref


def _by_distance(quote: Quote) -> tuple[int, bool, bool, float, int, str]:
    group, is_closed, price, distance, ref = _by_price(quote)
    return group, is_closed, quote.distance_km is None, distance, price, ref


def _by_net(quote: Quote, fill: Fill) -> tuple[int, bool, bool, float, float, str]:
    group, is_closed, price, distance, ref = _by_price(quote)
    # One whose way is unknown must not win by it.
    return group, is_closed, quote.distance_km is None, fill.cost(price, distance), distance, ref
