"""The stations that somebody without an account follows."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from errors import TooManyStations
from pipeline.sample import fill_with_sample
from records import Fuel
from services import shared
from services.following import MOST_STATIONS, Followed
from services.stations import station_facts
from session import reading
from settings import settings
from tests import scenes
from ui import search_state
from ui.demo_state import KEY, Demo
from ui.device import Place


def a_demo(*ids: int) -> Demo:
    """Somebody follows these stations."""
    demo = Demo("real")
    for station_id in ids:
        demo.add(station_id)
    return demo


def followed(demo: Demo) -> list[int]:
    """Which stations are followed, in their order."""
    return [station.station_id for station in demo.stations]


def refs(demo: Demo) -> list[str]:
    """The same by the ids of the feed."""
    with reading() as session:
        known = station_facts(session, followed(demo))
    return [known[station_id].source_ref for station_id in followed(demo)]


def test_a_station_is_followed_once():
    """In the order they were added, without a name; adding one again changes nothing, not even its name."""
    demo = a_demo(3, 1)
    demo.rename(1, "Chez Zoé")
    demo.add(1)

    assert demo.stations == [Followed(3, ""), Followed(1, "Chez Zoé")]


def test_fifty_are_enough():
    """The fifty-first is refused until one leaves; undo does not overfill."""
    demo = a_demo(*range(MOST_STATIONS))
    with pytest.raises(TooManyStations):
        demo.add(99)
    demo.remove(0)
    demo.add(99)
    with pytest.raises(TooManyStations):
        demo.undo()
    assert len(demo.stations) == MOST_STATIONS == 50


def test_a_removed_station_comes_back_where_it_stood():
    """Under its name; a second undo changes nothing."""
    demo = a_demo(1, 2, 3)
    demo.rename(2, "Chez Zoé")
    demo.remove(2)
    assert followed(demo) == [1, 3]
    assert demo.removed == Followed(2, "Chez Zoé")

    demo.undo()
    demo.undo()
    assert demo.stations[1] == Followed(2, "Chez Zoé")
    assert demo.removed is None


def test_a_station_is_moved():
    """Up, down, and beyond the ends; one that is not there moves nothing."""
    demo = a_demo(1, 2, 3)
    for station_id, to, order in ((3, 0, [3, 1, 2]), (3, 9, [1, 2, 3]), (1, -5, [1, 2, 3]), (9, 0, [1, 2, 3])):
        demo.move(station_id, to)
        assert followed(demo) == order


def test_the_car_of_a_demo_takes_what_is_followed():
    """So that the petrols are compared for who follows two."""
    demo = a_demo(1)
    demo.choose_fuels([Fuel.E85, Fuel.E10])

    assert demo.fuels == [Fuel.E10, Fuel.E85]
    assert set(demo.car.fuels) == {Fuel.E10, Fuel.E85}


def test_only_the_last_removed_comes_back():
    """Undo is for a slip of the thumb."""
    demo = a_demo(1, 2, 3)
    demo.remove(1)
    demo.remove(3)
    demo.undo()

    assert followed(demo) == [2, 3]


def test_undo_makes_no_twin():
    """Removed, added again by search, then undone: it is there once."""
    demo = a_demo(1, 2)
    demo.remove(1)
    demo.add(1)
    demo.undo()

    assert followed(demo) == [2, 1]


def test_what_is_not_followed_cannot_be_changed():
    """A button that was pressed twice."""
    demo = a_demo(1)
    demo.remove(2)
    demo.rename(2, "Nobody")
    demo.undo()

    assert demo.stations == [Followed(1, "")]


@pytest.mark.parametrize("name", ["", "   ", "\n\t", "\x00\x07", "\u200b\u202e"])
def test_an_empty_name_leaves_the_old(name: str):
    """Also one of nothing that can be seen."""
    demo = a_demo(1)
    demo.rename(1, "Maison")
    demo.rename(1, name)

    assert demo.stations == [Followed(1, "Maison")]


IDS = st.integers(0, 60)


class AnyVisit(RuleBasedStateMachine):
    """Whatever buttons are pressed, in whatever order."""

    def __init__(self) -> None:
        super().__init__()
        self.demo = Demo("real")

    @rule(first=IDS, count=st.integers(1, 40))
    def add(self, first: int, count: int) -> None:
        """Follow some."""
        for station_id in range(first, first + count):
            with suppress(TooManyStations):
                self.demo.add(station_id)

    @rule(station_id=IDS, to=st.integers(-5, 60))
    def move(self, station_id: int, to: int) -> None:
        """Put one elsewhere."""
        self.demo.move(station_id, to)

    @rule(station_id=IDS, name=st.text(max_size=5))
    def rename(self, station_id: int, name: str) -> None:
        """Name one."""
        self.demo.rename(station_id, name)

    @rule(station_id=IDS)
    def remove(self, station_id: int) -> None:
        """Leave one."""
        self.demo.remove(station_id)

    @rule()
    def undo(self) -> None:
        """Take it back."""
        with suppress(TooManyStations):
            self.demo.undo()

    @invariant()
    def each_once_and_not_too_many(self) -> None:
        """Two widgets of one station would break the page."""
        assert len(set(followed(self.demo))) == len(self.demo.stations) <= MOST_STATIONS


TestAnyVisit = AnyVisit.TestCase


def _visit() -> None:
    from services import shared
    from settings import now
    from ui.demo_state import demo
    from ui.frame import Visit

    demo(Visit(now(), shared.state(), "fr"))


@pytest.fixture
def noon(environment: pytest.MonkeyPatch) -> None:
    """The moment of the country of scenes.py."""
    environment.setenv("CARBUROAM_CLOCK", scenes.CLOCK)
    settings.cache_clear()


@pytest.mark.usefixtures("noon")
def test_a_demo_begins_with_three_stations_that_sell_both_fuels(sqlite_database: Engine, tmp_path: Path):
    """Near Paris where no place is known, the nearest first."""
    scenes.load(sqlite_database, tmp_path)
    app = AppTest.from_function(_visit).run()

    assert not app.exception
    assert refs(app.session_state[KEY]) == [scenes.MOTORWAY, scenes.FAR_TIE, scenes.CHEAPEST]
    assert app.session_state[KEY].home is None


@pytest.mark.usefixtures("noon")
def test_a_demo_begins_near_the_last_place(sqlite_database: Engine, tmp_path: Path):
    """Fewer than three where there are no more."""
    scenes.load(sqlite_database, tmp_path)
    app = AppTest.from_function(_visit)
    app.session_state[search_state.PLACE_KEY] = Place("Lyon", 45.76, 4.83)
    app.run()

    assert refs(app.session_state[KEY]) == [scenes.LYON]
    assert app.session_state[KEY].home.label == "Lyon"


@pytest.mark.usefixtures("noon")
def test_a_demo_far_from_every_station_begins_near_paris(sqlite_database: Engine, tmp_path: Path):
    """Somebody on holiday abroad still sees what it is."""
    scenes.load(sqlite_database, tmp_path)
    app = AppTest.from_function(_visit)
    app.session_state[search_state.PLACE_KEY] = Place("Tokyo", 35.68, 139.69)
    app.run()

    assert len(app.session_state[KEY].stations) == 3


@pytest.mark.usefixtures("noon")
def test_a_demo_is_kept_through_the_visit(sqlite_database: Engine, tmp_path: Path):
    """What was removed stays removed when the page is drawn again, also after the next load."""
    scenes.load(sqlite_database, tmp_path)
    app = AppTest.from_function(_visit).run()
    demo = app.session_state[KEY]
    demo.remove(demo.stations[0].station_id)
    kept = followed(demo)

    scenes.load(sqlite_database, tmp_path, scenes.stations()[0].replace("1.659", "1.649"))
    shared.forget()
    assert followed(app.run().session_state[KEY]) == kept


@pytest.mark.usefixtures("noon")
def test_a_demo_of_examples_gives_way_with_them(sqlite_database: Engine, tmp_path: Path):
    """The stations of the sample are gone, so is the list of them."""
    assert fill_with_sample(sqlite_database)
    app = AppTest.from_function(_visit).run()
    assert not app.exception
    assert len(app.session_state[KEY].stations) == 3
    assert app.session_state[KEY].kind == "sample"

    scenes.load(sqlite_database, tmp_path)
    shared.forget()
    demo = app.run().session_state[KEY]
    assert demo.kind == "real"
    assert scenes.CHEAPEST in refs(demo)
