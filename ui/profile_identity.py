"""Name and mail on the profile. A form knows the version it was made from: of two tabs the later one is told."""

from typing import Literal

import streamlit as st

from adapters.mail import can_send
from adapters.storage import open_store
from errors import CarburoamError, StoreConflict
from services import account_changes, identity, mail_change, mail_proof
from services.account_changes import Profile
from services.accounts import Account
from ui import account, account_fields
from ui.frame import Visit
from ui.language import say
from ui.profile_section import announce, begin_anew, field, note, refuse, section

FORM = "profile_form"
WANTED = "profile_wanted_mail"
"""The mail that a code is on its way to, and whose it is to be."""
PROVING = "profile_code_sent_to"
"""The mail to which a code went that proves it."""


def name_section(person: Account, visit: Visit) -> None:
    """The name."""
    with section("name", icon="badge", title=say("profile.name"), value=person.name) as is_open:
        if not is_open or (form := _form(person, visit)) is None:
            return
        note(say("profile.name_why"))
        # Set once: what was typed stays when the value is found to have changed elsewhere.
        st.session_state.setdefault(field("name"), form.account.name)
        typed = account_fields.field(say("profile.name"), key=field("name"), autocomplete="name")
        if not st.button(say("profile.save"), key=field("name_save"), type="primary", width="stretch"):
            return
        try:
            account_changes.change_name(open_store(), user_id=person.id, name=typed, if_version=form.version)
        except StoreConflict as error:
            _conflict(error, person, visit, "name")
        except CarburoamError as error:
            refuse(error, visit)
        else:
            _done("name", say("profile.saved"))


def mail_section(person: Account, visit: Visit) -> None:
    """The mail: proved by a code, or, where no mail can be sent, changed as it is."""
    waits = can_send() and not person.mail_verified
    # Where no mail can be sent nobody is asked to prove an address.
    state = say("profile.mail_verified") if person.mail_verified else say("profile.mail_unverified") if waits else ""
    value = f"{person.mail} · {state}" if state else person.mail
    with section("mail", icon="mail", title=say("profile.mail"), value=value, waits=waits) as is_open:
        if not is_open or (form := _form(person, visit)) is None:
            return
        if not can_send():
            st.info(say("profile.no_mail"), icon=":material/mail_off:")
        elif not person.mail_verified:
            _verify(person, visit)
        if wanted := _wanted(person):
            _confirm(person, wanted, visit)
        else:
            _change(person, form, visit)


def _verify(person: Account, visit: Visit) -> None:
    is_sent = st.session_state.get(PROVING) == person.mail
    if is_sent:
        announce(say("profile.mail_sent", mail=person.mail))
    note(say("profile.verify_why", mail=person.mail))
    if not is_sent:
        _send_proof(person, visit, say("profile.verify_send"))
    code = _code_field("verify")
    if st.button(say("profile.mail_confirm"), key=field("verify_do"), type=_weight(is_first=is_sent), width="stretch"):
        try:
            mail_proof.prove(open_store(), account=person, request=account.browser(), code=code, now=visit.now)
        except CarburoamError as error:
            refuse(error, visit)
        else:
            _done("mail", say("profile.verify_done"))
    if is_sent:
        _send_proof(person, visit, say("profile.verify_again"))
    st.divider()


def _send_proof(person: Account, visit: Visit, label: str) -> None:
    is_first = label == say("profile.verify_send")
    if not st.button(label, key=field("verify_send"), type=_weight(is_first=is_first), width="stretch"):
        return
    try:
        mail_proof.send_code(account=person, request=account.browser(), now=visit.now)
    except CarburoamError as error:
        refuse(error, visit)
    else:
        st.session_state[PROVING] = person.mail
        st.rerun()


def _weight(*, is_first: bool) -> Literal["primary", "secondary"]:
    """Of the buttons of a section one stands out: the next thing to do."""
    return "primary" if is_first else "secondary"


def _change(person: Account, form: Profile, visit: Visit) -> None:
    typed = account_fields.field(say("profile.mail_new"), key=field("mail"), autocomplete="email", kind="email")
    weight = _weight(is_first=person.mail_verified or not can_send())
    if not st.button(say("profile.mail_change"), key=field("mail_change"), type=weight, width="stretch"):
        return
    try:
        if identity.mail(typed) == person.mail:
            st.info(say("profile.mail_same"))
        elif can_send():
            wanted = mail_change.send_code(account=person, mail=typed, request=account.browser(), now=visit.now)
            st.session_state[WANTED] = (person.id, wanted)
            st.rerun()
        else:
            mail_change.change_at_once(open_store(), account=person, mail=typed, if_version=form.version)
            _done("mail", say("profile.mail_changed_unproved"))
    except StoreConflict as error:
        _conflict(error, person, visit, "mail")
    except CarburoamError as error:
        refuse(error, visit)


def _confirm(person: Account, wanted: str, visit: Visit) -> None:
    announce(say("profile.mail_sent", mail=wanted))
    code = _code_field("mail")
    if st.button(say("profile.mail_confirm"), key=field("mail_do"), type="primary", width="stretch"):
        try:
            mail_change.confirm(
                open_store(), account=person, mail=wanted, request=account.browser(), code=code, now=visit.now
            )
        except CarburoamError as error:
            refuse(error, visit)
        else:
            del st.session_state[WANTED]
            # The old one hears of it if it was its owner's.
            _done("mail", say("profile.mail_changed" if person.mail_verified else "profile.mail_changed_quietly"))
    if st.button(say("profile.mail_cancel"), key=field("mail_cancel"), type="tertiary"):
        del st.session_state[WANTED]
        st.rerun()


def _code_field(name: str) -> str:
    key = field(f"{name}_code")
    return account_fields.field(say("profile.mail_code"), key=key, autocomplete="one-time-code")


def _wanted(person: Account) -> str:
    user_id, mail = st.session_state.get(WANTED, (0, ""))
    return mail if user_id == person.id and mail != person.mail else ""


def _form(person: Account, visit: Visit) -> Profile | None:
    """What the forms begin with: read once, so that a change in another tab is noticed and not buried."""
    kept = st.session_state.get(FORM)
    if isinstance(kept, Profile) and kept.account.id == person.id:
        return kept
    try:
        st.session_state[FORM] = account_changes.profile(open_store(), person.id)
    except CarburoamError as error:
        refuse(error, visit)
        return None
    return st.session_state[FORM]  # type: ignore[no-any-return]


def _conflict(error: StoreConflict, person: Account, visit: Visit, which: str) -> None:
    """Say it, show what is there now, and leave what was typed: the next press writes over it knowingly."""
    refuse(error, visit)
    del st.session_state[FORM]
    if (form := _form(person, visit)) is not None:
        value = form.account.name if which == "name" else form.account.mail
        announce(say("profile.current_value", value=value))


def _done(name: str, words: str) -> None:
    # Every change makes a new version of the object: the other form begins from it too.
    st.session_state.pop(FORM, None)
    begin_anew(name, words)
