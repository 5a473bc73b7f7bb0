"""The stations that somebody without an account follows."""

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from pipeline.sample import fill_with_sample
from services import shared
from settings import settings
from tests import scenes
from ui import search_state
from ui.demo_state import KEY, LONGEST_NAME, MOST_STATIONS, Demo, clean_name
from ui.device import Place


def a_demo(*ids: int) -> Demo:
    """Somebody follows these stations."""
    demo = Demo("real")
    for station_id in ids:
        assert demo.add(station_id, f"Station {station_id}")
    return demo


def followed(demo: Demo) -> list[int]:
    """Which stations are followed, in their order."""
    return [station.station_id for station in demo.stations]


def test_stations_are_followed_in_the_order_they_were_added():
    """Each under the name it was given."""
    demo = a_demo(3, 1)

    assert demo.names() == {3: "Station 3", 1: "Station 1"}
    assert followed(demo) == [3, 1]


def test_a_station_is_followed_once():
    """Adding it again changes nothing, not even its name."""
    demo = a_demo(1)

    assert not demo.add(1, "Other")
    assert demo.names() == {1: "Station 1"}


def test_fifty_are_enough():
    """The fifty-first is refused until one leaves."""
    demo = a_demo(*range(MOST_STATIONS))

    assert not demo.add(99, "One more")
    demo.remove(0)
    assert demo.add(99, "One more")
    assert len(demo.stations) == MOST_STATIONS == 50


def test_a_removed_station_comes_back_where_it_stood():
    """Under its name; a second undo changes nothing."""
    demo = a_demo(1, 2, 3)
    demo.rename(2, "Chez Zoé")
    demo.remove(2)
    assert followed(demo) == [1, 3]

    demo.undo()
    demo.undo()
    assert followed(demo) == [1, 2, 3]
    assert demo.names()[2] == "Chez Zoé"


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
    demo.add(1, "Again")
    demo.undo()

    assert followed(demo) == [2, 1]


def test_undo_does_not_overfill():
    """Its place was taken meanwhile."""
    demo = a_demo(*range(MOST_STATIONS))
    demo.remove(0)
    demo.add(99, "In its place")
    demo.undo()

    assert len(demo.stations) == MOST_STATIONS


def test_what_is_not_followed_cannot_be_changed():
    """A button that was pressed twice."""
    demo = a_demo(1)
    demo.remove(2)
    demo.rename(2, "Nobody")
    demo.undo()

    assert demo.names() == {1: "Station 1"}
    assert demo.removed is None


@pytest.mark.parametrize("name", ["", "   ", "\n\t", "\x00\x07", "\u200b\u202e"])
def test_an_empty_name_leaves_the_old(name: str):
    """Also one of nothing that can be seen."""
    demo = a_demo(1)
    demo.rename(1, name)

    assert demo.names() == {1: "Station 1"}


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("  Chez   Zoé ", "Chez Zoé"),
        ("<script>alert('x')</script>", "<script>alert('x')</script>"),
        ("⛽ Près du 🏠", "⛽ Près du 🏠"),
        ("محطة الوقود", "محطة الوقود"),
        ("תחנת דלק", "תחנת דלק"),
        ("two\nlines\r\nand\ttabs", "two lines and tabs"),
        ("a\x00b\x1b[31mc", "a b [31mc"),
        ("\u202egnirts", "gnirts"),
        ("x" * 200, "x" * LONGEST_NAME),
        ("x" * 79 + " y", "x" * 79),
        ("Or\ud800say", "Or say"),
    ],
)
def test_a_name_is_one_line_that_can_be_shown(typed: str, shown: str):
    """Scripts of the world and signs stay (pages escape them); control characters and turned directions go."""
    assert clean_name(typed) == shown


@given(st.text(max_size=300))
def test_any_name_is_cleaned_for_good(typed: str):
    """One line, short, nothing invisible, and cleaning again changes nothing: a field compares itself with it."""
    cleaned = clean_name(typed)

    assert clean_name(cleaned) == cleaned
    assert len(cleaned) <= LONGEST_NAME
    assert cleaned == cleaned.strip()
    assert not any(unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for c in cleaned)


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
            self.demo.add(station_id, "x")

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
        self.demo.undo()

    @invariant()
    def each_once_and_not_too_many(self) -> None:
        """Two widgets of one station would break the page."""
        assert len(set(followed(self.demo))) == len(self.demo.stations) <= MOST_STATIONS
        assert all(station.name for station in self.demo.stations)


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
    """Near Paris where no place is known, the nearest first, under the names of their streets."""
    scenes.load(sqlite_database, tmp_path)
    app = AppTest.from_function(_visit).run()

    assert not app.exception
    names = [station.name for station in app.session_state[KEY].stations]
    assert names == ["A10 - aire de Palaiseau", "Route de Chartres", "10 rue de Paris"]


@pytest.mark.usefixtures("noon")
def test_a_demo_begins_near_the_last_place(sqlite_database: Engine, tmp_path: Path):
    """Fewer than three where there are no more."""
    scenes.load(sqlite_database, tmp_path)
    app = AppTest.from_function(_visit)
    app.session_state[search_state.PLACE_KEY] = Place("Lyon", 45.76, 4.83)
    app.run()

    assert [station.name for station in app.session_state[KEY].stations] == ["1 cours Lafayette"]


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
    assert app.session_state[KEY].version == "sample"

    scenes.load(sqlite_database, tmp_path)
    shared.forget()
    demo = app.run().session_state[KEY]
    assert demo.version == "real"
    assert "10 rue de Paris" in demo.names().values()
