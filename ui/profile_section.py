"""A section of the profile: closed at first, its value beside its name; what was done, or refused, is said in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from typing import Any

import streamlit as st

from errors import (
    AccountGone,
    CarburoamError,
    ClaimRefused,
    CodeRefused,
    CredentialsCorrupt,
    LastAdmin,
    MailTaken,
    SignInRefused,
    StoreConflict,
)
from ui import refusals
from ui.frame import Visit
from ui.language import say
from ui.plain import plain

DONE = "profile_done"
TURN = "profile_turn"
TOP = "top"
# What a member's form can meet beyond what a stranger's can.
WORDS: dict[type[CarburoamError], str] = {
    SignInRefused: "problem.password_wrong",
    CodeRefused: "problem.code_refused",
    ClaimRefused: "problem.claim_refused",
    MailTaken: "problem.mail_taken",
    StoreConflict: "problem.conflict",
    CredentialsCorrupt: "problem.corrupt",
    AccountGone: "problem.gone",
    LastAdmin: "problem.last_admin",
}


@contextmanager
def section(name: str, *, icon: str, title: str, value: str = "", waits: bool = False) -> Iterator[bool]:
    """A drawer; the block is told whether it is open, and draws nothing where it is not.

    One that `waits` for the person is open from the beginning.
    """
    if waits:
        st.session_state.setdefault(_key(name), True)
    if DONE in st.session_state and st.session_state[DONE][0] == name:
        st.session_state[_key(name)] = True
    label = f"**{plain(title)}**" + (f" · {plain(value)}" if value else "")
    with st.expander(label, key=_key(name), icon=f":material/{icon}:", on_change="rerun") as drawer:
        _say_what_was_done(name)
        yield bool(drawer.open)


def note(words: str) -> None:
    """A line in small letters."""
    st.html(f"<p class='cb-small'>{escape(words)}</p>")


def announce(words: str) -> None:
    """That something was done, as HTML of ours: an address in it is copied as it is."""
    st.html(f"<p class='cb-done' role='status'>{escape(words)}</p>")


def say_what_was_done() -> None:
    """Say above all sections what a section that is gone since has done."""
    _say_what_was_done(TOP)


def begin_anew(name: str, done: str) -> None:
    """Run again with fresh fields, the section open, and say in it what was `done`."""
    st.session_state[TURN] = turn() + 1
    go_on(name, done)


def go_on(name: str, done: str) -> None:
    """Run again with the section open, and say in it what was `done`; what is typed here and elsewhere stays."""
    st.session_state[DONE] = (name, done)
    st.rerun()


def turn() -> int:
    """Part of the key of each field: a deed that went well leaves nothing typed behind."""
    return int(st.session_state.get(TURN, 0))


def field(name: str) -> str:
    """The key of a field."""
    return f"profile_{name}_{turn()}"


def refuse(error: CarburoamError, visit: Visit) -> None:
    """Say why it cannot be. Raises the error itself where nobody has words for it."""
    st.error(plain(explained(error, visit)), icon=":material/error:")


def explained(error: CarburoamError, visit: Visit) -> str:
    """Why it cannot be, in words."""
    key = WORDS.get(type(error))
    return say(key) if key else refusals.in_words(error, visit.now)


def tapped(key: str) -> None:
    """For `on_change`: note that the person chose it in this tab; another tab's choice is drawn, never written back."""
    st.session_state[f"{key}_tapped"] = st.session_state[key]


def choice(key: str, kept: object) -> Any:
    """What was tapped since the last run; None where nothing was, and the widget is then set to what is `kept`."""
    made = st.session_state.pop(f"{key}_tapped", None)
    if made is None:
        st.session_state[key] = kept
    return made


def _say_what_was_done(where: str) -> None:
    if (done := st.session_state.get(DONE)) and done[0] == where:
        del st.session_state[DONE]
        st.success(plain(done[1]), icon=":material/check:")


def _key(name: str) -> str:
    return f"profile_{name}"
