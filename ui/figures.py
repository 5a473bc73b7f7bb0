"""A figure that a person types: with a comma or a point, with spaces or without, whatever their telephone offers."""

import re

import streamlit as st

from ui.language import current
from ui.profile_section import field

Place = tuple[float | None, st.delta_generator.DeltaGenerator]
"""What was typed in a field, and where to say that it cannot be."""
NO_FIGURE = -1.0
"""What stands for words that are no figure: refused by every field like a figure that is too low."""

_SPACE = re.compile(r"\s")
_FIGURE = re.compile(r"\d{1,9}(?:\.\d{0,6})?", re.ASCII)


def figure(label: str, *, key: str, told: float | None, empty: str, form: str = "%g") -> Place:
    """A field that may be left out: what is typed, and a place under it to say why it cannot be.

    `told` is what the person said before, `empty` what stands in an empty field.
    """
    key = field(key)
    # Set once: what was typed stays, whatever another tab keeps meanwhile.
    st.session_state.setdefault(key, "" if told is None else written(told, form, current()))
    typed = st.text_input(label, key=key, placeholder=empty, autocomplete="off")
    return read(typed), st.container()


def written(figure: float, form: str, language: str) -> str:
    """A figure as its field shows it.

    >>> written(6.5, "%g", "fr"), written(1.7, "%.3f", "en")
    ('6,5', '1.700')
    """
    shown = form % figure
    return shown.replace(".", ",") if language == "fr" else shown


def read(typed: str) -> float | None:
    """The figure in these words: None where there are none, NO_FIGURE where they are something else.

    >>> read("6,5"), read(" 12 000 "), read("1.659"), read("")
    (6.5, 12000.0, 1.659, None)
    >>> read("six") == read("1e9") == read("6,5,5") == NO_FIGURE
    True
    """
    plain = _SPACE.sub("", typed).replace(",", ".")
    if not plain:
        return None
    return float(plain) if _FIGURE.fullmatch(plain) else NO_FIGURE
