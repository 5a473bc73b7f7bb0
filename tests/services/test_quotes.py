"""What a search finds and what followed stations ask, on both databases."""

import random
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, event, select

from models import Station
from records import Fuel, OutageKind, OutageRecord, StationRecord
from services.geography import distance_km
from services.opening import OpenState
from services.quotes import Quote, around, at_stations
from session import reading
from tests import builders, scenes
from tests.builders import a_price, a_station, an_outage
from tests.quotes import DAY, NOON, counted, store


def find(
    on: Engine, radius_km: float = 10, *, fuel: Fuel = Fuel.DIESEL, place: tuple[float, float] = scenes.ORSAY
) -> dict[str, Quote]:
    """What a search around Orsay finds at noon, by the station's id in the feed."""
    with reading(on) as session:
        found = around(session, fuel, latitude=place[0], longitude=place[1], radius_km=radius_km, now=NOON, as_of=NOON)
    assert len({quote.source_ref for quote in found}) == len(found)
    return {quote.source_ref: quote for quote in found}


def ids(on: Engine, refs: Iterable[str] = ()) -> dict[str, int]:
    """Our own ids by those of the feed; of all stations where none is named."""
    with reading(on) as session:
        rows = session.execute(select(Station.source_ref, Station.id))
        return {ref: station_id for ref, station_id in rows if not refs or ref in refs}


def follow(
    on: Engine, refs: Iterable[str], *fuels: Fuel, origin: tuple[float, float] | None = None
) -> dict[tuple[str, Fuel], Quote]:
    """The quotes of followed stations at noon."""
    chosen = list(ids(on, refs).values())
    with reading(on) as session:
        found = at_stations(session, chosen, fuels, now=NOON, as_of=NOON, origin=origin)
    return {(quote.source_ref, quote.fuel): quote for quote in found}


def test_a_search_finds_who_sells_the_fuel_around(country: Engine):
    """All of Orsay but the station that declares nothing; Lyon and Nantes are far."""
    assert find(country).keys() == {
        scenes.CHEAPEST, scenes.NEAR_TIE, scenes.FAR_TIE, scenes.MOTORWAY, scenes.CLOSED,
        scenes.STALE, scenes.OUT, scenes.SUSPECT,
    }  # fmt: skip


def test_another_fuel_has_other_stations(country: Engine):
    """Only those that declare it."""
    assert find(country, fuel=Fuel.E10).keys() == {scenes.CHEAPEST, scenes.FAR_TIE, scenes.MOTORWAY, scenes.OUT}
    assert find(country, fuel=Fuel.LPG) == {}


def test_a_quote_carries_all_that_decides(country: Engine):
    """Price in thousandths, moment, place and distance, as the feed has them."""
    quote = find(country)[scenes.CHEAPEST]

    assert (quote.price, quote.fuel, quote.zip_code, quote.area) == (1659, Fuel.DIESEL, "91400", "FR-91")
    assert (quote.address, quote.town) == ("10 RUE DE PARIS", "Orsay")
    assert quote.updated_at == NOON - timedelta(hours=3)
    assert quote.distance_km is not None
    assert abs(quote.distance_km - 1.112) < 0.01
    assert not any((quote.is_gone, quote.is_motorway, quote.is_stale, quote.is_suspect))


def test_each_oddity_is_marked(country: Engine):
    """Motorway, old, out of stock, typing error, closed today, open day and night."""
    found = find(country)

    assert [ref for ref, quote in found.items() if quote.is_motorway] == [scenes.MOTORWAY]
    assert [ref for ref, quote in found.items() if quote.is_stale] == [scenes.STALE]
    assert [ref for ref, quote in found.items() if quote.is_suspect] == [scenes.SUSPECT]
    assert {ref: quote.out_since for ref, quote in found.items() if quote.out_since} == {scenes.OUT: NOON - 2 * DAY}
    assert found[scenes.CLOSED].opening.state is OpenState.CLOSED
    assert found[scenes.OPEN_24H].opening.state is OpenState.ALWAYS
    assert found[scenes.NEAR_TIE].opening.state is OpenState.OPEN
    assert found[scenes.FAR_TIE].opening.state is OpenState.UNKNOWN


def test_an_outage_of_one_fuel_says_nothing_of_another(country: Engine):
    """Out of Gazole, but E10 flows."""
    assert find(country, fuel=Fuel.E10)[scenes.OUT].out_since is None


def test_an_outage_without_a_price_is_a_line(database: Engine):
    """The station sells the fuel, only not now: its customers should know."""
    store(database, a_station(prices=(a_price(Fuel.E10),), outages=(an_outage(),)))

    quote = find(database, place=(46.2, 5.2))["1000001"]
    assert (quote.price, quote.updated_at, quote.is_stale, quote.is_suspect) == (None, None, False, False)
    assert quote.out_since == NOON - DAY


