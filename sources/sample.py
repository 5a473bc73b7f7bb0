"""Fictional stations around real towns: what an empty base shows until a real feed has been read."""

import math
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from random import Random
from typing import NamedTuple
from zoneinfo import ZoneInfo

from records import (
    Amenity,
    DayHours,
    Fuel,
    NameRecord,
    OutageKind,
    OutageRecord,
    PriceRecord,
    RoadKind,
    StationRecord,
)
from sources.base import Attribution
from sources.sample_towns import TOWNS, Town

PARIS = ZoneInfo("Europe/Paris")
KM_A_DEGREE = 111.2
# Thousandths of a euro, about what was paid in early 2025.
LEVELS = {Fuel.DIESEL: 1665, Fuel.SP95: 1785, Fuel.E85: 789, Fuel.LPG: 999, Fuel.E10: 1739, Fuel.SP98: 1829}
STREETS = (
    "rue de l'Exemple",
    "avenue du Modèle",
    "boulevard de l'Échantillon",
    "route de la Démonstration",
    "rue du Spécimen",
    "place de l'Essai",
    "chemin de la Maquette",
)
# One price of the first town is a typing error, as they occur in the real feed.
MISTYPED = 1209
SHARE_WITH_OUTAGE = 0.06

ALL_WEEK: tuple[DayHours, ...] = (((360, 1320),),) * 7
LUNCH_BREAK: tuple[DayHours, ...] = (((480, 750), (840, 1140)),) * 5 + (((540, 720),), ())
LATE: tuple[DayHours, ...] = (((330, 1410),),) * 6 + (((420, 1320),),)


class Kind(NamedTuple):
    """A kind of place: how it prices, what it sells, when it is open."""

    name: str
    brand: str | None
    """Of our own invention: nobody is to take an example for a price of theirs."""
    road_kind: RoadKind
    addition: int
    """Thousandths of a euro above the town's level."""
    fuels: tuple[Fuel, ...]
    hours: tuple[DayHours, ...] | None
    is_open_24h: bool
    amenities: Amenity


SUPERMARKET = Kind(
    "Centre commercial",
    "Hyper Exemple",
    RoadKind.ROAD,
    -30,
    (Fuel.DIESEL, Fuel.E10, Fuel.SP98, Fuel.E85),
    ALL_WEEK,
    is_open_24h=True,
    amenities=Amenity.CARD_AUTOMAT_24H | Amenity.TYRE_INFLATION | Amenity.CAR_WASH_AUTOMATIC | Amenity.HOUSEHOLD_GAS,
)
GARAGE = Kind(
    "Garage",
    None,
    RoadKind.ROAD,
    45,
    (Fuel.DIESEL, Fuel.SP95, Fuel.SP98),
    LUNCH_BREAK,
    is_open_24h=False,
    amenities=Amenity.REPAIRS | Amenity.TYRE_INFLATION | Amenity.SHOP,
)
RELAY = Kind(
    "Relais",
    "Station Bleue",
    RoadKind.ROAD,
    25,
    (Fuel.DIESEL, Fuel.E10, Fuel.SP98, Fuel.LPG),
    LATE,
    is_open_24h=False,
    amenities=Amenity.SHOP | Amenity.FOOD_SHOP | Amenity.TOILETS | Amenity.CAR_WASH_MANUAL | Amenity.PARCEL_PICKUP,
)
AUTOMAT = Kind(
    "Station automatique",
    "Carbu Modèle",
    RoadKind.ROAD,
    -12,
    (Fuel.DIESEL, Fuel.E10, Fuel.E85),
    None,
    is_open_24h=True,
    amenities=Amenity.CARD_AUTOMAT_24H,
)
MOTORWAY = Kind(
    "Aire",
    "Relais Fictif",
    RoadKind.MOTORWAY,
    185,
    (Fuel.DIESEL, Fuel.E10, Fuel.SP98, Fuel.LPG),
    ALL_WEEK,
    is_open_24h=True,
    amenities=Amenity.RESTAURANT | Amenity.SHOP | Amenity.TOILETS | Amenity.SHOWERS | Amenity.ELECTRIC_CHARGING,
)
# In this order around a town, again from the beginning where it has more.
AROUND = (SUPERMARKET, RELAY, AUTOMAT, GARAGE, SUPERMARKET, MOTORWAY, RELAY, AUTOMAT)


