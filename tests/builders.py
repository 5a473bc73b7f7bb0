"""Records for tests: a builder gives a sound one, the test names only what matters to its case."""

from typing import Any

from records import Fuel, OutageKind, OutageRecord, PriceRecord, StationRecord

NOON = 1_738_926_000
"""2025-02-07 12:00 in Paris, in seconds since 1970."""
DAY = 86_400


def a_price(fuel: int = Fuel.DIESEL, price: int = 1_749, updated_at: int = NOON) -> PriceRecord:
    """A declared price."""
    return PriceRecord(int(fuel), price, updated_at)


def an_outage(
    fuel: int = Fuel.DIESEL,
    kind: OutageKind = OutageKind.TEMPORARY,
    started_at: int = NOON - DAY,
    ended_at: int | None = None,
) -> OutageRecord:
    """A declared outage, going on unless an end is given."""
    return OutageRecord(int(fuel), kind, started_at, ended_at)


def a_station(source_ref: str = "1000001", **facts: Any) -> StationRecord:
    """A station near Bourg-en-Bresse with one price."""
    return StationRecord(
        **{
            "source_ref": source_ref,
            "latitude": 46.2,
            "longitude": 5.2,
            "address": "596 avenue de Trévoux",
            "zip_code": "01000",
            "town": "SAINT-DENIS-LES-BOURG",
            "area": "FR-01",
            "prices": (a_price(),),
            **facts,
        }
    )
