"""Another mail for an account: proved by its owner, told to the old one, and never a means to write to strangers."""

import re

import pytest
from sqlalchemy import select

from errors import CodeRefused, FieldRefused, MailTaken, TryLater
from models import Mail
from services import account_changes, accounts, mail_change
from services.accounts import Account
from session import reading
from settings import settings
from tests.people import NOON, PASSWORD, in_base, register
from tests.stores import Place

NEW = "new@example.org"


def ask(place: Place, person: Account, mail: str = NEW) -> str:
    """Ask for a code to another mail, and read it there."""
    mail_change.send_code(account=person, mail=mail, request="hers", now=NOON, on=place.base)
    found = re.search(r"^\d{8}$", mails(place)[-1].body_text, re.MULTILINE)
    assert found
    return found.group()


def confirm(place: Place, person: Account, code: str, mail: str = NEW, request: str = "hers") -> None:
    """Type the code."""
    mail_change.confirm(place.store, account=person, mail=mail, request=request, code=code, now=NOON, on=place.base)


def mails(place: Place) -> list[Mail]:
    """The queue, oldest first."""
    with reading(place.base) as session:
        return list(session.scalars(select(Mail).order_by(Mail.id)))


def test_a_mail_changes_for_who_reads_the_new_one(place: Place):
    """In the browser that asked, for that mail alone; then it counts as proved, and the old one hears of it."""
    anna = register(place)
    code = ask(place, anna)
    for wrong in ({"mail": "other@example.org"}, {"request": "his"}):
        with pytest.raises(CodeRefused):
            confirm(place, anna, code, **wrong)
    with pytest.raises(TryLater):
        ask(place, anna, "other@example.org")
    assert in_base(place) == {"anna": "anna@example.org"}

    confirm(place, anna, code)

    with reading(place.base) as session:
        now = accounts.account(session, anna.id)
    assert now
    assert (now.mail, now.mail_verified) == (NEW, True)
    assert [mail.recipient for mail in mails(place)] == [NEW, "anna@example.org"]


def test_whose_a_mail_is_hears_its_owner_alone(place: Place):
    """Who asks for a mail of somebody else gets the answer that everybody gets; a mail that cannot be is told."""
    anna = register(place)
    register(place, "eve")

    code = ask(place, anna, "EVE@example.org")

    with pytest.raises(MailTaken):
        confirm(place, anna, code, mail="eve@example.org")
    assert in_base(place) == {"anna": "anna@example.org", "eve": "eve@example.org"}
    with pytest.raises(FieldRefused):
        mail_change.send_code(account=anna, mail="a@b.example\r\nBcc: c@d.example", request="hers", now=NOON)


def test_no_name_goes_to_a_mail_that_nobody_proved(place: Place, environment: pytest.MonkeyPatch):
    """Where mails leave the server: a username could be somebody's message to a stranger."""
    for name, value in (("SMTP_HOST", "localhost"), ("MAIL_FROM", "c@example.org")):
        environment.setenv(f"CARBUROAM_{name}", value)
    settings.cache_clear()
    anna = register(place, "casino.example", mail="stranger@example.org")
    account_changes.change_password(
        place.store, user_id=anna.id, current=PASSWORD, new="another fine phrase", address="", now=NOON
    )
    confirm(place, anna, ask(place, anna))
    assert [mail.recipient for mail in mails(place)] == [NEW]

    account_changes.remove(place.store, user_id=anna.id)
    assert [(mail.recipient, "casino" in mail.body_text) for mail in mails(place)] == [(NEW, True)]
