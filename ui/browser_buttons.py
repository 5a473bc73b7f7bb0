"""Two buttons that need the browser itself: where am I, and share this page."""

from functools import cache
from html import escape
from pathlib import Path
from typing import Any

import streamlit as st

from ui.language import current, say
from ui.pictures import LOCATE

FRONTEND = Path(__file__).resolve().parent / "frontend"


def locate(*, key: str) -> tuple[float, float] | str | None:
    """Draw "around me". The answer of this run: a position (latitude, longitude), why there is none, or None."""
    result = _locate_button(say("place.around_me"), current())(
        key=key, data={"label": say("place.around_me")}, on_found_change=_noticed, on_refused_change=_noticed
    )
    if result.refused is not None:
        denied = 1
        return say("place.refused" if result.refused == denied else "place.not_found")
    if result.found is None:
        return None
    latitude, longitude = result.found
    return float(latitude), float(longitude)


def share(path: str, title: str) -> None:
    """Draw a button that shares the address `path` of this site; frontend/share.js, which every page has, does it."""
    facts = {"path": path, "title": title, "copied": say("share.copied")}
    data = " ".join(f"data-{name}='{escape(value, quote=True)}'" for name, value in facts.items())
    st.html(
        f"<button type='button' class='cb-share' {data}><i class='cb-icon' aria-hidden='true' data-sign='share'></i>"
        f"<span>{escape(say('share.button'))}</span></button>",
        width="content",
    )


@cache
def _locate_button(label: str, language: str) -> Any:
    # The label is there before the script is: a button without a name is no button to who cannot see its picture.
    return st.components.v2.component(
        f"carburoam_locate_{language}",
        html=(
            f"<button type='button'><svg viewBox='0 0 24 24' aria-hidden='true'>{LOCATE}</svg>"
            f"<span>{escape(label)}</span></button>"
        ),
        css=(FRONTEND / "button.css").read_text(encoding="utf-8"),
        js=(FRONTEND / "locate.js").read_text(encoding="utf-8"),
    )


def _noticed() -> None:
    """A trigger's value reaches the script only if someone listens."""
