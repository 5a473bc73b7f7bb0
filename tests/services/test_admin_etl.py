"""The ETL in the console: who works, what runs brought, orders that two admins give at once, how good the data is."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

from sqlalchemy import Engine, select, update

from models import EtlRequest, EtlRun, Lease, Station
from pipeline import lease, orders, presence
from pipeline.shown import Shown
from records import Fuel
from services import admin_etl, audit
from session import reading, writing
from tests import builders, quotes
from tests.people import NOON

SOURCE = "fr_prix_carburants"
HALF_HOUR = {SOURCE: timedelta(minutes=30)}


def _ran(on: Engine, outcome: str, *, minutes_ago: int, **facts: object) -> None:
    started = NOON - timedelta(minutes=minutes_ago)
    ended = None if outcome == "running" else started + timedelta(seconds=7)
    with writing(on) as session:
        session.add(EtlRun(source=SOURCE, started_at=started, ended_at=ended, outcome=outcome, **facts))


def test_the_state_of_a_source_is_told(database: Engine):
    """Last good run, the one that goes on, when the next is due, who holds the lease."""
    with reading(database) as session:
        assert admin_etl.works(session, intervals=HALF_HOUR, now=NOON) == [
            admin_etl.Work(SOURCE, None, None, None, None, is_stopped=False)
        ]
        assert admin_etl.workers(session) == []
    _ran(database, "loaded", minutes_ago=20, bytes=9, rejected=1, rejects={"bad": {"count": 1, "examples": ["x"]}})
    _ran(database, "failed", minutes_ago=5, error="away")
    _ran(database, "running", minutes_ago=1)
    with writing(database) as session:
        lease.take(session, f"etl:{SOURCE}", holder="here:1:x", lasts=timedelta(minutes=1))
        lease.take(session, "etl:other", holder="here:2:x", lasts=timedelta(minutes=-1))

    with reading(database) as session:
        work = admin_etl.works(session, intervals=HALF_HOUR, now=NOON)[0]
        assert work.last
        assert work.running
        assert (work.last.outcome, work.last.error, work.last.seconds) == ("failed", "away", 7)
        assert work.running.seconds is None
        assert work.next_at == NOON + timedelta(minutes=10)
        assert [(one.source, one.holder) for one in admin_etl.workers(session)] == [(SOURCE, "here:1:x")]
        runs = admin_etl.runs(session, limit=2)
        assert [run.outcome for run in runs] == ["running", "failed"]
        assert admin_etl.runs(session, before=runs[-1].id)[0].rejects == {"bad": {"count": 1, "examples": ["x"]}}


def test_a_run_that_goes_on_shows_how_far_it_is_and_one_that_was_killed_does_not(database: Engine):
    """Beside what the last one read; whoever lives without work is seen too, and who left is not."""
    _ran(database, "loaded", minutes_ago=20, stations_read=9000)
    _ran(database, "running", minutes_ago=1)
    with writing(database) as session:
        (run_id,) = session.scalars(select(EtlRun.id).where(EtlRun.outcome == "running"))
        presence.show(session, holder="here:1:x")
        presence.show(session, holder="there:2:x")
        lease.take(session, "worker:killed", holder="killed", lasts=-2 * presence.FORGOTTEN_AFTER)
    with reading(database) as session:
        assert admin_etl.progress(session) == []
    Shown(database, run_id).note("read", 4500, None)
    with writing(database) as session:
        lease.take(session, f"etl:{SOURCE}", holder="here:1:x", lasts=timedelta(minutes=1))
    with reading(database) as session:
        assert admin_etl.progress(session) == [
            admin_etl.Progress(run_id, SOURCE, "read", 4500, 9000, NOON - timedelta(minutes=1))
        ]
        assert [(one.source, one.holder) for one in admin_etl.workers(session)] == [
            (SOURCE, "here:1:x"),
            ("", "there:2:x"),
        ]
    with writing(database) as session:
        presence.leave(session, holder="there:2:x")
        presence.show(session, holder="here:1:x")
        assert [one.holder for one in admin_etl.workers(session)] == ["here:1:x"]
        assert session.get(Lease, "worker:killed") is None


def test_two_admins_who_press_at_once_get_one_run(database: Engine):
    """One order, one line in the log; a stop is another order, and a restart is a stop and a run."""
    ready = Barrier(2)

    def press(actor: str) -> bool:
        ready.wait()
        return admin_etl.order("run", actor=actor, now=NOON)

    with ThreadPoolExecutor(2) as both:
        assert sorted(both.map(press, ["root", "other"])) == [False, True]
    assert admin_etl.order("stop", source=SOURCE, actor="root", now=NOON)
    with reading(database) as session:
        assert orders.is_stopped(session, SOURCE)
        assert not admin_etl.is_deaf(session, now=datetime.now(UTC))
        assert admin_etl.is_deaf(session, now=datetime.now(UTC) + timedelta(minutes=1))
        assert admin_etl.works(session, intervals=HALF_HOUR, now=NOON)[0].is_stopped
    assert admin_etl.order("restart", source=SOURCE, actor="root", now=NOON)
    with reading(database) as session:
        assert not orders.is_stopped(session, SOURCE)
        asked = list(session.scalars(select(EtlRequest.action).order_by(EtlRequest.id)))
        assert asked == ["run", "stop", "stop", "run"]
        assert [one.action for one in audit.entries(session)] == ["etl.restart", "etl.stop", "etl.run"]


def test_the_quality_of_the_data_is_counted(database: Engine):
    """Suspect and old prices by fuel, stations that left; examples do not count."""
    old = builders.NOON - 400 * builders.DAY
    stations = [
        builders.a_station("1", prices=(builders.a_price(), builders.a_price(Fuel.E10, 1800, old))),
        builders.a_station("2", latitude=None, longitude=None),
        builders.a_station("3"),
        builders.a_station("4"),
    ]
    quotes.store(database, *stations)
    quotes.store(database, *stations[:3])
    quotes.store(database, builders.a_station("5"), source="other")
    with writing(database) as session:
        session.execute(update(Station).where(Station.source == "other").values(source="sample"))

    with reading(database) as session:
        found = admin_etl.quality(session, as_of=quotes.NOON)

    assert (found.stations, found.gone, found.without_position) == (4, 1, 1)
    assert found.fuels == [admin_etl.FuelQuality(Fuel.DIESEL, 3, 0, 0), admin_etl.FuelQuality(Fuel.E10, 1, 0, 1)]
    assert found.fuels[1].stale_share == 1.0
