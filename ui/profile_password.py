"""The password on the profile, and the field for a new one that the way back for who forgot has too."""

import streamlit as st

from adapters.storage import open_store
from errors import CarburoamError
from services import account_changes, passwords
from services.accounts import Account
from ui import account, account_fields, refusals
from ui.frame import Visit
from ui.language import say
from ui.profile_section import TURN, begin_anew, field, refuse, section, turn


def password_section(person: Account, visit: Visit) -> None:
    """Another password for who knows the current one."""
    with section("password", icon="key", title=say("profile.password")) as is_open:
        if not is_open:
            return
        current = password_field("profile.password_current", key=field("current"), is_new=False)
        new = password_field(
            "profile.password_new", key=field("new"), is_new=True, about=(person.username, person.mail, person.name)
        )
        if not st.button(say("profile.password_change"), key=field("password_do"), type="primary", width="stretch"):
            return
        try:
            account_changes.change_password(
                open_store(),
                user_id=person.id,
                current=current,
                new=new,
                address=account.address(),
                now=visit.now,
            )
        except CarburoamError as error:
            refuse(error, visit)
        else:
            _go_on_here(person)


def password_field(label: str, *, key: str, is_new: bool, about: tuple[str, ...] = ()) -> str:
    """A field for a password; below a new one stands how hard it is to guess. `label` is the key of a text."""
    typed = str(st.session_state.get(key, ""))
    weighed = refusals.strength_in_words(passwords.strength(typed, about=about)) if is_new and typed else ""
    return account_fields.field(
        say(label),
        key=key,
        kind="password",
        autocomplete="new-password" if is_new else "current-password",
        # One line in either case: a button that moved under the thumb would not be hit.
        hint=weighed or (say("profile.password_hint") if is_new else ""),
        is_live=is_new,
    )


def _go_on_here(person: Account) -> None:
    """Every session has ended, this one too: it begins anew, so that who changed a password is not thrown out."""
    before = turn()
    account.sign_in(person.id)
    # Signing in forgets what was on the screen.
    st.session_state[TURN] = before
    begin_anew("password", say("profile.password_changed"))
