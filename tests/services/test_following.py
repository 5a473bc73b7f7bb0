"""What a person follows: each station once, in their order, under their names, from however many tabs."""

import unicodedata
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select, update

from errors import AccountGone, CarburoamError, StationUnknown, TooManyStations
from models import CustomStation, Station, UserGasType
from records import Fuel
from services import following
from services.following import LONGEST_NAME, MOST_STATIONS, Followed, clean_name
from session import reading, writing
from tests.builders import a_station
from tests.members import a_member
from tests.quotes import store


def stations(on: Engine, count: int) -> list[int]:
    """The ids of so many stations in the base."""
    store(on, *(a_station(str(1_000_001 + n)) for n in range(count)))
    with reading(on) as session:
        return list(session.scalars(select(Station.id).order_by(Station.source_ref)))


def names(on: Engine, user_id: int) -> list[str]:
    """What a person follows, by name, in order."""
    with reading(on) as session:
        return [each.name for each in following.followed(session, user_id)]


def test_a_list_is_made_ordered_and_mended(database: Engine):
    """Follow, name, move, remove and bring back, as a thumb would; each of them twice does no harm."""
    ids, ada, bob = stations(database, 4), a_member(database), a_member(database, "bob")
    with writing(database) as session:
        for name, station_id in zip("abc", ids, strict=False):
            following.follow(session, ada, station_id, name)
            following.follow(session, ada, station_id, "again")
        following.follow(session, bob, ids[0], "Bob's")
    assert names(database, ada) == ["a", "b", "c"]

    with writing(database) as session:
        following.rename(session, ada, ids[1], "  Chez \n Zoé ")
        following.rename(session, ada, ids[2], " \u200b ")
        following.move(session, ada, ids[2], 0)
        following.move(session, ada, ids[0], 99)
        following.move(session, ada, ids[3], 0)
    assert names(database, ada) == ["c", "Chez Zoé", "a"]

    with writing(database) as session:
        removed = following.unfollow(session, ada, ids[1])
        assert removed == (1, Followed(ids[1], "Chez Zoé"))
    with writing(database) as session:
        assert following.unfollow(session, ada, ids[1]) is None
        following.follow(session, ada, ids[3], "")
    assert names(database, ada) == ["c", "a", ""]
    with writing(database) as session:
        following.restore(session, ada, *removed)
        following.restore(session, ada, *removed)
    assert names(database, ada) == ["c", "Chez Zoé", "a", ""]
    assert names(database, bob) == ["Bob's"]


def test_what_cannot_be_followed_is_refused(sqlite_database: Engine):
    """The fifty-first, also by an undo; a station that is not there; somebody who is not there."""
    ids, ada = stations(sqlite_database, MOST_STATIONS + 1), a_member(sqlite_database)

    def refused(error: type[CarburoamError], user_id: int, station_id: int) -> None:
        with writing(sqlite_database) as session, pytest.raises(error):
            following.follow(session, user_id, station_id, "x")

    refused(StationUnknown, ada, 999_999)
    refused(AccountGone, 999, ids[0])
    with writing(sqlite_database) as session:
        for station_id in ids[:MOST_STATIONS]:
            following.follow(session, ada, station_id, "x")
    refused(TooManyStations, ada, ids[MOST_STATIONS])
    with writing(sqlite_database) as session:
        removed = following.unfollow(session, ada, ids[0])
        assert removed is not None
        following.follow(session, ada, ids[MOST_STATIONS], "y")
        with pytest.raises(TooManyStations):
            following.restore(session, ada, *removed)
    assert len(names(sqlite_database, ada)) == MOST_STATIONS == 50


def test_two_tabs_at_once_make_no_twin(database: Engine):
    """Both follow the same station and one more each: three in all, in an order without gaps."""
    ids, ada = stations(database, 3), a_member(database)
    together = Barrier(2)

    def tab(mine: int) -> None:
        together.wait()
        with writing(database) as session:
            following.follow(session, ada, ids[0], "both")
            following.follow(session, ada, mine, "mine")

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(tab, ids[1:]))

    assert names(database, ada) == ["both", "mine", "mine"]
    with reading(database) as session:
        assert sorted(session.scalars(select(CustomStation.position))) == [0, 1, 2]


def test_a_followed_station_that_left_the_feed_stays(sqlite_database: Engine):
    """It is marked closed by its quotes; the list keeps its name."""
    ids, ada = stations(sqlite_database, 4), a_member(sqlite_database)
    with writing(sqlite_database) as session:
        following.follow(session, ada, ids[1], "gone")
    store(sqlite_database, a_station("1000001"), a_station("1000003"), a_station("1000004"))

    assert names(sqlite_database, ada) == ["gone"]


def test_fuels_are_chosen_as_a_whole_and_keep_their_alerts(sqlite_database: Engine):
    """One that stays keeps the price that its follower waits for."""
    ada = a_member(sqlite_database)
    with writing(sqlite_database) as session:
        following.choose_fuels(session, ada, [Fuel.E10, Fuel.DIESEL])
        session.execute(update(UserGasType).where(UserGasType.gastype_id == Fuel.E10).values(alert_price=1_650))
        following.choose_fuels(session, ada, {Fuel.E10, Fuel.SP98})
        assert following.fuels(session, ada) == [Fuel.E10, Fuel.SP98]
        kept = session.scalars(select(UserGasType.alert_price).where(UserGasType.gastype_id == Fuel.E10))
        assert kept.one() == 1_650
        following.choose_fuels(session, ada, [])
        assert session.scalar(select(func.count()).select_from(UserGasType)) == 0


def test_a_demo_is_carried_over(sqlite_database: Engine):
    """Beside what the account follows already; what is gone from the base or beyond fifty is left out."""
    ids, ada = stations(sqlite_database, MOST_STATIONS + 1), a_member(sqlite_database)
    demo = [Followed(999_999, "an example"), *(Followed(each, f"n {each}") for each in ids)]
    with writing(sqlite_database) as session:
        following.follow(session, ada, ids[3], "mine")
        following.choose_fuels(session, ada, [Fuel.LPG])
        assert following.keep(session, ada, demo, [Fuel.E10]) == MOST_STATIONS - 1
        assert following.keep(session, ada, demo, [Fuel.E10]) == 0

        listed = following.followed(session, ada)
        assert listed[:3] == [
            Followed(ids[3], "mine"),
            Followed(ids[0], f"n {ids[0]}"),
            Followed(ids[1], f"n {ids[1]}"),
        ]
        assert len(listed) == MOST_STATIONS
        assert following.fuels(session, ada) == [Fuel.LPG, Fuel.E10]


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
