"""One station, whole."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, select

from models import Station
from pipeline.sample import fill_with_sample
from records import Amenity, Fuel, OutageKind
from services.opening import OpenState
from services.stations import StationSheet, station_sheet
from session import reading, writing
from tests import builders, scenes
from tests.builders import a_price, a_station, an_outage
from tests.quotes import DAY, NOON, store


def sheet(on: Engine, ref: str = "1000001") -> StationSheet:
    """The sheet of a station that is there, at noon."""
    with reading(on) as session:
        found = station_sheet(session, ref, now=NOON, as_of=NOON)
    assert found is not None
    return found


def test_all_that_is_known_of_a_station(country: Engine):
    """Name, place, hours, amenities, and every fuel with its price."""
    found = sheet(country, scenes.CHEAPEST)

    assert (found.source_ref, found.source) == (scenes.CHEAPEST, "fr_prix_carburants")
    assert (found.address, found.zip_code, found.town, found.area) == ("10 RUE DE PARIS", "91400", "Orsay", "FR-91")
    assert (found.latitude, found.longitude) == pytest.approx((scenes.ORSAY[0] + 0.01, scenes.ORSAY[1]), abs=1e-4)
    assert (found.is_open_24h, found.opening.state) == (True, OpenState.ALWAYS)
    assert found.hours == (((420, 1260),),) * 7
    assert found.amenities == (Amenity.CAR_WASH_AUTOMATIC, Amenity.WIFI)
    assert [(line.fuel, line.price) for line in found.lines] == [(Fuel.DIESEL, 1659), (Fuel.E10, 1749)]
    assert (found.gone_at, found.not_sold, found.is_motorway) == (None, (), False)


def test_each_line_says_how_far_it_can_be_believed(country: Engine):
    """Old, mistyped, out of stock: each on its own line, and only there."""
    assert [line.is_stale for line in sheet(country, scenes.STALE).lines] == [True]
    assert [line.is_suspect for line in sheet(country, scenes.SUSPECT).lines] == [True]
    out = sheet(country, scenes.OUT).lines
    assert [(line.fuel, line.out_since) for line in out] == [(Fuel.DIESEL, NOON - 2 * DAY), (Fuel.E10, None)]
    assert sheet(country, scenes.MOTORWAY).is_motorway


def test_a_station_that_declares_no_price_is_still_a_page(country: Engine):
    """Its link was shared; it says what it can."""
    found = sheet(country, scenes.WITHOUT_PRICE)

    assert (found.lines, found.hours, found.opening.state) == ((), None, OpenState.UNKNOWN)


def test_fuels_are_told_from_those_no_longer_sold(database: Engine):
    """Out of stock is a line without a price, no longer sold a word, and a declared price beats both words."""
    permanent = OutageKind.PERMANENT
    store(
        database,
        a_station(
            prices=(a_price(Fuel.SP98, 1_899), a_price(Fuel.DIESEL)),
            outages=(an_outage(Fuel.E10), an_outage(Fuel.LPG, permanent), an_outage(Fuel.DIESEL, permanent)),
        ),
    )
    found = sheet(database)

    assert [(line.fuel, line.price, line.out_since) for line in found.lines] == [
        (Fuel.DIESEL, 1749, None), (Fuel.E10, None, NOON - DAY), (Fuel.SP98, 1899, None),
    ]  # fmt: skip
    assert found.not_sold == (Fuel.LPG,)


def test_no_fuel_is_both_sold_and_not(database: Engine):
    """Lines in the order of the fuels, none twice."""
    everything = tuple(a_price(fuel, 1_700 + fuel) for fuel in reversed(Fuel))
    store(database, a_station(prices=everything, outages=tuple(an_outage(fuel) for fuel in Fuel)))
    found = sheet(database)

    assert [line.fuel for line in found.lines] == list(Fuel)
    assert all(line.out_since == NOON - DAY for line in found.lines)


def test_a_station_that_left_the_feed_says_since_when(database: Engine):
    """With the last prices it had."""
    others = [a_station(str(3_000_000 + n)) for n in range(4)]
    store(database, a_station(), *others)
    store(database, *others)
    found = sheet(database)

    assert found.gone_at == NOON
    assert [line.price for line in found.lines] == [1749]


def test_staleness_is_judged_at_the_date_of_the_data(database: Engine):
    """A month after the last extract, opening hours are of now and prices of then."""
    store(database, a_station(prices=(a_price(updated_at=builders.NOON - builders.DAY),)))
    with reading(database) as session:
        found = station_sheet(session, "1000001", now=NOON + timedelta(days=30), as_of=NOON)

    assert found is not None
    assert not found.lines[0].is_stale


@pytest.mark.parametrize("ref", ["", "0", "91400001 ", "' OR 1=1 --", "9" * 500, "é🙂", "%"])
def test_an_unknown_id_is_no_station(country: Engine, ref: str):
    """Whatever stands in the address."""
    with reading(country) as session:
        assert station_sheet(session, ref, now=NOON, as_of=NOON) is None


def test_every_amenity_can_be_told(database: Engine):
    """All bits at once, each once."""
    store(database, a_station(amenities=sum(amenity.value for amenity in Amenity)))

    assert sheet(database).amenities == tuple(Amenity)


def test_a_station_without_a_position_has_a_page(database: Engine):
    """Nothing to navigate to, all else as usual."""
    store(database, a_station(latitude=None, longitude=None))

    assert (sheet(database).latitude, sheet(database).longitude) == (None, None)


def test_a_real_station_goes_before_an_example_of_the_same_id(database: Engine):
    """Nobody is shown fiction where there is fact."""
    store(database, a_station(), source="sample")
    with writing(database) as session:
        example = session.scalars(select(Station)).one()
        facts = {name: getattr(example, name) for name in Station.__table__.columns.keys() if name != "id"}  # noqa: SIM118
        session.add(Station(**(facts | {"source": "test"})))

    assert sheet(database).source == "test"


def test_a_station_of_the_sample_has_a_page(sqlite_database: Engine):
    """Its source says that it is an example."""
    assert fill_with_sample(sqlite_database)

    with reading(sqlite_database) as session:
        refs = session.scalars(select(Station.source_ref).order_by(Station.id)).all()

    assert sheet(sqlite_database, refs[0]).source == "sample"
