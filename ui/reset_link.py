"""Where the link leads that an admin handed over: its owner chooses a new password, once."""

from html import escape

import streamlit as st

from adapters.storage import open_store
from errors import CarburoamError, CodeRefused
from services import reset_links
from session import reading
from ui.forgot import DONE
from ui.frame import Visit
from ui.language import say
from ui.profile_password import password_field
from ui.profile_section import refuse

ASKED = "link"
"""The name of the secret in the address."""


def is_asked() -> bool:
    """Whether somebody came by such a link."""
    return ASKED in st.query_params


def choose_by_link(visit: Visit) -> None:
    """The form; a link that is used up, late or wrong is told without a word of whose it was."""
    secret = st.query_params[ASKED]
    with reading() as session:
        owner = reset_links.owner(session, secret, now=visit.now)
    if owner is None:
        st.error(say("forgot.link_bad"), icon=":material/link_off:")
        return
    st.html(f"<p>{escape(say('forgot.link_for', username=owner.username))}</p>")
    about = (owner.username, owner.mail, owner.name)
    new = password_field("forgot.new", key="forgot_link_new", is_new=True, about=about)
    if not st.button(say("forgot.change"), type="primary", width="stretch", key="forgot_link_do"):
        return
    try:
        reset_links.redeem(open_store(), secret, new=new, now=visit.now)
    except CodeRefused:
        st.error(say("forgot.link_bad"), icon=":material/link_off:")
    except CarburoamError as error:
        refuse(error, visit)
    else:
        st.session_state[DONE] = True
        # It is good no more: neither a reload nor the history of this browser should come back to it.
        del st.query_params[ASKED]
        st.rerun()
