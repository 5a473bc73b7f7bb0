"""Signing in: one answer for every mistake, words for what is not the person's fault."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from streamlit.testing.v1 import AppTest

from adapters import folder_store
from errors import StoreUnavailable
from services import account_changes, passwords, sessions
from settings import settings
from tests import people, scenes
from tests.pages.conftest import OpenPage, set_clock
from tests.pages.seen import assert_sound, body, html, in_one_line, labels
from tests.stores import Place
from ui import account

REFUSED = "Ces identifiants ne correspondent pas. Vérifiez-les."


@pytest.fixture
def anna(laptop: Place, country: Engine) -> Place:
    """The store of the application, in which anna has her credentials, and its base, which holds the country too."""
    place = Place(laptop.store, country, {})
    people.register(place)
    return place


@pytest.fixture
def try_it(anna: Place, open_page: OpenPage) -> Callable[..., AppTest]:
    """Fills in the form and sends it off."""
    assert people.in_store(anna)

    def tried(login: str, password: str = people.PASSWORD, app: AppTest | None = None, **options: str) -> AppTest:
        app = app or open_page("login", **options)
        app.text_input(key="login_name").set_value(login)
        app.text_input(key="login_password").set_value(password)
        return app.button(key="login_go").click().run()

    return tried


@pytest.mark.parametrize("login", ["anna", " ANNA ", "Anna@Example.org"])
def test_username_or_mail_and_the_password_sign_in(try_it: Callable[..., AppTest], login: str):
    """In any case; on to the first page, with a cookie on its way."""
    app = try_it(login)

    assert_sound(app)
    assert "Profil</span>" in body(app)
    assert "fetch('/auth/session'" in html(app)
    assert people.PASSWORD not in str(app.session_state)


def test_every_mistake_has_one_answer(try_it: Callable[..., AppTest], anna: Place):
    """Unknown, mistyped, hostile, a megabyte, corrupt: a stranger learns nothing, and a way out is offered."""
    huge = "x" * 1_000_000
    people.register(anna, "corrupt")
    people.overwrite(anna, "corrupt", "{ no credentials")
    mistakes = [
        ("anna", "wrong password"), ("nobody", people.PASSWORD), ("nobody@example.org", "x"), ("<b>x</b>", "<b>"),
        ("corrupt", people.PASSWORD), (huge, people.PASSWORD), ("anna", huge), ("аnna", people.PASSWORD),
    ]  # fmt: skip
    for login, password in mistakes:
        app = try_it(login, password)

        assert_sound(app)
        assert [error.value for error in app.error] == [REFUSED]
        assert "<b>x" not in body(app)
        assert "href='forgot'" in body(app)
        assert account.TOKEN_KEY not in app.session_state
        assert app.text_input(key="login_name").value == login


def test_a_new_password_is_offered_where_one_can_be_had(try_it: Callable[..., AppTest], noon: pytest.MonkeyPatch):
    """A server without mail has no code to send: it does not speak of one."""
    for name, value in (("SMTP_HOST", "localhost"), ("SMTP_SECURITY", "none"), ("MAIL_FROM", "c@example.org")):
        noon.setenv(f"CARBUROAM_{name}", value)
    settings.cache_clear()

    app = try_it("anna", "wrong password")

    assert [error.value for error in app.error] == [
        "Ces identifiants ne correspondent pas. Vérifiez-les, ou choisissez un nouveau mot de passe."
    ]


def test_nothing_typed_is_asked_for(try_it: Callable[..., AppTest]):
    """Without a look into the store."""
    app = try_it("anna", "")

    assert "Indiquez votre identifiant ou votre adresse, et votre mot de passe." in in_one_line(app)


def test_too_many_tries_say_how_long_to_wait(try_it: Callable[..., AppTest], noon: pytest.MonkeyPatch):
    """And when that is over, the owner is in."""
    app = try_it("anna", "wrong password")
    for _ in range(5):
        try_it("anna", "wrong password", app)
    assert "Trop d’essais en peu de temps. Réessayez dans 1 seconde." in in_one_line(app)

    set_clock(noon, scenes.NOON.replace(minute=5))
    assert "Profil</span>" in body(try_it("anna", app=app))


def test_a_store_that_is_away_is_told(try_it: Callable[..., AppTest], noon: pytest.MonkeyPatch, open_page: OpenPage):
    """Who is signed in stays so; nobody else can tell who they are."""
    member = open_page("about", as_user="anna")

    def away(*_: object) -> None:
        raise StoreUnavailable("away")

    noon.setattr(folder_store.FolderStore, "read", away)

    app = try_it("anna")
    assert_sound(app)
    assert "Les comptes ne répondent pas pour le moment." in in_one_line(app)
    assert "Profil</span>" in body(member.run())


def test_a_base_that_dies_in_the_middle_is_told(try_it: Callable[..., AppTest], noon: pytest.MonkeyPatch):
    """The password was right, the session cannot be begun: words without a number, and nobody is half signed in."""

    def gone(*_: object, **__: object) -> None:
        raise OperationalError("INSERT", {}, Exception("database is locked"))

    with noon.context() as away:
        away.setattr(sessions, "begin", gone)
        app = try_it("anna")
    assert_sound(app)
    assert "Cela n’a pas pu être enregistré pour le moment." in in_one_line(app)
    assert account.TOKEN_KEY not in app.session_state

    assert "Profil</span>" in body(try_it("anna", app=app))


def test_a_stranger_comes_back_to_the_page_they_wanted(try_it: Callable[..., AppTest]):
    """The profile, the stations; a way that is none leads to the first page."""
    assert "Se déconnecter" in labels(try_it("anna", to="profile"))
    assert "Mes stations" in in_one_line(try_it("anna", to="stations"))
    assert "Mes prix" in in_one_line(try_it("anna", to="https://elsewhere.example"))


def test_who_is_told_of_a_fault_comes_to_the_console(try_it: Callable[..., AppTest], anna: Place, open_page: OpenPage):
    """By the link of the notice, signed in or not; for a member it leads to the first page, as any other."""
    assert "Mes prix" in in_one_line(try_it("anna", to="admin"))
    account_changes.set_admin(anna.store, user_id=people.sign_in(anna).id, is_admin=True)

    for app in (try_it("anna", to="admin"), open_page("login", as_user="anna", to="admin")):
        assert_sound(app)
        assert "cb-parts" in body(app)


def test_password_managers_know_the_fields(open_page: OpenPage, anna: Place):
    """By the names that browsers give them."""
    del anna
    app = open_page("login")

    assert [field.proto.autocomplete for field in app.text_input] == ["username", "current-password"]
    assert passwords.COST == 4
