"""How a page ends before its last line: what surrounds it is still drawn, which `st.stop()` would not let be."""

from typing import NoReturn


class PageEnded(BaseException):
    """Not an error, and not caught as one: `ui.frame.router` waits for it."""


def end_page() -> NoReturn:
    """Go no further with this page."""
    raise PageEnded
