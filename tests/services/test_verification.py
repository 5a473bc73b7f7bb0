"""Codes: good once, soon, for one person, one purpose and one browser; guessing them is hopeless."""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session

from errors import CodeRefused, TryLater
from models import Throttle, VerificationCode
from services import throttling, verification
from session import reading, writing
from tests.members import NOW, a_member

MINUTE = timedelta(minutes=1)


def _issue(
    database: Engine, user_id: int | None, now: datetime = NOW, purpose: str = "reset", request: str = "hers"
) -> str:
    with writing(database) as session:
        return verification.issue(session, user_id=user_id, purpose=purpose, request=request, now=now)


def _redeem(
    database: Engine, user_id: int | None, code: str, now: datetime = NOW, purpose: str = "reset", request: str = "hers"
) -> None:
    with writing(database) as session:
        verification.redeem(session, user_id=user_id, purpose=purpose, request=request, code=code, now=now)


def _other(code: str) -> str:
    return f"{(int(code) + 1) % 10**8:08}"


def test_a_code_is_good_once(database: Engine):
    """Eight digits; the second use is refused."""
    ada = a_member(database)
    code = _issue(database, ada)

    assert len(code) == 8
    assert code.isdecimal()
    _redeem(database, ada, code)
    with pytest.raises(CodeRefused):
        _redeem(database, ada, code)


def test_a_code_may_be_typed_as_it_is_read(sqlite_database: Engine):
    """With spaces from the mail, or in the digits of another keyboard."""
    ada = a_member(sqlite_database)
    code = _issue(sqlite_database, ada)

    _redeem(sqlite_database, ada, f" {code[:4]}\u00a0{code[4:7]}{chr(0x0660 + int(code[7]))}\n")


@pytest.mark.parametrize("after", [timedelta(minutes=10), timedelta(days=1), timedelta(seconds=-1)])
def test_a_code_lasts_ten_minutes(after: timedelta, database: Engine):
    """Late by nothing is late; and a clock set back does not stretch it."""
    ada = a_member(database)
    code = _issue(database, ada)

    with pytest.raises(CodeRefused):
        _redeem(database, ada, code, NOW + after)
    _redeem(database, ada, code, NOW + timedelta(minutes=9, seconds=59))


@pytest.mark.parametrize("change", [{"purpose": "verify"}, {"request": "his"}, {"request": ""}])
def test_a_code_is_for_one_purpose_and_one_browser(change: dict[str, str], database: Engine):
    """Who sees the code over a shoulder has not got the browser that asked for it."""
    ada = a_member(database)
    code = _issue(database, ada)

    with pytest.raises(CodeRefused):
        _redeem(database, ada, code, NOW, **change)
    _redeem(database, ada, code)


def test_another_persons_code_is_refused(database: Engine):
    """Even asked for from the same browser."""
    ada, bob = a_member(database), a_member(database, "bob")
    hers, his = _issue(database, ada), _issue(database, bob)

    with pytest.raises(CodeRefused):
        _redeem(database, bob, hers)
    with pytest.raises(CodeRefused):
        _redeem(database, None, hers)
    _redeem(database, bob, his)
    _redeem(database, ada, hers)


def test_five_tries_and_no_more(database: Engine):
    """The right code comes too late after five wrong ones; it is the caller's rollback that must not forgive them."""
    ada = a_member(database)
    code = _issue(database, ada)
    for _ in range(5):
        with pytest.raises(CodeRefused):
            _redeem(database, ada, _other(code))

    with pytest.raises(CodeRefused):
        _redeem(database, ada, code)


def test_the_fifth_try_may_be_right(sqlite_database: Engine):
    """Four typing errors are forgiven."""
    ada = a_member(sqlite_database)
    code = _issue(sqlite_database, ada)
    for _ in range(4):
        with pytest.raises(CodeRefused):
            _redeem(sqlite_database, ada, _other(code))

    _redeem(sqlite_database, ada, code)


@pytest.mark.long
def test_ten_thousand_guesses(sqlite_database: Engine):
    """All day long, a new code whenever one can be had: five codes, 25 looks, at hundred million possibilities."""
    ada = a_member(sqlite_database)
    codes: list[str] = []
    with closing(sqlite_database.raw_connection()) as connection:
        connection.cursor().execute("PRAGMA synchronous=OFF")  # a lost commit costs this test nothing
    with Session(sqlite_database.execution_options(immediate=True)) as session:
        for guess in range(10_000):
            now = NOW + timedelta(seconds=8 * guess)
            if guess % 100 == 0:
                with suppress(TryLater):
                    codes.append(verification.issue(session, user_id=ada, purpose="reset", request="hers", now=now))
            with pytest.raises(CodeRefused):
                verification.redeem(
                    session, user_id=ada, purpose="reset", request="hers", code=_other(codes[-1]), now=now
                )

    with reading(sqlite_database) as session:
        assert list(session.scalars(select(VerificationCode.tries))) == [5] * 5
    assert len(codes) == 5


def test_guesses_at_one_moment_are_counted_one_by_one(database: Engine):
    """Twelve threads with wrong codes leave no try for the right one, and no more than five were looked at."""
    ada = a_member(database)
    code = _issue(database, ada)
    _at_once(12, lambda: _redeem(database, ada, _other(code)))

    with reading(database) as session:
        assert session.scalars(select(VerificationCode.tries)).one() == 5


