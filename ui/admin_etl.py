"""The data in the console: who works, runs as they go, orders to them, how good what they brought is."""

from dataclasses import replace
from functools import partial
from html import escape

import streamlit as st

import child
from pipeline.run import GOOD
from services import admin_etl, admin_state
from services.accounts import Account
from services.admin_etl import Quality, Run, Work
from session import reading
from settings import now
from texts import formats
from ui import account
from ui.admin_chart import Series, bars
from ui.admin_logs import logs_block
from ui.admin_words import (
    address,
    asked_number,
    back,
    begin_anew,
    duration,
    heading,
    more,
    note,
    number,
    size,
    table,
    tried,
    when,
)
from ui.frame import Visit
from ui.fuel_picker import fuel_name
from ui.language import say

LIVE_S = 1.0
RUNS_SHOWN = 15
RUNS_DRAWN = 40
FEWEST_DRAWN = 3
USUAL_OF = 9
# The last runs that the page was drawn with: another one is worth drawing it anew.
SEEN = "admin_runs_seen"


def etl_part(person: Account, visit: Visit) -> None:
    """Draw the section."""
    if "log" in st.query_params or asked_number("before"):
        back(say("admin.etl"), part="etl")
    if "log" in st.query_params:
        logs_block(person, visit)
        return
    st.session_state.pop(SEEN, None)
    _live(visit)
    _orders(person, visit)
    _runs(visit)
    with reading() as session:
        quality = admin_etl.quality(session, as_of=visit.as_of)
    st.html(_quality(quality, visit))
    logs_block(person, visit)


@st.fragment(run_every=LIVE_S)
def _live(visit: Visit) -> None:
    """What goes on, each second; the whole page again when something ended."""
    account.require_admin()
    visit = replace(visit, now=now())
    with reading() as session:
        works = admin_etl.works(session, intervals=admin_state.intervals(), now=visit.now)
        workers = {worker.source: worker.holder for worker in admin_etl.workers(session)}
        usual = [run.seconds for run in admin_etl.runs(session, limit=USUAL_OF) if run.seconds]
        is_deaf = admin_etl.is_deaf(session, now=visit.now)
    is_alive = child.is_alive()
    alive = visit.say("admin.child_alive" if is_alive else "admin.child_not_here")
    cards = "".join(_work(work, workers.get(work.source, ""), usual, visit) for work in works)
    deaf = f"<p class='cb-bad'>{escape(visit.say('admin.child_deaf'))}</p>" if is_deaf else ""
    st.html(f"<div class='cb-works' aria-live='polite'><p class='cb-small'>{escape(alive)}</p>{deaf}{cards}</div>")
    seen = [work.last.id for work in works if work.last]
    if st.session_state.get(SEEN, seen) != seen:
        st.rerun()
    st.session_state[SEEN] = seen


def _work(work: Work, holder: str, usual: list[int], visit: Visit) -> str:
    name = escape(source_name(work.source, visit))
    rows = []
    if work.running is not None:
        rows.append(_progress(work.running, usual, visit))
    elif work.is_stopped:
        rows.append(f"<p class='cb-warn'>{escape(visit.say('admin.run_stopped'))}</p>")
    if work.last is not None:
        words = visit.say("admin.last_run", when=when(work.last.started_at, visit), outcome=_outcome(work.last, visit))
        rows.append(f"<p><i class='cb-dot cb-is-{_mark(work.last)}'></i>{escape(words)}</p>")
        if work.last.error and work.last.outcome not in GOOD:
            rows.append(f"<p class='cb-why'>{escape(work.last.error)}</p>")
    if work.next_at is not None and work.running is None:
        rows.append(f"<p>{escape(visit.say('admin.next_run', when=_soon(work, visit)))}</p>")
    if holder:
        rows.append(f"<p class='cb-small'>{escape(visit.say('admin.holder', holder=holder))}</p>")
    return f"<section class='cb-card'><h2 class='cb-h3'>{name}</h2>{''.join(rows)}</section>"


def _soon(work: Work, visit: Visit) -> str:
    assert work.next_at is not None  # noqa: S101 - asked by the caller
    is_due = work.next_at <= visit.now
    return visit.say("admin.at_once") if is_due else when(work.next_at, visit)


