"""Who is looking, asked of the database once a run; signing in and out, however this browser keeps its session."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from html import escape
from urllib.parse import quote, urlsplit

import streamlit as st

from adapters.storage import open_store
from services import account_changes, accounts, session_cookie, sessions, shared
from services.accounts import Account
from session import reading, writing
from settings import now
from ui import device, language, plain_cookie
from ui.ended import end_page
from ui.language import say
from ui.ways import ways_html

log = logging.getLogger(__name__)

TOKEN_KEY = "account_token"  # noqa: S105 - the name of a place
"""Where a visit holds the secret of its session between sign-in and the first visit that brings a cookie."""
OWED_KEY = "account_cookie_owed"
# What belongs to the device, not to the person who used it: all else goes with them.
OF_THE_DEVICE = (language.KEY, device.KEY, device.OWED)


@dataclass(frozen=True)
class _Known:
    """What a run knows of its person."""

    account: Account | None = None
    token: str = ""
    waits_for_cookie: bool = False
    cookie_is_due: bool = False
    failure: Exception | None = None
    """Why it cannot be known now; who this is may become known at the next click."""


_of_this_run: ContextVar[_Known | None] = ContextVar("account_of_this_run", default=None)


@contextmanager
def asked() -> Iterator[Account | None]:
    """Ask who this is once, for as long as the block lasts."""
    before = _of_this_run.set(_look())
    try:
        yield current()
    finally:
        _of_this_run.reset(before)


def current() -> Account | None:
    """The person who is signed in; None for a stranger, and where nobody can tell now."""
    return _known().account


def require() -> Account:
    """The person who is signed in. A stranger reads how to sign in, and the page goes no further.

    Raises DatabaseUnavailable where nobody can tell now.
    """
    known = _known()
    if known.failure is not None:
        raise known.failure
    if known.account is None:
        st.html(f"<h2 class='cb-h2'>{escape(say('account.members'))}</h2><p>{escape(say('account.members_why'))}</p>")
        # Back to where they wanted to go, once they are in.
        here = urlsplit(st.context.url or "").path.rpartition("/")[2]
        ways = {f"login?to={quote(here)}": say("nav.login"), "register": say("nav.register")}
        st.html(ways_html(ways))
        end_page()
    return known.account


def require_admin() -> Account:
    """The admin who is signed in. Everybody else goes no further. Raises as `require`."""
    person = require()
    if not person.is_admin:
        st.html(f"<h2 class='cb-h2'>{escape(say('account.admins'))}</h2><p>{escape(say('account.admins_why'))}</p>")
        end_page()
    return person


def leave_members() -> None:
    """Let only strangers go on: a page to sign in on has nothing for who is signed in."""
    if person := current():
        st.html(f"<h2 class='cb-h2'>{escape(say('login.already', username=person.username))}</h2>")
        ways = {"profile": say("nav.profile"), "./": say("login.home")}
        st.html(ways_html(ways))
        end_page()


def sign_in(user_id: int) -> None:
    """Sign this person in, in this browser; whoever was signed in here is no more. The next run hands over a cookie."""
    moment = now()
    with writing() as session:
        for token in _tokens():
            sessions.sign_out(session, token)
        begun = sessions.begin(
            session, user_id=user_id, user_agent=dict(st.context.headers).get("User-Agent", ""), now=moment
        )
        if not session_cookie.is_set_by_route():
            # There is no route to come to: the cookie is written by the page.
            sessions.exchange(session, begun.nonce, now=moment)
    _forget_person()
    st.session_state[TOKEN_KEY] = begun.token
    st.session_state[OWED_KEY] = begun.nonce if session_cookie.is_set_by_route() else plain_cookie.WRITTEN
    person = _look_again().account
    if person and device.remembered().language is None and person.language != language.current():
        st.session_state[language.KEY] = person.language
        device.remember(language=person.language)


def keep_language() -> None:
    """Keep the language that a member turned to with their account, for their mails and other devices too."""
    turned = st.session_state.pop(language.TURNED_KEY, None)
    person = current()
    if turned is None or person is None or person.language == turned:
        return
    try:
        account_changes.change_language(open_store(), user_id=person.id, language=turned)
    except Exception:
        # Whatever it is, the page is in the language asked for; the profile says which one the mails are in.
        log.exception("a language could not be kept, user=%s", person.id)
        return
    _look_again()


def sign_out() -> None:
    """End this session, in every tab at once. The next run has the browser drop its cookie."""
    with writing() as session:
        for token in _tokens():
            sessions.sign_out(session, token)
    _forget_person()
    st.session_state[OWED_KEY] = plain_cookie.REMOVED
    _look_again()


def address() -> str:
    """Where this visit comes from, for throttles; empty where that is not known."""
    return st.context.ip_address or ""


def browser() -> str:
    """What a code sent to this person is bound to: it outlives a reload, and other browsers have another."""
    return _known().token


def hand_over() -> None:
    """Have the browser take or drop the cookie that it is owed. Once a run; draws nothing visible."""
    known = _known()
    owed = st.session_state.get(OWED_KEY)
    if not session_cookie.is_set_by_route():
        if plain_cookie.settle(owed, known.token, is_due=known.cookie_is_due):
            st.session_state.pop(OWED_KEY, None)
    elif owed == plain_cookie.REMOVED:
        _call(session_cookie.SIGN_OUT)
        del st.session_state[OWED_KEY]
    elif owed and known.waits_for_cookie:
        # Until the browser came for it: a run that is begun anew at once draws nothing.
        _call(session_cookie.SIGN_IN, owed)
    elif known.cookie_is_due:
        _call(session_cookie.SIGN_IN)


def _call(route: str, nonce: str = "") -> None:
    # The nonce is of letters, digits, - and _ alone. The token never comes near a page.
    script = f"fetch('{route}',{{method:'POST',headers:{{'X-Req':'1'}},body:'{nonce}',keepalive:true}})"
    st.html(f"<script>{script}</script>", unsafe_allow_javascript=True)


def _known() -> _Known:
    # Outside of a whole run (in a fragment, in a callback before it) each question is asked anew.
    return _of_this_run.get() or _look()


def _look_again() -> _Known:
    found = _look()
    if _of_this_run.get() is not None:
        _of_this_run.set(found)
    return found


def _look() -> _Known:
    try:
        for token in _tokens():
            shared.state()  # prepares a base that is not
            with reading() as session:
                if found := sessions.person(session, token, now=now()):
                    return _Known(accounts.facts(found.user), token, found.waits_for_cookie, found.was_idle)
    except Exception as error:  # noqa: BLE001 - whatever it is, the page meets it too, inside its frame, and says it
        log.warning("who is signed in cannot be told now: %s", error)
        return _Known(failure=error)
    if st.session_state.pop(TOKEN_KEY, None):
        _forget_person()
    return _Known()


def _tokens() -> Iterator[str]:
    """The secrets that this visit came with: its own, and its cookie's as it was when the page was opened."""
    kept = st.session_state.get(TOKEN_KEY)
    if isinstance(kept, str):
        yield kept
    if session_cookie.is_set_by_route():
        brought = dict(st.context.cookies).get(session_cookie.COOKIE, "")
    else:
        brought = plain_cookie.token()
    if brought and brought != kept:
        yield brought


def _forget_person() -> None:
    for key in [key for key in st.session_state if key not in OF_THE_DEVICE]:
        del st.session_state[key]
