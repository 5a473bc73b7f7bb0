"""The cookie of a session where no route can set one: Streamlit-Authenticator's own, written by a frame in the page.

It is signed by that library, and readable by scripts; what it carries is worth no more than its row in the database.
"""

import time
from math import inf
from typing import Any

import streamlit as st

from services import sessions
from services.secrets import keyed_hash
from services.session_cookie import PLAIN_COOKIE

WRITTEN = "written"
REMOVED = "removed"
# The library's names: of its frames, and of what it reads from the state of a visit.
DONE = {WRITTEN: "set", REMOVED: "delete"}
USERNAME = "username"
ENDS = "exp_date"
RENEWED_EVERY_S = 24 * 3600


def token() -> str:
    """The secret that this browser's cookie carries; empty where there is none, or none of ours."""
    return str(_facts().get(USERNAME, ""))


def settle(owed: str | None, secret: str, *, is_due: bool) -> bool:
    """Have the frame write or remove what is owed; True once the browser has done so, or nothing is left to do.

    The frame weighs 140 KB, so it is drawn while something is owed, and never else.
    """
    if owed is None and is_due and _age_s() > RENEWED_EVERY_S:
        owed = WRITTEN
    if owed == WRITTEN and not secret:
        return True
    # The frame answers by a value, as every component does, and with it the page runs again.
    if owed not in DONE or st.session_state.get(DONE[owed]):
        return True
    _draw(owed, secret)
    return False


def _draw(owed: str, secret: str) -> None:
    # Imported here: under server.py nobody needs it.
    from streamlit_authenticator.models import CookieModel  # noqa: PLC0415

    cookie = CookieModel(PLAIN_COOKIE, _key(), sessions.LASTS.days)
    if owed == WRITTEN:
        st.session_state[USERNAME] = secret
        cookie.set_cookie()
        del st.session_state[USERNAME]
    else:
        cookie.cookie_manager.cookies.setdefault(PLAIN_COOKIE, "")
        cookie.delete_cookie()


def _facts() -> dict[str, Any]:
    """What the cookie says, if this installation signed it. Read without the library, whose reader draws the frame."""
    import jwt  # noqa: PLC0415

    written = dict(st.context.cookies).get(PLAIN_COOKIE, "")
    try:
        found = jwt.decode(written, _key(), algorithms=["HS256"]) if written else {}
    except (jwt.PyJWTError, ValueError):
        return {}
    ends = found.get(ENDS)
    is_good = isinstance(found.get(USERNAME), str) and isinstance(ends, int | float) and ends > time.time()
    return found if is_good else {}


def _age_s() -> float:
    """Seconds since it was written."""
    ends = _facts().get(ENDS)
    return sessions.LASTS.total_seconds() - (float(ends) - time.time()) if ends else inf


def _key() -> str:
    return keyed_hash("cookie of plain streamlit")