def test_a_code_used_by_two_at_once_is_used_once(database: Engine):
    """Two tabs, or a person and a thief."""
    ada = a_member(database)
    code = _issue(database, ada)

    assert _at_once(6, lambda: _redeem(database, ada, code)) == 1


def _at_once(count: int, do: Callable[[], object]) -> int:
    """How many of the threads went through."""
    through: list[int] = []

    def run() -> None:
        with suppress(CodeRefused, TryLater):
            do()
            through.append(1)

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(through)


def test_one_a_minute_and_five_a_day(database: Engine):
    """Nobody's letter box is flooded, from whichever browser it is tried."""
    ada = a_member(database)
    for number in range(5):
        _issue(database, ada, NOW + number * MINUTE, request=str(number))
        with pytest.raises(TryLater) as soon:
            _issue(database, ada, NOW + number * MINUTE + timedelta(seconds=59), request="another")
        if number < 4:
            assert soon.value.until == NOW + (number + 1) * MINUTE

    with pytest.raises(TryLater) as late:
        _issue(database, ada, NOW + 10 * MINUTE)
    assert late.value.until == NOW + timedelta(days=1)
    _issue(database, ada, NOW + timedelta(days=1))


def test_two_requests_at_one_moment_give_one_code(database: Engine):
    """A double click sends one mail."""
    ada = a_member(database)

    assert _at_once(5, lambda: _issue(database, ada)) == 1


def test_a_purpose_does_not_wait_for_another(sqlite_database: Engine):
    """Who just proved a mail may still reset a password."""
    ada = a_member(sqlite_database)

    _issue(sqlite_database, ada, purpose="verify")
    _issue(sqlite_database, ada)


def test_a_new_code_replaces_the_old_one_of_its_browser_alone(database: Engine):
    """A stranger who asks for a code in her name does not spoil hers."""
    ada = a_member(database)
    first = _issue(database, ada)
    second = _issue(database, ada, NOW + MINUTE)
    _issue(database, ada, NOW + 2 * MINUTE, request="his")

    with pytest.raises(CodeRefused):
        _redeem(database, ada, first, NOW + 3 * MINUTE)
    _redeem(database, ada, second, NOW + 3 * MINUTE)


def test_what_the_caller_rolls_back_uses_no_code(database: Engine):
    """The credentials store did not answer: the person types the same code again."""
    ada = a_member(database)
    code = _issue(database, ada)
    with writing(database) as session:
        verification.redeem(session, user_id=ada, purpose="reset", request="hers", code=code, now=NOW)
        session.rollback()

    _redeem(database, ada, code)


def test_codes_can_be_withdrawn(database: Engine):
    """A changed password ends what was on its way, and the pace stays."""
    ada = a_member(database)
    code = _issue(database, ada)
    with writing(database) as session:
        verification.withdraw(session, user_id=ada)

    with pytest.raises(CodeRefused):
        _redeem(database, ada, code)
    with pytest.raises(TryLater):
        _issue(database, ada)


@pytest.mark.parametrize("code", ["", " ", "x" * 1_000_000, "1" * 41, "١" * 7, "\x00", "-1234567", "1e7", "' OR 1=1"])
def test_nonsense_is_refused(code: str, sqlite_database: Engine):
    """Whatever is typed or sent."""
    ada = a_member(sqlite_database)
    _issue(sqlite_database, ada)

    with pytest.raises(CodeRefused):
        _redeem(sqlite_database, ada, code)


def test_the_base_does_not_tell_the_code(sqlite_database: Engine):
    """A stolen base is no list of codes: without the key, eight digits cannot be tried out."""
    ada = a_member(sqlite_database)
    code = _issue(sqlite_database, ada)

    with reading(sqlite_database) as session:
        row = session.scalars(select(VerificationCode)).one()
    assert len(row.code_hmac) == len(row.request_hash) == 64
    assert code not in row.code_hmac
    assert row.request_hash != "hers"


@contextmanager
def _statements(database: Engine) -> Iterator[list[str]]:
    """What the database is asked, in kind."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement.split(maxsplit=1)[0])

    event.listen(database, "before_cursor_execute", note)
    yield seen
    event.remove(database, "before_cursor_execute", note)


def test_nobody_can_be_told_from_somebody(database: Engine):
    """As many writes for an unknown person as for one who gets a code, must wait, or guesses wrong."""
    ada = a_member(database)
    with _statements(database) as known:
        code = _issue(database, ada)
    with _statements(database) as unknown:
        assert len(_issue(database, None)) == 8
    with _statements(database) as waiting, suppress(TryLater):
        _issue(database, ada)
    assert known == unknown == waiting

    looks = []
    for user_id in (ada, None):
        with _statements(database) as seen, suppress(CodeRefused):
            _redeem(database, user_id, _other(code))
        looks.append(_writes_of(seen))
    assert looks[0] <= looks[1] <= looks[0] + 1


def _writes_of(statements: list[str]) -> int:
    return len([word for word in statements if word in {"INSERT", "UPDATE", "DELETE"}])


def test_old_codes_and_decoys_are_flushed(database: Engine):
    """A day later, when they count for nothing."""
    ada = a_member(database)
    _issue(database, ada)
    _issue(database, None)
    with writing(database) as session:
        verification.flush(session, now=NOW + timedelta(hours=23))
        assert len(session.scalars(select(VerificationCode)).all()) == 1
        verification.flush(session, now=NOW + timedelta(days=1))
        throttling.flush(session, now=NOW + timedelta(days=1))
        assert session.scalars(select(VerificationCode)).all() == []
        assert session.scalars(select(Throttle)).all() == []
