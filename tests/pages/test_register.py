"""Creating an account: what is wrong stands beside its field, what was typed stays, what was picked comes along."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, select
from streamlit.testing.v1 import AppTest

import session
from models import Mail
from records import Fuel
from services import accounts, following
from services.accounts import Account
from settings import settings
from tests import people
from tests.pages.conftest import OpenPage, go
from tests.pages.seen import assert_sound, body, html, in_one_line
from tests.stores import Place

ANNA = {"name": "Anna", "mail": "anna@example.org", "username": "anna", "password": people.PASSWORD}


@pytest.fixture
def fresh(laptop: Place, country: Engine) -> Place:
    """An application without any people, in the country of scenes.py."""
    return Place(laptop.store, country, {})


@pytest.fixture
def fill(fresh: Place, open_page: OpenPage) -> Callable[..., AppTest]:
    """Fills in the form and asks for the account."""
    del fresh

    def filled(app: AppTest | None = None, language: str = "fr", **typed: str) -> AppTest:
        app = app or open_page("register", language=language)
        for field, text in (ANNA | typed).items():
            app.text_input(key=f"register_{field}").set_value(text)
        return app.button(key="register_go").click().run()

    return filled


def _made(username: str = "anna") -> Account:
    with session.reading() as opened:
        found = accounts.known_as(opened, username)
    assert found
    return found


def test_a_new_member_is_in_at_once(fill: Callable[..., AppTest]):
    """With the fuels that were chosen already, in the language of the page; nobody is an admin by this."""
    app = fill(language="en")

    assert_sound(app)
    assert "Profile</span>" in body(app)
    assert "fetch('/auth/session'" in html(app)
    assert people.PASSWORD not in str(app.session_state)
    anna = _made()
    assert (anna.name, anna.mail, anna.language, anna.is_admin) == ("Anna", "anna@example.org", "en", False)
    with session.reading() as opened:
        assert following.fuels(opened, anna.id) == sorted([Fuel.DIESEL, Fuel.SP95, Fuel.E10])


def test_what_was_picked_in_the_demo_comes_along(fill: Callable[..., AppTest], open_page: OpenPage):
    """The three stations that it began with, and its fuels; the form says so."""
    app = open_page("demo", at="48.6987,2.1875", place="Orsay")
    go(app, "register")
    assert "3 stations choisies dans la démo viennent avec vous." in in_one_line(app)

    fill(app)

    with session.reading() as opened:
        assert len(following.followed(opened, _made().id)) == 3
        assert following.fuels(opened, _made().id) == sorted([Fuel.DIESEL, Fuel.E10])


def test_each_field_says_what_is_wrong_and_nothing_typed_is_lost(fill: Callable[..., AppTest]):
    """A refusal goes when its field is mended; the rest is as it was."""
    app = fill(name="", mail="anna", username="a b", password="short")
    assert_sound(app)
    refusals = [
        "Indiquez votre nom.",
        "Cette adresse n’est pas complète",
        "Des lettres, des chiffres",
        "10 caractères au moins",
    ]
    assert [words for words in refusals if words not in in_one_line(app)] == []
    assert [field.value for field in app.text_input] == ["", "anna", "a b", "short"]

    app.text_input(key="register_mail").set_value("anna@example.org").run()

    assert "Cette adresse n’est pas complète" not in in_one_line(app)
    assert "Indiquez votre nom." in in_one_line(app)


@pytest.mark.usefixtures("fresh")
def test_how_hard_a_password_is_to_guess_is_told_as_it_is_typed(open_page: OpenPage):
    """In words, and it knows the rest of the form."""
    app = open_page("register")
    app.text_input(key="register_password").set_value("motdepasse").run()
    assert "Solidité : parmi les plus courants" in in_one_line(app)
    app.text_input(key="register_password").set_value(people.PASSWORD).run()
    assert "Solidité : excellente" in in_one_line(app)


def test_what_is_taken_is_told_beside_its_field(fill: Callable[..., AppTest], fresh: Place):
    """Until another is typed; the account of the other stays as it is."""
    people.register(fresh)

    app = fill(mail="b@example.org", password="some other phrase")
    assert "Cet identifiant est déjà pris." in in_one_line(app)
    app = fill(app, username="berta", password="some other phrase")
    assert "Cet identifiant est déjà pris." not in in_one_line(app)
    assert "Un compte a déjà cette adresse" in in_one_line(app)
    assert people.in_base(fresh) == {"anna": "anna@example.org"}


def test_a_second_tap_on_the_button_is_the_same_account(fill: Callable[..., AppTest], fresh: Place):
    """The first had made it when the run was begun anew: the person is in, and reads of no name that is taken."""
    people.register(fresh)

    app = fill()

    assert "Profil</span>" in body(app)
    assert people.in_base(fresh) == {"anna": "anna@example.org"}


@pytest.mark.parametrize(
    "hostile", ["<img src=x onerror=alert(1)>", "**bold** [x](javascript:alert(3)) :red[y]", "x" * 1_000_000]
)
def test_hostile_words_in_every_field(fill: Callable[..., AppTest], fresh: Place, hostile: str):
    """They are refused, or kept and shown as text."""
    app = fill(name=hostile, mail=hostile, username=hostile, password=hostile)
    assert_sound(app)
    assert people.in_base(fresh) == {}

    if len(hostile) < 100:
        app = fill(app, name=hostile)
        assert "Profil</span>" in body(app)
        assert _made().name == hostile
        assert hostile not in body(app)


def test_with_mail_a_code_is_on_its_way(fill: Callable[..., AppTest], noon: pytest.MonkeyPatch):
    """To the address that was given, from the moment on that the account is there."""
    noon.setenv("CARBUROAM_SMTP_HOST", "localhost")
    noon.setenv("CARBUROAM_MAIL_FROM", "carburoam@example.org")
    settings.cache_clear()

    app = fill()

    assert_sound(app)
    with session.reading() as opened:
        (mail,) = opened.scalars(select(Mail))
    assert mail.recipient == "anna@example.org"
    assert "confirme votre adresse" in mail.body_text


@pytest.mark.usefixtures("fresh")
def test_password_managers_know_the_fields(open_page: OpenPage):
    """By the names that browsers give them."""
    fields = open_page("register").text_input

    assert [field.proto.autocomplete for field in fields] == ["name", "email", "username", "new-password"]
