"""Somebody who follows stations, with an account or without: what pages draw and change, whoever keeps it."""

import logging
from collections.abc import Callable, Sequence
from typing import Protocol

import streamlit as st

from errors import AccountGone, CarburoamError, StationUnknown, TooManyStations
from records import Fuel
from services.cars import Car, Home
from services.following import MOST_STATIONS, Followed
from ui import demo_state
from ui.frame import Visit
from ui.language import say
from ui.member import Member

log = logging.getLogger(__name__)

PROBLEM_KEY = "following_problem"


class Follower(Protocol):
    """What somebody follows, in their order. What they did in another tab shows from the next run on.

    A verb raises TooManyStations, StationUnknown, AccountGone or DatabaseUnavailable; what is done already is done.
    """

    @property
    def stations(self) -> Sequence[Followed]: ...
    @property
    def fuels(self) -> Sequence[Fuel]:
        """In the order of the picker."""
        ...

    @property
    def car(self) -> Car: ...
    @property
    def home(self) -> Home | None: ...
    @property
    def removed(self) -> Followed | None:
        """The station removed last in this visit, which `undo` brings back."""
        ...

    def add(self, station_id: int) -> None: ...
    def rename(self, station_id: int, name: str) -> None: ...
    def move(self, station_id: int, to: int) -> None: ...
    def remove(self, station_id: int) -> None: ...
    def undo(self) -> None: ...
    def choose_fuels(self, fuels: Sequence[Fuel]) -> None: ...


def follower(visit: Visit) -> Follower:
    """Who follows in this visit: the person with their account; without one the demo, begun where there is none."""
    return Member(visit.account.id) if visit.account else demo_state.demo(visit)


def known_follower(visit: Visit) -> Follower | None:
    """The same, but a demo is not begun by looking."""
    return Member(visit.account.id) if visit.account else demo_state.begun(visit)


def tried(verb: Callable[..., None], *facts: object) -> None:
    """Do it, as a callback; why it cannot be is said by the page that comes then."""
    try:
        verb(*facts)
    except CarburoamError as error:
        log.info("following: %s", error)
        st.session_state[PROBLEM_KEY] = in_words(error)


def say_problem() -> None:
    """Draw why the last wish could not be, once."""
    if problem := st.session_state.pop(PROBLEM_KEY, ""):
        st.error(problem, icon=":material/error:")


def in_words(error: CarburoamError) -> str:
    """Why it cannot be."""
    match error:
        case TooManyStations():
            return say("following.too_many", most=MOST_STATIONS)
        case StationUnknown():
            return say("following.unknown")
        case AccountGone():
            return say("following.signed_out")
        case _:
            return say("following.later")
