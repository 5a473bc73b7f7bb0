"""What a person tells of their car and home, and what is taken where they tell nothing."""

from math import inf, nan
from typing import Any

import pytest
from sqlalchemy import Engine

from errors import AccountGone, FieldRefused
from records import Fuel
from services import cars
from services.cars import BOUNDS, DEFAULT_CAR, Car, Home
from session import reading, writing
from tests.builders import a_station
from tests.members import a_member
from tests.quotes import store


def saved(on: Engine, user_id: int, **told: Any) -> Car:
    """The car after this was told."""
    with writing(on) as session:
        cars.save_car(session, user_id, **{"fuels": [], **told})
    with reading(on) as session:
        return cars.car(session, user_id)


def test_a_car_is_kept_and_changed(database: Engine):
    """What was told stands, what was not has a default and is named; told again it is another."""
    ada = a_member(database)
    with reading(database) as session:
        assert cars.car(session, ada) == DEFAULT_CAR == Car(tank_l=50, fill_l=50, litres_100km=6.5, km_a_year=12_000)

    told = saved(database, ada, fuels=[Fuel.E85, Fuel.E10], litres_100km=6.4, per_fuel={Fuel.E85: 8.4}, tank_l=45)
    assert told == Car(
        fuels=(Fuel.E85, Fuel.E10),
        tank_l=45,
        fill_l=45,
        litres_100km=6.4,
        km_a_year=12_000,
        per_fuel=((Fuel.E85, 8.4),),
        defaults=frozenset({"fill_l", "km_a_year"}),
    )
    assert (told.consumption(Fuel.E85), told.consumption(Fuel.E10)) == (8.4, 6.4)

    again = saved(database, ada, fuels=[Fuel.DIESEL], km_a_year=20_000, fill_l=60)
    assert (again.fuels, again.km_a_year, again.litres_100km, again.per_fuel) == ((Fuel.DIESEL,), 20_000, 6.5, ())
    assert (again.tank_l, again.fill_l) == (60, 60)
    assert again.defaults == {"tank_l", "litres_100km"}
    assert again.fill(Fuel.DIESEL).cost(1_600) == pytest.approx(96.0)


@pytest.mark.parametrize(
    ("car", "fuel", "litres"),
    [
        (Car(), Fuel.E10, 6.5),
        (Car(), Fuel.E85, 8.125),
        (Car(), Fuel.LPG, 7.8),
        (Car(fuels=(Fuel.E85,)), Fuel.E85, 8.125),
        (Car(fuels=(Fuel.E85, Fuel.E10), litres_100km=6.0, defaults=frozenset()), Fuel.E85, 7.5),
        # Told of a car that takes E85 alone, the figure is that of E85.
        (Car(fuels=(Fuel.E85,), litres_100km=8.0, defaults=frozenset()), Fuel.E85, 8.0),
        (Car(fuels=(Fuel.E85,), litres_100km=8.0, defaults=frozenset()), Fuel.SP95, 6.4),
    ],
)
def test_consumption_of_each_fuel(car: Car, fuel: Fuel, litres: float):
    """A quarter more of E85, a fifth more of LPG, unless the person told better."""
    assert car.consumption(fuel) == pytest.approx(litres)


@pytest.mark.parametrize(
    ("told", "field", "reason"),
    [
        *(({name: low - 0.1}, name, "low") for name, (low, _) in BOUNDS.items() if name != "radius_km"),
        *(({name: high + 0.1}, name, "high") for name, (_, high) in BOUNDS.items() if name != "radius_km"),
        ({"tank_l": 0}, "tank_l", "low"),
        ({"km_a_year": -1}, "km_a_year", "low"),
        ({"litres_100km": nan}, "litres_100km", "form"),
        ({"fill_l": inf}, "fill_l", "form"),
        ({"per_fuel": {Fuel.E85: 0.0}}, "litres_100km", "low"),
        ({"tank_l": 40, "fill_l": 41}, "fill_l", "above_tank"),
    ],
)
def test_absurd_figures_are_refused(sqlite_database: Engine, told: dict[str, Any], field: str, reason: str):
    """Each by its field and a reason that a page has words for; nothing of it is kept."""
    ada = a_member(sqlite_database)
    with pytest.raises(FieldRefused) as refused:
        saved(sqlite_database, ada, **told)

    assert (refused.value.field, refused.value.reason) == (field, reason)
    with reading(sqlite_database) as session:
        assert cars.car(session, ada) == DEFAULT_CAR


def test_all_that_is_absurd_is_told_at_once():
    """Each where it was typed."""
    told = {"tank_l": 2.0, "fill_l": 45.0, "litres_100km": None, "km_a_year": 1e9}

    found = cars.refused_figures(told, {Fuel.E10: 6.0, Fuel.E85: 55.0})

    assert {where: (error.field, error.reason) for where, error in found.items()} == {
        "tank_l": ("tank_l", "low"),
        "fill_l": ("fill_l", "above_tank"),
        "km_a_year": ("km_a_year", "high"),
        Fuel.E85: ("litres_100km", "high"),
    }


def test_a_car_needs_a_person(sqlite_database: Engine):
    """Deleted in another tab."""
    with pytest.raises(AccountGone):
        saved(sqlite_database, 999)


def test_a_home_is_kept_rounded_and_forgotten(database: Engine):
    """To about 100 m, under a name of one line; asked to forget it twice it is still forgotten."""
    ada = a_member(database)
    store(database, a_station(latitude=48.7, longitude=2.2))
    with writing(database) as session:
        assert cars.home(session, ada) is None
        cars.save_home(session, ada, " Chez\n moi ", 48.69871, 2.18749, 15)
        cars.save_home(session, ada, "Chez moi", 48.69891, 2.18749, 15)
    with writing(database) as session:
        kept = cars.home(session, ada)
        assert kept == Home("Chez moi", 48.699, 2.187, 15)
        assert kept.position == (48.699, 2.187)
        cars.forget_home(session, ada)
        cars.forget_home(session, ada)
        assert cars.home(session, ada) is None


@pytest.mark.parametrize(
    ("place", "field", "reason"),
    [
        ((nan, 2.2, 10), "position", "form"),
        ((91.0, 2.2, 10), "position", "form"),
        ((40.71, -74.0, 10), "position", "outside"),
        ((48.7, 2.2, 0), "radius_km", "low"),
        ((48.7, 2.2, 51), "radius_km", "high"),
    ],
)
def test_a_home_where_there_is_nothing_is_refused(
    sqlite_database: Engine, place: tuple[float, float, int], field: str, reason: str
):
    """No place on earth, or one that no station is near to."""
    ada = a_member(sqlite_database)
    store(sqlite_database, a_station(latitude=48.7, longitude=2.2))
    with writing(sqlite_database) as session, pytest.raises(FieldRefused) as refused:
        cars.save_home(session, ada, "x", *place)

    assert (refused.value.field, refused.value.reason) == (field, reason)


def test_without_a_feed_any_home_will_do(sqlite_database: Engine):
    """Examples do not tell what is covered."""
    ada = a_member(sqlite_database)
    store(sqlite_database, a_station(latitude=48.7, longitude=2.2), source="sample")
    with writing(sqlite_database) as session:
        assert cars.save_home(session, ada, "Brest", 48.39, -4.486).latitude == 48.39
