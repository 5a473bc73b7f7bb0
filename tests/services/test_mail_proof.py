"""Proving a mail: the code that went there, from the browser that asked, for that mail and no other."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from adapters.storage import Stored
from errors import CodeRefused, StoreUnavailable, TryLater
from models import Mail, User
from services import mail_proof
from services.accounts import Account
from session import reading
from tests.people import NOON, register
from tests.stores import Place

HERE = "the secret of this browser"


def _sent(place: Place) -> str:
    """The code in the last mail."""
    with reading(place.base) as session:
        mail = session.scalars(select(Mail).order_by(Mail.id.desc())).first()
    assert mail
    return next(line for line in mail.body_text.splitlines() if line.isdigit())


def _is_proved(place: Place, person: Account) -> bool:
    with reading(place.base) as session:
        return session.scalars(select(User.mail_verified_at).where(User.id == person.id)).one() is not None


def test_the_code_of_the_mail_proves_it(place: Place):
    """Once, and where it was asked for."""
    anna = register(place)
    mail_proof.send_code(account=anna, request=HERE, now=NOON, on=place.base)
    code = _sent(place)

    with pytest.raises(CodeRefused):
        mail_proof.prove(place.store, account=anna, request="elsewhere", code=code, now=NOON, on=place.base)
    mail_proof.prove(place.store, account=anna, request=HERE, code=f" {code[:4]} {code[4:]}", now=NOON, on=place.base)

    assert _is_proved(place, anna)
    with pytest.raises(CodeRefused):
        mail_proof.prove(place.store, account=anna, request=HERE, code=code, now=NOON, on=place.base)
    with pytest.raises(TryLater):
        mail_proof.send_code(account=anna, request=HERE, now=NOON + timedelta(seconds=59), on=place.base)


def test_a_code_proves_no_other_mail(laptop: Place):
    """Who changes the mail meanwhile has proved the old one, which is theirs no more."""
    anna = register(laptop)
    mail_proof.send_code(account=anna, request=HERE, now=NOON, on=laptop.base)
    changed = replace(anna, mail="else@example.org")

    with pytest.raises(CodeRefused):
        mail_proof.prove(laptop.store, account=changed, request=HERE, code=_sent(laptop), now=NOON, on=laptop.base)

    assert not _is_proved(laptop, anna)


def test_a_store_that_is_away_costs_no_code(laptop: Place):
    """What cannot be noted now is proved by the same code a minute later."""

    class Away:
        def read(self, key: str) -> Stored | None:
            raise StoreUnavailable(key)

    anna = register(laptop)
    mail_proof.send_code(account=anna, request=HERE, now=NOON, on=laptop.base)
    code = _sent(laptop)

    with pytest.raises(StoreUnavailable):
        mail_proof.prove(Away(), account=anna, request=HERE, code=code, now=NOON, on=laptop.base)  # type: ignore[arg-type]
    mail_proof.prove(laptop.store, account=anna, request=HERE, code=code, now=NOON, on=laptop.base)

    assert _is_proved(laptop, anna)
