"""The logs of the child: listed, followed as they grow, searched, taken away, removed."""

from html import escape

import streamlit as st

from errors import LogUnknown
from services import logs
from services.accounts import Account
from services.logs import LogFile
from ui import account
from ui.admin_download import download
from ui.admin_words import begin_anew, heading, is_sure, note, size, tried, way, ways, when
from ui.frame import Visit
from ui.language import say

LIVE_S = 2.0
SHOWN_LINES = 200
MOST_SHOWN_FILES = 30
# A log of a gigabyte would fill the memory of the server: its end is what one wants.
MOST_TAKEN = 20 << 20


def logs_block(person: Account, visit: Visit) -> None:
    """The list, or the log that the address names."""
    name = st.query_params.get("log")
    found = {file.name: file for file in logs.files()}
    if name is None:
        _list(list(found.values()), visit)
    elif name in found:
        _sheet(found[name], person, visit)
    else:
        st.error(say("admin.log_unknown"), icon=":material/error:")


def _list(found: list[LogFile], visit: Visit) -> None:
    heading(say("admin.logs"))
    if not found:
        note(say("admin.logs_none"))
        return
    ways(
        way(
            _title(file, visit), f"{when(file.changed_at, visit)} · {size(file.size, visit)}", part="etl", log=file.name
        )
        for file in found[:MOST_SHOWN_FILES]
    )


def _sheet(file: LogFile, person: Account, visit: Visit) -> None:
    heading(_title(file, visit))
    note(f"{file.name} · {size(file.size, visit)}")
    words = st.text_input(say("admin.log_search"), key="admin_log_search", placeholder=say("admin.log_search"))
    if words.strip():
        tried(lambda: st.html(_lines(logs.search(file.name, words), visit)), visit)
    else:
        is_live = st.toggle(say("admin.log_live"), value=True, key="admin_log_live")
        (_follow if is_live else _tail)(file.name, visit)
    download(
        say("admin.log_download"),
        lambda: last_bytes(file),
        file_name=file.name,
        mime="text/plain",
        key="admin_log_download",
    )
    if is_sure(
        "log",
        ask=say("admin.log_remove"),
        warning=say("admin.log_remove_why"),
        yes=say("admin.log_remove_yes"),
        icon=":material/delete:",
    ) and tried(lambda: logs.remove(file.name, actor=person.username, now=visit.now), visit):
        del st.query_params["log"]
        begin_anew(say("admin.log_removed", name=file.name))


@st.fragment(run_every=LIVE_S)
def _follow(name: str, visit: Visit) -> None:
    account.require_admin()
    _tail(name, visit)


def _tail(name: str, visit: Visit) -> None:
    try:
        st.html(_lines(logs.tail(name)[-SHOWN_LINES:], visit))
    except LogUnknown:
        st.html(f"<p class='cb-small'>{escape(visit.say('admin.log_unknown'))}</p>")


def _lines(lines: list[str], visit: Visit) -> str:
    if not lines:
        return f"<p class='cb-small'>{escape(visit.say('admin.log_nothing'))}</p>"
    label = escape(visit.say("admin.log_lines"), quote=True)
    # The newest first: a phone shows the beginning.
    rows = "".join(f"<li>{escape(line)}</li>" for line in reversed(lines))
    return f"<ol class='cb-log' tabindex='0' role='region' aria-label='{label}'>{rows}</ol>"


def last_bytes(file: LogFile) -> bytes:
    """The end of the file, or all of it."""
    start, taken = max(0, file.size - MOST_TAKEN), bytearray()
    while len(taken) < MOST_TAKEN and (piece := logs.piece(file.name, start=start + len(taken))):
        taken += piece
    return bytes(taken[:MOST_TAKEN])


def _title(file: LogFile, visit: Visit) -> str:
    return visit.say("admin.log_errors" if file.name.startswith("stderr") else "admin.log_output")
