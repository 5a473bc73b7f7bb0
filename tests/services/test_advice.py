"""The board of somebody who follows stations: every figure worked out by hand."""

from datetime import timedelta
from math import pi
from typing import Any

import pytest
from sqlalchemy import Engine, select

from models import Station
from records import Fuel, RoadKind, StationRecord
from services import shared
from services.advice import Beside, FuelBoard, Movement, boards, by_station, running_costs
from services.cars import Car
from services.opening import OpenState
from services.ranking import Sort
from services.savings import Fill, Reference
from session import reading
from tests import scenes
from tests.builders import DAY as DAY_S
from tests.builders import NOON as NOON_S
from tests.builders import a_price, a_station, an_outage
from tests.quotes import DAY, NOON, counted, store

HOME = (46.2, 5.2)
STEP_KM = 6371.0088 * pi / 180 / 100  # a hundredth of a degree of latitude: 1.112 km
NEAR, FAR, DEAR = "1000001", "1000002", "1000003"
BETTER, DRY, MOTORWAY, SHUT, OLD, TYPO = "2000001", "2000002", "2000003", "2000004", "2000005", "2000006"
SHUT_ALL_WEEK = ((),) * 7


def at(ref: str, steps: float, price: int = 1_700, age_s: int = 3_600, **facts: Any) -> StationRecord:
    """A station so many steps north of home, with a price of Gazole."""
    priced = {"prices": (a_price(Fuel.DIESEL, price, NOON_S - age_s),)}
    return a_station(ref, latitude=HOME[0] + steps / 100, longitude=HOME[1], **(priced | facts))


def around_home() -> list[StationRecord]:
    """Three stations to follow, one that is better, five that seem so, and two far away."""
    return [
        at(NEAR, 1, 1_700),
        at(FAR, 9, 1_690, 3 * DAY_S),
        at(DEAR, 2, 1_800),
        at(BETTER, -2.7, 1_600),
        at(DRY, -0.5, 1_500, outages=(an_outage(),)),
        at(MOTORWAY, -0.6, 1_500, road_kind=RoadKind.MOTORWAY),
        at(SHUT, -0.7, 1_500, opening_hours=SHUT_ALL_WEEK),
        at(OLD, -0.8, 1_500, 40 * DAY_S),
        at(TYPO, -0.9, 800),
        at("3000001", 200, 1_900, area="FR-69"),
        at("3000002", 201, 1_900, area="FR-69"),
    ]


def ids(on: Engine, *refs: str) -> list[int]:
    """The ids of these stations, in this order."""
    with reading(on) as session:
        found = {row.source_ref: row.id for row in session.execute(select(Station.source_ref, Station.id))}
    return [found[ref] for ref in refs]


def board(on: Engine, *refs: str, **asked: Any) -> FuelBoard:
    """The board of Gazole for who follows these."""
    followed = ids(on, *refs)
    with reading(on) as session:
        wanted = {"now": NOON, "as_of": NOON, "origin": HOME, **asked}
        return boards(session, followed, [Fuel.DIESEL], **wanted)[0]


def test_every_figure_of_a_board(database: Engine):
    """Order, reference, saving, movement, medians, the way, and the one station that does better."""
    store(database, at(NEAR, 1, 1_750, 8 * DAY_S), at(DEAR, 2, 1_300, 8 * DAY_S), *around_home()[3:])
    store(database, at(NEAR, 1, 1_720, 2 * DAY_S), at(DEAR, 2, 1_300, 8 * DAY_S), *around_home()[3:])
    store(database, *around_home())
    found = board(database, NEAR, FAR, DEAR)
    near, far, dear = ids(database, NEAR, FAR, DEAR)

    assert [quote.source_ref for quote in found.ranking.quotes] == [FAR, NEAR, DEAR]
    assert [quote.distance_km for quote in found.ranking.quotes] == pytest.approx([9 * STEP_KM, STEP_KM, 2 * STEP_KM])
    # (1.700 + 1.690 + 1.800) / 3 = 1.730; the best is 1.690: 0.040 on 50 l, and on 12,000 km × 6.5 l / 100 = 780 l.
    assert found.reference == Reference(1_730, 3, is_around=False)
    assert found.saving is not None
    assert (found.saving.per_litre, found.saving.fill, found.saving.year) == pytest.approx((40, 2.0, 31.2))
    # DEAR asked 1.300 a week ago, NEAR 1.720 yesterday and 1.750 a week ago; nobody knows FAR's of a week ago.
    assert found.movements == {near: Movement(-20, -50), far: Movement(0, None), dear: Movement(None, None)}
    # Department: 1.500 thrice, 1.600, 1.690, 1.700, 1.800 (neither stale nor suspect); nation: 1.900 twice more.
    assert found.beside == {near: Beside(100, 10), far: Beside(90, 0), dear: Beside(200, 110)}
    # 50 l at FAR with 26.0 km there and back, 1.69 l: 87.36 €; at NEAR with 2.9 km 85.32 €.
    assert found.not_worth == {far}
    assert found.fill.cost(1_690, 9 * STEP_KM) == pytest.approx(1.690 * (50 + 0.065 * 2.6 * 10.0076), abs=1e-3)
    assert found.alternative is not None
    assert found.alternative.quote.source_ref == BETTER
    assert found.alternative.quote.distance_km == pytest.approx(2.7 * STEP_KM)
    assert found.alternative.instead_of is not None
    assert found.alternative.instead_of.source_ref == NEAR
    # 1.700 × (50 + 0.188) − 1.600 × (50 + 0.507)
    assert found.alternative.gain == pytest.approx(1.7 * 50.18791 - 1.6 * 50.50737, abs=1e-3)
    assert found.alternative.gain == pytest.approx(4.51, abs=5e-3)


