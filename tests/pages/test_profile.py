"""The profile: what a person changes, takes away and ends; and what becomes of it in two tabs."""

from collections.abc import Callable
from typing import Any, Self

import pytest
import streamlit as st
from sqlalchemy.exc import OperationalError
from streamlit.testing.v1 import AppTest

import session
from adapters.storage import open_store
from errors import StoreUnavailable
from records import Fuel
from services import account_changes, accounts, credentials, following, passwords, sessions
from services.accounts import Account
from settings import now, settings
from tests.pages import seen
from tests.pages.conftest import OpenPage, go
from tests.people import PASSWORD
from ui import account

NEW = "another fine phrase"
CLAIM = "the claim of this host"
HOSTILE = "<script>alert(1)</script>**x** $y$ :red[z]"

Profile = Callable[..., AppTest]


class Drawer:
    """A drawer that stays as the test wants it: unlike a browser, AppTest does not say which are open."""

    def __init__(self, inner: Any, *, is_open: bool) -> None:
        self.inner, self.open = inner, is_open

    def __enter__(self) -> Self:
        self.inner.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self.inner.__exit__(*error)


@pytest.fixture
def profile(request: pytest.FixtureRequest, open_page: OpenPage, environment: pytest.MonkeyPatch) -> Profile:
    """Opens the profile of anna with the named sections open."""
    request.getfixturevalue("sample")
    environment.setattr(passwords, "COST", 4)
    expander = st.expander

    def opened(*sections: str, **options: str) -> AppTest:
        def drawer(label: str, *, key: str, **_: object) -> Drawer:
            return Drawer(expander(label, key=f"{key}_drawer"), is_open=key.removeprefix("profile_") in sections)

        environment.setattr(st, "expander", drawer)
        return open_page("profile", as_user="anna", **options)

    return opened


def press(app: AppTest, label: str) -> AppTest:
    """Press the button with this label."""
    return next(button for button in app.button if button.label == label).click().run()


def fill(app: AppTest, label: str, text: str) -> None:
    """Write into the field with this label."""
    next(field for field in app.text_input if field.label == label).set_value(text)


def anna() -> Account:
    """As the base knows her."""
    with session.reading() as opened:
        found = accounts.known_as(opened, "anna")
    assert found
    return found


def other_session() -> str:
    """The token of another browser of hers."""
    with session.writing() as opened:
        return sessions.begin(opened, user_id=anna().id, user_agent="Firefox/130 (Android)", now=now()).token


def is_good(token: str) -> bool:
    """Whether somebody is signed in with it."""
    with session.reading() as opened:
        return sessions.current(opened, token, now=now()) is not None


def test_of_two_tabs_the_later_one_is_told(profile: Profile):
    """The value of the other tab is shown, what was typed stays, and a second press means it."""
    app = profile("name")
    fill(app, "Nom", HOSTILE)
    press(app, "Enregistrer")
    assert anna().name == HOSTILE
    assert "<script>" not in seen.body(app)
    form = account_changes.profile(open_store(), anna().id)
    account_changes.change_name(open_store(), user_id=anna().id, name="Anna One", if_version=form.version)

    fill(app, "Nom", "Anna Two")
    press(app, "Enregistrer")

    shown = seen.in_one_line(app)
    assert "Modifié entre-temps dans un autre onglet" in shown
    assert "Anna One" in shown
    assert anna().name == "Anna One"
    press(app, "Enregistrer")
    assert anna().name == "Anna Two"
    seen.assert_sound(app)


def test_a_new_password_ends_every_other_session(profile: Profile):
    """This browser goes on, with a session of its own; the old secret of this one is worth nothing either."""
    app = profile("password")
    elsewhere, before = other_session(), app.session_state[account.TOKEN_KEY]
    fill(app, "Mot de passe actuel", "wrong wrong wrong")
    fill(app, "Nouveau mot de passe", NEW)
    press(app, "Changer le mot de passe")
    assert "Ce n’est pas votre mot de passe actuel." in seen.in_one_line(app)
    assert is_good(elsewhere)

    fill(app, "Mot de passe actuel", PASSWORD)
    press(app, "Changer le mot de passe")

    assert "Vos autres appareils ont été déconnectés" in seen.in_one_line(app)
    assert [is_good(token) for token in (elsewhere, before, app.session_state[account.TOKEN_KEY])] == [
        False,
        False,
        True,
    ]
    assert all(field.value == "" for field in app.text_input)
    seen.assert_sound(app)


