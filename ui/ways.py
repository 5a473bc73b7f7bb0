"""Links beside each other that lead on from where a page ends, or to what it is for."""

from collections.abc import Mapping
from html import escape


def ways_html(ways: Mapping[str, str]) -> str:
    """The words of each way by its address within the site, as HTML; the first is the one most will take."""
    links = "".join(f"<a class='cb-go' href='{path}'>{escape(words)}</a>" for path, words in ways.items())
    return f"<nav class='cb-welcome'>{links}</nav>"
