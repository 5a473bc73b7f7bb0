"""The way back for who forgot: the same for everybody who asks, open to who reads the proved mail alone."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, event, func, select

from errors import CodeRefused, SignInRefused, StoreUnavailable, TryLater, WeakPassword
from models import Mail, UserSession
from services import account_changes, recovery, sessions
from services.accounts import Account
from session import reading, writing
from tests.people import NOON, PASSWORD, overwrite, register, sign_in
from tests.stores import Place

NEW = "another fine phrase"
MINUTE = timedelta(minutes=1)


def proved(place: Place, username: str = "anna") -> Account:
    """Somebody whose mail is known to be theirs."""
    person = register(place, username, name="Nezahualcoyotl")
    account_changes.verify_mail(place.store, user_id=person.id, mail=person.mail, now=NOON)
    return person


def ask(place: Place, login: str = "anna", *, request: str = "hers", now: datetime = NOON, address: str = "") -> None:
    """Ask for a code."""
    recovery.send_code(login=login, request=request, address=address, now=now, on=place.base)


def choose(
    place: Place, code: str, *, login: str = "anna", request: str = "hers", new: str = NEW, now: datetime = NOON
) -> None:
    """Choose a password with a code."""
    recovery.choose_password(
        place.store, login=login, request=request, code=code, new=new, address="", now=now, on=place.base
    )


def mails(place: Place) -> list[tuple[str, str]]:
    """Recipient and text of every mail, oldest first."""
    with reading(place.base) as session:
        return [(mail.recipient, mail.body_text) for mail in session.scalars(select(Mail).order_by(Mail.id))]


def code_of(place: Place) -> str:
    """The code in the newest mail."""
    found = re.search(r"^\d{8}$", mails(place)[-1][1], re.MULTILINE)
    assert found
    return found.group()


@contextmanager
def statements(on: Engine) -> Iterator[list[str]]:
    """What the base is asked while the block lasts: the verb of each statement, and commits."""
    heard: list[str] = []

    def hear(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        heard.append(statement.split(maxsplit=1)[0])

    def commit(_connection: object) -> None:
        heard.append("COMMIT")

    event.listen(on, "before_cursor_execute", hear)
    event.listen(on, "commit", commit)
    try:
        yield heard
    finally:
        event.remove(on, "before_cursor_execute", hear)
        event.remove(on, "commit", commit)


def test_a_forgotten_password_is_chosen_anew(place: Place):
    """Every session ends, a mail says so; the code is spent, the old password worth nothing."""
    anna = proved(place)
    with writing(place.base) as session:
        sessions.begin(session, user_id=anna.id, user_agent="", now=NOON)
    ask(place, "ANNA@example.org")
    code = code_of(place)
    with pytest.raises(WeakPassword):  # what it is too close to is known once the code was right
        choose(place, code, login="ANNA@example.org", new="nezahualcoyotl")

    choose(place, code, login="ANNA@example.org")

    assert sign_in(place, password=NEW).id == anna.id
    with pytest.raises(SignInRefused):
        sign_in(place, password=PASSWORD)
    with reading(place.base) as session:
        assert session.scalar(select(func.count()).select_from(UserSession)) == 0
    assert mails(place)[-1][0] == anna.mail
    assert "vient de changer" in mails(place)[-1][1]
    with pytest.raises(CodeRefused):
        choose(place, code, login="ANNA@example.org", new="yet another phrase")


@pytest.mark.parametrize(
    "deed",
    [
        lambda place, code: choose(place, code, login="eve"),
        lambda place, code: choose(place, code, login="nobody"),
        lambda place, code: choose(place, code, request="his"),
        lambda place, code: choose(place, code, now=NOON + 10 * MINUTE),
        lambda place, _: choose(place, ""),
        lambda place, _: choose(place, "9" * 1_000_000),
    ],
    ids=["another's", "nobody's", "another browser's", "late", "empty", "1 MB"],
)
def test_a_code_serves_one_person_in_one_browser_soon(place: Place, deed: Callable[[Place, str], None]):
    """Every other use is refused alike, and changes no password."""
    proved(place)
    proved(place, "eve")
    ask(place)

    with pytest.raises(CodeRefused):
        deed(place, code_of(place))

    assert sign_in(place).username == "anna"
    assert sign_in(place, "eve").username == "eve"


def test_a_code_dies_with_the_mail_that_it_went_to(place: Place):
    """Who reads the old mailbox has no way in after the change."""
    anna = proved(place)
    ask(place)
    code = code_of(place)
    account_changes.change_mail(place.store, user_id=anna.id, mail="new@example.org", if_version=None, verified_at=NOON)

    with pytest.raises(CodeRefused):
        choose(place, code)


def test_a_code_dies_with_the_password_that_it_would_replace(laptop: Place):
    """Somebody asked for it from a browser left open; the owner has changed the password since."""
    anna = proved(laptop)
    ask(laptop)
    code = code_of(laptop)
    account_changes.change_password(
        laptop.store, user_id=anna.id, current=PASSWORD, new=NEW, address="", now=NOON, on=laptop.base
    )

    with pytest.raises(CodeRefused):
        choose(laptop, code, new="yet another phrase")


def test_nobody_learns_who_has_an_account(place: Place):
    """Known, unproved, unknown or made to wait: no answer, and the base hears the same statements."""
    proved(place)
    register(place, "eve")
    heard: dict[str, list[str]] = {}
    for name in ("anna", "eve", "nobody", "eve@example.org", "anna@example.org"):
        with statements(place.base) as heard[name]:
            ask(place, name)
    asked, chosen = dict(heard), {}
    for name in ("anna", "eve", "nobody"):
        with statements(place.base) as chosen[name], pytest.raises(CodeRefused):
            choose(place, "00000000", login=name)
    reminded = {}
    for name in ("anna@example.org", "eve@example.org", "nobody@example.org"):
        with statements(place.base) as reminded[name]:
            recovery.send_username(mail=name, address="", now=NOON, on=place.base)

    for found in (asked, reminded):
        assert len({tuple(each) for each in found.values()}) == 1, found
        assert next(iter(found.values())).count("COMMIT") == 1
    # A try is counted where there is a code, a decoy written where there is none: one write and one commit each.
    assert {each.count("COMMIT") for each in chosen.values()} == {chosen["anna"].count("COMMIT")}
    assert chosen["eve"] == chosen["nobody"]
    assert [to for to, _ in mails(place)] == ["anna@example.org"] * 2
    assert "anna" in mails(place)[-1][1]


def test_only_a_proved_mail_is_written_to(place: Place):
    """A stranger's mail that somebody typed gets nothing; a proved one a code a minute and five a day."""
    register(place, "eve")
    proved(place)
    ask(place, "eve")
    for number in range(12):
        ask(place, now=NOON + number * MINUTE / 2)
        ask(place, now=NOON + number * MINUTE / 2)

    assert [to for to, _ in mails(place)] == ["anna@example.org"] * 5


