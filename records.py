"""The vocabulary of the trade and the records that every source turns its publisher's rows into."""

from enum import IntEnum, IntFlag, StrEnum, auto
from typing import Annotated, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, SkipValidation


class Fuel(IntEnum):
    """A fuel at the pump. The value is stored (`gas_types.id`) and never renumbered.

    The numbers are those of the French feed: https://www.prix-carburants.gouv.fr/rubrique/opendata/
    """

    DIESEL = 1
    SP95 = 2
    E85 = 3
    LPG = 4
    E10 = 5
    SP98 = 6


class RoadKind(StrEnum):
    """What a station stands on."""

    ROAD = "road"
    MOTORWAY = "motorway"
    OTHER = "other"


class OutageKind(StrEnum):
    """Why a fuel cannot be had: out of stock for now, or no longer sold there."""

    TEMPORARY = "temporary"
    PERMANENT = "permanent"


class Amenity(IntFlag):
    """What a station offers beside fuel. Stored as a sum of bits; a bit is never reused."""

    HOUSEHOLD_GAS = auto()
    TYRE_INFLATION = auto()
    CARD_AUTOMAT_24H = auto()
    CASH_DISPENSER = auto()
    FOOD_SHOP = auto()
    LORRY_LANE = auto()
    SHOP = auto()
    ADDITIVE_FUEL = auto()
    CAR_WASH_AUTOMATIC = auto()
    TOILETS = auto()
    CAR_WASH_MANUAL = auto()
    TAKEAWAY = auto()
    VEHICLE_HIRE = auto()
    PARCEL_PICKUP = auto()
    LAUNDRY = auto()
    FUEL_ADDITIVES = auto()
    REPAIRS = auto()
    WIFI = auto()
    RESTAURANT = auto()
    HEATING_OIL = auto()
    LAMP_OIL = auto()
    ELECTRIC_CHARGING = auto()
    BAR = auto()
    BABY_AREA = auto()
    SHOWERS = auto()
    CAMPERVAN_AREA = auto()
    NATURAL_GAS = auto()


class PriceRecord(NamedTuple):
    """One declared price. A source builds it only from values it has checked."""

    fuel: int
    """A `Fuel` value."""
    price: int
    """Thousandths of a euro a litre."""
    updated_at: int
    """The moment of the declaration, seconds since 1970 UTC."""


class OutageRecord(NamedTuple):
    """One declared outage of a fuel at a station."""

    fuel: int
    """A `Fuel` value."""
    kind: OutageKind
    started_at: int
    """Seconds since 1970 UTC."""
    ended_at: int | None
    """Seconds since 1970 UTC; None while it lasts."""


HOUSES = {
    "Carrefour Market": "Carrefour",
    "Carrefour Contact": "Carrefour",
    "Carrefour Express": "Carrefour",
    "Carrefour City": "Carrefour",
    "Esso Express": "Esso",
    "Hyper U": "Super U",
    "U Express": "Super U",
    "Utile": "Super U",
    "Géant Casino": "Casino",
}
"""Signs of one house, by the brand under which drivers look for them (docs/adr/0015-brands-as-drivers-say-them.md)."""


class Derived(IntFlag):
    """A fact of a station that its publisher did not tell. Stored as a sum of bits; a bit is never reused."""

    TOWN_OF_NEIGHBOUR = auto()
    """The town of the nearest station."""
    TOWN_OF_POSITION = auto()
    """The town that an address service knows there."""
    ADDRESS_OF_POSITION = auto()
    """The address that an address service knows there."""


DayHours = tuple[tuple[int, int], ...] | None
"""Opening spans of one day in minutes since midnight, local time; empty: closed all day; None: not declared.

A span that ends at or before its start runs over midnight.
"""


class StationRecord(BaseModel):
    """A station as one source knows it, validated once at the door of the pipeline."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source_ref: Annotated[str, Field(min_length=1, max_length=32)]
    """The publisher's own id, unique within the source."""
    latitude: Annotated[float, Field(ge=-90, le=90)] | None
    """Degrees, WGS 84; None where the publisher gave no usable position."""
    longitude: Annotated[float, Field(ge=-180, le=180)] | None
    """Degrees, WGS 84; None together with the latitude."""
    address: Annotated[str, Field(max_length=400)]
    zip_code: Annotated[str, Field(max_length=10)]
    town: Annotated[str, Field(max_length=120)]
    """As the publisher writes it; the generic transform spells it for display."""
    area: Annotated[str, Field(max_length=16)]
    """The administrative area whose median a price is held against, e.g. `FR-91`; empty where unknown."""
    road_kind: RoadKind = RoadKind.ROAD
    amenities: int = 0
    """A sum of `Amenity` bits."""
    is_open_24h: bool = False
    """Card-operated day and night."""
    opening_hours: SkipValidation[tuple[DayHours, ...] | None] = None
    """Monday to Sunday; None where nothing was declared."""
    prices: SkipValidation[tuple[PriceRecord, ...]] = ()
    """At most one a fuel."""
    outages: SkipValidation[tuple[OutageRecord, ...]] = ()
    brand: SkipValidation[str | None] = None
    """As drivers say it, at most 60 characters; None where this source does not tell, or there is none."""
    name: SkipValidation[str | None] = None
    """Its own beside the brand, or instead of one; at most 120 characters."""


class NameRecord(NamedTuple):
    """What a second publisher calls a station; one of brand and name is told at least."""

    source_ref: str
    """The id of the station in the feed that has its prices."""
    brand: str | None
    """As drivers say it, at most 60 characters."""
    name: str | None
    """Its own beside the brand, or instead of one; at most 120 characters."""


class TownRecord(NamedTuple):
    """A town that people live in, whether or not it has a station."""

    ref: str
    """Its own number, at most 8 characters: two towns may share a name."""
    name: str
    """As its people write it, at most 120 characters."""
    zip_codes: tuple[str, ...]
    """At least one."""
    latitude: float
    """Degrees, WGS 84."""
    longitude: float
    population: int


class Reject(NamedTuple):
    """Something a source could not use: a value, an attribute or a whole row. Counted, never fatal."""

    source_ref: str
    """The station it belongs to, `?` where unknown."""
    reason: str
    """A short stable key, e.g. `price_out_of_range`; the run counts by it."""
    example: str
    """The offending text, at most 80 characters."""


STALE_AFTER_DAYS = {
    Fuel.DIESEL: 14,
    Fuel.E10: 14,
    Fuel.SP98: 14,
    Fuel.SP95: 30,
    Fuel.E85: 45,
    Fuel.LPG: 45,
}
"""Days after which a price is no longer believed to be the one at the pump.

By fuel, because the slow sellers are declared more rarely: in May 2026 a third of E85 and LPG prices were older than a
week, a tenth of E10 (docs/pipeline.md).
"""


def is_stale(fuel: int, updated_at: int, now: int) -> bool:
    """Whether a price declared at `updated_at` is too old to be trusted `now`; both in seconds since 1970."""
    return updated_at < oldest_fresh(now)[fuel]


def oldest_fresh(now: int) -> dict[int, int]:
    """For each fuel the moment before which a price is stale `now`; for those who ask of many prices."""
    return {fuel.value: now - days * 86_400 for fuel, days in STALE_AFTER_DAYS.items()}
