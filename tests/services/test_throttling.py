"""Guessing gets slower and slower, and nobody is shut out for good."""

import threading
from contextlib import suppress
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, select

from errors import TryLater
from models import Throttle
from services import throttling
from session import reading, writing
from tests.members import NOW

HOUR = timedelta(hours=1)


def _try(database: Engine, key: str, now: datetime, *, is_right: bool = False) -> None:
    """One try, as `authenticate` makes it."""
    with writing(database) as session:
        throttling.check(session, key, now=now)
    with writing(database) as session:
        if is_right:
            throttling.succeeded(session, key)
        else:
            throttling.failed(session, key, now=now)


def _wait_s(database: Engine, key: str, now: datetime) -> float:
    """Seconds until the next try is looked at."""
    try:
        with writing(database) as session:
            throttling.check(session, key, now=now)
            session.rollback()
    except TryLater as error:
        return (error.until - now).total_seconds()
    return 0.0


def test_delays_grow_and_are_capped(database: Engine):
    """A few typing errors cost nothing, then each costs twice the last, never more than half a minute."""
    key, now, waits = throttling.key_of("account", "ada"), NOW, []
    for _ in range(12):
        _try(database, key, now)
        waits.append(_wait_s(database, key, now))
        now += timedelta(seconds=waits[-1])

    assert waits == [0, 0, 0, 0, 1, 2, 4, 8, 16, 30, 30, 30]


def test_an_address_waits_longer_than_an_account(sqlite_database: Engine):
    """Up to a quarter of an hour, once its patience of twenty is used up."""
    key, now, waits = throttling.key_of("address", "192.0.2.7"), NOW, []
    for _ in range(40):
        _try(sqlite_database, key, now)
        waits.append(_wait_s(sqlite_database, key, now))
        now += timedelta(seconds=waits[-1])

    assert waits[:20] == [0] * 19 + [1]
    assert max(waits) == waits[-1] == 900


@pytest.mark.long
def test_ten_thousand_guesses_get_few_looks(sqlite_database: Engine):
    """One a second for hours: two a minute are looked at, and a refused one neither counts nor prolongs the wait."""
    key, looks = throttling.key_of("account", "ada"), 0
    with writing(sqlite_database) as session:
        for second in range(10_000):
            with suppress(TryLater):
                throttling.check(session, key, now=NOW + timedelta(seconds=second))
                looks += 1

    assert 10_000 / 30 < looks < 10_000 / 30 + 15


