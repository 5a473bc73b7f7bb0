"""Medians as the load wrote them."""

import pytest
from sqlalchemy import Engine

from records import Fuel
from services.medians import Median, medians
from session import reading
from tests.builders import DAY, NOON, a_price, a_station
from tests.quotes import store


def of(on: Engine, area: str) -> dict[Fuel, Median]:
    """The medians of an area."""
    with reading(on) as session:
        return medians(session, area)


def test_the_middle_of_what_can_be_believed(country: Engine):
    """By hand: Gazole at 1.639, 1.649, 1.659, 1.699, 1.699, 1.899 in Essonne, with neither the old nor the mistyped."""
    assert of(country, "FR-91")[Fuel.DIESEL] == Median((1659 + 1699) // 2, 6)
    assert of(country, "FR")[Fuel.DIESEL] == Median(1699, 8)
    assert of(country, "FR-69") == {Fuel.DIESEL: Median(1710, 1), Fuel.E10: Median(1790, 1)}


@pytest.mark.parametrize("area", ["", "FR-75", "IT", "'"])
def test_an_area_without_prices_has_none(country: Engine, area: str):
    """Also one that does not exist."""
    assert of(country, area) == {}


def test_the_newest_day_counts_for_each_fuel(database: Engine):
    """Yesterday's median stays on record; that of a fuel nobody declares any more is the last there was."""
    store(database, a_station(prices=(a_price(Fuel.DIESEL, 1_600, NOON - DAY), a_price(Fuel.LPG, 900, NOON - DAY))))
    store(database, a_station(prices=(a_price(Fuel.DIESEL, 1_700),)))

    assert of(database, "FR") == {Fuel.DIESEL: Median(1700, 1), Fuel.LPG: Median(900, 1)}
