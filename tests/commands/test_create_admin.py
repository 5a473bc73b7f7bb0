"""An admin made on the host: a new account, or one that there is."""

import pytest
from sqlalchemy import select

import etl
from models import AuditEntry
from session import reading
from tests.people import PASSWORD, register, sign_in
from tests.stores import Place


@pytest.fixture
def typed(environment: pytest.MonkeyPatch) -> list[str]:
    """What the person at the terminal answers, in order."""
    answers: list[str] = []
    for name in ("builtins.input", "getpass.getpass"):
        environment.setattr(name, lambda _question="": answers.pop(0))
    return answers


def test_a_new_admin_signs_in(place: Place, typed: list[str]):
    """The mail is asked for, the password twice; what was done stands in the audit log, without a secret."""
    typed += ["root@example.org", "one phrase or other", "not the same one", PASSWORD, PASSWORD]

    assert etl.main(["create-admin", "Root"]) == 0

    assert sign_in(place, "root").is_admin
    with reading(place.base) as session:
        entry = session.scalars(select(AuditEntry)).one()
    assert (entry.actor, entry.action, entry.target, entry.details) == ("-", "create_admin", "root", {"is_new": True})


def test_a_weak_password_makes_nobody(place: Place, typed: list[str]):
    """There is no default either."""
    typed += ["motdepasse", "motdepasse"]

    assert etl.main(["create-admin", "root", "--mail", "root@example.org"]) == 1
    assert place.store.read("users/root.yaml") is None


def test_who_is_there_is_promoted_after_a_question(place: Place, typed: list[str]):
    """And not without a yes; the password stays."""
    register(place)
    typed += ["", "y"]

    assert etl.main(["create-admin", "anna"]) == 1
    assert not sign_in(place).is_admin
    assert etl.main(["create-admin", "anna"]) == 0
    assert sign_in(place).is_admin
    assert etl.main(["create-admin", "anna"]) == 0