def test_the_order_asked_for(sqlite_database: Engine):
    """By distance, or by what the fill costs with the way: FAR costs more than DEAR would at 1.740."""
    store(sqlite_database, at(NEAR, 1, 1_700), at(FAR, 9, 1_690), at(DEAR, 2, 1_740))

    def order(sort: Sort) -> list[str]:
        return [quote.source_ref for quote in board(sqlite_database, NEAR, FAR, DEAR, sort=sort).ranking.quotes]

    assert order(Sort.PRICE) == [FAR, NEAR, DEAR]
    assert order(Sort.DISTANCE) == [NEAR, DEAR, FAR]
    # 85.32, 87.36 and 1.740 × 50.376 = 87.65
    assert order(Sort.NET) == [NEAR, FAR, DEAR]


def test_who_follows_one_is_held_against_the_median_around(sqlite_database: Engine):
    """Of stations within ten kilometres of home; of the station itself where no home is known, which is no detour."""
    store(sqlite_database, *around_home())
    at_home = board(sqlite_database, NEAR)
    # Within 10 km of home, to be relied on: 1.500 (motorway), 1.500 (shut), 1.600, 1.700, 1.800; FAR is 10.008 km away.
    assert at_home.reference == Reference(1_600, 5, is_around=True)
    assert at_home.saving is not None
    assert at_home.saving.fill == 0

    homeless = board(sqlite_database, BETTER, origin=None)
    assert homeless.reference == Reference(1_600, 5, is_around=True)
    dear = board(sqlite_database, DEAR, origin=None)
    # 1.500 twice, 1.600, 1.690, 1.700 and 1.800 lie within 10 km of it.
    assert dear.reference == Reference(1_645, 6, is_around=True)
    assert dear.not_worth == frozenset()
    assert dear.alternative is not None
    assert dear.alternative.quote.source_ref == BETTER
    # BETTER lies 4.7 steps away: 1.800 × 50 − 1.600 × (50 + 0.065 × 2 × 1.3 × 4.7 × 1.112)
    assert dear.alternative.quote.distance_km == pytest.approx(4.7 * STEP_KM)
    assert dear.alternative.gain == pytest.approx(90 - 1.6 * (50 + 0.169 * 4.7 * 1.111951), abs=1e-4)


def test_nobody_is_sent_away_for_cents(sqlite_database: Engine):
    """1.690 instead of 1.700 gains 0.50 € at the pump, and the way costs some of it."""
    store(sqlite_database, at(NEAR, 1, 1_700), at(FAR, 1.01, 1_690), at(DEAR, 3, 1_690))

    assert board(sqlite_database, NEAR).alternative is None


def test_nobody_is_sent_where_they_cannot_fill_up(sqlite_database: Engine):
    """A club sells to its members; at night a station that tells no hours may be shut."""
    club = at(MOTORWAY, 1, 1_500, address="Réservée aux Membres Costco, 3 avenue de Bréhat")
    store(sqlite_database, at(NEAR, 1, 1_700), club, at(BETTER, 2, 1_600))

    by_day = board(sqlite_database, NEAR).alternative
    assert by_day is not None
    assert by_day.quote.source_ref == BETTER
    assert board(sqlite_database, NEAR, now=NOON + timedelta(hours=10)).alternative is None


