"""What the sections of the console have in common: tables, moments and sizes in words, deeds and their refusals."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from html import escape
from urllib.parse import urlencode

import streamlit as st

from errors import (
    BackupRefused,
    CarburoamError,
    ConsoleError,
    DatabaseUnavailable,
    LastAdmin,
    SignInRefused,
    StoreUnavailable,
)
from texts import formats
from texts.formats import PAGE_TIME
from ui.frame import Visit
from ui.language import say
from ui.plain import plain
from ui.profile_section import explained

DONE = "admin_done"
SURE = "admin_sure"
PAGE = "admin"
KILO = 1024
MINUTE_S, HOUR_S = 60, 3600
# The largest number that a key of a table can be.
MOST_ID = 2**63 - 1
# What the console says in words of its own, as it is not always oneself that it is about.
WORDS: dict[type[CarburoamError], str] = {
    DatabaseUnavailable: "admin.busy",
    LastAdmin: "admin.last_admin",
    StoreUnavailable: "admin.store_away",
}

Row = Sequence[object]


def heading(words: str) -> None:
    """The title of a block."""
    st.html(f"<h2 class='cb-h2'>{escape(words)}</h2>")


def note(words: str) -> None:
    """A line in small letters."""
    st.html(f"<p class='cb-small'>{escape(words)}</p>")


def table(caption: str, heads: Sequence[str], rows: Iterable[Row], *, is_wide: bool = False) -> str:
    """A table as HTML, every cell escaped. One that `is_wide` scrolls within itself, so that the page does not."""
    head = "".join(f"<th scope='col'>{escape(words)}</th>" for words in heads)
    top = f"<thead><tr>{head}</tr></thead>" if heads else ""
    body = "".join(_row(row) for row in rows)
    style = "cb-table cb-wide" if is_wide else "cb-table cb-facts"
    made = f"<table class='{style}'><caption>{escape(caption)}</caption>{top}<tbody>{body}</tbody></table>"
    # Whoever has no pointer scrolls it by its focus.
    label = escape(caption, quote=True)
    return f"<div class='cb-scroll' role='region' tabindex='0' aria-label='{label}'>{made}</div>" if is_wide else made


def _row(row: Row) -> str:
    first, *others = (escape(str(cell)) for cell in row)
    return f"<tr><th scope='row'>{first}</th>{''.join(f'<td>{cell}</td>' for cell in others)}</tr>"


def more(caption: str, inside: str, *, mark: str = "") -> str:
    """What opens at a tap, as HTML; `caption` and `mark` are text, `inside` is HTML."""
    dot = f"<i class='cb-dot cb-is-{mark}'></i>" if mark else ""
    return f"<details class='cb-more'><summary>{dot}<span>{escape(caption)}</span></summary>{inside}</details>"


def way(words: str, detail: str = "", **asked: object) -> str:
    """A row that leads elsewhere in the console, as HTML."""
    span = f"<span>{escape(detail)}</span>" if detail else ""
    return f"<li><a class='cb-go' href='{address(**asked)}'><b>{escape(words)}</b>{span}</a></li>"


def ways(rows: Iterable[str]) -> None:
    """Rows made by `way`."""
    st.html(f"<ul class='cb-doors'>{''.join(rows)}</ul>")


def back(words: str, **asked: object) -> None:
    """The way back to the list that a sheet was opened from."""
    st.html(f"<p class='cb-ways'><a class='cb-go' href='{address(**asked)}'>‹ {escape(words)}</a></p>")


def address(**asked: object) -> str:
    """An address within the console, escaped for an attribute."""
    return escape(f"{PAGE}?{urlencode(asked)}", quote=True)


def asked_number(name: str) -> int | None:
    """A number of the address; None where it is none."""
    written = st.query_params.get(name, "")
    is_number = written.isascii() and written.isdigit() and len(written) < len(str(MOST_ID))
    return int(written) if is_number else None


def when(moment: datetime, visit: Visit) -> str:
    """A moment in Paris, without its year unless it is another one's."""
    local = moment.astimezone(PAGE_TIME)
    is_near = abs((visit.now - moment).days) < 180  # noqa: PLR2004 - half a year: no month is there twice
    day = formats.short_day(local.date(), visit.language) if is_near else formats.day(moment, visit.language)
    return f"{day}, {formats.clock(moment, visit.language)}"


def size(number: int, visit: Visit) -> str:
    """Bytes in a unit that people read."""
    if number < KILO:
        return visit.say("admin.bytes", count=number)
    value, unit = number / KILO, "kb"
    if value >= KILO:
        value, unit = value / KILO, "mb"
    return visit.say(f"admin.bytes_{unit}", count=formats.tenth(value, visit.language))


def duration(seconds: float, visit: Visit) -> str:
    """A length of time."""
    if seconds < MINUTE_S:
        return visit.say("admin.seconds", count=formats.tenth(seconds, visit.language))
    if seconds < HOUR_S:
        return visit.say("admin.minutes", minutes=int(seconds // MINUTE_S), seconds=int(seconds % MINUTE_S))
    return visit.say("admin.hours", hours=int(seconds // HOUR_S), minutes=int(seconds % HOUR_S // MINUTE_S))


def number(value: float, visit: Visit) -> str:
    """A whole number with its thousands set apart."""
    return formats.number(round(value), visit.language)


def tried(verb: Callable[[], object], visit: Visit) -> bool:
    """Do it; where it is refused say why. Whether it was done."""
    try:
        verb()
    except CarburoamError as error:
        st.error(plain(in_words(error, visit)), icon=":material/error:")
        return False
    return True


def in_words(error: CarburoamError, visit: Visit) -> str:
    """Why it cannot be. Raises the error itself where nobody has words for it."""
    if key := WORDS.get(type(error)):
        return say(key)
    match error:
        case BackupRefused():
            return say(f"admin.backup_{error.reason}")
        case ConsoleError() if isinstance(error.__cause__, SignInRefused):
            return say("problem.password_wrong")
        case ConsoleError():
            # Written for an admin to read.
            return say("admin.refused", why=str(error))
        case _:
            return explained(error, visit)


def begin_anew(done: str) -> None:
    """Run again, and say what was done."""
    st.session_state[DONE] = done
    st.session_state.pop(SURE, None)
    st.rerun()


def say_what_was_done() -> None:
    """Said once."""
    if done := st.session_state.pop(DONE, ""):
        st.success(plain(done), icon=":material/check:")


def is_sure(deed: str, *, ask: str, warning: str, yes: str, icon: str) -> bool:
    """Draw a button that asks again; whether the second one was pressed. `deed` names it within the console."""
    if st.session_state.get(SURE) != deed:
        if st.button(ask, key=f"admin_ask_{deed}", icon=icon, width="stretch"):
            st.session_state[SURE] = deed
            st.rerun()
        return False
    with st.container(key="admin_sure"):
        st.warning(plain(warning), icon=":material/warning:")
        is_yes = st.button(yes, key=f"admin_yes_{deed}", icon=icon, type="primary", width="stretch")
        if st.button(say("admin.keep"), key=f"admin_no_{deed}", width="stretch"):
            del st.session_state[SURE]
            st.rerun()
    return is_yes
