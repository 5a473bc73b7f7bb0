"""The lease on SQLite and PostgreSQL: who works, who waits, who was overtaken."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from errors import LeaseLost
from models import Lease
from pipeline import lease
from pipeline.lease import Held
from session import reading, writing

MINUTE = timedelta(minutes=1)
NAME = "etl:somewhere"


def _take(database: Engine, holder: str, *, lasts: timedelta = MINUTE) -> Held | None:
    with writing(database) as session:
        return lease.take(session, NAME, holder=holder, lasts=lasts)


def _held(database: Engine, holder: str, *, lasts: timedelta = MINUTE) -> Held:
    held = _take(database, holder, lasts=lasts)
    assert held is not None
    return held


def _taken_at_last(database: Engine, holder: str, *, lasts: timedelta = MINUTE) -> Held:
    found: list[Held] = []
    while not found:
        found = [held for held in [_take(database, holder, lasts=lasts)] if held]
        time.sleep(0.05)
    return found[0]


def _let_it_run_out(database: Engine) -> None:
    with writing(database) as session:
        session.execute(update(Lease).values(expires_at=1))


def _does(database: Engine, action: Callable[..., None], held: Held, **facts: timedelta) -> None:
    with writing(database) as session:
        action(session, held, **facts)


def test_the_second_is_told_no_while_the_first_works(database: Engine):
    """Two servers on one base: one works."""
    first = _take(database, "a")

    assert first == Held(NAME, "a", 1)
    assert _take(database, "b") is None


def test_leases_of_two_sources_do_not_meet(database: Engine):
    """One source must not wait for another."""
    _take(database, "a")

    with writing(database) as session:
        assert lease.take(session, "etl:elsewhere", holder="b", lasts=MINUTE) is not None


def test_a_holder_prolongs_its_own_under_the_same_fence(database: Engine):
    """A renewal is no new holder."""
    first = _held(database, "a", lasts=timedelta(seconds=1))
    with reading(database) as session:
        ends = session.scalars(select(Lease.expires_at)).one()

    assert _take(database, "a") == first
    with reading(database) as session:
        assert session.scalars(select(Lease.expires_at)).one() > ends


def test_after_its_end_another_takes_over_with_a_higher_fence(database: Engine):
    """A holder that died blocks nobody for longer than its lease lasts, and nobody gets it a fraction too early."""
    first = _held(database, "a", lasts=timedelta(seconds=1))
    started = time.monotonic()

    while (second := _take(database, "b")) is None:
        assert time.monotonic() - started < 4
        time.sleep(0.05)

    assert time.monotonic() - started >= 1
    assert second.fence == first.fence + 1


def test_a_released_lease_is_free_at_once_and_its_fence_grows_on(database: Engine):
    """The row stays after a release, or the numbers would start again and mean nothing."""
    first = _held(database, "a")
    _does(database, lease.release, first)
    _does(database, lease.release, first)

    assert _held(database, "b").fence == first.fence + 1


def test_a_late_release_leaves_the_lease_of_the_next_alone(database: Engine):
    """An overtaken holder tidies up; the one that works now must not lose its lease by it."""
    first = _held(database, "a")
    _let_it_run_out(database)
    second = _held(database, "b")

    _does(database, lease.release, first)

    _does(database, lease.check, second)


def test_the_overtaken_is_told(database: Engine):
    """It slept through the end of its lease: its load must not be committed, and no heartbeat brings it back."""
    first = _held(database, "a")
    _let_it_run_out(database)
    _held(database, "b")

    with pytest.raises(LeaseLost, match=NAME):
        _does(database, lease.check, first)
    with pytest.raises(LeaseLost, match=NAME):
        _does(database, lease.prolong, first, lasts=MINUTE)


def test_overtaken_and_back_again_is_still_overtaken(database: Engine):
    """The same process takes the lease a second time: what it held before is not what it holds now."""
    first = _held(database, "a")
    _let_it_run_out(database)
    _held(database, "b")
    _let_it_run_out(database)
    again = _held(database, "a")

    _does(database, lease.check, again)
    with pytest.raises(LeaseLost):
        _does(database, lease.check, first)


def test_the_check_asks_no_clock(database: Engine):
    """A lease that ran out while nobody wanted it is still ours: a slow load is not thrown away for nothing."""
    held = _held(database, "a")
    _let_it_run_out(database)

    _does(database, lease.check, held)


def test_what_was_released_cannot_be_used(database: Engine):
    """After the release the holder has nothing in hand, though nobody else took it."""
    held = _held(database, "a")
    _does(database, lease.release, held)

    with pytest.raises(LeaseLost):
        _does(database, lease.check, held)


def test_nobody_overtakes_between_check_and_commit(database: Engine):
    """The lease runs out in the middle of the load's transaction: the other gets it after the commit, not before."""
    first = _held(database, "a")
    _let_it_run_out(database)
    taken: list[Held] = []
    other = threading.Thread(target=lambda: taken.append(_taken_at_last(database, "b")))

    with writing(database) as session:
        lease.check(session, first)
        other.start()
        other.join(0.5)
        assert not taken
    other.join(10)

    assert [held.fence for held in taken] == [2]


