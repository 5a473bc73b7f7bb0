"""Which stations a person wants to see at all: brand, hours, amenities, no motorway, in stock, fresh."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, Table, select
from sqlalchemy.orm import Session

from models import Station
from records import Amenity, RoadKind
from services.brands import family, stored_brands
from services.geography import box_around, distance_km
from services.opening import OpenState, is_likely_open

if TYPE_CHECKING:
    from services.quotes import Quote  # which imports this module

STATIONS: Table = Station.__table__  # type: ignore[assignment]
CAR_WASH = Amenity.CAR_WASH_AUTOMATIC | Amenity.CAR_WASH_MANUAL


@dataclass(frozen=True)
class Filters:
    """What a station or its quote must be like. Empty: all are wanted. A key for caches."""

    brands: frozenset[str] = frozenset()
    """One of them, as services.brands offers them: Carrefour is Carrefour Market too."""
    open_now: bool = False
    """Open at the moment of the search; one that tells no hours is left out at night only."""
    open_24h: bool = False
    """Day and night, every day, by card or by its hours."""
    amenities: frozenset[Amenity] = frozenset()
    """All of them; of one made of several bits, such as `CAR_WASH`, any bit."""
    no_motorway: bool = False
    hide_out: bool = False
    hide_stale: bool = False

    @property
    def count(self) -> int:
        """How many of them are set: for the button that opens them."""
        switches = (self.open_now, self.open_24h, self.no_motorway, self.hide_out, self.hide_stale)
        return sum(switches) + len(self.amenities) + bool(self.brands)

    def conditions(self) -> list[ColumnElement[bool]]:
        """What the base can decide, on its table of stations."""
        found: list[ColumnElement[bool]] = []
        if self.brands:
            found.append(STATIONS.c.brand.in_(sorted(stored_brands(self.brands))))
        if self.no_motorway:
            found.append(STATIONS.c.road_kind != RoadKind.MOTORWAY.value)
        found += [STATIONS.c.amenities.bitwise_and(int(wanted)) != 0 for wanted in sorted(self.amenities)]
        return found

    def keeps(self, quote: "Quote", now: datetime) -> bool:
        """What depends on the moment, on a quote that meets the `conditions`."""
        return not (
            (self.open_24h and quote.opening.state is not OpenState.ALWAYS)
            or (self.open_now and not is_likely_open(quote.opening, now))
            or (self.hide_out and quote.out_since is not None)
            or (self.hide_stale and quote.is_stale)
        )


NO_FILTERS = Filters()


def brands_around(session: Session, *, latitude: float, longitude: float, radius_km: float) -> list[tuple[str, int]]:
    """The brands within `radius_km` and how many stations bear them, most frequent first."""
    box = box_around(latitude, longitude, radius_km)
    rows = session.execute(
        select(STATIONS.c.brand, STATIONS.c.latitude, STATIONS.c.longitude).where(
            STATIONS.c.latitude.between(box.south, box.north),
            STATIONS.c.longitude.between(box.west, box.east),
            STATIONS.c.gone_at.is_(None),
            STATIONS.c.brand.is_not(None),
        )
    )
    found = Counter(
        family(brand) for brand, north, east in rows if distance_km(latitude, longitude, north, east) <= radius_km
    )
    return sorted(found.items(), key=lambda each: (-each[1], each[0]))
