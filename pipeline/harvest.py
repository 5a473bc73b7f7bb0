"""What one extract holds, read through a source and kept compactly until it is loaded."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from adapters.geocoding import Place, Point
from pipeline.normalise import Band
from records import DayHours, OutageRecord, PriceRecord, Reject, StationRecord

EXAMPLES_KEPT = 3
PROGRESS_EVERY = 500

# The columns of `stations` that a source fills, in the order of the tuples below.
STATION_COLUMNS = (
    "latitude",
    "longitude",
    "address",
    "zip_code",
    "town",
    "area",
    "road_kind",
    "amenities",
    "is_open_24h",
    "opening_hours",
    "derived",
)
LATITUDE, LONGITUDE, ADDRESS, TOWN, AREA, DERIVED = (
    STATION_COLUMNS.index(name) for name in ("latitude", "longitude", "address", "town", "area", "derived")
)

Draft = list[Any]
"""`STATION_COLUMNS` of a station that may still change."""

Progress = Callable[[str, int, int | None], None]


@dataclass
class Rejects:
    """What could not be used: counted by reason, with a few examples of each."""

    total: int = 0
    by_reason: dict[str, dict[str, Any]] = field(default_factory=dict)

    def add(self, reject: Reject) -> None:
        """Count one more."""
        self.total += 1
        entry = self.by_reason.setdefault(reject.reason, {"count": 0, "examples": []})
        entry["count"] += 1
        if len(entry["examples"]) < EXAMPLES_KEPT:
            entry["examples"].append(f"{reject.source_ref}: {reject.example}")


@dataclass
class Harvest:
    """The stations of one extract by the publisher's id, as rows ready to be compared and written."""

    stations: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    """`STATION_COLUMNS` of each."""
    prices: dict[str, tuple[PriceRecord, ...]] = field(default_factory=dict)
    outages: dict[str, tuple[OutageRecord, ...]] = field(default_factory=dict)
    """Only of stations that declare any."""
    called: dict[str, tuple[str | None, str | None]] = field(default_factory=dict)
    """Brand and name, of stations whose own publisher tells them."""
    rejects: Rejects = field(default_factory=Rejects)
    prices_read: int = 0
    extract_at: int | None = None
    """The newest declaration: the date of the data."""
    bands: dict[int, Band] = field(default_factory=dict)
    steps: dict[str, int] = field(default_factory=dict)
    """What each step of pipeline/transforms.py did, in their order."""
    places: Mapping[Point, Place] = field(default_factory=dict)
    """What the address service is known to say; empty where it is not to be asked."""

    def add(self, station: StationRecord, steps: Iterable[tuple[str, Callable[[Draft], bool]]] = ()) -> None:
        """Keep a station, each of the steps taken. Of two with one id the first wins: the second is a reject."""
        ref = station.source_ref
        if ref in self.stations:
            self.rejects.add(Reject(ref, "station_twice", station.town))
            return
        draft: Draft = [
            station.latitude,
            station.longitude,
            station.address,
            station.zip_code,
            station.town,
            station.area,
            station.road_kind.value,
            station.amenities,
            station.is_open_24h,
            _json(station.opening_hours),
            0,
        ]
        for name, step in steps:
            if step(draft):
                self.steps[name] += 1
        self.stations[ref] = tuple(draft)
        self.prices[ref] = station.prices
        self.prices_read += len(station.prices)
        if station.outages:
            self.outages[ref] = station.outages
        if station.brand or station.name:
            self.called[ref] = (station.brand, station.name)

    def is_suspect(self, price: PriceRecord) -> bool:
        """Whether a price looks like a typing error beside the others of its fuel."""
        low, high = self.bands[price.fuel]
        return not low <= price.price <= high


@lru_cache(maxsize=8_192)
def _json(hours: tuple[DayHours, ...] | None) -> str | None:
    # 10,000 stations share 3,000 weeks; as text they are compared and written without a second look.
    return None if hours is None else json.dumps(hours, separators=(",", ":"))
