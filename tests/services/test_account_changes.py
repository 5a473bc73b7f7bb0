"""What people change of their account, on a folder with SQLite and on S3 with PostgreSQL."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from errors import AccountGone, MailTaken, SignInRefused, StoreConflict, StoreUnavailable, TryLater, WeakPassword
from models import Base, UserSession
from services import account_changes, accounts, sessions
from services.account_changes import profile
from services.accounts import Account
from session import reading, writing
from tests.people import NOON, PASSWORD, content, in_base, in_store, overwrite, register, sign_in, wipe
from tests.stores import Place

OTHER = "another fine phrase"
FROM: dict[str, Any] = {"address": "192.0.2.1", "now": NOON}


def _account(place: Place, user_id: int) -> Account:
    with reading(place.base) as session:
        found = accounts.account(session, user_id)
    assert found
    return found


def _begin_session(place: Place, user_id: int) -> None:
    with writing(place.base) as session:
        sessions.begin(session, user_id=user_id, user_agent="Firefox", now=NOON)


def _sessions(place: Place) -> int:
    with reading(place.base) as session:
        return session.scalar(select(func.count()).select_from(UserSession)) or 0


def test_of_two_tabs_the_second_is_told(place: Place):
    """Both forms show the same version; the later save does not bury the earlier one."""
    anna = register(place)
    first, second = profile(place.store, anna.id), profile(place.store, anna.id)
    account_changes.change_name(place.store, user_id=anna.id, name="Anna One", if_version=first.version)

    with pytest.raises(StoreConflict):
        account_changes.change_name(place.store, user_id=anna.id, name="Anna Two", if_version=second.version)
    with pytest.raises(StoreConflict):
        account_changes.change_mail(
            place.store, user_id=anna.id, mail="two@example.org", if_version=second.version, verified_at=None
        )

    now = profile(place.store, anna.id)
    assert (now.account.name, now.account.mail) == ("Anna One", "anna@example.org")
    assert _account(place, anna.id).mail == "anna@example.org"


def test_a_mail_changes_in_both_places(place: Place):
    """The new one signs in, the old one is free for somebody else."""
    anna = register(place)
    account_changes.change_mail(place.store, user_id=anna.id, mail="New@example.org", if_version=None, verified_at=NOON)

    assert _account(place, anna.id).mail_verified
    assert sign_in(place, "new@example.org").id == anna.id
    with pytest.raises(SignInRefused):
        sign_in(place, "anna@example.org")
    assert register(place, "eve", mail="anna@example.org").mail == "anna@example.org"


def test_a_mail_of_somebody_else_is_refused(place: Place):
    """The unique key decides, and neither place has changed."""
    anna = register(place)
    register(place, "eve")

    with pytest.raises(MailTaken):
        account_changes.change_mail(
            place.store, user_id=anna.id, mail="EVE@example.org", if_version=None, verified_at=None
        )

    assert in_base(place)["anna"] == "anna@example.org"
    assert "anna@example.org" in content(place, "anna")


def test_a_store_that_fails_in_a_change_undoes_it(place: Place, environment: pytest.MonkeyPatch):
    """The base had taken the new mail already."""
    anna = register(place)

    def gone(*_: object, **__: object) -> None:
        raise StoreUnavailable("gone")

    environment.setattr(type(place.store), "write", gone)
    with pytest.raises(StoreUnavailable):
        account_changes.change_mail(
            place.store, user_id=anna.id, mail="new@example.org", if_version=None, verified_at=NOON
        )

    assert in_base(place) == {"anna": "anna@example.org"}
    assert not _account(place, anna.id).mail_verified


def test_a_proof_counts_for_the_mail_it_was_sent_to(place: Place):
    """A code for the old mail proves nothing about the new one."""
    anna = register(place)
    account_changes.verify_mail(place.store, user_id=anna.id, mail="anna@example.org", now=NOON)
    assert _account(place, anna.id).mail_verified

    account_changes.change_mail(place.store, user_id=anna.id, mail="new@example.org", if_version=None, verified_at=None)
    assert not _account(place, anna.id).mail_verified
    with pytest.raises(StoreConflict):
        account_changes.verify_mail(place.store, user_id=anna.id, mail="anna@example.org", now=NOON)


def test_a_password_changes_for_who_knows_it_and_every_session_ends(place: Place):
    """The old one is worth nothing from then on."""
    anna = register(place)
    _begin_session(place, anna.id)
    with pytest.raises(SignInRefused):
        account_changes.change_password(place.store, user_id=anna.id, current="wrong", new=OTHER, **FROM)
    with pytest.raises(WeakPassword):
        account_changes.change_password(place.store, user_id=anna.id, current=PASSWORD, new="annaannaanna", **FROM)
    assert _sessions(place) == 1

    account_changes.change_password(place.store, user_id=anna.id, current=PASSWORD, new=OTHER, **FROM)

    assert _sessions(place) == 0
    assert sign_in(place, password=OTHER).id == anna.id
    with pytest.raises(SignInRefused):
        sign_in(place)


@pytest.mark.parametrize("body", ["{", "email: x", "email: anna@example.org\npassword: clear\nroles: admin"])
def test_a_reset_mends_a_corrupt_object_without_roles(place: Place, body: str):
    """What the base knows is written anew; a role cannot be smuggled in by breaking the object."""
    anna = register(place)
    account_changes.set_admin(place.store, user_id=anna.id, is_admin=True)
    _begin_session(place, anna.id)
    overwrite(place, "anna", body)

    account_changes.reset_password(place.store, user_id=anna.id, new=OTHER)

    mended = sign_in(place, password=OTHER)
    assert (mended.uuid, mended.mail, mended.is_admin) == (anna.uuid, anna.mail, False)
    assert _sessions(place) == 0


def test_a_role_is_given_and_taken_in_both_places(place: Place):
    """And other roles stay as they are."""
    anna = register(place)
    overwrite(place, "anna", content(place, "anna").replace("roles: []", "roles: [editor]"))
    account_changes.set_admin(place.store, user_id=anna.id, is_admin=True)
    assert _account(place, anna.id).is_admin
    assert sign_in(place).is_admin

    account_changes.set_admin(place.store, user_id=register(place, "another").id, is_admin=True)
    account_changes.set_admin(place.store, user_id=anna.id, is_admin=False)
    assert not _account(place, anna.id).is_admin
    assert "editor" in content(place, "anna")
    assert not sign_in(place).is_admin


def test_what_others_wrote_into_a_record_survives_a_change(place: Place):
    """The format belongs to streamlit-authenticator, not to us."""
    anna = register(place)
    overwrite(place, "anna", content(place, "anna") + "password_hint: the horse\nfailed_login_attempts: 3\n")

    account_changes.change_language(place.store, user_id=anna.id, language="en")

    assert "password_hint: the horse" in content(place, "anna")
    assert "failed_login_attempts: 3" in content(place, "anna")
    assert _account(place, anna.id).language == "en"


def test_a_browser_left_open_is_no_leave_to_guess_the_password(laptop: Place):
    """After a few wrong ones each has to wait, whatever it is asked for."""
    anna = register(laptop)
    deed: dict[str, Any] = {"user_id": anna.id, "address": "192.0.2.1", "now": NOON, "on": laptop.base}
    for _ in range(5):
        with pytest.raises(SignInRefused):
            account_changes.delete_account(laptop.store, password="a guess", **deed)

    with pytest.raises(TryLater):
        account_changes.change_password(laptop.store, current=PASSWORD, new="another fine phrase", **deed)
    with pytest.raises(TryLater):
        account_changes.delete_account(laptop.store, password=PASSWORD, **deed)
    assert in_base(laptop) == {"anna": anna.mail}


def test_an_account_ends_for_who_knows_the_password(place: Place):
    """Object, row and session are gone, and the name is free."""
    anna = register(place)
    _begin_session(place, anna.id)
    with pytest.raises(SignInRefused):
        account_changes.delete_account(place.store, user_id=anna.id, password="wrong", **FROM)

    account_changes.delete_account(place.store, user_id=anna.id, password=PASSWORD, **FROM)

    assert (in_store(place), in_base(place), _sessions(place)) == (set(), {}, 0)
    with pytest.raises(SignInRefused):
        sign_in(place, now=NOON + timedelta(hours=2))
    with pytest.raises(AccountGone):
        account_changes.change_name(place.store, user_id=anna.id, name="Anna", if_version="x")
    assert register(place).id


@pytest.mark.parametrize("deed", [lambda place: overwrite(place, "anna", "{"), lambda place: wipe(place, "anna")])
def test_an_account_can_be_removed_whatever_its_object_is_like(place: Place, deed):
    """An admin's deed, or the second half of one that failed."""
    anna = register(place)
    register(place, "eve")
    deed(place)

    account_changes.remove(place.store, user_id=anna.id)

    assert (in_store(place), set(in_base(place))) == ({"eve"}, {"eve"})


def test_every_table_that_knows_a_user_forgets_them():
    """A later feature that hangs a table on users and leaves out the cascade fails here."""
    keys = [
        (table.name, key.ondelete)
        for table in Base.metadata.sorted_tables
        for key in table.foreign_keys
        if key.column.table.name == "users"
    ]
    named = [table.name for table in Base.metadata.sorted_tables if "user_id" in table.c]

    assert keys
    assert [name for name, ondelete in keys if ondelete != "CASCADE"] == []
    assert set(named) == {name for name, _ in keys}
