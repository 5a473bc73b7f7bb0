"""Creating an account: signed in at once, with what was picked in the demo."""

from html import escape

import streamlit as st

from adapters import mail
from ui import account, frame
from ui.join_form import join_form
from ui.language import say

frame.guard()
visit = frame.enter(say("register.title"), waits_for_data=False)
account.leave_members()

st.html(f"<h2 class='cb-h2'>{escape(say('register.title'))}</h2><p class='cb-small'>{escape(say('register.why'))}</p>")
if not mail.can_send():
    # Before it is too late: without mails nobody who forgets a password is let in again by themselves.
    st.html(f"<div class='cb-lines'><p class='cb-small'>{escape(say('profile.no_mail'))}</p></div>")
if made := join_form(visit):
    frame.say_next(say("register.welcome", name=made.name))
    # Where the code is typed that the mail brings.
    st.switch_page("pages/profile.py" if mail.can_send() else frame.HOME)
st.html(
    f"<p class='cb-small'>{escape(say('register.privacy'))}</p>"
    f"<p class='cb-ways'><a class='cb-go' href='login'>{escape(say('register.have_one'))}</a></p>"
    f"{frame.data_line(visit)}"
)
