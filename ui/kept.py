"""Choices that outlive the page they were made on: the visit keeps the value, a widget of each page shows it."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import streamlit as st

V = TypeVar("V")


def kept_pills(label: str, options: Sequence[V], *, key: str, default: V, format_func: Callable[[Any], str]) -> V:
    """Draw a row of which exactly one is chosen; the choice is kept in `st.session_state[key]`.

    The widget has a key of its own: Streamlit drops a widget's value when another page is drawn, and shows none
    chosen where two pages share a key.
    """
    st.session_state.setdefault(key, default)
    widget = f"{key}_shown"
    if st.session_state[key] in options:
        st.session_state[widget] = st.session_state[key]
    st.pills(
        label,
        options,
        required=True,
        key=widget,
        format_func=format_func,
        on_change=_keep,
        args=(key, widget),
        label_visibility="collapsed",
        width="stretch",
    )
    chosen: V = st.session_state[key]
    return chosen


def _keep(key: str, widget: str) -> None:
    if st.session_state[widget] is not None:
        st.session_state[key] = st.session_state[widget]
