"""Brands to choose from."""

from pathlib import Path

from sqlalchemy import Engine

from pipeline.run import run_once
from services.brands import brands, stored_brands
from services.data_state import LISTS
from session import reading
from sources import SOURCES
from sources.base import NameSource, has_prices
from sources.fr_brands import FrBrands
from tests import scenes
from tests.brand_lists import brand_list


def test_the_frequent_ones_come_first_and_a_house_is_one(sqlite_database: Engine, tmp_path: Path):
    """Three Carrefours under two signs before two Avia; a station that the feed does not have counts for nothing."""
    scenes.load(sqlite_database, tmp_path)
    rows = [
        f"{scenes.CHEAPEST},Carrefour,,,",
        f"{scenes.FAR_TIE},Carrefour Market,,,",
        f"{scenes.STALE},Carrefour Market,,,",
        f"{scenes.OUT},Avia,,,",
        f"{scenes.NEAR_TIE},Avia,,,",
        f"{scenes.LYON},Total Access,,,",
        "99000001,Shell,,,",
    ]
    run_once(FrBrands(), url=brand_list(tmp_path, *rows).as_uri(), on=sqlite_database)

    with reading(sqlite_database) as session:
        assert brands(session) == ["Carrefour", "Avia", "Total Access"]


def test_a_chosen_brand_stands_for_all_signs_of_its_house():
    """But the cheaper network of a company is a choice of its own."""
    assert {"Carrefour", "Carrefour Market", "Carrefour Contact"} <= stored_brands(["Carrefour"])
    assert stored_brands(["TotalEnergies", "Avia"]) == {"TotalEnergies", "Avia"}
    assert stored_brands(["Carrefour Market"]) == {"Carrefour Market"}
    assert stored_brands([]) == frozenset()


def test_the_state_of_the_data_knows_every_list_beside_the_prices():
    """A list that it took for prices would date the data."""
    assert set(LISTS) == {name for name, make in SOURCES.items() if not has_prices(make())}
    assert all(
        source.of in SOURCES for source in (make() for make in SOURCES.values()) if isinstance(source, NameSource)
    )
