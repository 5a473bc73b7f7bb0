"""Choose one fuel, or several to follow."""

from collections.abc import Collection
from html import escape

import streamlit as st

from records import Fuel
from ui.kept import kept_pills
from ui.language import current, say

# The order in which most drivers look for theirs.
ORDER = (Fuel.DIESEL, Fuel.E10, Fuel.SP98, Fuel.SP95, Fuel.E85, Fuel.LPG)
DEFAULT = Fuel.DIESEL


def fuel_picker(*, key: str, default: Fuel = DEFAULT) -> Fuel:
    """Draw the row of fuels and return the one chosen."""
    return kept_pills(say("fuel.label"), ORDER, key=key, default=default, format_func=fuel_name)


def fuels_picker(default: Collection[Fuel], *, key: str) -> list[Fuel]:
    """Draw the choice of fuels to follow; those chosen, in the order of the picker."""
    if key not in st.session_state:
        st.session_state[key] = [fuel for fuel in ORDER if fuel in default]
    chosen = st.pills(
        say("fuel.label"),
        ORDER,
        selection_mode="multi",
        format_func=fuel_name,
        key=key,
        persist_state="session",
        label_visibility="collapsed",
        width="stretch",
    )
    return [fuel for fuel in ORDER if fuel in (chosen or [])]


def fuel_name(fuel: Fuel) -> str:
    """The fuel's name at the pump."""
    return say(f"fuel.{fuel.name.lower()}")


def fuel_help() -> str:
    """What the names at the pump mean, in a line of HTML; a French driver has read them all their life."""
    return "" if current() == "fr" else f"<p class='cb-small'>{escape(say('fuel.help'))}</p>"
