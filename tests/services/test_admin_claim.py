"""The secret that makes one admin, once, on a host without a shell."""

import threading
from contextlib import suppress

import pytest
from sqlalchemy import select

from errors import ClaimRefused, StoreUnavailable, TryLater
from models import AuditEntry, Throttle, User
from services import account_changes, admin_claim
from session import reading, writing
from settings import settings
from tests.people import NOON, register
from tests.stores import Place

CLAIM = "the claim of this host"


@pytest.fixture
def host(place: Place, environment: pytest.MonkeyPatch) -> Place:
    """A host that waits for its admin."""
    environment.setenv("CARBUROAM_ADMIN_CLAIM", CLAIM)
    settings.cache_clear()
    return place


def claim(host: Place, user_id: int, typed: str = CLAIM) -> None:
    """Type it."""
    admin_claim.claim(host.store, user_id=user_id, typed=typed, address="", now=NOON, on=host.base)


def admins(host: Place) -> list[str]:
    """Who has the role."""
    with reading(host.base) as session:
        return list(session.scalars(select(User.username).where(User.is_admin)))


def test_it_is_good_once_for_ever(host: Place):
    """Spent and audited; not good again after the role was taken, nor when what is kept of throttles is gone."""
    anna, eve, bob = (register(host, name) for name in ("anna", "eve", "bob"))
    claim(host, anna.id)
    account_changes.set_admin(host.store, user_id=bob.id, is_admin=True, on=host.base)
    account_changes.set_admin(host.store, user_id=anna.id, is_admin=False, on=host.base)
    with writing(host.base) as session:
        session.query(Throttle).delete()

    for person in (anna, eve):
        with pytest.raises(ClaimRefused):
            claim(host, person.id)

    assert admins(host) == ["bob"]
    with reading(host.base) as session:
        assert not admin_claim.is_open(session)
        entry = session.scalars(select(AuditEntry)).one()
    assert (entry.actor, entry.action) == ("anna", "admin_claim")
    assert CLAIM not in str(entry.details)


def test_of_many_at_once_one_wins(host: Place):
    """Six people type it at the same moment."""
    people = [register(host, f"anna{number}") for number in range(6)]

    def run(user_id: int) -> None:
        with suppress(ClaimRefused):
            claim(host, user_id)

    threads = [threading.Thread(target=run, args=(person.id,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(admins(host)) == 1


def test_guesses_are_slowed_and_nothing_is_open_without_a_secret(host: Place, environment: pytest.MonkeyPatch):
    """An empty setting is no empty secret."""
    anna = register(host)
    refused = 0
    with suppress(TryLater):
        for refused in range(20):  # noqa: B007 - how far it came
            with suppress(ClaimRefused):
                claim(host, anna.id, "\ud800" * 100_000)
    assert refused == 5
    environment.setenv("CARBUROAM_ADMIN_CLAIM", "")
    settings.cache_clear()
    eve = register(host, "eve")
    with pytest.raises(ClaimRefused):
        claim(host, eve.id, "")

    assert admins(host) == []


def test_a_store_that_is_away_does_not_cost_the_secret(host: Place, environment: pytest.MonkeyPatch):
    """It is good when the store is back."""
    anna = register(host)

    def gone(*_: object) -> None:
        raise StoreUnavailable("gone")

    with environment.context() as away:
        away.setattr(type(host.store), "read", gone)
        with pytest.raises(StoreUnavailable):
            claim(host, anna.id)

    claim(host, anna.id)
    assert admins(host) == ["anna"]
