"""The language of this visit: chosen by the reader, else remembered, else the browser's; French first."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import streamlit as st

from texts import LANGUAGES, text
from ui import device

KEY = "language"
TURNED_KEY = "language_turned"
"""A language that was turned to by the button and is not kept with the account yet."""


# A page asks fifty times, and each look into the state of a visit costs as much as a text.
_of_this_run: ContextVar[str | None] = ContextVar("language_of_this_run", default=None)


@contextmanager
def decided() -> Iterator[str]:
    """Decide on the language of a run once, for as long as the block lasts."""
    token = _of_this_run.set(None)
    _of_this_run.set(current())
    try:
        yield current()
    finally:
        _of_this_run.reset(token)


def current() -> str:
    """The language to draw this run in. Decided once a visit."""
    if known := _of_this_run.get():
        return known
    try:
        return str(st.session_state[KEY])
    except KeyError:
        found = st.session_state[KEY] = _found()
        return found


def _found() -> str:
    remembered = device.remembered().language
    if remembered in LANGUAGES:
        return str(remembered)
    browser = (st.context.locale or "").partition("-")[0].lower()
    return browser if browser in LANGUAGES else LANGUAGES[0]


def say(key: str, /, **values: object) -> str:
    """The text `key` in the language of this visit."""
    return text(key, current(), **values)


def switch(*, key: str) -> None:
    """Draw the button that turns to the other language."""
    here = current()
    other = next(language for language in LANGUAGES if language != here)
    st.button(
        text("language.name", other),
        key=key,
        type="tertiary",
        help=text("language.to", other),
        on_click=_turn_to,
        args=(other,),
    )


def _turn_to(language: str) -> None:
    # Before the page, not where the button stands: that is drawn last, in the language which is no more.
    st.session_state[KEY] = language
    device.remember(language=language)
    st.session_state[TURNED_KEY] = language