def test_a_corrupt_object_is_mended_by_a_reset(place: Place):
    """Nobody can sign in with it; the way back writes it anew, without the role that was smuggled in."""
    anna = proved(place)
    overwrite(place, "anna", "email: anna@example.org\nroles: admin\n{")
    ask(place)

    choose(place, code_of(place))

    back = sign_in(place, password=NEW)
    assert (back.id, back.is_admin, back.mail_verified) == (anna.id, False, True)


def test_a_store_that_is_away_does_not_cost_the_code(place: Place, environment: pytest.MonkeyPatch):
    """Nothing is half written, and the same code is good when the store is back."""
    proved(place)
    ask(place)
    code = code_of(place)

    def gone(*_: object) -> None:
        raise StoreUnavailable("gone")

    with environment.context() as away:
        away.setattr(type(place.store), "read", gone)
        with pytest.raises(StoreUnavailable):
            choose(place, code)

    choose(place, code)
    assert sign_in(place, password=NEW).username == "anna"


def test_an_address_that_asks_too_often_has_to_wait(place: Place):
    """Whatever names it asks about; another address goes on."""
    proved(place)
    asked = 0
    with suppress(TryLater):
        for asked in range(40):
            ask(place, f"name{asked}", address="192.0.2.66")

    assert 15 < asked < 30
    with pytest.raises(TryLater):
        recovery.send_username(mail="x@example.org", address="192.0.2.66", now=NOON, on=place.base)
    ask(place, address="192.0.2.7")
    assert len(mails(place)) == 1


def test_guesses_burn_the_code(place: Place):
    """After five wrong ones the right one is refused; the owner gets another a minute later, and it is good."""
    proved(place)
    ask(place)
    right = code_of(place)
    for guess in range(5):
        with pytest.raises(CodeRefused):
            choose(place, f"{(int(right) + 1 + guess) % 10**8:08}")
    with pytest.raises(CodeRefused):
        choose(place, right)

    ask(place, now=NOON + MINUTE)
    choose(place, code_of(place), now=NOON + MINUTE)
    assert sign_in(place, password=NEW).username == "anna"