def test_a_permanent_outage_is_no_line(database: Engine):
    """The fuel is not sold there, as little as at a station that never named it."""
    store(database, a_station(prices=(a_price(Fuel.E10),), outages=(an_outage(kind=OutageKind.PERMANENT),)))

    assert find(database, place=(46.2, 5.2)) == {}


def test_a_price_beats_a_permanent_outage(database: Engine):
    """Whoever declares a price sells."""
    store(database, a_station(outages=(an_outage(kind=OutageKind.PERMANENT),)))

    assert find(database, place=(46.2, 5.2))["1000001"].out_since is None


def test_an_outage_that_ended_is_over(database: Engine):
    """Declared with its end in the same feed."""
    over = OutageRecord(Fuel.DIESEL, OutageKind.TEMPORARY, builders.NOON - 7200, builders.NOON - 3600)
    store(database, a_station(outages=(over,)))

    assert find(database, place=(46.2, 5.2))["1000001"].out_since is None


def test_staleness_is_judged_at_the_date_of_the_data(database: Engine):
    """Last month's extract on an island: its prices were fresh when it was made, opening hours are of now."""
    hours = (((420, 1260),),) * 7
    store(database, a_station(prices=(a_price(updated_at=builders.NOON - 10 * builders.DAY),), opening_hours=hours))
    later = NOON + 30 * DAY + timedelta(hours=12)

    with reading(database) as session:
        by_extract, by_clock = (
            around(session, Fuel.DIESEL, latitude=46.2, longitude=5.2, radius_km=1, now=later, as_of=as_of)[0]
            for as_of in (NOON, later)
        )
    assert (by_extract.is_stale, by_clock.is_stale) == (False, True)
    assert by_extract.opening.state is by_clock.opening.state is OpenState.CLOSED


def test_each_fuel_grows_stale_in_its_own_time(database: Engine):
    """Twenty days are too old for Gazole and young for LPG."""
    moment = builders.NOON - 20 * builders.DAY
    store(database, a_station(prices=(a_price(updated_at=moment), a_price(Fuel.LPG, updated_at=moment))))

    assert find(database, place=(46.2, 5.2))["1000001"].is_stale
    assert not find(database, place=(46.2, 5.2), fuel=Fuel.LPG)["1000001"].is_stale


def test_the_radius_includes_its_own_edge(database: Engine):
    """A station exactly at the distance asked for is found, one a metre further is not."""
    store(database, a_station())
    exactly = distance_km(46.15, 5.1, 46.2, 5.2)

    assert find(database, exactly, place=(46.15, 5.1)).keys() == {"1000001"}
    assert find(database, exactly - 0.001, place=(46.15, 5.1)) == {}


def test_stations_at_one_position_are_all_found(database: Engine):
    """52 pairs of real stations share theirs."""
    store(database, a_station("1000001"), a_station("1000002"))

    assert find(database, 0, place=(46.2, 5.2)).keys() == {"1000001", "1000002"}


def test_a_station_without_a_position_is_near_nothing(database: Engine):
    """It can be followed, not found by distance."""
    store(database, a_station(latitude=None, longitude=None))

    assert find(database, 20_000, place=(0.0, 0.0)) == {}
    assert follow(database, ["1000001"], Fuel.DIESEL, origin=(46.2, 5.2))["1000001", Fuel.DIESEL].distance_km is None


def test_a_search_is_what_looking_at_every_station_would_give(database: Engine):
    """Against brute force over 400 stations, whatever the place and the radius."""
    dice = random.Random(5)  # noqa: S311  # places, not secrets
    records = [
        a_station(str(2_000_000 + n), latitude=dice.uniform(46, 48), longitude=dice.uniform(4, 7)) for n in range(400)
    ]
    store(database, *records)

    @settings(max_examples=60, deadline=None)
    @given(st.floats(45.5, 48.5), st.floats(3.5, 7.5), st.floats(0, 120))
    def same(latitude: float, longitude: float, radius_km: float) -> None:
        expected = {
            record.source_ref
            for record in records
            if distance_km(latitude, longitude, record.latitude or 0, record.longitude or 0) <= radius_km
        }
        assert find(database, radius_km, place=(latitude, longitude)).keys() == expected

    same()


def _left_the_feed(on: Engine) -> None:
    others = [a_station(str(3_000_000 + n), latitude=45.0) for n in range(4)]
    store(on, a_station("1000001"), *others)
    store(on, *others)


