"""The forms of who forgot: ask for a code, then choose a password with it; or have the username sent."""

import secrets
from html import escape

import streamlit as st

from adapters.storage import open_store
from errors import CarburoamError
from services import recovery
from settings import settings
from ui import account
from ui.account_fields import field
from ui.frame import Visit
from ui.language import say
from ui.profile_password import password_field
from ui.profile_section import note, refuse

ASKED = "forgot_asked"
"""Who asked for a code in this visit, and the secret that binds the code to it: `(login, request)`."""
DONE = "forgot_done"


def ask(visit: Visit) -> None:
    """What was forgotten, and the form for it."""
    if st.session_state.get(DONE):
        st.success(say("forgot.done"), icon=":material/check:")
        return
    what = st.pills(
        say("forgot.what"),
        ("password", "username"),
        default="password",
        required=True,
        format_func=lambda name: say(f"forgot.{name}"),
        key="forgot_what",
        label_visibility="collapsed",
        width="stretch",
    )
    if what == "username":
        _username(visit)
    elif ASKED in st.session_state:
        _choose(visit)
    else:
        _send(visit)


def is_done() -> bool:
    """Whether a new password was chosen in this visit: it is said wherever that was done."""
    return bool(st.session_state.get(DONE))


def no_way_by_mail() -> None:
    """This server cannot send mail: what to do instead."""
    st.html(f"<p>{escape(say('forgot.no_mail'))} {escape(_somebody())}</p>")


def _send(visit: Visit) -> None:
    with st.form("forgot_password", border=False):
        login = field(say("forgot.login"), key="forgot_login", autocomplete="username")
        is_sent = st.form_submit_button(say("forgot.send"), type="primary", width="stretch")
    if not is_sent:
        return
    if not login.strip():
        st.error(say("forgot.empty"), icon=":material/error:")
        return
    request = secrets.token_urlsafe(32)
    try:
        recovery.send_code(login=login, request=request, address=account.address(), now=visit.now)
    except CarburoamError as error:
        refuse(error, visit)
    else:
        st.session_state[ASKED] = login, request
        st.rerun()


def _choose(visit: Visit) -> None:
    login, request = st.session_state[ASKED]
    st.success(say("forgot.sent"), icon=":material/mail:")
    code = field(say("forgot.code"), key="forgot_code", autocomplete="one-time-code")
    new = password_field("forgot.new", key="forgot_new", is_new=True, about=(login,))
    if st.button(say("forgot.change"), type="primary", width="stretch", key="forgot_do"):
        try:
            recovery.choose_password(
                open_store(),
                login=login,
                request=request,
                code=code,
                new=new,
                address=account.address(),
                now=visit.now,
            )
        except CarburoamError as error:
            refuse(error, visit)
        else:
            del st.session_state[ASKED]
            st.session_state[DONE] = True
            st.rerun()
    if st.button(say("forgot.again"), type="tertiary", key="forgot_again"):
        del st.session_state[ASKED]
        st.rerun()
    note(f"{say('forgot.sent_more')} {say('forgot.unproved')} {_somebody()}")


def _username(visit: Visit) -> None:
    with st.form("forgot_username", border=False):
        mail = field(say("forgot.mail"), key="forgot_mail", autocomplete="email", kind="email")
        is_sent = st.form_submit_button(say("forgot.remind"), type="primary", width="stretch")
    if not is_sent:
        return
    if not mail.strip():
        st.error(say("forgot.empty"), icon=":material/error:")
        return
    try:
        recovery.send_username(mail=mail, address=account.address(), now=visit.now)
    except CarburoamError as error:
        refuse(error, visit)
    else:
        st.success(say("forgot.reminded"), icon=":material/mail:")


def _somebody() -> str:
    """Whom to turn to where no code can help."""
    contact = settings().contact
    return say("forgot.no_mail_contact", contact=contact) if contact else say("forgot.no_mail_nobody")
