"""Signing in, with the username or the mail."""

from html import escape

import streamlit as st

from adapters.mail import can_send
from adapters.storage import open_store
from errors import CredentialsCorrupt, SignInRefused, StoreUnavailable, TryLater
from services import accounts
from ui import account, frame
from ui.account_fields import field
from ui.language import say
from ui.refusals import in_words

# Pages that send a stranger here, and get them back.
WAYS_BACK = {"profile": "pages/profile.py", "stations": "pages/stations.py"}
# There only for who has the role, from the run on in which they are known: what the owner is told leads there.
CONSOLE = {"admin": "pages/admin.py"}


def try_to_sign_in(login: str, password: str) -> str:
    """Sign in; why not, in words, where it cannot be."""
    if not login.strip() or not password:
        return say("login.empty")
    try:
        person = accounts.authenticate(
            open_store(), login=login, password=password, address=account.address(), now=visit.now
        )
    except (SignInRefused, CredentialsCorrupt):
        # One answer for both: it offers the new password that mends the second, and tells a stranger nothing.
        return say("login.refused" if can_send() else "login.refused_no_mail")
    except (TryLater, StoreUnavailable) as error:
        return in_words(error, visit.now)
    account.sign_in(person.id)
    return ""


frame.guard()
visit = frame.enter(say("login.title"), waits_for_data=False)
to = st.query_params.get("to", "")
if visit.account and visit.account.is_admin and to in CONSOLE:
    st.switch_page(CONSOLE[to])
account.leave_members()

st.html(f"<h2 class='cb-h2'>{escape(say('login.title'))}</h2>")
with st.form("login", border=False):
    login = field(say("login.login"), key="login_name", autocomplete="username")
    password = field(say("login.password"), key="login_password", autocomplete="current-password", kind="password")
    asked = st.form_submit_button(say("login.go"), key="login_go", type="primary", width="stretch")
if asked:
    if refusal := try_to_sign_in(login, password):
        st.error(refusal, icon=":material/error:")
    elif to in CONSOLE and (person := account.current()) and person.is_admin:
        st.rerun()
    else:
        st.switch_page(WAYS_BACK.get(to, frame.HOME))
st.html(
    f"<p class='cb-ways'><a class='cb-go' href='forgot'>{escape(say('login.forgot'))}</a>"
    f"<a class='cb-go' href='register'>{escape(say('nav.register'))}</a></p>{frame.data_line(visit)}"
)
