"""The profile's car, starting point and alerts: kept, refused in plain words, and never lost; and the way out."""

from collections.abc import Callable
from typing import Any

import pytest
import streamlit as st
from sqlalchemy import update
from streamlit.testing.v1 import AppTest

import session
from models import User
from records import Fuel
from services import alerts, cars, following, passwords, shared
from services.alerts import Wishes
from services.cars import DEFAULT_CAR, Car, Home
from settings import now, settings
from tests.pages import seen
from tests.pages.conftest import OpenPage
from tests.pages.test_profile import Drawer, anna, press

Profile = Callable[..., AppTest]
HOSTILE = "<img src=x>**x**"


@pytest.fixture
def profile(sample: object, open_page: OpenPage, environment: pytest.MonkeyPatch) -> Profile:
    """Opens the profile of anna, who follows two fuels, with the named sections open."""
    assert sample is session.engine()
    environment.setattr(passwords, "COST", 4)
    expander = st.expander

    def opened(*sections: str, **options: str) -> AppTest:
        def drawer(label: str, *, key: str, **_: object) -> Drawer:
            return Drawer(expander(label, key=f"{key}_drawer"), is_open=key.removeprefix("profile_") in sections)

        environment.setattr(st, "expander", drawer)
        return open_page("profile", as_user="anna", **options)

    return opened


def kept(ask: Callable[..., Any]) -> Any:
    """What the base holds of anna."""
    with session.reading() as opened:
        return ask(opened, anna().id)


def type_in(app: AppTest, label: str, figure: object) -> None:
    """Write into the field of figures with this label."""
    next(field for field in app.text_input if field.label.replace("\u00a0", " ") == label).set_value(str(figure))


def with_mail(environment: pytest.MonkeyPatch) -> None:
    """A server that can send mail."""
    environment.setenv("CARBUROAM_SMTP_HOST", "127.0.0.1")
    environment.setenv("CARBUROAM_SMTP_SECURITY", "none")
    environment.setenv("CARBUROAM_MAIL_FROM", "carburoam@example.org")
    settings.cache_clear()


def test_a_car_is_told_with_defaults_in_sight(profile: Profile):
    """Absurd figures are refused at once, each beside its field; nothing typed is lost; empty is a default again."""
    app = profile("car")
    shown = seen.in_one_line(app)
    for words in ("50 L, 6,5 L aux 100 km (par défaut)", "par défaut : 6,5", "par défaut : 12 000"):
        assert words in shown.replace("\u202f", " ")
    assert "Litres aux 100 km en" not in shown

    app.button_group(key="profile_car_fuels_0").set_value([Fuel.E10, Fuel.E85]).run()
    type_in(app, "Litres aux 100 km", 6)
    type_in(app, "Litres aux 100 km en E85", 99)
    type_in(app, "Réservoir, en litres", "quarante")
    type_in(app, "Plein habituel, en litres", 45)
    press(app, "Enregistrer")
    assert "de 1 à 30 litres aux 100 km" in seen.in_one_line(app)
    assert "de 3 à 200 litres" in seen.in_one_line(app)
    type_in(app, "Réservoir, en litres", 40)
    type_in(app, "Litres aux 100 km en E85", "7,5")
    press(app, "Enregistrer")
    assert "Le plein dépasse votre réservoir." in seen.in_one_line(app)
    assert kept(cars.car) == DEFAULT_CAR
    type_in(app, "Plein habituel, en litres", 35)
    press(app, "Enregistrer")

    assert "C’est enregistré." in seen.in_one_line(app)
    assert "35 L, 6 L aux 100 km" in seen.in_one_line(app)
    told = Car((Fuel.E85, Fuel.E10), 40, 35, 6, 12_000, ((Fuel.E85, 7.5),), frozenset({"km_a_year"}))
    assert kept(cars.car) == told
    type_in(app, "Litres aux 100 km", "")
    press(app, "Enregistrer")
    assert kept(cars.car).defaults == {"km_a_year", "litres_100km"}
    seen.assert_sound(app)


