"""What surrounds every page: guard, style, navigation, and the state of the data in one line."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from copy import copy
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from html import escape
from typing import Any
from uuid import uuid4

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager

import child
from adapters import monitor
from errors import DatabaseUnavailable
from services import shared
from services.accounts import Account
from services.data_state import DataKind, DataState
from session import is_unanswered
from settings import now, settings
from texts import formats, text
from ui import account, device, sheets, turns, visit_count
from ui.ended import PageEnded, end_page
from ui.language import current, decided, say, switch
from ui.lost import note_address
from ui.plain import plain

log = logging.getLogger(__name__)

# Of one run, not of a visit: each run in which a page comes without the router is sent back to it.
_is_routed: ContextVar[bool] = ContextVar("is_routed", default=False)
# Where the page of this run, if it got that far, leaves room for what is drawn after it.
_head: ContextVar[list[Any]] = ContextVar("head")
HOME = "pages/search.py"
SAID_KEY = "said_next"
VISIT_KEY = "visit_id"
WAIT_S = 1.0
OLD_EXTRACT = timedelta(days=2)


@dataclass(frozen=True)
class Tab:
    """An entry of the bar."""

    path: str
    """Empty for the first page."""
    title: str
    icon: str


@dataclass(frozen=True)
class Visit:
    """What a page needs to know to draw itself."""

    now: datetime
    state: DataState
    language: str
    account: Account | None = None
    """Who is signed in; None for a stranger."""

    @property
    def as_of(self) -> datetime:
        """The moment at which prices are judged stale: an old extract is judged by its own date, and says so."""
        return min(self.now, self.state.extract_at or self.now)

    def say(self, key: str, /, **values: object) -> str:
        """The text `key` in the language of this visit, without finding out again which that is."""
        return text(key, self.language, **values)


def guard() -> None:
    """Let a page run only below home.py. Each page's first statement.

    In a fresh process Streamlit runs the file of a deep link by itself, without the router, while it believes in
    its folder of pages; this ends that belief and starts the run again (docs/adr/0005-a-guard-in-every-page.md).
    """
    if not _is_routed.get():
        PagesManager.uses_pages_directory = False
        note_address()
        st.rerun()


def page(file: str, title: str, path: str, *, is_first: bool = False) -> Any:
    """A page of the site by its file and its address; `path` is empty for the first one."""
    # Streamlit looks for the file anew each time: a twentieth of a run. A page runs once, so each run has its own.
    return copy(_page(file, title, path, is_first))


@contextmanager
def begun() -> Iterator[Account | None]:
    """Begin a run: its language and its person are found out once, until the block ends. Called by home.py alone."""
    monitor.begin("pages")
    with turns.taken(), decided(), account.asked() as person:
        try:
            yield person
        finally:
            visit_count.count()


def router(bar: Sequence[Tab], chosen: Any) -> None:
    """Draw the frame around the chosen page and run it: called once a run, by home.py alone."""
    language = current()
    st.html(f"{sheets.style('style')}<script>{sheets.scripts(language)}</script>", unsafe_allow_javascript=True)
    with st.bottom:
        # Here, where it moves nothing of the page; before it, as whoever sees a page of theirs may leave it at once.
        account.hand_over()
    # Before the page for what a callback decided, as a page may stop; after it for what the page itself decided.
    device.write_owed()
    if said := st.session_state.pop(SAID_KEY, ""):
        st.toast(plain(said), icon=":material/check:", duration="long")
    account.keep_language()
    token, head = _is_routed.set(True), _head.set([])
    try:
        with suppress(PageEnded):
            chosen.run()
    except Exception as error:  # noqa: BLE001 - the outermost loop of a page: below it there is only Streamlit's own text
        failure(error)
    finally:
        _is_routed.reset(token)
    device.write_owed()
    # After the page: where many come at once, prices are what they wait for.
    for container in _head.get():
        with container:
            switch(key="switch_language")
    _head.reset(head)
    _navigation(bar, chosen.title)


def say_next(words: str) -> None:
    """Say this on the page that comes next: what is drawn before a change of pages is not seen."""
    st.session_state[SAID_KEY] = words


def failure(error: Exception) -> None:
    """Log what went wrong under an id; the visitor reads the id and plain words, never the details.

    A base that does not answer, also in the middle of a deed, has words of its own.
    """
    if is_unanswered(error):
        log.error("the base did not answer a page, visit=%s", _visit_id(), exc_info=error)
        words = "state.no_database" if isinstance(error, DatabaseUnavailable) else "state.not_kept"
        st.error(say(words), icon=":material/cloud_off:")
        return
    error_id = uuid4().hex[:8]
    log.error("a page failed, error_id=%s visit=%s", error_id, _visit_id(), exc_info=error)
    st.error(say("state.failure", id=error_id), icon=":material/error:")


def _visit_id() -> str:
    # By chance and for this tab alone: it says which failures are one visitor's, and nothing of whose.
    return str(st.session_state.setdefault(VISIT_KEY, uuid4().hex[:8]))


def enter(title: str, *, lead: str = "", style: str = "", waits_for_data: bool = True) -> Visit:
    """Begin a page: the head of the screen, its title for those who listen, `lead` (HTML), the state of the data.

    `style` names a style sheet beside style.css that only this page needs.

    A page that `waits_for_data` goes no further while the base is empty: the reader sees the progress instead, and
    the page by itself as soon as prices are there. Raises DatabaseUnavailable.
    """
    guard()
    head = st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", key="head")
    head.html(f"<div class='cb-brand'>Carbur<b>oam</b></div><h1 class='cb-sr'>{escape(title)}</h1>")
    _head.get([]).append(head)
    if style:
        st.html(sheets.style(style))
    if settings().start_etl:
        child.start()
    state = shared.state()
    visit = Visit(now(), state, current(), account.current())
    if above := lead + _notice(visit):
        st.html(f"<div class='cb-lines'>{above}</div>")
    if state.kind is DataKind.NONE and waits_for_data:
        _wait_for_data()
        end_page()
    return visit


def _notice(visit: Visit) -> str:
    """What a reader must know before any price: that it is an example, or of long ago."""
    title, why = "", ""
    if visit.state.kind is DataKind.SAMPLE:
        title, why = visit.say("state.sample"), visit.say("state.sample_why")
    elif visit.state.extract_at and visit.now - visit.state.extract_at > OLD_EXTRACT:
        day = formats.day(visit.state.extract_at, visit.language)
        title, why = visit.say("state.old_title"), visit.say("state.old_why", day=day)
    return title and f"<div class='cb-notice' role='status'><b>{escape(title)}</b> {escape(why)}</div>"


def data_line(visit: Visit) -> str:
    """The date and extent of the data in one line of HTML; honest when they are old, an example or missing.

    A wide screen shows it in the sidebar instead.
    """
    return f"<p class='cb-data cb-narrow'>{state_in_words(visit)}</p>"


def state_in_words(visit: Visit) -> str:
    """The state of the data as HTML."""
    state, language = visit.state, visit.language
    if state.kind is DataKind.NONE or state.extract_at is None:
        return escape(say("state.none"))
    when = f"{formats.day(state.extract_at, language)}, {formats.clock(state.extract_at, language)}"
    words = escape(say("state.line", when=when, stations=formats.number(state.stations, language)))
    if state.kind is DataKind.SAMPLE:
        return f"<b class='cb-warn'>{escape(say('state.sample'))}</b> · {words}"
    if state.is_late and state.confirmed_at:
        late = say("state.late", age=formats.age(state.confirmed_at, visit.now, language))
        return f"{words} · <b class='cb-warn'>{escape(late)}</b>"
    if (visit.now - state.extract_at).days >= 1:
        old = say("state.old", age=formats.age(state.extract_at, visit.now, language))
        return f"{words} · <b class='cb-warn'>{escape(old)}</b>"
    return words


def _navigation(bar: Sequence[Tab], here: str) -> None:
    # Our own links in one piece each: as elements of Streamlit's they cost a quarter of the page.
    links = "".join(_link(tab, is_here=tab.title == here) for tab in bar)
    with st.bottom:
        st.html(f"<nav class='cb-tabbar'>{links}</nav>")
    with st.sidebar:
        st.html(
            f"<div class='cb-brand cb-brand-side'>Carbur<b>oam</b></div><nav class='cb-side'>{links}</nav>"
            f"<p class='cb-data'>{_side_line()}</p>"
        )


def _side_line() -> str:
    try:
        return state_in_words(Visit(now(), shared.state(), current()))
    except Exception:  # noqa: BLE001 - whatever it is, the page will meet it too and say it; the frame stands
        return ""


def _link(tab: Tab, *, is_here: bool) -> str:
    here = " aria-current='page'" if is_here else ""
    return (
        f"<a class='cb-go' href='{tab.path or './'}'{here}>"
        f"<i class='cb-icon' aria-hidden='true' data-sign='{tab.icon}'></i><span>{escape(tab.title)}</span></a>"
    )


@st.fragment(run_every=WAIT_S)
def _wait_for_data() -> None:
    state = shared.state()
    if state.kind is not DataKind.NONE:
        st.rerun()
    failed = state.last_outcome is not None and not state.is_running
    with st.container(key="waiting"):
        st.html(
            f"<div class='cb-wait' role='status'><div class='cb-pump' aria-hidden='true'></div>"
            f"<b>{escape(say('state.loading'))}</b>"
            f"<p>{escape(say('state.loading_failed' if failed else 'state.loading_why'))}</p></div>"
        )


@cache
def _page(file: str, title: str, path: str, is_first: bool) -> Any:  # noqa: FBT001 - the key of a cache
    return st.Page(file, title=title, url_path=path, default=is_first)
