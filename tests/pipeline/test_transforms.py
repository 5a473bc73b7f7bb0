"""The generic transforms: what each step does to the stations of a harvest, and what it counts."""

from typing import Any

import pytest

from adapters.geocoding import NOWHERE, Place
from pipeline.gather import gather
from pipeline.harvest import ADDRESS, DERIVED, LATITUDE, LONGITUDE, TOWN, Harvest
from pipeline.transforms import STEPS, points_lacking
from records import Derived, StationRecord
from tests.builders import a_price, a_station

HERE = (462_000, 52_000)


def harvested(*stations: StationRecord, places: dict[tuple[int, int], Place] | None = None) -> Harvest:
    """These stations, every step taken."""
    harvest = Harvest(places=places or {})
    gather(stations, source="test", into=harvest)
    return harvest


def row(harvest: Harvest, ref: str = "1000001") -> dict[int, Any]:
    """The columns of a station by their place."""
    return dict(enumerate(harvest.stations[ref]))


def test_every_step_is_counted_in_their_order():
    """Also those that found nothing to do."""
    harvest = harvested(a_station(town="Bourg"))

    assert list(harvest.steps) == [step.name for step in STEPS]
    assert set(harvest.steps.values()) == {0}


def test_steps_over_a_station_come_before_those_over_all():
    """A step over all finds every town spelt: their order is also the order of their kinds."""
    kinds = [type(step).__name__ for step in STEPS]

    assert kinds == sorted(kinds)
    assert len({step.name for step in STEPS}) == len(STEPS)


@pytest.mark.parametrize(("north", "east"), [(46.2, None), (None, 5.2), (0.0, 0.0)])
def test_half_a_position_is_none(north: float | None, east: float | None):
    """One number of two, or the point where both are nought."""
    harvest = harvested(a_station(latitude=north, longitude=east), a_station("2"))

    assert (row(harvest)[LATITUDE], row(harvest)[LONGITUDE]) == (None, None)
    assert row(harvest, "2")[LATITUDE] == 46.2
    assert harvest.steps["position_incomplete"] == 1


def test_a_town_is_spelt_for_display_and_counted_where_that_changed_it():
    """The publisher shouts; whoever writes with care is left alone."""
    harvest = harvested(a_station(town="LA ROCHE SUR YON"), a_station("2", town="Bréhan"))

    assert (row(harvest)[TOWN], row(harvest, "2")[TOWN]) == ("La Roche-sur-Yon", "Bréhan")
    assert harvest.steps["town_spelt"] == 1


def test_a_position_at_another_end_of_the_country_is_dropped():
    """Five stations of one department tell where it lies; the sixth cannot be there."""
    near = [a_station(str(ref), latitude=46.2 + ref / 100) for ref in range(5)]
    harvest = harvested(*near, a_station("far", latitude=43.3, longitude=-1.5))

    assert row(harvest, "far")[LATITUDE] is None
    assert harvest.steps["position_misplaced"] == 1
    assert all(row(harvest, str(ref))[LATITUDE] for ref in range(5))


def test_two_stations_alone_do_not_tell_which_of_them_is_wrong():
    """Nor do stations whose area nobody knows."""
    far = {"latitude": 43.3, "longitude": -1.5}
    few = harvested(a_station(), a_station("2", **far))
    strangers = harvested(*(a_station(str(ref), area="") for ref in range(9)), a_station("far", area="", **far))

    assert few.steps["position_misplaced"] == strangers.steps["position_misplaced"] == 0
    assert row(few, "2")[LATITUDE] == row(strangers, "far")[LATITUDE] == 43.3


def test_a_missing_address_and_town_come_from_the_address_service():
    """What it is known to say of the position, marked as derived; what was declared stays."""
    there = {HERE: Place("8 Boulevard du Port", "Amiens")}
    harvest = harvested(
        a_station(address="-", town=""),
        a_station("2", address=""),
        a_station("3", town=""),
        a_station("4"),
        places=there,
    )

    both = Derived.TOWN_OF_POSITION | Derived.ADDRESS_OF_POSITION
    assert [row(harvest)[column] for column in (ADDRESS, TOWN, DERIVED)] == ["8 Boulevard du Port", "Amiens", both]
    assert row(harvest, "2")[TOWN] == "Saint-Denis-les-Bourg"
    assert row(harvest, "2")[DERIVED] == Derived.ADDRESS_OF_POSITION
    assert row(harvest, "3")[ADDRESS] == "596 avenue de Trévoux"
    assert row(harvest, "3")[DERIVED] == Derived.TOWN_OF_POSITION
    assert row(harvest, "4")[DERIVED] == 0
    assert (harvest.steps["filled_from_position"], harvest.steps["town_of_neighbour"]) == (3, 0)


def test_without_an_answer_the_town_is_that_of_the_nearest_station():
    """Not of a nearer one that has none of its own; the address stays empty."""
    harvest = harvested(
        a_station(address="", town=""),
        a_station("2", latitude=46.205, town=""),
        a_station("3", latitude=46.25, town="Near"),
        a_station("4", latitude=46.13, town="Farther"),
        places={HERE: NOWHERE},
    )

    assert [row(harvest)[column] for column in (ADDRESS, TOWN, DERIVED)] == ["", "Near", Derived.TOWN_OF_NEIGHBOUR]
    assert row(harvest, "2")[TOWN] == "Near"
    assert (harvest.steps["filled_from_position"], harvest.steps["town_of_neighbour"]) == (0, 2)


@pytest.mark.parametrize(
    ("north", "east", "is_near"),
    [(0.089, 0.0, True), (0.091, 0.0, False), (0.0, 0.129, True), (0.0, -0.131, False), (0.0632, -0.0915, True)],
)
def test_a_neighbour_lives_within_ten_kilometres(north: float, east: float, *, is_near: bool):
    """Whatever lies between the two: the search goes by cells, and sees over their edges."""
    for latitude in (46.2, 46.299, 46.25):
        harvest = harvested(
            a_station(latitude=latitude, town=""),
            a_station("2", latitude=latitude + north, longitude=5.2 + east, town="Near"),
        )
        assert (row(harvest)[TOWN] == "Near") is is_near


def test_who_has_no_position_keeps_no_town():
    """Nothing to derive it from."""
    harvest = harvested(a_station(town="", latitude=None, longitude=None), a_station("2"))

    assert (row(harvest)[TOWN], row(harvest)[DERIVED]) == ("", 0)


def test_suspect_prices_are_counted_old_ones_too():
    """Beside the others of their fuel; the flag itself is written with each price."""
    old = a_price(price=900, updated_at=a_price().updated_at - 90 * 86_400)
    harvest = harvested(
        *(a_station(str(ref)) for ref in range(5)),
        a_station("low", prices=(a_price(price=900),)),
        a_station("old", prices=(old,)),
    )

    assert harvest.steps["price_suspect"] == 2
    assert harvest.is_suspect(a_price(price=900))
    assert not harvest.is_suspect(a_price())


def test_positions_are_asked_for_where_the_publisher_was_silent():
    """Each once, also where the neighbour's town stands in; never that of a station that lacks nothing."""
    harvest = harvested(
        a_station(town=""),
        a_station("2", town=""),
        a_station("3", latitude=46.3, address=""),
        a_station("4", latitude=46.4),
        a_station("5", town="", latitude=None, longitude=None),
    )

    assert points_lacking(harvest) == [HERE, (463_000, 52_000)]