def test_a_session_is_ended_from_the_list_then_all_of_them(profile: Profile):
    """Each has its words; the last press ends this one too, and the next click finds a stranger."""
    app = profile("sessions")
    elsewhere = other_session()
    app.run()
    press(app, "Déconnecter Firefox, Android")
    assert not is_good(elsewhere)
    assert "Firefox, Android" in seen.in_one_line(app)

    press(app, "Tout déconnecter")

    go(app, "profile")
    assert "Connectez-vous" in seen.in_one_line(app)
    assert "anna@example.org" not in seen.in_one_line(app)


def test_fuels_and_language_are_kept_at_a_tap(profile: Profile):
    """What another tab chose meanwhile is drawn, never written back."""
    app = profile("fuels", "language")
    app.pills(key="profile_fuels_0").set_value([Fuel.E85, Fuel.DIESEL])
    app.run()
    with session.reading() as opened:
        assert set(following.fuels(opened, anna().id)) == {Fuel.DIESEL, Fuel.E85}
    with session.writing() as opened:
        following.choose_fuels(opened, anna().id, [Fuel.LPG])
    app.run()
    assert app.pills(key="profile_fuels_0").value == [Fuel.LPG]
    with session.reading() as opened:
        assert following.fuels(opened, anna().id) == [Fuel.LPG]

    app.pills(key="profile_language_0").set_value("en")
    app.run()
    assert anna().language == "en"
    assert "Saved." in seen.in_one_line(app)
    seen.assert_sound(app)

    app.button(key="switch_language").click().run()
    assert anna().language == "fr"
    assert "Langue** · Français" in " ".join(drawer.label for drawer in app.expander)
    seen.assert_sound(app)


def test_a_language_that_cannot_be_kept_is_shown_all_the_same(profile: Profile, environment: pytest.MonkeyPatch):
    """The button of the frame is on every page: a base that is busy takes none of them down."""
    app = profile()

    def away(*_: object, **__: object) -> None:
        raise OperationalError("UPDATE users", {}, Exception("database is locked"))

    environment.setattr(account_changes, "change_language", away)
    app.button(key="switch_language").click().run()

    seen.assert_sound(app)
    assert [button.label for button in app.button if button.key == "profile_sign_out"] == ["Sign out"]
    assert anna().language == "fr"


def test_everything_is_taken_away_then_deleted(profile: Profile):
    """The files are made when they are asked for; the end asks for the password and says goodbye."""
    app = profile("data", "delete")
    assert "download_button" not in {node.type for node in seen.elements(app)}
    press(app, "Préparer mes données")
    assert [button.proto.label for button in app.get("download_button")] == [
        "Télécharger le JSON",
        "Télécharger les CSV (zip)",
    ]
    fill(app, "Mot de passe, pour confirmer", "wrong wrong wrong")
    press(app, "Supprimer définitivement")
    assert anna().name == "Anna"

    fill(app, "Mot de passe, pour confirmer", PASSWORD)
    press(app, "Supprimer définitivement")

    assert "Votre compte a été supprimé" in seen.in_one_line(app)
    with session.reading() as opened:
        assert accounts.known_as(opened, "anna") is None
    assert open_store().read("users/anna.yaml") is None
    go(app, "profile")
    assert "Connectez-vous" in seen.in_one_line(app)


def test_a_store_that_is_away_takes_no_page_with_it(profile: Profile, environment: pytest.MonkeyPatch):
    """Who is signed in goes on; each section that needs it says so, and nothing was changed."""
    app = profile("name", "password", "data", "language")

    def gone(*_: object, **__: object) -> None:
        raise StoreUnavailable("gone")

    for deed in ("read", "write", "delete"):
        environment.setattr(type(open_store()), deed, gone)
    fill(app, "Nom", "Other")
    press(app, "Enregistrer")
    fill(app, "Mot de passe actuel", PASSWORD)
    fill(app, "Nouveau mot de passe", NEW)
    press(app, "Changer le mot de passe")
    press(app, "Préparer mes données")
    app.pills(key="profile_language_0").set_value("en")
    app.run()

    assert "Les comptes ne répondent pas" in seen.in_one_line(app)
    assert (anna().name, anna().language) == ("Anna", "fr")
    seen.assert_sound(app)