class Sample:
    """About three hundred stations that do not exist, the same for everyone; their prices move from day to day."""

    name = "sample"
    area = "FR"
    currency = "EUR"
    attribution = Attribution(
        publisher="Carburoam, données d'exemple",
        homepage="",
        licence="MIT",
        licence_url="https://opensource.org/license/mit",
    )

    def stations(self, now: datetime) -> Iterator[StationRecord]:
        """The stations as they would have been declared up to the beginning of this day in Paris.

        The first town's stations show what occurs in a real feed: a mistyped price, old prices, none at all, outages
        of both kinds, no position.
        """
        midnight = datetime.combine(now.astimezone(PARIS), time(), PARIS).astimezone(UTC)
        for town in TOWNS:
            for number in range(town.stations):
                station = _station(town, number, midnight)
                yield _with_a_quirk(station, number, midnight) if town is TOWNS[0] else station

    def names(self) -> Iterator[NameRecord]:
        """What the stations are called; garages have no brand, as many have none."""
        for town in TOWNS:
            for number in range(town.stations):
                brand = AROUND[number % len(AROUND)].brand
                if brand is not None:
                    yield NameRecord(_ref(town, number), brand, None)


def _ref(town: Town, number: int) -> str:
    return f"exemple-{town.zip_code}-{number + 1:02}"


def _station(town: Town, number: int, midnight: datetime) -> StationRecord:
    ref = _ref(town, number)
    kind = AROUND[number % len(AROUND)]
    place = Random(ref)  # noqa: S311 - the same place for everyone is the point
    latitude, longitude = _position(town, kind, place)
    return StationRecord(
        source_ref=ref,
        latitude=latitude,
        longitude=longitude,
        address=f"{kind.name}, {place.randint(1, 180)} {place.choice(STREETS)}",
        zip_code=town.zip_code,
        town=town.name,
        area=f"FR-{town.department}",
        road_kind=kind.road_kind,
        amenities=int(kind.amenities),
        is_open_24h=kind.is_open_24h,
        opening_hours=kind.hours,
        prices=_prices(ref, town, kind, midnight),
        outages=_outages(kind, place, midnight),
    )


def _position(town: Town, kind: Kind, place: Random) -> tuple[float, float]:
    bearing = place.uniform(0, 360) if town.inland is None else town.inland + place.uniform(-60, 60)
    distance_km = place.uniform(8, 14) if kind is MOTORWAY else place.uniform(0.6, 7)
    angle = math.radians(bearing)
    latitude = town.latitude + distance_km * math.cos(angle) / KM_A_DEGREE
    longitude = town.longitude + distance_km * math.sin(angle) / KM_A_DEGREE / math.cos(math.radians(town.latitude))
    return round(latitude, 5), round(longitude, 5)


def _prices(ref: str, town: Town, kind: Kind, midnight: datetime) -> tuple[PriceRecord, ...]:
    day = midnight.astimezone(PARIS).date()
    today = Random(f"{ref} {day}")  # noqa: S311
    of_the_town = Random(town.name).randint(-20, 20)  # noqa: S311
    # All prices drift together over the weeks, as they do.
    drift = round(25 * math.sin(day.toordinal() / 20))
    return tuple(
        PriceRecord(
            fuel=fuel,
            price=LEVELS[fuel] + kind.addition + of_the_town + drift + today.randint(-12, 12),
            updated_at=_seconds(midnight) - int(today.expovariate(1 / 1.5) * 86_400) - today.randint(600, 36_000),
        )
        for fuel in kind.fuels
    )


def _outages(kind: Kind, place: Random, midnight: datetime) -> tuple[OutageRecord, ...]:
    if place.random() > SHARE_WITH_OUTAGE:
        return ()
    started_at = _seconds(midnight - timedelta(hours=place.randint(3, 60)))
    return (OutageRecord(kind.fuels[-1], OutageKind.TEMPORARY, started_at, None),)


def _with_a_quirk(station: StationRecord, number: int, midnight: datetime) -> StationRecord:
    diesel, *others = station.prices
    long_ago = _seconds(midnight - timedelta(days=200))
    yesterday = _seconds(midnight - timedelta(hours=20))
    quirks: dict[int, dict[str, object]] = {
        1: {"prices": (diesel._replace(price=MISTYPED), *others)},
        2: {"prices": tuple(price._replace(updated_at=long_ago) for price in station.prices)},
        3: {"prices": ()},
        4: {"outages": (OutageRecord(diesel.fuel, OutageKind.TEMPORARY, yesterday, None),)},
        6: {"outages": (OutageRecord(Fuel.E85, OutageKind.PERMANENT, long_ago, None),)},
        7: {"latitude": None, "longitude": None, "address": ""},
    }
    return station.model_copy(update=quirks.get(number, {}))


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())
