"""What a person chooses on the profile: fuels to follow, language."""

import streamlit as st

from adapters.storage import open_store
from errors import CarburoamError
from services import account_changes, following
from services.accounts import Account
from session import reading, writing
from texts import LANGUAGES, text
from ui import device, language
from ui.frame import Visit
from ui.fuel_picker import ORDER, fuel_name
from ui.language import say
from ui.profile_section import begin_anew, choice, field, refuse, section, tapped


def fuels_section(person: Account, _visit: Visit) -> None:
    """The fuels that boards and alerts are about; each tap is kept at once."""
    with reading() as session:
        followed = following.fuels(session, person.id)
    names = ", ".join(fuel_name(fuel) for fuel in ORDER if fuel in followed)
    with section("fuels", icon="local_gas_station", title=say("profile.fuels"), value=names) as is_open:
        if not is_open:
            return
        key = field("fuels")
        chosen = choice(key, [fuel for fuel in ORDER if fuel in followed])
        st.pills(
            say("fuel.label"),
            ORDER,
            selection_mode="multi",
            format_func=fuel_name,
            key=key,
            on_change=tapped,
            args=(key,),
            label_visibility="collapsed",
            width="stretch",
        )
        if chosen is not None:
            with writing() as session:
                following.choose_fuels(session, person.id, chosen)
            st.rerun()


def language_section(person: Account, visit: Visit) -> None:
    """The language of pages and mails."""
    own = text("language.name", person.language)
    with section("language", icon="translate", title=say("profile.language"), value=own) as is_open:
        if not is_open:
            return
        key = field("language")
        chosen = choice(key, person.language)
        st.pills(
            say("profile.language_why"),
            LANGUAGES,
            required=True,
            format_func=lambda code: text("language.name", code),
            key=key,
            on_change=tapped,
            args=(key,),
            width="stretch",
        )
        if chosen in {None, person.language}:
            return
        try:
            account_changes.change_language(open_store(), user_id=person.id, language=chosen)
        except CarburoamError as error:
            refuse(error, visit)
            return
        st.session_state[language.KEY] = chosen
        device.remember(language=chosen)
        begin_anew("language", text("profile.saved", chosen))