def test_nobody_waits_for_a_lease_that_is_in_use(postgres_database: Engine):
    """Who asks while the holder's transaction goes on is told no at once, and can do something else."""
    first = _held(postgres_database, "a")
    _let_it_run_out(postgres_database)

    with writing(postgres_database) as session:
        lease.check(session, first)
        assert _take(postgres_database, "b") is None


@pytest.mark.parametrize("beats", [0, 2])
def test_a_transaction_that_stands_still_is_ended_by_who_waits(postgres_database: Engine, beats: int):
    """A holder that was frozen keeps its locks: once it has had them as long as a lease lasts, another takes over.

    Who has locked it is seen also after the lease was prolonged meanwhile.
    """
    second = timedelta(seconds=1)
    first = _held(postgres_database, "a", lasts=second)

    with Session(postgres_database) as frozen:
        lease.check(frozen, first)
        for _ in range(beats):
            _does(postgres_database, lease.prolong, first, lasts=second)
        taken = _taken_at_last(postgres_database, "b", lasts=second)
        with pytest.raises(OperationalError):
            frozen.commit()

    assert taken.fence == 2
    with pytest.raises(LeaseLost):
        _does(postgres_database, lease.check, first)


def test_a_load_that_takes_long_is_kept_by_its_heartbeat(postgres_database: Engine):
    """Its own transaction does not keep the heartbeat waiting: it lasts longer than a lease and is not ended."""
    second = timedelta(seconds=1)
    first = _held(postgres_database, "a", lasts=second)

    with writing(postgres_database) as session:
        lease.check(session, first)
        for _ in range(12):
            _does(postgres_database, lease.prolong, first, lasts=second)
            assert _take(postgres_database, "b", lasts=second) is None
            time.sleep(0.25)

    _does(postgres_database, lease.check, first)


def test_of_many_at_once_exactly_one_is_told_yes(database: Engine):
    """The check and the write are one statement."""
    start = threading.Barrier(6)
    taken: list[Held | None] = []

    def try_it(holder: str) -> None:
        start.wait()
        taken.append(_take(database, holder))

    threads = [threading.Thread(target=try_it, args=(str(number),)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len([held for held in taken if held]) == 1
    assert len(taken) == 6


def test_the_clock_is_the_databases(database: Engine, environment: pytest.MonkeyPatch):
    """A server whose own clock is a year off neither steals a lease nor holds one for a year."""
    from settings import settings

    _held(database, "a", lasts=timedelta(seconds=30))
    for wrong in ("2031-01-01T00:00:00Z", "1999-01-01T00:00:00Z"):
        environment.setenv("CARBUROAM_CLOCK", wrong)
        settings.cache_clear()
        assert _take(database, "b") is None
