"""Registering and signing in, on a folder with SQLite and on S3 with PostgreSQL."""

from datetime import timedelta
from typing import Any

import bcrypt
import pytest
import yaml
from sqlalchemy import delete
from streamlit_authenticator.controllers.authentication_controller import AuthenticationController

from errors import (
    CredentialsCorrupt,
    FieldRefused,
    MailTaken,
    SignInRefused,
    StoreUnavailable,
    TryLater,
    UsernameTaken,
    WeakPassword,
)
from models import User
from services import accounts, passwords
from session import reading, writing
from tests.people import NOON, PASSWORD, content, in_base, in_store, overwrite, register, sign_in
from tests.stores import Place


def test_who_registers_can_sign_in_by_name_and_by_mail(place: Place):
    """However they spell it; what a page learns of them is the same."""
    anna = register(place, "Anna", name="Anna Müller", mail="Anna@Example.org")

    assert (anna.username, anna.mail, anna.name) == ("anna", "anna@example.org", "Anna Müller")
    assert (anna.is_admin, anna.mail_verified) == (False, False)
    assert sign_in(place, "ANNA") == sign_in(place, "anna@EXAMPLE.org") == anna
    with reading(place.base) as session:
        assert accounts.account(session, anna.id) == accounts.known_as(session, "Anna") == anna
        assert accounts.account(session, anna.id + 1) is None


def test_the_object_is_a_record_of_streamlit_authenticator(place: Place):
    """Its own controller signs the person in; neither the password nor anything like it lies there in clear."""
    register(place)
    record = yaml.safe_load(content(place, "anna"))

    assert PASSWORD not in content(place, "anna")
    assert record.keys() >= {"email", "name", "password", "roles", "uuid"}
    controller = AuthenticationController({"usernames": {"anna": record}}, auto_hash=False)
    assert controller.login("anna", PASSWORD)


@pytest.mark.parametrize("username", ["anna", "ANNA", "Ａnna"])
def test_a_username_is_taken_once(place: Place, username: str):
    """Case and width make no second Anna; the first is not touched."""
    anna = register(place)

    with pytest.raises(UsernameTaken):
        register(place, username, mail="other@example.org", password="another fine phrase")

    assert in_base(place) == {"anna": "anna@example.org"}
    assert sign_in(place) == anna


def test_a_mail_is_taken_once_and_the_loser_leaves_nothing(place: Place):
    """The name that the second wanted is free again."""
    register(place)

    with pytest.raises(MailTaken):
        register(place, "eve", mail="ANNA@example.org")

    assert in_store(place) == {"anna"}
    assert register(place, "eve").username == "eve"


@pytest.mark.parametrize(
    ("facts", "error"),
    [
        ({"name": ""}, FieldRefused),
        ({"name": "A\nBcc: all@example.org"}, FieldRefused),
        ({"mail": "nobody"}, FieldRefused),
        ({"username": "../anna"}, FieldRefused),
        ({"password": "short"}, WeakPassword),
        ({"password": "password123"}, WeakPassword),
        ({"name": "x" * 1_000_000}, FieldRefused),
        ({"mail": "x" * 1_000_000 + "@example.org"}, FieldRefused),
        ({"username": "x" * 1_000_000}, FieldRefused),
        ({"password": "x" * 1_000_000}, WeakPassword),
    ],
)
def test_what_will_not_do_is_said_before_anything_is_written(place: Place, facts: dict[str, str], error: type):
    """Neither store nor base hears of it."""
    with pytest.raises(error):
        register(place, **facts)

    assert (in_store(place), in_base(place)) == (set(), {})


def test_nobody_registers_as_an_admin(place: Place):
    """A name that would be YAML stays a name."""
    anna = register(place, name="Anna roles: [admin] # {roles: [admin]}", language="fr\nroles: [admin]")

    assert not anna.is_admin
    assert not sign_in(place).is_admin
    assert yaml.safe_load(content(place, "anna"))["roles"] == []


def test_a_base_that_fails_half_way_leaves_no_credentials(place: Place, environment: pytest.MonkeyPatch):
    """The store had said yes already."""

    def fail(*_: object, **__: object) -> None:
        raise OSError("no base")

    environment.setattr(accounts, "_enter", fail)
    with pytest.raises(OSError, match="no base"):
        register(place)

    assert in_store(place) == set()


def test_all_mistakes_are_one(place: Place, environment: pytest.MonkeyPatch):
    """Unknown or wrong, by name or by mail, impossible or too long: the same words after one look by bcrypt."""
    register(place)
    looks: list[bytes] = []
    real = bcrypt.checkpw

    def spy(tried: bytes, against: bytes) -> bool:
        looks.append(against)
        return real(tried, against)

    environment.setattr(bcrypt, "checkpw", spy)
    tries = [
        ("anna", "wrong horse battery"), ("eve", PASSWORD), ("anna@example.org", "wrong"),
        ("eve@example.org", PASSWORD),
        ("../anna", PASSWORD), ("", ""), ("anna\0", PASSWORD), ("x" * 1_000_000, PASSWORD), ("anna", "x" * 1_000_000),
        ("@", PASSWORD), ("anna", PASSWORD + "\0"),
    ]  # fmt: skip
    said = set()
    for number, (login, password) in enumerate(tries, start=1):
        with pytest.raises(SignInRefused) as refused:
            sign_in(place, login, password, now=NOON + timedelta(hours=2 * number))
        said.add(str(refused.value))
        assert len(looks) == number
    sign_in(place, now=NOON + timedelta(days=2))

    assert len(said) == 1
    assert len(looks) == len(tries) + 1
    assert {len(against) for against in looks} == {60}
    assert {against[:7] for against in looks} == {b"$2b$04$"}