def test_all_out_of_stock(sqlite_database: Engine):
    """There is no best and no saving; the nearest help is named without a gain that nobody can reckon."""
    store(sqlite_database, at(NEAR, 1, outages=(an_outage(),)), at(FAR, 2, outages=(an_outage(),)), at(BETTER, 3))
    found = board(sqlite_database, NEAR, FAR)

    assert (found.ranking.best, found.reference, found.saving) == (None, None, None)
    assert len(found.ranking.quotes) == 2
    assert found.alternative is not None
    assert (found.alternative.quote.source_ref, found.alternative.gain) == (BETTER, None)


def test_a_fuel_that_nobody_followed_sells(sqlite_database: Engine):
    """And a list from which everything was removed: empty boards, nothing asked of the surroundings."""
    store(sqlite_database, *around_home())
    with reading(sqlite_database) as session:
        none_sells = boards(session, ids(sqlite_database, NEAR), [Fuel.LPG], now=NOON, as_of=NOON, origin=None)[0]
    with reading(sqlite_database) as session, counted(sqlite_database) as sent:
        nothing = boards(session, [], [Fuel.DIESEL], now=NOON, as_of=NOON, origin=HOME)[0]

    for found in (none_sells, nothing):
        assert (found.quotes, found.ranking.best, found.saving, found.alternative) == ((), None, None, None)
    assert [statement for statement in sent if "SELECT" in statement] == []


def test_old_data_advise_nobody(sqlite_database: Engine):
    """Of a month ago: the prices stay to be seen, in their order, but no gain is promised of them."""
    store(sqlite_database, *around_home())
    found = board(sqlite_database, NEAR, FAR, DEAR, now=NOON + 30 * DAY)

    assert len(found.ranking.quotes) == 3
    assert found.reference is not None
    assert (found.saving, found.alternative) == (None, None)
    yesterday = board(sqlite_database, NEAR, FAR, DEAR, now=NOON + 2 * DAY)
    assert yesterday.saving is not None
    assert board(sqlite_database, NEAR, FAR, DEAR, now=NOON + 2 * DAY + timedelta(seconds=1)).saving is None


def test_a_stale_price_is_no_reference_and_saves_nothing(sqlite_database: Engine):
    """It is the only one left of two: it is shown, and nothing is reckoned with it."""
    store(sqlite_database, at(OLD, 1, 1_500, 40 * DAY_S), at(DRY, 2, outages=(an_outage(),)))
    found = board(sqlite_database, OLD, DRY)

    assert found.ranking.best is not None
    assert found.ranking.best.is_stale
    assert (found.reference, found.saving, found.not_worth) == (None, None, frozenset())


@pytest.mark.parametrize("count", [1, 12])
def test_the_number_of_queries_does_not_grow(sqlite_database: Engine, count: int):
    """Three fuels cost eight, whether one station is followed or twelve."""
    fuels = [Fuel.DIESEL, Fuel.E10, Fuel.SP98]
    prices = tuple(a_price(fuel) for fuel in fuels)
    store(sqlite_database, *(at(str(1_000_000 + n), n / 10, prices=prices) for n in range(20)))
    followed = ids(sqlite_database, *(str(1_000_000 + n) for n in range(count)))
    with reading(sqlite_database) as session, counted(sqlite_database) as sent:
        found = boards(session, followed, fuels, now=NOON, as_of=NOON, origin=HOME)

    assert [len(board.quotes) for board in found] == [count] * 3
    assert len([statement for statement in sent if statement.lstrip().startswith("SELECT")]) == 8


def test_a_board_a_fuel_in_the_order_asked(country: Engine):
    """Each ranked by itself; neither the suspect, the stale nor the dry one counts for the mean."""
    with reading(country) as session:
        followed = session.scalars(select(Station.id).where(Station.town == "Orsay")).all()
        found = boards(session, followed, [Fuel.E10, Fuel.LPG, Fuel.DIESEL], now=NOON, as_of=NOON)

    assert [board.fuel for board in found] == [Fuel.E10, Fuel.LPG, Fuel.DIESEL]
    e10, lpg, diesel = found
    assert [quote.source_ref for quote in e10.ranking.quotes] == [scenes.FAR_TIE, scenes.OUT, scenes.CHEAPEST]
    # (1.729 + 1.739 + 1.749) / 3 − 1.729 = 0.010 on 50 l
    assert e10.saving is not None
    assert e10.saving.fill == pytest.approx(0.5)
    assert (lpg.quotes, lpg.saving) == ((), None)
    assert diesel.ranking.best is not None
    assert diesel.ranking.best.source_ref == scenes.CHEAPEST
    # (1.659 + 1.699 + 1.699) / 3 − 1.659 = 0.02667 on 50 l
    assert diesel.saving is not None
    assert diesel.saving.fill == pytest.approx(4 / 3)
    assert [quote.source_ref for quote in diesel.ranking.suspect] == [scenes.SUSPECT]


