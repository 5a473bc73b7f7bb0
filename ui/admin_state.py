"""The line on top of the console: what is wrong is always seen, what is well opens at a tap."""

from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape

import streamlit as st

import child
from pipeline.run import GOOD
from services import admin_state
from services.admin_etl import Work
from services.admin_state import State
from services.data_state import LISTS, DataKind
from settings import settings
from texts import formats
from ui.admin_words import address, more, number
from ui.frame import Visit

WELL, DOUBTFUL, BAD = "well", "doubtful", "bad"


@dataclass(frozen=True)
class Fact:
    """Something that is well, doubtful or bad."""

    mark: str
    words: str
    part: str
    """The section that says more."""


def state_line(visit: Visit) -> None:
    """Draw it. Raises DatabaseUnavailable."""
    state = admin_state.look(now=visit.now)
    if state.has_shell:
        st.html(f"<div class='cb-alarm' role='status'>{escape(visit.say('admin.shell_on'))}</div>")
    if state.forgets:
        title, why = escape(visit.say("admin.forgets")), escape(visit.say("admin.forgets_why"))
        st.html(f"<div class='cb-alarm' role='status'><b>{title}</b> {why}</div>")
    facts = _facts(state, visit)
    wrong = [fact for fact in facts if fact.mark != WELL]
    well = [fact for fact in facts if fact.mark == WELL]
    all_well = more(visit.say("admin.all_well" if not wrong else "admin.rest_well"), _listed(well), mark=WELL)
    st.html(f"<div class='cb-state'>{_listed(wrong) if wrong else ''}{all_well if well else ''}</div>")


def _facts(state: State, visit: Visit) -> list[Fact]:
    facts = [_data(visit), _child(state, visit)]
    facts += [_runs(work, visit) for work in state.works if work.source not in LISTS]
    return [*facts, _mails(state, visit), _backup(state, visit)]


def _data(visit: Visit) -> Fact:
    data = visit.state
    if data.kind is not DataKind.REAL or data.extract_at is None:
        return Fact(BAD, visit.say("admin.data_none"), "etl")
    age = formats.age(data.confirmed_at or data.extract_at, visit.now, visit.language)
    return Fact(
        BAD if data.is_late else WELL, visit.say("admin.data_late" if data.is_late else "admin.data", age=age), "etl"
    )


def _child(state: State, visit: Visit) -> Fact:
    if state.is_deaf:
        return Fact(BAD, visit.say("admin.child_deaf"), "etl")
    if state.has_worker or child.is_alive():
        return Fact(WELL, visit.say("admin.child_alive"), "etl")
    # Here it starts again by itself; elsewhere it may be one that comes by the hour: late data say if it does not.
    is_here = settings().start_etl
    return Fact(BAD if is_here else DOUBTFUL, visit.say("admin.child_dead" if is_here else "admin.child_away"), "etl")


def _runs(work: Work, visit: Visit) -> Fact:
    if work.is_stopped:
        return Fact(DOUBTFUL, visit.say("admin.run_stopped"), "etl")
    if work.last is None:
        return Fact(DOUBTFUL, visit.say("admin.run_none"), "etl")
    age = formats.age(work.last.started_at, visit.now, visit.language)
    if work.last.outcome in GOOD:
        return Fact(WELL, visit.say("admin.run_good", age=age), "etl")
    return Fact(
        BAD, visit.say("admin.run_bad", age=age, outcome=visit.say(f"admin.outcome_{work.last.outcome}")), "etl"
    )


def _mails(state: State, visit: Visit) -> Fact:
    if state.post.failing:
        return Fact(BAD, visit.say("admin.mails_failing", count=number(state.post.failing, visit)), "mail")
    if state.post.given_up:
        return Fact(DOUBTFUL, visit.say("admin.mails_given_up", count=number(state.post.given_up, visit)), "mail")
    return Fact(WELL, visit.say("admin.mails", count=number(state.post.waiting, visit)), "mail")


def _backup(state: State, visit: Visit) -> Fact:
    if not state.has_store:
        return Fact(BAD, visit.say("admin.store_away"), "backups")
    if state.backup is None:
        return Fact(DOUBTFUL, visit.say("admin.backup_none_yet"), "backups")
    # Backups know the real time alone.
    real = datetime.now(UTC)
    age = formats.age(state.backup.made_at, real, visit.language)
    mark = DOUBTFUL if admin_state.is_old(state.backup, now=real) else WELL
    return Fact(mark, visit.say("admin.backup_age", age=age), "backups")


def _listed(facts: list[Fact]) -> str:
    rows = "".join(
        f"<li class='cb-is-{fact.mark}'><a class='cb-go' href='{address(part=fact.part)}'>"
        f"<i class='cb-dot cb-is-{fact.mark}'></i><span>{escape(fact.words)}</span></a></li>"
        for fact in facts
    )
    return f"<ul>{rows}</ul>"
