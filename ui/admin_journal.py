"""Who did what in the console, as the log that nobody can change tells it."""

from html import escape

import streamlit as st

from services import audit
from services.accounts import Account
from services.audit import HOST, Entry
from session import reading
from ui.admin_words import address, asked_number, back, note, when
from ui.frame import Visit
from ui.language import say

PAGE_OF = 50


def journal_part(_person: Account, visit: Visit) -> None:
    """The newest entries, or those before the one that the address names."""
    before = asked_number("before")
    with reading() as session:
        found = audit.entries(session, before=before, limit=PAGE_OF + 1)
    if before is not None:
        back(say("admin.newest"), part="journal")
    if not found:
        note(say("admin.journal_none"))
        return
    st.html(f"<ol class='cb-journal'>{''.join(_entry(entry, visit) for entry in found[:PAGE_OF])}</ol>")
    if len(found) > PAGE_OF:
        older = address(part="journal", before=found[PAGE_OF - 1].id)
        st.html(f"<p class='cb-ways'><a class='cb-go' href='{older}'>{escape(say('admin.older'))}</a></p>")


def _entry(entry: Entry, visit: Visit) -> str:
    actor = visit.say("admin.host") if entry.actor == HOST else entry.actor
    details = " · ".join(f"{key}: {value}" for key, value in entry.details.items())
    more = f"<small>{escape(details)}</small>" if details else ""
    return (
        f"<li><span>{escape(when(entry.at, visit))} · {escape(actor)}</span>"
        f"<b>{escape(entry.action)}</b> {escape(entry.target)}{more}</li>"
    )
