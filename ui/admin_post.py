"""Mails on their way and codes that were given out, in the console."""

from datetime import UTC, datetime

import streamlit as st

from adapters.mail import can_send
from services import admin_post
from services.accounts import Account
from services.admin_post import Letter
from session import reading
from ui.admin_words import begin_anew, heading, more, note, number, table, tried, when
from ui.frame import Visit
from ui.language import say

LONGEST_SUBJECT = 60


def post_part(person: Account, visit: Visit) -> None:
    """Draw the section."""
    # Mails and codes are judged each by the clock that made them.
    real = datetime.now(UTC)
    with reading() as session:
        post = admin_post.post(session)
        letters = admin_post.letters(session)
        codes = admin_post.codes(session, now=visit.now)
    if not can_send():
        st.warning(say("admin.mail_none"), icon=":material/unsubscribe:")
    figures = [
        (say("admin.mail_waiting"), number(post.waiting, visit)),
        (say("admin.mail_failing"), number(post.failing, visit)),
        (say("admin.mail_given_up"), number(post.given_up, visit)),
        (say("admin.mail_sent"), number(post.sent, visit)),
    ]
    st.html(table(say("admin.mail_queue"), [], figures))
    if post.waiting and st.button(
        say("admin.mail_retry"), key="admin_mail_retry", icon=":material/send:", type="primary", width="stretch"
    ):
        pushed: list[int] = []
        if tried(lambda: pushed.append(admin_post.retry(actor=person.username, now=real)), visit):
            begin_anew(say("admin.mail_retried", count=number(pushed[0], visit)))
    if letters:
        heading(say("admin.mail_not_arrived"))
        st.html("".join(_letter(letter, visit) for letter in letters))
    if post.given_up:
        note(say("admin.mail_given_up_why"))
    heading(say("admin.codes"))
    rows = [
        (say("admin.codes_good"), number(codes.good, visit)),
        (say("admin.codes_expired"), number(codes.expired, visit)),
        (say("admin.codes_old"), number(codes.old, visit)),
    ]
    st.html(table(say("admin.codes_caption"), [], rows))
    note(say("admin.codes_why"))
    is_asked = st.button(
        say("admin.codes_flush"),
        key="admin_codes_flush",
        icon=":material/mop:",
        width="stretch",
        disabled=not codes.old,
    )
    if is_asked and tried(lambda: admin_post.flush_codes(actor=person.username, now=visit.now), visit):
        begin_anew(say("admin.codes_flushed"))


def _letter(letter: Letter, visit: Visit) -> str:
    mark = "bad" if letter.failed_at else "doubtful" if letter.error else "well"
    state = visit.say("admin.mail_is_given_up" if letter.failed_at else "admin.mail_waits")
    facts = [
        (visit.say("admin.mail_subject"), letter.subject[:LONGEST_SUBJECT]),
        (visit.say("admin.mail_written"), when(letter.created_at, visit)),
        (visit.say("admin.mail_tries"), number(letter.tries, visit)),
        (visit.say("admin.mail_error"), letter.error or "—"),
    ]
    if letter.failed_at is None:
        facts.append((visit.say("admin.mail_due"), when(letter.due_at, visit)))
    return more(f"{letter.recipient} · {state}", table(visit.say("admin.mail_one", id=letter.id), [], facts), mark=mark)