def _looks_at(place: Place, guesses: int) -> int:
    """How many of so many guesses, one every five seconds, are looked at; the owner signs in from home in between."""
    register(place)
    sign_in(place, address="198.51.100.7")
    looked_at = 0
    for number in range(guesses):
        try:
            sign_in(place, password="a guess", now=NOON + timedelta(seconds=5 * number))
        except SignInRefused:
            looked_at += 1
        except TryLater:
            pass
        if number == guesses // 2:
            home: dict[str, Any] = {"address": "198.51.100.7", "now": NOON + timedelta(seconds=5 * number)}
            assert sign_in(place, **home).username == "anna"
    return looked_at


def test_guessing_gets_nowhere_and_the_owner_gets_in(place: Place):
    """A quarter of an hour."""
    assert 20 <= _looks_at(place, 200) <= 30


@pytest.mark.long
@pytest.mark.timeout(900)
def test_ten_thousand_guesses_at_a_password(laptop: Place):
    """Fourteen hours from one address: four looks an hour once its patience is used up."""
    assert 30 <= _looks_at(laptop, 10_000) <= 100


@pytest.mark.parametrize(
    "body",
    [
        "", "\0\1\2", "[]", "email: [", "password: 1", "x: " + "[" * 5_000, "a: 2026-99-99", "x" * 2_000_000,
        "email: anna@example.org\nname: Anna\npassword: in clear\nroles: []",
        "email: anna@example.org\nname: Anna\nroles: administrator",
        "!!python/object/apply:os.system ['true']",
    ],
    ids=range(11),
)  # fmt: skip
def test_a_corrupt_object_costs_that_person_alone(place: Place, body: str):
    """They are told to reset; nobody signs in by it, and everybody else does."""
    register(place)
    eve = register(place, "eve")
    overwrite(place, "anna", body)

    with pytest.raises(CredentialsCorrupt):
        sign_in(place)
    with pytest.raises(CredentialsCorrupt):
        sign_in(place, password="in clear")
    assert sign_in(place, "eve") == eve


def test_a_role_is_taken_from_the_store_at_once(place: Place):
    """Whoever may write there decides; the next page run sees it in the base."""
    anna = register(place)
    overwrite(place, "anna", content(place, "anna").replace("roles: []", "roles: [admin]"))
    assert sign_in(place).is_admin
    with reading(place.base) as session:
        assert (accounts.account(session, anna.id) or anna).is_admin

    overwrite(place, "anna", content(place, "anna").replace("- admin", "- cadmin").replace("[admin]", "[cadmin]"))
    assert not sign_in(place).is_admin


@pytest.mark.parametrize("roles", ["admin", "{admin: true}", "[[admin]]", "[1]"])
def test_a_role_is_a_word_in_a_list(laptop: Place, roles: str):
    """Whatever else stands there makes nobody an admin: the object counts as corrupt."""
    register(laptop)
    overwrite(laptop, "anna", content(laptop, "anna").replace("roles: []", f"roles: {roles}"))

    with pytest.raises(CredentialsCorrupt):
        sign_in(laptop)


def test_a_store_that_is_gone_says_try_again(place: Place, environment: pytest.MonkeyPatch):
    """Sign-in and registration end in words and write nothing; who is signed in goes on."""
    anna = register(place)

    def gone(*_: object, **__: object) -> None:
        raise StoreUnavailable("the credentials store cannot be reached")

    for deed in ("read", "write", "delete"):
        environment.setattr(type(place.store), deed, gone)
    for _ in range(8):  # nobody guessed anything, so nobody is made to wait
        with pytest.raises(StoreUnavailable):
            sign_in(place)
    with pytest.raises(StoreUnavailable):
        register(place, "eve")

    assert in_base(place) == {"anna": "anna@example.org"}
    with reading(place.base) as session:
        assert accounts.account(session, anna.id) == anna


def test_who_is_in_the_store_alone_is_entered_at_sign_in(place: Place):
    """The base was lost, or the object was put there by hand a second ago."""
    anna = register(place)
    with writing(place.base) as session:
        session.execute(delete(User))

    back = sign_in(place)

    assert (back.uuid, back.mail, back.name) == (anna.uuid, anna.mail, anna.name)


def test_hashes_cost_what_they_should():
    """The tests' cheap ones are the tests' alone."""
    assert passwords.COST == 12
