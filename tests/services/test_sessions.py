"""Sessions: begun with a word that is good once, kept by a hash, slid by use, ended at once."""

import threading
import time
from contextlib import closing
from datetime import timedelta

import pytest
from sqlalchemy import Engine, event, select, text

from models import User, UserSession
from services import sessions
from services.counts import day_of
from services.devices import device
from session import reading, writing
from tests.members import NOW, a_member

FIREFOX = "Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0"
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


def _begin(database: Engine, user_id: int, agent: str = FIREFOX) -> sessions.Begun:
    with writing(database) as session:
        return sessions.begin(session, user_id=user_id, user_agent=agent, now=NOW)


def _exchange(database: Engine, nonce: str, after: timedelta = SECOND) -> str | None:
    with writing(database) as session:
        return sessions.exchange(session, nonce, now=NOW + after)


def _sign_in(database: Engine, user_id: int, agent: str = FIREFOX) -> str:
    token = _exchange(database, _begin(database, user_id, agent).nonce)
    assert token
    return token


def _current(database: Engine, token: str, after: timedelta = SECOND) -> int | None:
    with reading(database) as session:
        return sessions.current(session, token, now=NOW + after)


def test_a_nonce_becomes_the_cookie_of_the_tab_that_asked(database: Engine):
    """The tab goes on with its token before the cookie is there, and the cookie says the same."""
    ada = a_member(database)
    begun = _begin(database, ada)

    assert _current(database, begun.token) == ada
    assert _exchange(database, begun.nonce) == begun.token
    assert _current(database, begun.token) == ada
    assert len(begun.token) == len(begun.nonce) == 43


def test_a_nonce_is_good_once(database: Engine):
    """A replay gets nothing, and changes nothing for the first."""
    ada = a_member(database)
    begun = _begin(database, ada)
    token = _exchange(database, begun.nonce)

    assert _exchange(database, begun.nonce) is None
    assert token
    assert _current(database, token) == ada


