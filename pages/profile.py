"""A person's own account: what is known of them, and everything they can change, take away or end."""

from html import escape

import streamlit as st

from ui import account, frame
from ui.language import say
from ui.profile_alerts import MAIL_ANCHOR, alerts_section
from ui.profile_car import car_section
from ui.profile_choices import fuels_section, language_section
from ui.profile_claim import claim_section
from ui.profile_data import data_section, delete_section
from ui.profile_home import home_section
from ui.profile_identity import mail_section, name_section
from ui.profile_password import password_section
from ui.profile_section import say_what_was_done
from ui.profile_sessions import sessions_section

frame.guard()
visit = frame.enter(say("profile.title"), waits_for_data=False)
person = account.require()

with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", key="profile_top"):
    name, username = escape(person.name), escape(person.username)
    st.html(f"<div class='cb-person'><h2 class='cb-h2'>{name}</h2><span>{username}</span></div>")
    if st.button(say("profile.sign_out"), key="profile_sign_out", icon=":material/logout:"):
        account.sign_out()
        st.switch_page(frame.HOME)
say_what_was_done()
if person.is_admin:
    st.html(f"<p class='cb-ways'><a class='cb-go' href='admin'>{escape(say('admin.title'))}</a></p>")

# What they follow, and what savings are computed with.
fuels_section(person, visit)
car_section(person, visit)
home_section(person, visit)
alerts_section(person, visit)

# Who they are, and how they sign in.
name_section(person, visit)
st.html(f"<span id='{MAIL_ANCHOR}'></span>")
mail_section(person, visit)
password_section(person, visit)
language_section(person, visit)
sessions_section(person, visit)
claim_section(person, visit)
data_section(person, visit)
delete_section(person, visit)
st.html(frame.data_line(visit))
