"""Addresses that are no page's: a page of ours, where Streamlit opens a window in English over the first page."""

from collections.abc import Sequence
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from ui.language import say

ASKED_KEY = "asked_address"


def lost(known: Sequence[Any]) -> list[Any]:
    """The page of the address that this visit came by, where it is none of the pages `known`; else nothing."""
    note_address()
    name = asked()
    if not name or name in {one.url_path for one in known}:
        return []
    # Not one of the pages that are kept: strangers make up as many names as they like.
    page = st.Page("pages/lost.py", title=say("lost.title"), url_path="lost")
    # Private, and tested: given to the page it would lose its spaces, and be the address of another page or of none.
    page._url_path = name  # noqa: SLF001
    return [page]


def note_address() -> None:
    """Note by what address this visit came: the first run of it knows, and none that a tap or a rerun asks for."""
    context = get_script_run_ctx()
    if context and (name := context.pages_manager.intended_page_name):
        st.session_state[ASKED_KEY] = name


def asked() -> str:
    """The name in the address that this visit came by; empty for the first page."""
    return str(st.session_state.get(ASKED_KEY, ""))
