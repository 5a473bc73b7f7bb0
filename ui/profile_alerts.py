"""Mails about prices, on the profile: when, about what, and why there are none."""

from html import escape

import streamlit as st

from adapters.mail import can_send
from errors import CarburoamError, FieldRefused
from services import alerts
from services.accounts import Account
from services.alerts import Wishes
from session import changing, reading
from ui.figures import figure
from ui.frame import Visit
from ui.fuel_picker import ORDER, fuel_name
from ui.language import say
from ui.profile_section import explained, field, go_on, note, refuse, section

MAIL_ANCHOR = "profile-mail"
"""Of the section where a mail is verified."""


def alerts_section(person: Account, visit: Visit) -> None:
    """One form, where mails can be sent to this person; else one sentence that says why not."""
    with reading() as session:
        kept = alerts.wishes(session, person.id)
    is_possible = can_send() and person.mail_verified
    value = say("alerts.is_on" if kept.is_on and is_possible else "alerts.is_off")
    with section("alerts", icon="notifications", title=say("alerts.title"), value=value) as is_open:
        if not is_open:
            return
        note(say("alerts.promise"))
        if not can_send():
            st.info(say("alerts.no_mail"), icon=":material/mail_off:")
        elif not person.mail_verified:
            st.info(say("alerts.unverified"), icon=":material/mail:")
            st.html(f"<a class='cb-tap' href='#{MAIL_ANCHOR}'>{escape(say('alerts.verify'))}</a>")
        else:
            _form(person, visit, kept)


def _form(person: Account, visit: Visit, kept: Wishes) -> None:
    key = field("alerts_on")
    st.session_state.setdefault(key, kept.is_on)
    is_on = st.toggle(say("alerts.switch"), key=key)
    fuels = [fuel for fuel in ORDER if fuel in kept.prices]
    if not fuels:
        st.info(say("alerts.no_fuel"), icon=":material/local_gas_station:")
    typed = {}
    for fuel in fuels:
        told = kept.prices[fuel]
        typed[fuel] = figure(
            say("alerts.my_price", fuel=fuel_name(fuel)),
            key=f"alerts_price_{fuel.value}",
            told=None if told is None else told / 1000,
            empty=say("alerts.my_price_empty"),
            form="%.3f",
        )
    gain, gain_place = figure(
        say("alerts.gain"),
        key="alerts_gain",
        told=None if kept.gain_cents is None else kept.gain_cents / 100,
        empty=say("alerts.my_price_empty"),
        form="%.2f",
    )
    note(say("alerts.gain_why"))
    is_pressed = st.button(say("profile.save"), key=field("alerts_save"), type="primary", width="stretch")
    # Below the button: what comes and goes above it would move it away from under the thumb.
    if is_on and gain is None and all(price is None for price, _ in typed.values()):
        st.warning(say("alerts.nothing"), icon=":material/notifications_off:")
    if not is_pressed:
        return
    wished = {fuel: None if price is None else round(price * 1000) for fuel, (price, _) in typed.items()}
    try:
        with changing() as session:
            alerts.save_wishes(
                session,
                person.id,
                is_on=is_on,
                gain_cents=None if gain is None else round(gain * 100),
                prices=wished,
            )
    except FieldRefused as error:
        wrong = [typed[fuel][1] for fuel, price in wished.items() if not alerts.is_price(price)]
        for place in wrong if error.field == "alert_price" else [gain_place]:
            place.error(explained(error, visit))
    except CarburoamError as error:
        refuse(error, visit)
    else:
        go_on("alerts", say("profile.saved"))