def test_a_nonce_spent_by_two_at_once_is_spent_once(database: Engine):
    """One of them gets the cookie."""
    nonce = _begin(database, a_member(database)).nonce
    got: list[str | None] = []
    threads = [threading.Thread(target=lambda: got.append(_exchange(database, nonce))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len([token for token in got if token]) == 1
    assert len(got) == 6


def test_a_nonce_lasts_a_minute(database: Engine):
    """59 seconds, not 60."""
    ada = a_member(database)
    late, early = _begin(database, ada), _begin(database, ada)

    assert _exchange(database, late.nonce, timedelta(seconds=60)) is None
    assert _exchange(database, early.nonce, timedelta(seconds=59)) == early.token


def test_a_nonce_is_no_cookie(database: Engine):
    """Who sees the page's source signs in with nothing of it."""
    begun = _begin(database, a_member(database))

    assert _current(database, begun.nonce) is None
    assert _exchange(database, begun.token) is None


def test_the_base_holds_hashes_alone(database: Engine):
    """A stolen base opens nobody's session."""
    begun = _begin(database, a_member(database))
    with reading(database) as session:
        row = session.execute(select(UserSession.__table__)).one()

    assert not {begun.nonce, begun.token} & {str(value) for value in row}
    assert len(row.token_hash) == len(row.nonce_hash) == 64


def test_another_key_makes_another_token(sqlite_database: Engine, environment: pytest.MonkeyPatch):
    """A nonce alone, without this installation's key, makes no cookie."""
    from settings import settings

    begun = _begin(sqlite_database, a_member(sqlite_database))
    environment.setenv("CARBUROAM_SECRET", "k" * 32)
    settings.cache_clear()

    assert _exchange(sqlite_database, begun.nonce) is None


NONSENSE = (
    "",
    " ",
    "x",
    "x" * 42,
    "x" * 44,
    "x" * 1_000_000,
    "é" * 43,
    "x" * 42 + "\n",
    "\x00" * 43,
    "' OR 1=1 --",
    "null",
    "eyJhbGciOiJub25lIn0.e30.",
    "\ud800" * 43,
)


@pytest.mark.parametrize("value", NONSENSE, ids=range(len(NONSENSE)))
def test_nonsense_is_answered_without_the_base(value: str, sqlite_database: Engine):
    """Whatever a browser or a robot sends as cookie or nonce."""
    asked: list[str] = []
    event.listen(sqlite_database, "before_cursor_execute", lambda *arguments: asked.append(arguments[2]))
    started = time.perf_counter()

    assert _current(sqlite_database, value) is None
    assert _exchange(sqlite_database, value) is None
    with writing(sqlite_database) as session:
        sessions.sign_out(session, value)
    assert asked == []
    assert time.perf_counter() - started < 0.5


def test_a_forged_or_truncated_cookie_is_nobodys(database: Engine):
    """One sign off, one short, another case."""
    token = _sign_in(database, a_member(database))
    forged = token[:-1] + ("A" if token[-1] != "A" else "B")

    assert [_current(database, wrong) for wrong in (forged, token[:-1], token + "A", token.swapcase())] == [None] * 4


def test_a_session_slides_by_use(database: Engine):
    """Thirty days after the last use it ends; used every other week it lasts."""
    ada = a_member(database)
    token = _sign_in(database, ada)

    for weeks in range(2, 20, 2):
        assert _current(database, token, weeks * 7 * DAY) == ada
    assert _current(database, token, 18 * 7 * DAY + 30 * DAY - SECOND) == ada
    assert _current(database, token, 18 * 7 * DAY + 60 * DAY) is None


def test_an_unused_session_ends(database: Engine):
    """Thirty days to the second."""
    token = _sign_in(database, a_member(database))

    assert _current(database, token, 30 * DAY + SECOND) is None


def test_a_page_run_only_reads(database: Engine):
    """One statement, and once an hour two more: when the session was used, and on which day the person was here."""
    ada = a_member(database)
    token = _sign_in(database, ada)
    writes: list[str] = []
    event.listen(
        database,
        "before_cursor_execute",
        lambda *arguments: writes.append(arguments[2]) if arguments[2].startswith("UPDATE") else None,
    )
    for minutes in (1, 30, 59):
        assert _current(database, token, timedelta(minutes=minutes)) == ada
    assert writes == []

    for minutes in (61, 62, 119):
        assert _current(database, token, timedelta(minutes=minutes)) == ada
    assert len(writes) == 2
    with reading(database) as session:
        assert session.scalars(select(UserSession.seen_at)).one() == NOW + timedelta(minutes=61)
        assert session.scalars(select(User.seen_on)).one() == day_of(NOW + timedelta(minutes=61))


def test_a_writing_session_may_ask_too(database: Engine):
    """The use is then noted in its own transaction, not behind its own lock."""
    ada = a_member(database)
    token = _sign_in(database, ada)
    with writing(database) as session:
        session.execute(select(User)).all()
        assert sessions.current(session, token, now=NOW + DAY) == ada

    with reading(database) as session:
        assert session.scalars(select(UserSession.seen_at)).one() == NOW + DAY


def test_a_page_does_not_wait_for_a_load(sqlite_database: Engine):
    """The base is locked for seconds: the person is known all the same, and the use is noted later."""
    ada = a_member(sqlite_database)
    token = _sign_in(sqlite_database, ada)
    with closing(sqlite_database.raw_connection()) as busy:
        busy.cursor().execute("BEGIN IMMEDIATE")
        started = time.perf_counter()
        assert _current(sqlite_database, token, DAY) == ada
        assert time.perf_counter() - started < 2
        busy.cursor().execute("ROLLBACK")

    assert _current(sqlite_database, token, DAY) == ada
    with reading(sqlite_database) as session:
        assert session.scalars(select(UserSession.seen_at)).one() == NOW + DAY
        assert session.scalar(text("PRAGMA busy_timeout")) == 15_000


def test_a_tab_without_a_cookie_has_half_a_day(database: Engine):
    """Cookies are refused: the tab works on while it is used, and no month-long session is left behind."""
    ada = a_member(database)
    token = _begin(database, ada).token

    assert _current(database, token, timedelta(hours=11)) == ada
    assert _current(database, token, timedelta(hours=22)) == ada
    assert _current(database, token, timedelta(hours=35)) is None


def test_sign_out_ends_this_session_alone(database: Engine):
    """The replayed cookie is refused at once; the phone stays signed in."""
    ada = a_member(database)
    here, phone = _sign_in(database, ada), _sign_in(database, ada)
    for _ in range(2):
        with writing(database) as session:
            sessions.sign_out(session, here)

    assert _current(database, here) is None
    assert _current(database, phone) == ada


def test_all_sessions_end_at_once(database: Engine):
    """Those that still wait for their cookie too; other people stay signed in."""
    ada, bob = a_member(database), a_member(database, "bob")
    tokens = [_sign_in(database, ada) for _ in range(3)]
    waiting = _begin(database, ada)
    his = _sign_in(database, bob)
    with writing(database) as session:
        sessions.revoke_all(session, user_id=ada)

    assert [_current(database, token) for token in [*tokens, waiting.token]] == [None] * 4
    assert _exchange(database, waiting.nonce) is None
    assert _current(database, his) == bob


def test_all_but_this_end(database: Engine):
    """Sign out everywhere else; a wrong word for this one spares none."""
    ada = a_member(database)
    here, there = _sign_in(database, ada), _sign_in(database, ada)
    with writing(database) as session:
        sessions.revoke_all(session, user_id=ada, but=here)
    assert [_current(database, here), _current(database, there)] == [ada, None]

    with writing(database) as session:
        sessions.revoke_all(session, user_id=ada, but="nonsense")
    assert _current(database, here) is None


def test_a_deleted_person_is_out(database: Engine):
    """The sessions go with the user, whoever removes it."""
    ada = a_member(database)
    token = _sign_in(database, ada)
    with writing(database) as session:
        session.execute(text("DELETE FROM users"))

    assert _current(database, token) is None
    with reading(database) as session:
        assert session.scalars(select(UserSession)).all() == []


def test_my_sessions_are_listed_and_ended_one_by_one(database: Engine):
    """Device in words, this one marked, the others' not there and not to be ended."""
    ada, bob = a_member(database), a_member(database, "bob")
    here, _, his = _sign_in(database, ada), _sign_in(database, ada, "curl/8"), _sign_in(database, bob)
    _current(database, here, timedelta(hours=2))
    with reading(database) as session:
        mine = sessions.of_user(session, user_id=ada, token=here, now=NOW + DAY)
        [other] = sessions.of_user(session, user_id=bob, token="", now=NOW + DAY)
        assert sessions.of_user(session, user_id=ada, token=here, now=NOW + 40 * DAY) == []
    assert [(found.device, found.is_this) for found in mine] == [("Firefox, Android", True), ("", False)]
    assert mine[0].seen_at == NOW + timedelta(hours=2)
    assert not other.is_this

    with writing(database) as session:
        sessions.revoke(session, user_id=ada, session_id=other.id)
        sessions.revoke(session, user_id=ada, session_id=mine[0].id)
    assert _current(database, his) == bob
    assert _current(database, here) is None


def test_ended_sessions_are_flushed(database: Engine):
    """The table holds who is signed in, and no history of it."""
    ada = a_member(database)
    _sign_in(database, ada)
    _begin(database, ada)
    with writing(database) as session:
        sessions.flush(session, now=NOW + DAY)
        assert len(session.scalars(select(UserSession)).all()) == 1
        sessions.flush(session, now=NOW + 31 * DAY)
        assert session.scalars(select(UserSession)).all() == []


AGENTS = {
    FIREFOX: "Firefox, Android",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 "
    "Mobile/15E148 Safari/604.1": "Safari, iPhone",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0 Safari/537.36 "
    "Edg/138.0": "Edge, Windows",
    "Mozilla/5.0 (Linux; Android 15; SM-S931B) AppleWebKit/537.36 SamsungBrowser/28.0 Chrome/130.0 Mobile "
    "Safari/537.36": "Samsung Internet, Android",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 Chrome/138.0 Safari/537.36": "Chrome, macOS",
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0": "Firefox, Linux",
    "Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) AppleWebKit/605.1.15 CriOS/138.0 Safari/604.1": "Chrome, iPad",
    "": "",
    "x" * 1_000_000: "",
    "<script>Firefox/1": "Firefox",
}


@pytest.mark.parametrize(("agent", "words"), AGENTS.items(), ids=range(len(AGENTS)))
def test_a_device_has_words(agent: str, words: str):
    """Only ours: nothing of what a browser says of itself is shown."""
    assert device(agent) == words


def test_who_is_behind_a_token_is_told_in_one_look(database: Engine):
    """The person, whether the cookie is still to come for, and whether it is time to renew it."""
    ada = a_member(database)
    begun = _begin(database, ada)

    def found(after: timedelta) -> sessions.Found | None:
        with reading(database) as session:
            return sessions.person(session, begun.token, now=NOW + after)

    first = found(SECOND)
    assert first
    assert (first.user.id, first.waits_for_cookie, first.was_idle) == (ada, True, False)
    late = found(timedelta(minutes=1))
    assert late
    assert late.waits_for_cookie is False
    idle, again = found(timedelta(hours=1)), found(timedelta(hours=1))
    assert idle
    assert again
    assert (idle.was_idle, again.was_idle) == (True, False)
    with writing(database) as session:
        session.execute(text("UPDATE users SET disabled_at = 1"))
    assert found(SECOND) is None