def test_guesses_at_one_moment_do_not_slip_through(database: Engine):
    """A try is counted before the password is looked at: 20 threads get the looks of one patient guesser."""
    key = throttling.key_of("account", "ada")
    looks: list[int] = []

    def guess() -> None:
        try:
            with writing(database) as session:
                throttling.check(session, key, now=NOW)
        except TryLater:
            return
        looks.append(1)

    threads = [threading.Thread(target=guess) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(looks) == throttling.FREE_FAILURES["account"]


def test_failures_are_forgotten(database: Engine):
    """An hour after the last one, the count begins anew."""
    key = throttling.key_of("account", "ada")
    for minutes in range(12):
        _try(database, key, NOW + timedelta(minutes=minutes))
    later = NOW + timedelta(minutes=11) + HOUR

    _try(database, key, later)
    assert _wait_s(database, key, later) == 0
    with writing(database) as session:
        throttling.flush(session, now=later + HOUR)
        assert session.scalars(select(Throttle)).all() == []


def test_a_success_clears_the_account(database: Engine):
    """The owner is in: her typing errors are forgiven."""
    key = throttling.key_of("account", "ada")
    for _ in range(4):
        _try(database, key, NOW)
    _try(database, key, NOW, is_right=True)

    with reading(database) as session:
        assert session.scalars(select(Throttle)).all() == []


def test_a_success_does_not_clear_the_address(database: Engine):
    """A guesser with an account of his own signs in to it between guesses: the failures stay."""
    key, now = throttling.key_of("address", "192.0.2.7"), NOW
    for _ in range(30):
        now += timedelta(minutes=15)
        _try(database, key, now)
        now += timedelta(minutes=15)
        _try(database, key, now, is_right=True)

    _try(database, key, now)
    assert _wait_s(database, key, now) > 500


def test_an_office_behind_one_address_signs_in_all_morning(sqlite_database: Engine):
    """What succeeds does not count."""
    key = throttling.key_of("address", "192.0.2.7")
    for _ in range(100):
        _try(sqlite_database, key, NOW, is_right=True)

    assert _wait_s(sqlite_database, key, NOW) == 0


def test_an_attack_from_everywhere_does_not_shut_the_owner_out(database: Engine):
    """From where she signed in of late, her tries are counted apart."""
    victim = {"account": "Ada", "address": "192.0.2.7"}
    with writing(database) as session:
        throttling.remember(session, **victim, now=NOW)
        throttling.remember(session, **victim, now=NOW)
    account = throttling.key_of("account", "ada")
    for number in range(30):
        with reading(database) as session:
            strangers = throttling.keys(session, account="ada", address=f"198.51.100.{number}", now=NOW)
        assert strangers[0] == account
        _try(database, account, NOW + timedelta(seconds=30 * number))
    now = NOW + timedelta(seconds=30 * 29)

    with reading(database) as session:
        hers = throttling.keys(session, **victim, now=now)
        month_later = throttling.keys(session, **victim, now=NOW + timedelta(days=31))
    assert _wait_s(database, account, now) == 30
    assert [_wait_s(database, key, now) for key in hers] == [0, 0]
    assert month_later == [account, hers[1]]


def test_keys_name_nobody_and_fold_what_is_the_same():
    """The base says neither who nor where; case, width and the half of an IPv6 address that a home may choose."""
    key = throttling.key_of

    assert key("account", "Ada") == key("account", "ａＤＡ")
    assert key("account", "ada") != key("account", "adam")
    assert key("address", "2001:db8::1") == key("address", "2001:db8:0:0:ffff::9")
    assert key("address", "2001:db8::1") != key("address", "2001:db8:0:1::1")
    assert key("address", "::ffff:192.0.2.7") == key("address", "192.0.2.7")
    assert key("address", "nonsense") != key("account", "nonsense")
    assert len(key("account", "a" * 1_000_000)) <= 64
    assert "ada" not in key("account", "ada").partition(":")[2]


def test_an_unknown_address_slows_nobody(sqlite_database: Engine):
    """Behind some hosts no address is told: all their visitors must not be one guesser."""
    assert throttling.key_of("address", "") == ""
    with writing(sqlite_database) as session:
        throttling.remember(session, account="ada", address="", now=NOW)
        assert len(throttling.keys(session, account="ada", address="", now=NOW)) == 1
        for _ in range(50):
            throttling.check(session, "", now=NOW)


def test_a_delay_begins_when_the_answer_is_known(sqlite_database: Engine):
    """A slow look at the password does not eat the delay up."""
    key = throttling.key_of("account", "ada")
    for _ in range(7):
        with writing(sqlite_database) as session:
            session.query(Throttle).update({"allowed_at": NOW})
            throttling.check(session, key, now=NOW)
    later = NOW + timedelta(seconds=3)
    with writing(sqlite_database) as session:
        throttling.failed(session, key, now=later)
        throttling.failed(session, throttling.key_of("account", "nobody"), now=later)

    assert _wait_s(sqlite_database, key, later) == 4


@pytest.mark.parametrize("address", ["fe80::1%eth0", "192.0.2.7 ", "a" * 10_000, "\x00"])
def test_any_address_has_a_key(address: str):
    """What a proxy sends is not ours to choose."""
    assert throttling.key_of("address", address).startswith("address:")
