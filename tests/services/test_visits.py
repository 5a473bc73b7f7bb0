"""Visits by day: people and programs apart, nobody recognisable, no page held up."""

import math
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select, update

from models import CustomStation, Station, User, UserGasType, VisitMark
from services import counts, sessions, visits
from session import make_engine, reading, writing
from tests import quotes
from tests.builders import a_station
from tests.members import a_member
from tests.people import NOON

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """What another test left in memory is not counted here; what waits is written when the test says so."""
    visits._waiting.clear()
    monkeypatch.setattr(visits, "PACE_S", math.inf)


def come(on: Engine, address: str = "192.0.2.1", agent: str = FIREFOX, *, now=NOON) -> None:
    """Somebody opens the site."""
    visits.note(address=address, user_agent=agent, now=now)
    visits.write_waiting(now=now, on=on)


def told(on: Engine) -> dict[str, dict[str, int]]:
    """What is counted, by day."""
    with reading(on) as session:
        return {
            what: found
            for what in (counts.VISITS, counts.VISITORS, counts.BOT_VISITS)
            if (found := counts.per_day(session, what, since="2026-11-01"))
        }


def marks(on: Engine) -> list[str]:
    """All that is kept of visitors."""
    with reading(on) as session:
        return list(session.scalars(select(VisitMark.mark)))


def test_visitors_are_counted_once_a_day_and_programs_apart(database: Engine):
    """Two tabs are two visits of one visitor; a day in Paris begins at midnight there, and forgets the one before."""
    for address, agent in (
        ("192.0.2.1", FIREFOX),
        ("192.0.2.1", FIREFOX),
        ("192.0.2.2", FIREFOX),
        ("192.0.2.2", FIREFOX + " (other)"),
        ("192.0.2.3", FIREFOX.replace("Firefox", "HeadlessChrome")),
        ("192.0.2.3", "Mozilla/5.0 (compatible; Googlebot/2.1)"),
        ("192.0.2.3", "curl/8"),
        ("192.0.2.3", ""),
    ):
        come(database, address, agent)
    first = marks(database)
    come(database, now=NOON + timedelta(hours=11))

    assert told(database) == {
        "visits": {"2026-11-22": 4, "2026-11-23": 1},
        "visitors": {"2026-11-22": 3, "2026-11-23": 1},
        "bot_visits": {"2026-11-22": 4},
    }
    assert len(first) == 3 + 1, "one of them is the salt"
    assert not any("192.0.2" in mark for mark in first)
    assert len(marks(database)) == 2
    assert not set(marks(database)) & set(first), "nobody is recognised on the next day"


def test_a_busy_base_holds_nobody_up_and_loses_no_visit(sqlite_database: Engine):
    """Another process writes: counted with the next visit; a base that is away raises nothing either."""
    with writing(sqlite_database) as session:
        session.execute(update(User).values(seen_on=None))
        come(sqlite_database)
        assert told(sqlite_database) == {}
    come(make_engine("sqlite:////nowhere/at/all.sqlite3"))
    come(sqlite_database, "192.0.2.9")

    assert told(sqlite_database) == {"visits": {"2026-11-22": 3}, "visitors": {"2026-11-22": 2}}


def test_many_at_once_are_written_together(database: Engine, monkeypatch: pytest.MonkeyPatch):
    """The first of them at once, the others two seconds later or as the server ends: no page pays for each."""
    monkeypatch.setattr(visits, "PACE_S", 2.0)
    monkeypatch.setattr(visits, "_written_at", [-math.inf])
    for number in range(5):
        visits.note(address=f"192.0.2.{number}", user_agent=FIREFOX, now=NOON)
    assert told(database)["visits"] == {"2026-11-22": 1}

    visits.write_waiting(now=NOON)
    assert told(database)["visits"] == {"2026-11-22": 5}


def test_who_is_active_and_what_is_followed_is_told_in_figures(database: Engine):
    """The last day of each person, by signing in."""
    quotes.store(database, a_station("1"), a_station("2"))
    people = [a_member(database, f"p{number}") for number in range(4)]
    come(database)
    with writing(database) as session:
        first = session.scalars(select(Station.id).order_by(Station.source_ref)).first()
        for user_id, days in zip(people[:3], (0, 6, 29), strict=True):
            sessions.begin(session, user_id=user_id, user_agent="", now=NOON - days * DAY)
        session.add(CustomStation(user_id=people[0], station_id=first, custom_name=""))
        session.add(UserGasType(user_id=people[1], gastype_id=6))
    with reading(database) as session:
        found = visits.use(session, now=NOON)

    assert (found.people, found.active, found.with_stations) == (4, {1: 1, 7: 2, 30: 3}, 1)
    assert found.stations == [(first, "596 avenue de Trévoux, Saint-Denis-les-Bourg", 1)]
    assert found.fuels == [(6, 1)]
