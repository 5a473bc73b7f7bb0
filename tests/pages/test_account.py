"""Who is signed in, as every page knows it: at the next click it is true, whatever another tab or an admin did."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, event, update
from streamlit.testing.v1 import AppTest

import session
from adapters.storage import open_store
from models import User
from services import account_changes, accounts, sessions
from settings import now, settings
from tests.pages.conftest import OpenPage, go, signed_in
from tests.pages.seen import assert_sound, body, html, in_one_line
from ui import account

MEMBER = "Profil</span>"


def _id(username: str = "anna") -> int:
    with session.reading() as opened:
        found = accounts.known_as(opened, username)
    assert found
    return found.id


def _revoked() -> None:
    with session.writing() as opened:
        sessions.revoke_all(opened, user_id=_id())


def _deleted() -> None:
    account_changes.remove(open_store(), user_id=_id())


def _kept_out() -> None:
    with session.writing() as opened:
        opened.execute(update(User).where(User.username == "anna").values(disabled_at=now()))


@pytest.mark.parametrize("end", [_revoked, _deleted, _kept_out])
@pytest.mark.usefixtures("country")
def test_who_may_no_more_is_out_at_the_next_click(open_page: OpenPage, end: Callable[[], None]):
    """And nothing of theirs stays in the tab."""
    app = open_page("about", as_user="anna")
    assert MEMBER in body(app)
    app.session_state["something_of_anna"] = 1
    end()

    go(app, "profile")

    assert_sound(app)
    assert MEMBER not in body(app)
    assert "Connectez-vous pour voir cette page." in in_one_line(app)
    assert "something_of_anna" not in app.session_state
    assert account.TOKEN_KEY not in app.session_state


@pytest.mark.parametrize("token", ["", "A" * 43, "A" * 42, "x" * 1_000_000, "\x00" * 43, "é" * 43, 7])
@pytest.mark.usefixtures("country")
def test_a_forged_secret_is_a_strangers(open_page: OpenPage, token: object):
    """Of the right length or not."""
    app = open_page("about")
    app.session_state[account.TOKEN_KEY] = token

    app.run()

    assert_sound(app)
    assert MEMBER not in body(app)


def test_a_stranger_costs_no_question_and_a_member_one(country: Engine, open_page: OpenPage):
    """Who somebody is, is asked once a run, however often a page wants to know."""
    asked: list[str] = []
    event.listen(country, "before_cursor_execute", lambda *facts: asked.append(facts[2]))

    def of_people(app: AppTest) -> int:
        asked.clear()
        app.run()
        return sum("user_sessions" in statement or "FROM users" in statement for statement in asked)

    assert of_people(open_page("search")) == 0
    assert of_people(open_page("search", as_user="anna")) == 1


@pytest.mark.usefixtures("country")
def test_a_base_that_is_away_signs_nobody_out(open_page: OpenPage, noon: pytest.MonkeyPatch):
    """The page says what is the matter, and when the base is back the person is still in."""
    app = open_page("about", as_user="anna")
    good = settings().database
    noon.setenv("CARBUROAM_DATABASE_URL", "sqlite:////dev/null/nowhere.sqlite3")
    settings.cache_clear()
    session.engine.cache_clear()

    go(app, "profile")
    assert_sound(app)
    assert "ne peuvent pas être lus pour le moment" in in_one_line(app)
    assert "Connectez-vous" not in in_one_line(app)

    noon.setenv("CARBUROAM_DATABASE_URL", good)
    settings.cache_clear()
    session.engine.cache_clear()
    go(app, "about")
    assert MEMBER in body(app)


@pytest.mark.usefixtures("country")
def test_the_page_hands_over_the_nonce_and_never_the_secret(open_page: OpenPage):
    """Until the browser came for it; then the page is silent again."""
    app = open_page("about")
    person = signed_in(app, "anna")
    with session.writing() as opened:
        begun = sessions.begin(opened, user_id=person.id, user_agent="", now=now())
    app.session_state[account.TOKEN_KEY] = begun.token
    app.session_state[account.OWED_KEY] = begun.nonce

    for _ in range(2):  # a run that another one cuts off may not reach the browser
        assert f"body:'{begun.nonce}'" in html(app.run())
        assert begun.token not in html(app)
    with session.writing() as opened:
        assert sessions.exchange(opened, begun.nonce, now=now()) == begun.token
    assert "fetch(" not in html(app.run()).split("</style>")[-1]


@pytest.mark.usefixtures("country")
def test_pages_to_sign_in_on_have_nothing_for_who_is_in(open_page: OpenPage):
    """They say who one is, and the way on."""
    for page in ("login", "register"):
        app = open_page(page, as_user="anna")
        assert_sound(app)
        assert "Vous êtes connecté en tant que anna." in in_one_line(app)
        assert [*app.text_input] == []
