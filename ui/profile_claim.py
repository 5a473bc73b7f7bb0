"""Becoming the first admin of a host without a shell."""

import streamlit as st

from adapters.storage import open_store
from errors import CarburoamError
from services import admin_claim
from services.accounts import Account
from session import reading
from ui import account
from ui.frame import Visit
from ui.language import say
from ui.profile_section import TOP, begin_anew, field, note, refuse, section


def claim_section(person: Account, visit: Visit) -> None:
    """Shown while the host waits for its admin, and once more to say that it has one."""
    with reading() as session:
        waits = admin_claim.is_open(session)
    if not waits or person.is_admin:
        return
    with section("claim", icon="shield_person", title=say("profile.claim")) as is_open:
        if not is_open:
            return
        note(say("profile.claim_why"))
        # No password of a person's: no manager should keep it, or fill one in.
        typed = st.text_input(
            say("profile.claim_secret"), type="password", max_chars=1000, key=field("claim"), autocomplete="off"
        )
        if not st.button(say("profile.claim_do"), key=field("claim_do"), width="stretch"):
            return
        try:
            admin_claim.claim(open_store(), user_id=person.id, typed=typed, address=account.address(), now=visit.now)
        except CarburoamError as error:
            refuse(error, visit)
        else:
            begin_anew(TOP, say("profile.claimed"))
