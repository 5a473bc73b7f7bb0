"""Questions to the base, which only read; and, where the host allows it, commands and SQL that write."""

import streamlit as st

from adapters.storage import open_store
from services import admin_query, admin_shell
from services.accounts import Account
from services.admin_query import Answer
from services.admin_shell import Done
from services.exports import csv_bytes
from ui import account
from ui.admin_download import download
from ui.admin_words import duration, heading, note, number, table, tried
from ui.frame import Visit
from ui.language import say

SHOWN_ROWS = 100
ANSWER = "admin_answer"
OUTPUT = "admin_output"
TURN = "admin_shell_turn"
FIRST = "SELECT outcome, count(*) FROM etl_runs GROUP BY outcome"


def query_part(person: Account, visit: Visit) -> None:
    """Draw the section."""
    note(say("admin.query_why", rows=admin_query.MOST_ROWS, seconds=round(admin_query.MOST_S)))
    sql = st.text_area(say("admin.query_sql"), FIRST, key="admin_sql", height=120, max_chars=admin_query.MOST_SQL)
    if st.button(
        say("admin.query_run"), key="admin_sql_run", icon=":material/search:", type="primary", width="stretch"
    ):
        st.session_state.pop(ANSWER, None)
        found: list[Answer] = []
        if tried(lambda: found.append(admin_query.run(sql, actor=person.username, now=visit.now)), visit):
            st.session_state[ANSWER] = found[0]
    if ANSWER in st.session_state:
        _answer(st.session_state[ANSWER], visit)
    heading(say("admin.shell"))
    if admin_shell.is_on():
        _shell(person, visit)
    else:
        note(say("admin.shell_off"))


def _answer(answer: Answer, visit: Visit) -> None:
    found = visit.say("admin.query_found", rows=number(len(answer.rows), visit), time=duration(answer.seconds, visit))
    note(f"{found} {visit.say('admin.query_cut')}" if answer.is_cut else found)
    if not answer.rows:
        return
    rows = [["∅" if cell is None else cell for cell in row] for row in answer.rows[:SHOWN_ROWS]]
    st.html(table(visit.say("admin.query_answer"), answer.columns, rows, is_wide=True))
    if len(answer.rows) > SHOWN_ROWS:
        note(visit.say("admin.query_shown", rows=SHOWN_ROWS))
    download(
        say("admin.query_csv"),
        lambda: csv_bytes(answer.columns, answer.rows),
        file_name=f"carburoam-{visit.now:%Y%m%dT%H%M}.csv",
        mime="text/csv",
        key="admin_sql_csv",
    )


def _shell(person: Account, visit: Visit) -> None:
    kinds = {"shell": say("admin.shell_command"), "sql": say("admin.shell_sql")}
    with st.form("admin_shell", border=False, enter_to_submit=False):
        kind = st.radio(
            say("admin.shell_kind"), list(kinds), format_func=kinds.__getitem__, key="admin_shell_kind", horizontal=True
        )
        typed = st.text_area(
            say("admin.shell_typed"), key="admin_shell_typed", height=100, max_chars=admin_shell.LONGEST_COMMAND
        )
        password = st.text_input(
            say("admin.shell_password"),
            type="password",
            key=f"admin_shell_password_{st.session_state.get(TURN, 0)}",
            autocomplete="current-password",
        )
        is_asked = st.form_submit_button(say("admin.shell_run"), width="stretch", icon=":material/terminal:")
    if is_asked:
        st.session_state.pop(OUTPUT, None)
        done: list[Done] = []
        verb = admin_shell.run if kind == "shell" else admin_shell.write_sql

        def run() -> None:
            done.append(
                verb(
                    open_store(),
                    typed,
                    user_id=person.id,
                    password=password,
                    address=account.address(),
                    now=visit.now,
                )
            )

        with st.spinner(say("admin.shell_running")):
            is_done = tried(run, visit)
        if is_done:
            st.session_state[OUTPUT] = done[0]
            # Another field, so that the password is typed anew for each command.
            st.session_state[TURN] = st.session_state.get(TURN, 0) + 1
            st.rerun()
    if OUTPUT in st.session_state:
        _output(st.session_state[OUTPUT], visit)


def _output(done: Done, visit: Visit) -> None:
    lasted = duration(done.seconds, visit)
    ended = say("admin.shell_stopped") if done.code is None else say("admin.shell_ended", code=done.code, time=lasted)
    note(f"{ended} {say('admin.shell_cut')}" if done.is_cut else ended)
    st.code(done.output or "—", language=None, wrap_lines=True)