def test_a_starting_point_is_rounded_and_forgotten_at_a_tap(profile: Profile):
    """A town by its name; a radius; nothing left of it."""
    app = profile("home")
    assert "aucun" in seen.in_one_line(app)
    app.text_input(key="profile_home_0_where_typed").set_value(
        shared.all_towns(shared.state().version)[0].zip_codes[0]
    ).run()

    home = kept(cars.home)
    assert home is not None
    assert (home.latitude, home.longitude) == (round(home.latitude, 3), round(home.longitude, 3))
    assert "à environ 100 m près" in seen.in_one_line(app)
    next(group for group in app.button_group if "home_radius" in str(group.key)).set_value(25).run()
    assert kept(cars.home) == Home(home.label, home.latitude, home.longitude, 25)
    press(app, "Oublier ce lieu")

    assert kept(cars.home) is None
    assert "Ce lieu est oublié." in seen.in_one_line(app)
    seen.assert_sound(app)


def test_a_label_is_shown_as_it_is(profile: Profile):
    """Whatever it holds."""
    app = profile("home")
    with session.writing() as opened:
        cars.save_home(opened, anna().id, HOSTILE, 48.7, 2.19)
    app.run()

    assert "<img" not in seen.body(app)
    seen.assert_sound(app)


def test_alerts_say_why_there_are_none_and_are_kept_where_there_can_be(
    profile: Profile, environment: pytest.MonkeyPatch
):
    """No mail server; no proved mail; then a form: refused beside the field, kept whole, ended from a mail."""
    app = profile("alerts")
    assert "Ce serveur ne peut pas envoyer d’e-mail" in seen.in_one_line(app)
    with_mail(environment)
    assert "Nous n’écrivons qu’à une adresse vérifiée." in seen.in_one_line(app.run())
    assert "href='#profile-mail'" in seen.body(app)
    with session.writing() as opened:
        opened.execute(update(User).values(mail_verified_at=now()))
        following.choose_fuels(opened, anna().id, [Fuel.DIESEL, Fuel.E10])
    app.run()

    app.toggle(key="profile_alerts_on_0").set_value(True).run()
    assert "Indiquez un prix ou un gain" in seen.in_one_line(app)
    type_in(app, "E10 : sous ce prix, en €/L", 17.29)
    type_in(app, "Plein moins cher d’au moins, en €", 3)
    press(app, "Enregistrer")
    assert "Un prix au litre va de 0,30 à 5" in seen.in_one_line(app)
    type_in(app, "E10 : sous ce prix, en €/L", 1.729)
    press(app, "Enregistrer")

    wishes = Wishes(is_on=True, gain_cents=300, prices={Fuel.DIESEL: None, Fuel.E10: 1_729})
    assert kept(alerts.wishes) == wishes
    assert "actives" in seen.in_one_line(app)
    seen.assert_sound(app)


def test_a_link_of_a_mail_asks_before_it_ends_them(open_page: OpenPage, profile: Profile):
    """Opened, it changes nothing; a tap ends them for who is not signed in; a wrong one reads the same."""
    app = profile()
    with session.writing() as opened:
        alerts.save_wishes(opened, anna().id, is_on=True, gain_cents=300, prices={})
        uuid = opened.get_one(User, anna().id).uuid
    said = []
    for token in (f"{uuid.hex}{'0' * 32}", alerts.token(uuid)):
        app = open_page("unsubscribe", t=token)
        assert kept(alerts.wishes).is_on
        press(app, "Ne plus recevoir ces e-mails")
        said.append(seen.in_one_line(app))
        seen.assert_sound(app)
    assert said[0] == said[1]
    assert "plus aucun e-mail sur les prix ne partira" in said[1]
    assert not kept(alerts.wishes).is_on
    assert "This link is incomplete" in seen.in_one_line(open_page("unsubscribe", language="en"))
