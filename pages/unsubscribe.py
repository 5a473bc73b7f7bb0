"""Where the link of a mail about prices leads: one button ends them, without a sign-in. Opening it changes nothing."""

from html import escape

import streamlit as st

from services import alerts
from session import changing
from ui import frame
from ui.language import say

frame.guard()
visit = frame.enter(say("unsubscribe.title"), waits_for_data=False)
st.html(f"<h2 class='cb-h2'>{escape(say('unsubscribe.title'))}</h2>")
token = st.query_params.get("t", "")
if st.session_state.get("unsubscribed") == token != "":
    st.success(say("unsubscribe.done"), icon=":material/check:")
elif token:
    st.html(f"<p>{escape(say('unsubscribe.why'))}</p>")
    if st.button(say("unsubscribe.do"), type="primary", width="stretch", key="unsubscribe"):
        with changing() as session:
            alerts.end(session, token)
        st.session_state["unsubscribed"] = token
        st.rerun()
else:
    st.info(say("unsubscribe.cut"), icon=":material/link_off:")
st.page_link("pages/profile.py", label=say("unsubscribe.profile"), icon=":material/person:")
st.html(frame.data_line(visit))
