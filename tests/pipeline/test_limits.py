"""When a turn is given up from outside: late, ordered to stop, or told to end."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from errors import Stopped
from pipeline import orders
from pipeline.limits import limits
from pipeline.turn import Turn, turn
from session import writing
from sources.fr_prix_carburants import FrPrixCarburants
from tests.processes import until

LONG = timedelta(minutes=10)


def _has_stopped(mine: Turn) -> bool:
    try:
        mine.go_on()
    except Stopped:
        return True
    return False


def _given_up(on: Engine, *, lasts: timedelta = LONG, ending: threading.Event | None = None, order: str = "") -> bool:
    """Wait until a turn is given up by what is given here; whether it was for being late."""
    with turn(FrPrixCarburants(), on=on, lasts=LONG) as mine:
        assert mine is not None
        with limits(mine, on=on, lasts=lasts, ending=ending or threading.Event()) as found:
            if order:
                with writing(on) as session:
                    orders.place(session, orders.STOP, source=order)
                    # Asked for again at once: the run is begun anew, so the old one ends all the same.
                    orders.place(session, orders.RUN, source=order)
            until(lambda: _has_stopped(mine))
            return found.is_late


def test_a_turn_that_takes_too_long_is_given_up(sqlite_database: Engine):
    """It is told apart from one that a person stopped."""
    assert _given_up(sqlite_database, lasts=timedelta(0))


def test_an_order_to_stop_ends_the_turn(sqlite_database: Engine):
    """Also where an order to run came right after it."""
    assert not _given_up(sqlite_database, order=FrPrixCarburants.name)


def test_a_process_that_is_told_to_end_gives_up(sqlite_database: Engine):
    """What set the event need not know of the turn."""
    ending = threading.Event()
    ending.set()

    assert not _given_up(sqlite_database, ending=ending)


def test_an_older_order_ends_nothing(sqlite_database: Engine):
    """Only what is ordered from now on counts, and only of this source."""
    with writing(sqlite_database) as session:
        orders.place(session, orders.STOP, source=FrPrixCarburants.name)
        before = orders.newest_stop(session, FrPrixCarburants.name)
        orders.place(session, orders.STOP, source="it_mimit")

        assert before > 0
        assert orders.newest_stop(session, FrPrixCarburants.name) == before
        orders.place(session, orders.STOP)
        assert orders.newest_stop(session, FrPrixCarburants.name) > before


@pytest.mark.parametrize("action", [orders.RUN, orders.STOP])
def test_orders_are_picked_up_once(sqlite_database: Engine, action: str):
    """Whoever looks next finds nothing."""
    with writing(sqlite_database) as session:
        orders.place(session, action)

    assert orders.pick_up(sqlite_database) == [(action, None)]
    assert orders.pick_up(sqlite_database) == []