@pytest.mark.parametrize("typed", ["x" * 1_000_000, HOSTILE, "a\r\nBcc: all@example.org"])
def test_every_field_takes_anything(profile: Profile, environment: pytest.MonkeyPatch, typed: str):
    """A megabyte, markup, line ends: refused in words or kept as text, and never a page that fails."""
    environment.setenv("CARBUROAM_ADMIN_CLAIM", CLAIM)
    settings.cache_clear()
    app = profile("name", "mail", "password", "delete", "claim")
    for field in app.text_input:
        field.set_value(typed)
    for label in ("Changer d’adresse", "Changer le mot de passe", "Supprimer définitivement", "Devenir admin"):
        press(app, label)

    assert (anna().mail, anna().is_admin) == ("anna@example.org", False)
    seen.assert_sound(app)
    assert "<script>alert" not in seen.body(app)
    assert not any(":red[" in label for label in seen.labels(app))


def test_the_claim_makes_one_admin(profile: Profile, environment: pytest.MonkeyPatch):
    """Shown while it waits; spent on use; a crafted record of somebody else gives no role to a form."""
    environment.setenv("CARBUROAM_ADMIN_CLAIM", CLAIM)
    settings.cache_clear()
    app = profile("claim")
    fill(app, "Secret d’installation", "not the claim of this host")
    press(app, "Devenir admin")
    assert "Ce n’est pas le bon secret" in seen.in_one_line(app)
    assert not anna().is_admin

    fill(app, "Secret d’installation", f" {CLAIM} ")
    press(app, "Devenir admin")

    assert anna().is_admin
    found = credentials.load(open_store(), "anna")
    assert found
    assert found.is_admin
    assert "Vous êtes admin" in seen.in_one_line(app)
    assert "Secret d’installation" not in seen.in_one_line(app)


@pytest.mark.usefixtures("sample")
def test_who_forgot_is_answered_alike(open_page: OpenPage, environment: pytest.MonkeyPatch):
    """Without a mail server the page says what to do; with one, a stranger's name and a member's read alike."""
    environment.setenv("CARBUROAM_CONTACT", "aide@example.org")
    settings.cache_clear()
    app = open_page("forgot")
    assert "ne peut pas envoyer d’e-mail" in seen.in_one_line(app)
    assert "aide@example.org" in seen.in_one_line(app)
    open_page("profile", as_user="anna")
    for name, value in (("SMTP_HOST", "localhost"), ("SMTP_SECURITY", "none"), ("MAIL_FROM", "c@example.org")):
        environment.setenv(f"CARBUROAM_{name}", value)
    settings.cache_clear()

    answers = []
    for login in ("anna", "nobody", HOSTILE, "x" * 1_000_000):
        app = open_page("forgot")
        fill(app, "Identifiant ou adresse e-mail", login)
        press(app, "Recevoir un code")
        fill(app, "Code reçu par e-mail", "12345678")
        fill(app, "Nouveau mot de passe", NEW)
        press(app, "Changer le mot de passe")
        answers.append(seen.words(app))
        seen.assert_sound(app)
    assert len(set(answers)) == 1
    assert "Ce code n’est pas le bon" in answers[0]

    reminded = []
    for mail in ("anna@example.org", "nobody@example.org", HOSTILE, "x" * 1_000_000):
        app = open_page("forgot")
        app.pills(key="forgot_what").set_value("username").run()
        fill(app, "Adresse e-mail de votre compte", mail)
        press(app, "Recevoir mon identifiant")
        reminded.append(seen.words(app))
        seen.assert_sound(app)
    assert len(set(reminded)) == 1
    assert "son identifiant vient d’y partir" in reminded[0]
