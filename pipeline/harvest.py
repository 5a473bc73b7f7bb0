"""What one extract holds, read through a source and kept compactly until it is loaded."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from errors import SourceRefused
from pipeline.normalise import Band, bands, town_name
from records import DayHours, OutageRecord, PriceRecord, Reject, StationRecord, oldest_fresh

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
)
AREA = STATION_COLUMNS.index("area")

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

    def add(self, station: StationRecord) -> None:
        """Keep a station. Of two with one id the first wins: the second is counted as a reject."""
        ref = station.source_ref
        if ref in self.stations:
            self.rejects.add(Reject(ref, "station_twice", station.town))
            return
        self.stations[ref] = (
            station.latitude,
            station.longitude,
            station.address,
            station.zip_code,
            town_name(station.town),
            station.area,
            station.road_kind.value,
            station.amenities,
            station.is_open_24h,
            _json(station.opening_hours),
        )
        self.prices[ref] = station.prices
        self.prices_read += len(station.prices)
        if station.outages:
            self.outages[ref] = station.outages
        if station.brand or station.name:
            self.called[ref] = (station.brand, station.name)

    def finish(self) -> None:
        """Date the data and find each fuel's band of believable prices, once all stations are in."""
        self.extract_at = max((price.updated_at for found in self.prices.values() for price in found), default=None)
        self.bands = bands(self._distribution())

    def is_suspect(self, price: PriceRecord) -> bool:
        """Whether a price looks like a typing error beside the others of its fuel."""
        low, high = self.bands[price.fuel]
        return not low <= price.price <= high

    def _distribution(self) -> dict[int, list[int]]:
        # Old prices tell what fuel cost then; where a fuel has no other, they must do.
        oldest = oldest_fresh(self.extract_at or 0)
        fresh: dict[int, list[int]] = {fuel: [] for fuel in oldest}
        stale: dict[int, list[int]] = {fuel: [] for fuel in oldest}
        for found in self.prices.values():
            for fuel, price, updated_at in found:
                (fresh if updated_at >= oldest[fuel] else stale)[fuel].append(price)
        return {fuel: fresh[fuel] or stale[fuel] for fuel in oldest if fresh[fuel] or stale[fuel]}


def gather(
    read: Iterable[StationRecord | Reject], *, source: str, into: Harvest, progress: Progress | None = None
) -> None:
    """Read a whole extract into an empty harvest. Raises SourceRefused where there is nothing to load."""
    harvest = into
    for row in read:
        if isinstance(row, Reject):
            harvest.rejects.add(row)
            continue
        harvest.add(row)
        if progress is not None and len(harvest.stations) % PROGRESS_EVERY == 0:
            progress("read", len(harvest.stations), None)
    if not harvest.stations:
        raise SourceRefused(source, f"the list of stations is empty ({harvest.rejects.total} rows unusable)")
    if not harvest.prices_read:
        raise SourceRefused(source, f"not one of the {len(harvest.stations)} stations has a plausible price")
    harvest.finish()


@lru_cache(maxsize=8_192)
def _json(hours: tuple[DayHours, ...] | None) -> str | None:
    # 10,000 stations share 3,000 weeks; as text they are compared and written without a second look.
    return None if hours is None else json.dumps(hours, separators=(",", ":"))
