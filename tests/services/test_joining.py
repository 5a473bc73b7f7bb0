"""Becoming a member: what is wrong is told field by field, and what was picked without an account comes along."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from errors import AccountError, MailTaken, TryLater, UsernameTaken
from models import Station
from records import Fuel
from services import following, joining
from services.following import Followed
from services.joining import Form
from services.passwords import Strength
from session import reading
from tests.builders import a_station
from tests.people import NOON, PASSWORD, in_base, in_store, sign_in
from tests.quotes import store
from tests.stores import Place

ANNA = Form("Anna", "anna@example.org", "anna", PASSWORD)


def _join(place: Place, form: Form = ANNA, address: str = "192.0.2.1", **facts: object) -> int:
    options = {"language": "fr", "fuels": (), "stations": (), "now": NOON, **facts}
    return joining.join(place.store, form, address=address, on=place.base, **options).id  # type: ignore[arg-type]


def _reasons(form: Form) -> dict[str, str]:
    def reason(error: AccountError) -> str:
        return str(getattr(error, "reason", ""))

    return {field: reason(error) for field, error in joining.refusals(form).items()}


def test_each_field_says_what_is_wrong_with_it():
    """All of them at once: who corrects one is not told of the next."""
    assert _reasons(ANNA) == {}
    assert _reasons(Form("", "", "", "")) == {
        "name": "empty",
        "mail": "empty",
        "username": "empty",
        "password": "short",
    }
    assert _reasons(Form("A\x00", "anna", "a b", "password123")) == {
        "name": "characters", "mail": "form", "username": "characters", "password": "common",
    }  # fmt: skip
    assert _reasons(replace(ANNA, username="аnna", mail="аnna@example.org")) == {
        "username": "scripts",
        "mail": "scripts",
    }


def test_a_megabyte_in_each_field_is_refused():
    """At once: by its length, before anything looks at it."""
    huge = "x" * 1_000_000

    assert set(_reasons(Form(huge, huge, huge, huge)).values()) == {"long"}
    assert joining.strength(Form(huge, huge, huge, huge)) <= Strength.WEAK


def test_a_password_made_of_the_rest_of_the_form_is_weak():
    """Who knows the person guesses it first."""
    form = Form("Anna Schmidt", "anna@example.org", "annaschmidt", "annaschmidt1")

    assert joining.strength(form) <= Strength.WEAK < joining.strength(replace(form, password=PASSWORD))
    assert _reasons(form) == {"password": "common"}


def test_what_was_picked_comes_along(laptop: Place):
    """Fuels and stations under their names; one that is gone with the examples is left out."""
    store(laptop.base, a_station())
    with reading(laptop.base) as session:
        (station_id,) = session.scalars(select(Station.id))
    picked = [Followed(station_id, "près du bureau"), Followed(999, "gone")]

    anna = _join(laptop, fuels=(Fuel.E85, Fuel.DIESEL), stations=picked)

    with reading(laptop.base) as session:
        assert following.followed(session, anna) == picked[:1]
        assert following.fuels(session, anna) == [Fuel.DIESEL, Fuel.E85]


def test_a_name_that_is_taken_is_told_and_leaves_nothing(laptop: Place):
    """In any spelling of it; the mail too."""
    _join(laptop)

    with pytest.raises(UsernameTaken):
        _join(laptop, replace(ANNA, username="ANNA", mail="b@example.org"))
    with pytest.raises(MailTaken):
        _join(laptop, replace(ANNA, username="berta", mail="Anna@Example.org"))

    assert in_base(laptop) == {"anna": "anna@example.org"}
    assert in_store(laptop) == {"anna"}


def test_who_asks_for_many_names_has_to_wait(laptop: Place):
    """A list of mails cannot be tried through; others register meanwhile, and who is there signs in."""
    _join(laptop, address="198.51.100.9")

    def is_answered(number: int) -> bool:
        try:
            _join(laptop, replace(ANNA, username=f"guess{number}"))
        except MailTaken:
            return True
        except TryLater:
            return False
        raise AssertionError("two accounts have one mail")

    answered = [number for number in range(40) if is_answered(number)]
    assert answered == list(range(20))

    _join(laptop, Form("Berta", "berta@example.org", "berta", PASSWORD), address="198.51.100.9")
    assert sign_in(laptop).username == "anna"
    _join(laptop, Form("Carl", "carl@example.org", "carl", PASSWORD), now=NOON + timedelta(hours=2))
