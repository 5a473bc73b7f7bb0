"""The fields of the forms of an account: a refusal stands below its field, and password managers know what is what."""

from html import escape
from typing import Literal

import streamlit as st

Kind = Literal["default", "email", "password"]


def field(
    label: str,
    *,
    key: str,
    autocomplete: str,
    kind: Kind = "default",
    hint: str = "",
    refusal: str = "",
    is_live: bool = False,
) -> str:
    """Draw a field with its `refusal`, else its `hint`, below; what is typed in it.

    A live one tells the page of every pause in typing, and of what a password manager filled in.
    """
    with st.container(key=f"{key}_field", gap=None):
        typed = st.text_input(
            label,
            key=key,
            type=kind,
            autocomplete=autocomplete,
            live=is_live,
            # The browser's words about a mail would come before ours, in a language of its own.
            validate="",
            icon="",
            placeholder="",
        )
        below(refusal=refusal, hint=hint)
    return typed


def below(*, refusal: str = "", hint: str = "") -> None:
    """The line below a field."""
    if refusal:
        st.html(f"<p class='cb-refusal' role='alert'>{escape(refusal)}</p>")
    elif hint:
        st.html(f"<p class='cb-small' aria-live='polite'>{escape(hint)}</p>")
