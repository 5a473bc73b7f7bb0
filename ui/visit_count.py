"""Counting the visit of this tab, once, after its first page is drawn."""

import streamlit as st

from services import visits
from settings import now

KEY = "visit_counted"


def count() -> None:
    """Count it, if nobody has yet."""
    if KEY not in st.session_state:
        st.session_state[KEY] = True
        agent = st.context.headers.get("User-Agent") or ""
        visits.note(address=st.context.ip_address or "", user_agent=agent, now=now())
