"""All that is kept of a person, to take away; and the end of the account."""

import streamlit as st

from adapters.mail import can_send
from adapters.storage import open_store
from errors import CarburoamError
from services import account_changes, exports, personal_data
from services.accounts import Account
from ui import account, frame
from ui.frame import Visit
from ui.language import say
from ui.profile_password import password_field
from ui.profile_section import field, note, refuse, section


def data_section(person: Account, visit: Visit) -> None:
    """The files, made when they are asked for."""
    with section("data", icon="download", title=say("profile.data")) as is_open:
        if not is_open:
            return
        note(say("profile.data_why"))
        if not st.button(say("profile.data_make"), key=field("data_make"), width="stretch"):
            return
        try:
            kept = personal_data.personal_data(open_store(), user_id=person.id)
        except CarburoamError as error:
            refuse(error, visit)
            return
        name = f"carburoam-{person.username}-{visit.now:%Y-%m-%d}"
        st.download_button(
            say("profile.data_json"),
            exports.json_bytes(kept),
            file_name=f"{name}.json",
            mime="application/json",
            key=field("data_json"),
            on_click="ignore",
            width="stretch",
        )
        st.download_button(
            say("profile.data_csv"),
            exports.csv_archive(kept),
            file_name=f"{name}.zip",
            mime="application/zip",
            key=field("data_csv"),
            on_click="ignore",
            width="stretch",
        )


def delete_section(person: Account, visit: Visit) -> None:
    """The end of the account, for who knows its password."""
    with section("delete", icon="delete_forever", title=say("profile.delete")) as is_open:
        if not is_open:
            return
        is_told = can_send() and person.mail_verified
        told = f" {say('profile.delete_told')}" if is_told else ""
        st.warning(say("profile.delete_why") + told, icon=":material/warning:")
        # A form: leaving the field draws nothing anew, so the button stays under the thumb.
        with st.form(field("delete_form"), border=False):
            password = password_field("profile.delete_password", key=field("delete_password"), is_new=False)
            is_meant = st.form_submit_button(say("profile.delete_do"), key=field("delete_do"), width="stretch")
        if not is_meant:
            return
        try:
            account_changes.delete_account(
                open_store(), user_id=person.id, password=password, address=account.address(), now=visit.now
            )
        except CarburoamError as error:
            refuse(error, visit)
            return
        account.sign_out()
        frame.say_next(say("profile.deleted"))
        st.switch_page(frame.HOME)
