"""One button that follows a station, or no longer: with an account for good, without one in the demo."""

from html import escape

import streamlit as st

from ui import demo_state
from ui.follower import Follower, say_problem, tried
from ui.frame import Visit
from ui.language import say


def follow_button(station_id: int, who: Follower | None, visit: Visit, *, key: str) -> None:
    """Draw it. `who` is None for a stranger without a demo: the first station begins one."""
    say_problem()
    is_followed = who is not None and any(station.station_id == station_id for station in who.stations)
    if who is not None and is_followed:
        st.button(
            say("following.unfollow"),
            key=key,
            icon=":material/bookmark_remove:",
            width="stretch",
            on_click=tried,
            args=(who.remove, station_id),
        )
        if visit.account is None:
            st.html(
                f"<p class='cb-small'>{escape(say('following.in_demo'))} "
                f"<a class='cb-go' href='demo'>{escape(say('following.see_demo'))}</a></p>"
            )
        return
    add = _begin if who is None else who.add
    st.button(
        say("following.follow"),
        key=key,
        icon=":material/bookmark_add:",
        width="stretch",
        on_click=tried,
        args=(add, station_id) if who else (add, station_id, visit),
    )


def _begin(station_id: int, visit: Visit) -> None:
    demo_state.empty(visit).add(station_id)
