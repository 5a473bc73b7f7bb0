"""The two ways in which a browser keeps the secret of its session, and which of them this process has.

Under server.py a route sets a cookie that no script can read. Under plain `streamlit run home.py` there is no route to
ask, and Streamlit-Authenticator's own cookie carries the secret (docs/adr/0014-two-carriers-for-one-session.md).
"""

COOKIE = "carburoam_session"
PLAIN_COOKIE = "carburoam_session_plain"
SIGN_IN = "/auth/session"
SIGN_OUT = "/auth/sign-out"

_set_by: set[str] = set()


def set_by_route() -> None:
    """Say that this process answers SIGN_IN and SIGN_OUT; called by server.py."""
    _set_by.add(SIGN_IN)


def is_set_by_route() -> bool:
    """Whether a route of this process sets the cookie."""
    return bool(_set_by)
