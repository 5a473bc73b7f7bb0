"""The console of who runs this service: use, people, data, mails, backups, questions, and who did what."""

from html import escape

import streamlit as st

from ui import account, frame
from ui.admin_backups import backups_part
from ui.admin_etl import etl_part
from ui.admin_journal import journal_part
from ui.admin_people import people_part
from ui.admin_post import post_part
from ui.admin_query import query_part
from ui.admin_state import state_line
from ui.admin_use import use_part
from ui.admin_words import address, say_what_was_done
from ui.language import say

frame.guard()
PARTS = {
    "use": (use_part, say("admin.use")),
    "people": (people_part, say("admin.people")),
    "etl": (etl_part, say("admin.etl")),
    "mail": (post_part, say("admin.mail")),
    "backups": (backups_part, say("admin.backups")),
    "query": (query_part, say("admin.query")),
    "journal": (journal_part, say("admin.journal")),
}
visit = frame.enter(say("admin.title"), style="console", waits_for_data=False)
person = account.require_admin()

asked = st.query_params.get("part", "")
chosen = asked if asked in PARTS else "use"
state_line(visit)
here = " aria-current='page'"
links = "".join(
    f"<a class='cb-go' href='{address(part=name)}'{here if name == chosen else ''}>{escape(title)}</a>"
    for name, (_, title) in PARTS.items()
)
st.html(f"<nav class='cb-parts' aria-label='{escape(say('admin.title'), quote=True)}'>{links}</nav>")
say_what_was_done()
draw, _ = PARTS[chosen]
draw(person, visit)