def test_a_station_that_left_the_feed_is_not_found(database: Engine):
    """Nobody should drive to it."""
    _left_the_feed(database)

    assert find(database, place=(46.2, 5.2)) == {}


def test_a_followed_station_that_left_the_feed_is_still_told_of(database: Engine):
    """Its follower learns that it is gone, with what it last asked."""
    _left_the_feed(database)

    quote = follow(database, ["1000001"], Fuel.DIESEL)["1000001", Fuel.DIESEL]
    assert (quote.is_gone, quote.price) == (True, 1749)


def test_followed_stations_are_asked_for_every_fuel(country: Engine):
    """A line a station and fuel that it sells, with the distance from the follower where one is given."""
    found = follow(country, [scenes.CHEAPEST, scenes.STALE, scenes.LYON], Fuel.DIESEL, Fuel.E10, origin=scenes.ORSAY)

    assert {key: quote.price for key, quote in found.items()} == {
        (scenes.CHEAPEST, Fuel.DIESEL): 1659,
        (scenes.CHEAPEST, Fuel.E10): 1749,
        (scenes.STALE, Fuel.DIESEL): 1609,
        (scenes.LYON, Fuel.DIESEL): 1710,
        (scenes.LYON, Fuel.E10): 1790,
    }
    assert round(found[scenes.LYON, Fuel.E10].distance_km or 0) == 383


def test_without_an_origin_there_is_no_distance(country: Engine):
    """Nothing is measured from nowhere."""
    assert follow(country, [scenes.LYON], Fuel.DIESEL)[scenes.LYON, Fuel.DIESEL].distance_km is None


def test_nothing_followed_asks_nothing_of_the_base(country: Engine):
    """No stations, or no fuels."""
    with reading(country) as session, counted(country) as sent:
        assert at_stations(session, [], [Fuel.DIESEL], now=NOON, as_of=NOON) == []
        assert at_stations(session, [1], [], now=NOON, as_of=NOON) == []
    assert sent == []


def test_a_station_that_is_not_there_gives_no_line(country: Engine):
    """A list kept since before the base was made anew."""
    with reading(country) as session:
        assert at_stations(session, [987_654], list(Fuel), now=NOON, as_of=NOON) == []


def test_the_number_of_queries_does_not_grow_with_the_stations(database: Engine):
    """One for a search and one a followed fuel, for one station as for fifty."""
    for many in (1, 50):
        store(database, *(a_station(str(4_000_000 + n), outages=(an_outage(),)) for n in range(50)))
        chosen = list(ids(database).values())[:many]
        with counted(database) as sent:
            assert len(find(database, place=(46.2, 5.2))) == 50
        assert len([statement for statement in sent if statement.lstrip().startswith("SELECT")]) == 1
        with reading(database) as session, counted(database) as sent:
            assert len(at_stations(session, chosen, [Fuel.DIESEL, Fuel.E10], now=NOON, as_of=NOON)) == many
        assert len([statement for statement in sent if statement.lstrip().startswith("SELECT")]) == 2


def test_hours_come_back_as_they_were_declared(database: Engine):
    """JSON as text, on either database: from 18 to 2 is open at one at night."""
    week = (None, (), ((1080, 120),), ((1080, 120),), ((480, 720), (840, 1140)), (), ())
    record: StationRecord = a_station(opening_hours=week)
    store(database, record)

    opening = find(database, place=(46.2, 5.2))["1000001"].opening
    assert opening.state is OpenState.CLOSED
    assert opening.changes_at is not None
    assert (opening.changes_at.weekday(), opening.changes_at.hour) == (4, 14)


def test_a_search_reads_the_index_of_positions(country: Engine):
    """Not every station of the base, on either database."""
    with country.connect() as connection:
        asked = _search_asked_of(country)
        if country.dialect.name == "sqlite":
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked[0]}", asked[1]).fetchall()
        else:
            # So small a country is read whole faster; a large one is not.
            connection.exec_driver_sql("SET enable_seqscan = off")
            plan = connection.exec_driver_sql(f"EXPLAIN {asked[0]}", asked[1]).fetchall()
    words = "\n".join(str(line) for line in plan)
    assert "ix_stations_position" in words
    assert "SCAN stations" not in words
    assert "Seq Scan on" not in words


def _search_asked_of(on: Engine) -> tuple[str, Any]:
    """The statement of a search as the driver gets it, with its parameters."""
    sent: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        sent.append((statement, parameters))

    event.listen(on, "before_cursor_execute", note)
    find(on)
    event.remove(on, "before_cursor_execute", note)
    return next(one for one in sent if one[0].startswith("SELECT"))
