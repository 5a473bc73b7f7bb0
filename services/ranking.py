"""Which quote comes first: the cheapest that a driver can really have now, and why the others do not."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum

from services.opening import OpenState
from services.quotes import Quote


class Standing(IntEnum):
    """How far a quote can be counted on, best first. The order of the list, before any price."""

    AVAILABLE = 0
    CLOSED_NOW = 1
    STALE = 2
    OUT_OF_STOCK = 3
    GONE = 4


@dataclass(frozen=True)
class Ranking:
    """The answer to a search."""

    quotes: tuple[Quote, ...]
    """Those one can count on first, each group cheapest first, ties by distance."""
    suspect: tuple[Quote, ...]
    """Set apart: prices that are probably typing errors. Cheapest first."""

    @property
    def best(self) -> Quote | None:
        """The first quote, where there is a price that a driver can have: never one out of stock or gone."""
        first = self.quotes[0] if self.quotes else None
        return None if first is None or standing(first) >= Standing.OUT_OF_STOCK else first

    @property
    def reliable_prices(self) -> list[int]:
        """The prices one can compare with, thousandths of a euro: neither stale, suspect nor out of stock."""
        return [
            quote.price for quote in self.quotes if quote.price is not None and standing(quote) <= Standing.CLOSED_NOW
        ]


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


def rank(quotes: Iterable[Quote]) -> Ranking:
    """Sort quotes of one fuel for a driver."""
    believed: list[Quote] = []
    suspect: list[Quote] = []
    for quote in quotes:
        (suspect if quote.is_suspect else believed).append(quote)
    return Ranking(_sorted(believed), _sorted(suspect))


def _sorted(quotes: Sequence[Quote]) -> tuple[Quote, ...]:
    return tuple(sorted(quotes, key=_order))


def _order(quote: Quote) -> tuple[int, bool, int, float, str]:
    price = quote.price if quote.price is not None else 1_000_000
    distance = quote.distance_km if quote.distance_km is not None else 0.0
    # A closed one also ranks behind the open ones among the stale.
    return standing(quote), quote.opening.state is OpenState.CLOSED, price, distance, quote.source_ref
