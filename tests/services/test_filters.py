"""What a person wants to see at all."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, update

from models import Station
from records import Amenity, Fuel, RoadKind
from services.filters import CAR_WASH, NO_FILTERS, Filters, brands_around
from services.quotes import around
from session import reading, writing
from tests.builders import DAY as DAY_S
from tests.builders import NOON as NOON_S
from tests.builders import a_price, a_station, an_outage
from tests.quotes import NOON, store

ALWAYS, BY_DAY, SHUT = (((0, 0),),) * 7, (((480, 1_200),),) * 7, ((),) * 7
EVERY_WAY: dict[str, dict[str, Any]] = {
    "1": {"opening_hours": BY_DAY, "amenities": int(Amenity.CAR_WASH_AUTOMATIC | Amenity.WIFI)},
    "2": {"opening_hours": SHUT, "amenities": int(Amenity.CAR_WASH_MANUAL)},
    "3": {"is_open_24h": True, "amenities": int(Amenity.WIFI)},
    "4": {"opening_hours": ALWAYS, "road_kind": RoadKind.MOTORWAY},
    "5": {"outages": (an_outage(),)},
    "6": {"prices": (a_price(Fuel.DIESEL, 1_700, NOON_S - 40 * DAY_S),)},
}
BRANDS = {"1": "Carrefour Market", "2": "Carrefour", "3": "Esso", "4": "Avia", "5": None}


@pytest.fixture
def stations(database: Engine) -> Engine:
    """One for each filter."""
    store(database, *(a_station(ref, **facts) for ref, facts in EVERY_WAY.items()))
    with writing(database) as session:
        for ref, brand in BRANDS.items():
            session.execute(update(Station).where(Station.source_ref == ref).values(brand=brand))
    return database


def test_each_filter_keeps_what_it_says(stations: Engine):
    """Alone and together; none of them keeps all."""
    expected = {
        NO_FILTERS: "123456",
        Filters(brands=frozenset({"Carrefour"})): "12",
        Filters(brands=frozenset({"Esso", "Avia"})): "34",
        Filters(brands=frozenset({"' OR 1=1 --"})): "",
        Filters(open_now=True): "13456",
        Filters(open_24h=True): "34",
        Filters(amenities=frozenset({CAR_WASH})): "12",
        Filters(amenities=frozenset({CAR_WASH, Amenity.WIFI})): "1",
        Filters(no_motorway=True): "12356",
        Filters(hide_out=True): "12346",
        Filters(hide_stale=True): "12345",
        Filters(open_now=True, no_motorway=True, hide_out=True, hide_stale=True): "13",
    }
    with reading(stations) as session:
        for filters, kept in expected.items():
            found = around(
                session, Fuel.DIESEL, latitude=46.2, longitude=5.2, radius_km=5, now=NOON, as_of=NOON, filters=filters
            )
            assert "".join(sorted(quote.source_ref for quote in found)) == kept, filters


def test_at_night_open_means_known_to_be_open(stations: Engine):
    """At 22:00 neither one that closed at 20:00 nor one that tells no hours."""
    night = NOON + timedelta(hours=10)
    with reading(stations) as session:
        found = around(
            session, Fuel.DIESEL, latitude=46.2, longitude=5.2, radius_km=5, now=night, as_of=NOON,
            filters=Filters(open_now=True),
        )  # fmt: skip
    assert sorted(quote.source_ref for quote in found) == ["3", "4"]


def test_filters_are_counted_for_their_button():
    """Brands count once however many are chosen."""
    assert NO_FILTERS.count == 0
    assert Filters(frozenset({"Esso", "Avia"}), open_now=True, amenities=frozenset({CAR_WASH, Amenity.WIFI})).count == 4


def test_the_brands_around_a_place(stations: Engine):
    """Houses with all their signs, those with most stations first; none where there are none."""
    with reading(stations) as session:
        near = brands_around(session, latitude=46.2, longitude=5.2, radius_km=5)
        far = brands_around(session, latitude=47.2, longitude=5.2, radius_km=5)

    assert near == [("Carrefour", 2), ("Avia", 1), ("Esso", 1)]
    assert far == []
