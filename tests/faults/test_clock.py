"""The clock set back: what was written under a later one bars nobody for longer than its own span.

The machine's clock is not ours to turn; what a later one left in the base is written there instead.
"""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from adapters.mail import Outgoing
from errors import LeaseLost, TryLater
from models import EtlRun, Lease, Mail
from pipeline import lease
from pipeline.watch import resting_s
from services import mail_queue, sessions, throttling, verification
from session import reading, writing
from settings import now
from tests.members import NOW, a_member

AHEAD = timedelta(hours=20)
MINUTE = timedelta(minutes=1)


def test_a_lease_from_a_later_clock_bars_nobody(database: Engine):
    """Its holder died and the database's clock went back by a day: another takes it now, with the next number."""
    with writing(database) as session:
        dead = lease.take(session, "etl:x", holder="dead", lasts=MINUTE)
        session.execute(update(Lease).values(expires_at=Lease.expires_at + int(AHEAD.total_seconds())))
    assert dead

    with writing(database) as session:
        taken = lease.take(session, "etl:x", holder="alive", lasts=MINUTE)

    assert taken
    assert taken.fence == dead.fence + 1
    with writing(database) as session, pytest.raises(LeaseLost):
        lease.check(session, dead)


def test_a_holder_that_lives_keeps_its_lease_when_the_clock_goes_back(database: Engine):
    """Its next heartbeat writes an end under the new clock, and others wait as before."""
    with writing(database) as session:
        held = lease.take(session, "etl:x", holder="alive", lasts=MINUTE)
        session.execute(update(Lease).values(expires_at=Lease.expires_at + int(AHEAD.total_seconds())))
    assert held

    with writing(database) as session:
        lease.prolong(session, held, lasts=MINUTE)
        assert lease.take(session, "etl:x", holder="other", lasts=MINUTE) is None
        lease.check(session, held)


def _last_run(on: Engine, started_at: datetime) -> None:
    with writing(on) as session:
        session.add(EtlRun(source="x", started_at=started_at, ended_at=started_at, outcome="loaded"))


@pytest.mark.parametrize("ahead", [timedelta(minutes=25), AHEAD])
def test_a_run_of_the_future_keeps_a_source_for_one_interval_at_most(database: Engine, ahead: timedelta):
    """A good run that began under a later clock: the next comes after an interval, not after the jump as well."""
    _last_run(database, now() + ahead)

    assert resting_s("x", timedelta(minutes=30), on=database) <= 30 * 60


def test_a_delay_from_a_later_clock_is_over(database: Engine):
    """Who mistyped under it may try now; the pauses go on growing, and the longest is what it always is."""
    key = throttling.key_of("account", "anna")
    with writing(database) as session:
        for step in range(12):
            throttling.check(session, key, now=NOW + AHEAD + step * MINUTE)

        throttling.check(session, key, now=NOW)
        with pytest.raises(TryLater) as caught:
            throttling.check(session, key, now=NOW)

    assert caught.value.until <= NOW + timedelta(seconds=throttling.LONGEST_DELAY_S["account"])


def test_codes_from_a_later_clock_do_not_use_up_the_day(database: Engine):
    """Five were sent under it: a new one can be had now, and works; the pace counts on from here."""
    user_id = a_member(database)
    asked: dict[str, Any] = {"user_id": user_id, "purpose": "mail", "request": "r"}
    with writing(database) as session:
        for step in range(verification.MOST_A_DAY):
            verification.issue(session, now=NOW + AHEAD + step * 2 * MINUTE, **asked)

    with writing(database) as session:
        code = verification.issue(session, now=NOW, **asked)
    with pytest.raises(TryLater), writing(database) as session:
        verification.issue(session, now=NOW + timedelta(seconds=30), **asked)
    with writing(database) as session:
        verification.redeem(session, code=code, now=NOW + MINUTE, **asked)


def test_a_mail_from_a_later_clock_goes_out_now(database: Engine):
    """It would have lain there until the clock came by again."""
    sent: list[Outgoing] = []
    with writing(database) as session:
        mail_queue.enqueue(
            session, template="username_reminder", to="ada@example.org", language="fr", now=NOW + AHEAD, username="ada"
        )

    assert mail_queue.send_due(database, now=NOW, deliver=sent.append) == 1
    assert [mail.recipient for mail in sent] == ["ada@example.org"]
    assert mail_queue.send_due(database, now=NOW, deliver=sent.append) == 0
    with reading(database) as session:
        assert session.scalars(select(Mail)).one().sent_at is not None


def test_who_is_signed_in_stays_so(database: Engine):
    """A session begun under a later clock goes on; it is neither ended nor made endless."""
    user_id = a_member(database)
    with writing(database) as session:
        token = sessions.begin(session, user_id=user_id, user_agent="", now=NOW + AHEAD).token

    with reading(database) as session:
        assert sessions.current(session, token, now=NOW) == user_id
        assert sessions.current(session, token, now=NOW + AHEAD + sessions.LASTS) is None
