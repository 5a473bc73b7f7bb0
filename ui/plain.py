"""Words of others where Streamlit reads Markdown: in the labels of its buttons and in its tooltips."""

import re

# What Markdown, or Streamlit's additions to it (colours, icons, emoji, formulas), gives a meaning anywhere.
MARKS = re.compile(r"[\\`*_\[\]<>~|$&:@]")
# What it gives one at the head of a line: lists, headings.
HEAD = re.compile(r"^(\d*)([#+\-=.)])")
# What is looked for when the escapes are gone already: an unseen character that joins keeps it apart.
LATE = re.compile(r"(?i)(\\:|\\@|www|https?)")
GLUE = "\u2060"


def plain(words: str) -> str:
    r"""The words, on one line, so that they are shown as they are.

    >>> plain("**12** rue du $"), plain("1. Orsay (91400)")
    ('\\*\\*12\\*\\* rue du \\$', '1\\. Orsay (91400)')
    >>> plain("Saint\u202eÉtienne\n  l'Ancien")
    "SaintÉtienne l'Ancien"
    """
    one_line = " ".join(words.split())
    # What turns the direction of writing round, and what has no form at all, is dropped; what joins emoji is not.
    shown = "".join(c for c in one_line if c.isprintable() or c == "\u200d")
    return HEAD.sub(r"\1\\\2", LATE.sub(rf"\1{GLUE}", MARKS.sub(r"\\\g<0>", shown)))