def _progress(run: Run, usual: list[int], visit: Visit) -> str:
    """How long it has been going, against how long it takes: what it does is in its log."""
    elapsed = max(0, int((visit.now - run.started_at).total_seconds()))
    mean = sorted(usual)[len(usual) // 2] if usual else 0
    words = visit.say("admin.running", since=duration(elapsed, visit))
    if mean:
        words += " " + visit.say("admin.running_usual", usual=duration(mean, visit))
    share = f" value='{min(elapsed, mean)}' max='{mean}'" if mean else ""
    return f"<p><b>{escape(words)}</b></p><progress aria-label='{escape(words, quote=True)}'{share}></progress>"


def _orders(person: Account, visit: Visit) -> None:
    with st.container(horizontal=True, key="admin_orders"):
        pressed = {
            admin_etl.RUN: st.button(
                say("admin.run_now"), key="admin_run", icon=":material/sync:", type="primary", width="stretch"
            ),
            admin_etl.STOP: st.button(say("admin.stop"), key="admin_stop", icon=":material/stop:", width="stretch"),
            admin_etl.RESTART: st.button(
                say("admin.restart"), key="admin_restart", icon=":material/restart_alt:", width="stretch"
            ),
        }
    note(say("admin.orders_why"))
    for action, is_pressed in pressed.items():
        if is_pressed:
            tried(partial(_order, action, person, visit), visit)


def _order(action: str, person: Account, visit: Visit) -> None:
    is_new = admin_etl.order(action, actor=person.username, now=visit.now)
    begin_anew(visit.say(f"admin.ordered_{action}" if is_new else "admin.ordered_already"))


def _runs(visit: Visit) -> None:
    before = asked_number("before")
    with reading() as session:
        found = admin_etl.runs(session, before=before, limit=max(RUNS_SHOWN, RUNS_DRAWN))
    heading(say("admin.runs"))
    if not found:
        note(say("admin.run_none"))
        return
    st.html("".join(_run(run, visit) for run in found[:RUNS_SHOWN]))
    if len(found) > RUNS_SHOWN:
        older = address(part="etl", before=found[RUNS_SHOWN - 1].id)
        st.html(f"<p class='cb-ways'><a class='cb-go' href='{older}'>{escape(say('admin.older'))}</a></p>")
    prices = [run for run in reversed(found) if run.seconds is not None and run.stations_read]
    if len(prices) < FEWEST_DRAWN:
        return
    labels = [when(run.started_at, visit) for run in prices]
    seconds = [float(run.seconds or 0) for run in prices]
    sizes = [float(run.bytes) for run in prices]
    lasted = Series(say("admin.lasted"), seconds, [duration(value, visit) for value in seconds])
    volume = Series(say("admin.volume"), sizes, [size(int(value), visit) for value in sizes])
    st.html(bars(say("admin.lasted"), labels, [lasted], visit) + bars(say("admin.volume"), labels, [volume], visit))


def _run(run: Run, visit: Visit) -> str:
    head = f"{when(run.started_at, visit)} · {source_name(run.source, visit)} · {_outcome(run, visit)}"
    facts = [
        (visit.say("admin.lasted"), "—" if run.seconds is None else duration(run.seconds, visit)),
        (visit.say("admin.volume"), size(run.bytes, visit)),
        (visit.say("admin.stations_read"), number(run.stations_read, visit)),
        (visit.say("admin.prices_read"), number(run.prices_read, visit)),
        (visit.say("admin.stations_changed"), number(run.stations_changed, visit)),
        (visit.say("admin.prices_changed"), number(run.prices_changed, visit)),
        (visit.say("admin.stations_gone"), number(run.gone, visit)),
        (visit.say("admin.rejected"), number(run.rejected, visit)),
    ]
    inside = f"<p class='cb-why'>{escape(run.error)}</p>" if run.error else ""
    inside += table(visit.say("admin.run_number", id=run.id), [], facts)
    for reason, found in run.rejects.items():
        examples = "".join(f"<li>{escape(str(example))}</li>" for example in found.get("examples", []))
        caption = f"{escape(reason)} · {number(found.get('count', 0), visit)}"
        inside += f"<p><b>{caption}</b></p><ul class='cb-examples'>{examples}</ul>"
    return more(head, inside, mark=_mark(run))


def _quality(quality: Quality, visit: Visit) -> str:
    words = visit.say(
        "admin.quality_stations",
        stations=number(quality.stations, visit),
        gone=number(quality.gone, visit),
        nowhere=number(quality.without_position, visit),
    )
    heads = [visit.say(key) for key in ("fuel.label", "admin.prices", "admin.suspect", "admin.stale")]
    rows = [
        (
            fuel_name(one.fuel),
            number(one.prices, visit),
            number(one.suspect, visit),
            f"{formats.tenth(100 * one.stale_share, visit.language)} %",
        )
        for one in quality.fuels
    ]
    title = visit.say("admin.quality")
    return (
        f"<h2 class='cb-h2'>{escape(title)}</h2><p class='cb-small'>{escape(words)}</p>"
        f"{table(visit.say('admin.quality_caption'), heads, rows) if rows else ''}"
    )


def source_name(source: str, visit: Visit) -> str:
    """What people call a source; one that we do not know by its own name."""
    known = {"fr_prix_carburants": "admin.source_prices", "fr_brands": "admin.source_brands"}
    return visit.say(known[source]) if source in known else source


def _outcome(run: Run, visit: Visit) -> str:
    return visit.say(f"admin.outcome_{run.outcome}")


def _mark(run: Run) -> str:
    return "well" if run.outcome in GOOD else "doubtful" if run.outcome == "running" else "bad"
