"""The form that makes an account. Once that was asked for, each field says what is wrong with it; nothing is lost."""

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import fields
from html import escape

import streamlit as st

from adapters import mail
from adapters.storage import ObjectStore, open_store
from errors import AccountError, CarburoamError, MailTaken, StoreUnavailable, TryLater, UsernameTaken
from records import Fuel
from services import accounts, joining, mail_proof
from services.accounts import Account
from services.following import Followed
from services.joining import Form
from ui import account, demo_state
from ui.account_fields import below, field
from ui.frame import Visit
from ui.fuel_picker import fuels_picker
from ui.language import current, say
from ui.profile_identity import PROVING
from ui.refusals import in_words, strength_in_words

log = logging.getLogger(__name__)

FUELS = (Fuel.DIESEL, Fuel.E10, Fuel.SP95)
FUELS_KEY = "register_fuels"
REFUSED_KEY = "register_refused"
WHOLE = "form"
"""Where a refusal stands that is of no field."""


def join_form(visit: Visit) -> Account | None:
    """Draw the form; the account once it is made, and its person signed in."""
    refused = {where: in_words(error, visit.now) for where, error in _refusals().items()}
    form = _form(refused)
    picked = demo_state.begun(visit)
    with st.container(key="register_fuels_field", gap=None):
        st.html(f"<p class='cb-label'>{escape(say('register.fuels'))}</p>")
        fuels = fuels_picker((picked and picked.fuels) or FUELS, key=FUELS_KEY)
        stations = picked.stations if picked else []
        below(hint=_coming_along(len(stations)))
    if refused:
        st.error(refused.get(WHOLE) or say("register.look"), icon=":material/error:")
    if not st.button(say("register.create"), key="register_go", type="primary", width="stretch"):
        return None
    refusal: CarburoamError | None = None
    if not joining.refusals(form):
        try:
            return _joined(form, fuels, stations, visit)
        except (AccountError, StoreUnavailable) as error:
            refusal = error
    st.session_state[REFUSED_KEY] = form, refusal
    return st.rerun()


def _refusals() -> dict[str, CarburoamError]:
    """What is wrong with each field as it is now, once the account was asked for; who corrects one sees it go."""
    if REFUSED_KEY not in st.session_state:
        return {}
    before, refusal = st.session_state[REFUSED_KEY]
    typed = _typed()
    found: dict[str, CarburoamError] = {**joining.refusals(typed)}
    where = _where(refusal) if refusal else ""
    is_as_before = typed == before if where == WHOLE else getattr(typed, where, "") == getattr(before, where, "")
    if refusal and is_as_before:
        found[where] = refusal
    return found


def _typed() -> Form:
    """The form as it is before it is drawn."""
    return Form(**{each.name: str(st.session_state.get(f"register_{each.name}", "")) for each in fields(Form)})


def _form(refused: dict[str, str]) -> Form:
    typed = {
        name: field(
            say(f"register.{name}"),
            key=f"register_{name}",
            autocomplete="email" if name == "mail" else name,
            kind="email" if name == "mail" else "default",
            hint=say("register.username_hint") if name == "username" else "",
            refusal=refused.get(name, ""),
            is_live=True,
        )
        for name in ("name", "mail", "username")
    }
    so_far = _typed()
    password = field(
        say("register.password"),
        key="register_password",
        autocomplete="new-password",
        kind="password",
        hint=strength_in_words(joining.strength(so_far)) if so_far.password else say("register.password_hint"),
        refusal=refused.get("password", ""),
        is_live=True,
    )
    return Form(**typed, password=password)


def _coming_along(count: int) -> str:
    if count == 1:
        return say("register.picked_one")
    return say("register.picked", count=count) if count else ""


def _joined(form: Form, fuels: Sequence[Fuel], stations: Sequence[Followed], visit: Visit) -> Account:
    store, address = open_store(), account.address()
    try:
        made = joining.join(
            store,
            form,
            language=current(),
            fuels=fuels,
            stations=stations,
            address=address,
            now=visit.now,
        )
    except (UsernameTaken, MailTaken):
        # By themselves, perhaps: a second tap on the button begins the run anew when the account is there already.
        before = _made_before(store, form, address, visit)
        if before is None:
            raise
        made = before
    account.sign_in(made.id)
    if mail.can_send() and not made.mail_verified:
        try:
            mail_proof.send_code(account=made, request=account.browser(), now=visit.now)
        except TryLater:
            log.info("user=%s has a code already", made.id)
        st.session_state[PROVING] = made.mail
    return made


def _made_before(store: ObjectStore, form: Form, address: str, visit: Visit) -> Account | None:
    with suppress(AccountError, StoreUnavailable):
        return accounts.authenticate(store, login=form.username, password=form.password, address=address, now=visit.now)
    return None


def _where(error: CarburoamError) -> str:
    if isinstance(error, UsernameTaken):
        return "username"
    return "mail" if isinstance(error, MailTaken) else WHOLE