def test_the_same_by_station(sqlite_database: Engine):
    """Every followed station in its order with all its fuels; one that left the feed, or sells none of them, too."""
    both = (a_price(Fuel.DIESEL, 1_700), a_price(Fuel.E10, 1_800))
    records = [at(NEAR, 1, prices=both), at(FAR, 2), at(DEAR, 3, prices=()), at(BETTER, 4)]
    store(sqlite_database, *records, at(OLD, 5))
    store(sqlite_database, *records)
    near, far, dear, gone = ids(sqlite_database, NEAR, FAR, DEAR, OLD)
    with reading(sqlite_database) as session:
        shown = boards(session, [dear, near, gone, far], [Fuel.E10, Fuel.DIESEL], now=NOON, as_of=NOON)
    found = by_station(shown, [dear, near, gone, far])

    assert [(each, [quote.fuel for quote in quotes]) for each, quotes in found.items()] == [
        (dear, []),
        (near, [Fuel.E10, Fuel.DIESEL]),
        (gone, [Fuel.DIESEL]),
        (far, [Fuel.DIESEL]),
    ]
    assert [quote.is_gone for quote in found[gone]] == [True]
    assert shown[1].ranking.quotes[-1].station_id == gone
    assert all(quote.opening.state is OpenState.UNKNOWN for quotes in found.values() for quote in quotes)


def test_petrols_of_a_car_on_the_road(sqlite_database: Engine):
    """Each at its best followed price: 6.4 l at 1.700 are 10.88 €, 8 l of E85 at 0.800 are 6.40 €.

    Gazole is followed too, and no choice for this engine.
    """
    first = (a_price(Fuel.E10, 1_700), a_price(Fuel.E85, 850), a_price(Fuel.DIESEL, 1_600))
    other = (a_price(Fuel.E10, 1_750), a_price(Fuel.E85, 800))
    store(sqlite_database, at(NEAR, 1, prices=first), at(FAR, 2, prices=other))
    car = Car(fuels=(Fuel.E85, Fuel.E10), litres_100km=6.4, defaults=frozenset())
    with reading(sqlite_database) as session:
        fuels = [Fuel.DIESEL, Fuel.E10, Fuel.E85]
        shown = boards(session, ids(sqlite_database, NEAR, FAR), fuels, now=NOON, as_of=NOON, car=car)
    found = running_costs(shown, car)

    assert found is not None
    assert [(line.fuel, line.price, round(line.euros_100km, 2)) for line in found.lines] == [
        (Fuel.E85, 800, 6.40),
        (Fuel.E10, 1_700, 10.88),
    ]
    assert found.break_even == 1_360
    assert running_costs(shown, Car()) is None


def test_a_rerun_reckons_nothing_anew(sqlite_database: Engine):
    """Within the minute a page that is drawn again costs no query; another order is another answer."""
    store(sqlite_database, *around_home())
    followed = ids(sqlite_database, NEAR, FAR)

    def asked(sort: Sort, seconds: int) -> list[str]:
        now = NOON + timedelta(seconds=seconds)
        found = shared.boards(1, followed, [Fuel.DIESEL], now=now, as_of=NOON, origin=HOME, sort=sort)
        around = shared.ranking(
            1,
            Fuel.DIESEL,
            latitude=46.2,
            longitude=5.2,
            radius_km=5,
            now=now,
            as_of=NOON,
            sort=sort,
            fill=Fill(50, 6.5),
        )
        assert around.best is not None
        return [quote.source_ref for quote in found[0].ranking.quotes]

    shared.forget()
    assert asked(Sort.PRICE, 0) == [FAR, NEAR]
    with counted(sqlite_database) as sent:
        assert asked(Sort.PRICE, 59) == [FAR, NEAR]
    assert sent == []
    assert asked(Sort.NET, 59) == [NEAR, FAR]
