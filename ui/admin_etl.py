"""The data in the console: who works, runs as they go, orders to them, how good what they brought is."""

from dataclasses import replace
from functools import partial
from html import escape

import streamlit as st

import child
from pipeline.run import GOOD
from pipeline.transforms import STEPS
from services import admin_etl, admin_state
from services.accounts import Account
from services.admin_etl import Progress, Quality, Run, Work, Worker
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
        workers = admin_etl.workers(session)
        going = {one.source: one for one in admin_etl.progress(session)}
        usual = [run.seconds for run in admin_etl.runs(session, limit=USUAL_OF) if run.seconds]
        is_deaf = admin_etl.is_deaf(session, now=visit.now)
    cards = "".join(_work(work, going.get(work.source), usual, visit) for work in works)
    deaf = f"<p class='cb-bad'>{escape(visit.say('admin.child_deaf'))}</p>" if is_deaf else ""
    st.html(f"<div class='cb-works'>{_alive(workers, visit)}{deaf}{cards}</div>")
    seen = [work.last.id for work in works if work.last]
    if st.session_state.get(SEEN, seen) != seen:
        st.rerun()
    st.session_state[SEEN] = seen


def _alive(workers: list[Worker], visit: Visit) -> str:
    """Which processes give a sign of life, on any machine, and at what they work."""
    # Its first sign of life comes a moment after this server's own is there.
    is_alive = bool(workers) or child.is_alive()
    mark, words = ("well", "admin.child_alive") if is_alive else ("bad", "admin.child_nowhere")
    rows = [f"<p><i class='cb-dot cb-is-{mark}'></i>{escape(visit.say(words))}</p>"]
    for holder in dict.fromkeys(worker.holder for worker in workers):
        sources = [source_name(one.source, visit) for one in workers if one.holder == holder and one.source]
        key = "admin.holder_at" if sources else "admin.holder_idle"
        words = visit.say(key, holder=holder, what=", ".join(sources))
        rows.append(f"<p class='cb-small'>{escape(words)}</p>")
    return "".join(rows)


def _work(work: Work, going: Progress | None, usual: list[int], visit: Visit) -> str:
    name = escape(source_name(work.source, visit))
    rows = []
    if going is not None:
        rows.append(_progress(going, usual, visit))
    elif work.is_stopped:
        rows.append(f"<p class='cb-warn'>{escape(visit.say('admin.run_stopped'))}</p>")
    if work.last is not None:
        words = visit.say("admin.last_run", when=when(work.last.started_at, visit), outcome=_outcome(work.last, visit))
        rows.append(f"<p><i class='cb-dot cb-is-{_mark(work.last)}'></i>{escape(words)}</p>")
        if work.last.error and work.last.outcome not in GOOD:
            rows.append(f"<p class='cb-why'>{escape(work.last.error)}</p>")
    if work.next_at is not None and going is None:
        rows.append(f"<p>{escape(visit.say('admin.next_run', when=_soon(work, visit)))}</p>")
    elif work.last is not None and going is None and not work.is_stopped:
        # It never had a good run from which its next one could be told.
        rows.append(f"<p>{escape(visit.say('admin.next_try'))}</p>")
    return f"<section class='cb-card'><h2 class='cb-h3'>{name}</h2>{''.join(rows)}</section>"


def _soon(work: Work, visit: Visit) -> str:
    assert work.next_at is not None  # noqa: S101 - asked by the caller
    is_due = work.next_at <= visit.now
    return visit.say("admin.at_once") if is_due else when(work.next_at, visit)


def _progress(going: Progress, usual: list[int], visit: Visit) -> str:
    """What it does at this moment; how far it is where that is known; how long it usually takes."""
    elapsed = max(0, int((visit.now - going.started_at).total_seconds()))
    has_bar = going.stage == "read" and going.usual
    key = "admin.stage_read_of" if has_bar else f"admin.stage_{going.stage or 'download'}"
    doing = visit.say(key, done=number(going.done, visit), usual=number(going.usual or 0, visit))
    took = visit.say("admin.running", since=duration(elapsed, visit))
    if usual:
        took += " " + visit.say("admin.running_usual", usual=duration(sorted(usual)[len(usual) // 2], visit))
    share = f" value='{min(going.done, going.usual or 0)}' max='{going.usual}'" if has_bar else ""
    return (
        f"<p role='status'><b>{escape(doing)}</b></p>"
        f"<progress aria-label='{escape(doing, quote=True)}'{share}></progress><p class='cb-small'>{escape(took)}</p>"
    )


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
    if run.steps:
        inside += table(visit.say("admin.steps"), [], _steps(run, visit))
    for reason, found in run.rejects.items():
        examples = "".join(f"<li>{escape(str(example))}</li>" for example in found.get("examples", []))
        caption = f"{escape(reason)} · {number(found.get('count', 0), visit)}"
        inside += f"<p><b>{caption}</b></p><ul class='cb-examples'>{examples}</ul>"
    return more(head, inside, mark=_mark(run))


def _steps(run: Run, visit: Visit) -> list[tuple[str, str]]:
    """What each step did, in their order; one that this version does not know by its own name."""
    known = {step.name for step in STEPS}
    return [
        (visit.say(f"admin.step_{name}") if name in known else name, number(count, visit))
        for name, count in run.steps.items()
    ]


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
    known = {
        "fr_prix_carburants": "admin.source_prices",
        "fr_brands": "admin.source_brands",
        "fr_communes": "admin.source_towns",
    }
    return visit.say(known[source]) if source in known else source


def _outcome(run: Run, visit: Visit) -> str:
    return visit.say(f"admin.outcome_{run.outcome}")


def _mark(run: Run) -> str:
    return "well" if run.outcome in GOOD else "doubtful" if run.outcome == "running" else "bad"
