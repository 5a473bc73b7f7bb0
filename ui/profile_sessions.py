"""Where a person is signed in, with a way to end each."""

from html import escape

import streamlit as st

from services import sessions
from services.accounts import Account
from services.sessions import SignedIn
from session import reading, writing
from texts import formats
from ui import account
from ui.frame import Visit
from ui.language import say
from ui.plain import plain
from ui.profile_section import begin_anew, field, note, section

# Each is a row of our HTML and a button: a person with hundreds of sessions ends them all at once.
MOST_SHOWN = 20


def sessions_section(person: Account, visit: Visit) -> None:
    """The list of signed-in devices."""
    with reading() as session:
        found = sessions.of_user(session, user_id=person.id, token=account.browser(), now=visit.now)
    with section("sessions", icon="devices", title=say("profile.sessions"), value=str(len(found))) as is_open:
        if not is_open:
            return
        for each in sorted(found, key=lambda each: not each.is_this)[:MOST_SHOWN]:
            _row(person, each, visit)
        note(say("profile.session_all_why"))
        if st.button(say("profile.session_all"), key=field("session_all"), icon=":material/logout:", width="stretch"):
            with writing() as session:
                sessions.revoke_all(session, user_id=person.id)
            account.sign_out()
            st.switch_page("pages/login.py")


def _row(person: Account, signed_in: SignedIn, visit: Visit) -> None:
    device = signed_in.device or say("profile.session_unknown")
    seen = say("profile.session_seen", age=formats.age(signed_in.seen_at, visit.now, visit.language))
    where = f"<b class='cb-good'>{escape(say('profile.session_this'))}</b> · {seen}" if signed_in.is_this else seen
    with st.container(horizontal=True, vertical_alignment="center", key=f"session_row_{signed_in.id}"):
        st.html(f"<div class='cb-session'><b>{escape(device)}</b><span>{where}</span></div>")
        if signed_in.is_this:
            return
        # The eye sees an icon, who listens hears which device.
        label = plain(say("profile.session_end", device=device))
        if st.button(label, icon=":material/logout:", key=f"remove_session_{signed_in.id}"):
            with writing() as session:
                sessions.revoke(session, user_id=person.id, session_id=signed_in.id)
            begin_anew("sessions", say("profile.session_ended", device=device))
