"""Words of others in a label: every mark of Markdown is escaped, every letter stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.plain import GLUE, MARKS, plain


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=60))
def test_nothing_is_added_but_escapes_and_nothing_seen_is_lost(words: str):
    """What a reader sees is what was sent, on one line."""
    shown = plain(words)

    bare = shown.replace("\\\\", "\x00").replace("\\", "").replace("\x00", "\\").replace(GLUE, "")
    one_line = " ".join(words.split())
    assert bare == "".join(c for c in one_line if c.isprintable() or c == "\u200d")


@given(st.text(alphabet="*_[]()$:~`|<>&@\\ab1.#+-= ", max_size=40))
def test_every_mark_is_escaped(words: str):
    """Read from the left, a mark comes only after its escape."""
    rest = plain(words)
    while rest:
        if rest[0] == "\\":
            rest = rest[2:]
            continue
        assert not MARKS.match(rest)
        rest = rest[1:]


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("Orsay (91400)", "Orsay (91400)"),
        ("L'Haÿ-les-Roses", "L'Haÿ-les-Roses"),
        ("1. Orsay", r"1\. Orsay"),
        ("# Orsay", r"\# Orsay"),
        ("- Orsay", r"\- Orsay"),
        (":smile:", f"\\:{GLUE}smile\\:{GLUE}"),
        ("www.a.fr", f"www{GLUE}.a.fr"),
        ("x@a.fr", f"x\\@{GLUE}a.fr"),
        ("a\n\n    b", "a b"),
        ("\u202eyasrO", "yasrO"),
        ("\u202e", ""),
    ],
)
def test_what_a_label_gets(words: str, shown: str):
    """Names of towns as they are; marks escaped; what hides or turns round is dropped."""
    assert plain(words) == shown
