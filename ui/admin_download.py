"""Files that only an admin may take away, made when they are asked for."""

from collections.abc import Callable

import streamlit as st

from errors import SignInRefused
from services import sessions
from session import reading
from settings import now
from ui import account


def download(label: str, make: Callable[[], bytes], *, file_name: str, mime: str, key: str) -> None:
    """Draw the button. Whoever is no admin any more gets nothing, however long ago the page was opened."""
    token = account.browser()

    def made() -> bytes:
        # This runs outside of the page's script, so the page's own guard does not stand before it.
        with reading() as session:
            found = sessions.person(session, token, now=now())
            if found is None or not found.user.is_admin:
                raise SignInRefused("no admin (any more)")
        return make()

    st.download_button(
        label,
        data=made,
        file_name=file_name,
        mime=mime,
        key=key,
        on_click="ignore",
        icon=":material/download:",
        width="stretch",
    )
