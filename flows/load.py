"""The ETL as a flow: a task a source, side by side, under the lease and with the rows that the child's runs have."""

import logging
import threading
from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from prefect import flow, runtime, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.states import Cancelled, Completed, Failed
from prefect.task_runners import ThreadPoolTaskRunner

import session
from adapters import monitor
from errors import CarburoamError, LeaseLost, Stopped
from pipeline import orders
from pipeline.limits import limits
from pipeline.roads import run_on_roads
from pipeline.run import GOOD, RunResult
from pipeline.turn import turn
from pipeline.watch import NO_ANSWER, fill_empty_base
from settings import settings
from sources import SOURCES, configured
from sources.base import has_prices

# Whose words Prefect shows beside a run.
TOLD = ("adapters", "pipeline", "services", "session", "sources")
RETRIES = 3
FIRST_RETRY_S = 60.0
LONGEST_S = 1800.0

# As Any: by Prefect's own types no flow could take it.
_side_by_side: Any = ThreadPoolTaskRunner(max_workers=len(SOURCES))
_ending = threading.Event()
"""This process was told to end: its runs are given up at their next sign of life."""

log = logging.getLogger(__name__)


def _may_fare_better(_task: object, _run: object, state: State[Any]) -> bool:
    """A publisher may be back in a minute; what it lied about, or what a person stopped, waits for no retry."""
    return (state.name or "").lower() in NO_ANSWER


@task(
    name="load source",
    task_run_name="{name}",
    retries=RETRIES,
    retry_delay_seconds=[FIRST_RETRY_S, 2 * FIRST_RETRY_S, 4 * FIRST_RETRY_S],
    retry_condition_fn=_may_fare_better,
    cache_policy=NO_CACHE,
    persist_result=False,
)
def load_source(name: str, longest_s: float) -> State[None]:
    """Fetch, read and load one source, unless another process is at it."""
    source, url, _ = next(entry for entry in configured(settings()) if entry.source.name == name)
    on = session.engine()
    with session.reading(on) as base:
        if orders.is_stopped(base, name):
            return Cancelled(name="Stopped", message="It was stopped in the admin console, and is started there.")
    with turn(source, on=on, lasts=settings().lease_lasts) as mine:
        if mine is None:
            return Completed(name="LeaseHeld", message="Another process works on it now; nothing was done.")
        with limits(mine, on=on, lasts=timedelta(seconds=longest_s), ending=_ending) as found:
            try:
                result = run_on_roads(
                    mine, url, on=on, on_retry=(lambda: fill_empty_base(on)) if has_prices(source) else None
                )
            except Stopped as error:
                return (Failed if found.is_late else Cancelled)(
                    name="TimedOut" if found.is_late else "Stopped", message=str(error)
                )
            except LeaseLost as error:
                return Failed(name="LeaseLost", message=f"{error}; nothing of this run was written")
            except CarburoamError as error:
                return Failed(message=str(error))
    if result.outcome not in GOOD and has_prices(source):
        fill_empty_base(on)
    return _state_of(result)


@flow(name="load", task_runner=_side_by_side, persist_result=False)
def load(
    sources: list[str] | None = None,
    retries: int = RETRIES,
    retry_delay_s: float = FIRST_RETRY_S,
    longest_s: float = LONGEST_S,
) -> State[None]:
    """Load the named sources side by side, or all that are switched on.

    A publisher that gives no answer is asked again up to `retries` times, first after `retry_delay_s`, then after twice
    as long each time. What has not ended after `longest_s` is given up.
    """
    _tell_prefect()
    monitor.begin("etl")
    are_on = [entry.source.name for entry in configured(settings())]
    chosen = _asked_for(sources, are_on)
    if unknown := [name for name in chosen if name not in are_on]:
        return Failed(name="UnknownSource", message=f"No source of this name is switched on: {', '.join(unknown)}.")
    session.prepare()
    patient = load_source.with_options(
        retries=retries, retry_delay_seconds=[retry_delay_s * 2**number for number in range(retries)]
    )
    try:
        futures = {name: patient.submit(name, longest_s) for name in chosen}
        for future in futures.values():
            future.wait()
    except BaseException:
        _ending.set()
        raise
    return _summed_up({name: future.state for name, future in futures.items()})


def _asked_for(sources: list[str] | None, are_on: list[str]) -> list[str]:
    """What a run is for: what it names, else the source whose deployment it is of, else all."""
    if sources is not None:
        return list(dict.fromkeys(sources))
    # Prefect's page forgets the parameter when it saves a schedule; the name of the deployment stays.
    own = runtime.deployment.name
    return [own] if own in SOURCES else are_on


def _state_of(result: RunResult) -> State[None]:
    """The outcome of a run by its own name: `Loaded`, `Unchanged`, `Unreachable`, …"""
    name = result.outcome.capitalize()
    if result.outcome in GOOD:
        counts = ", ".join(f"{what} {count}" for what, count in asdict(result.counts).items() if count)
        return Completed(name=name, message=f"run {result.run_id}{': ' if counts else ''}{counts}")
    return Failed(name=name, message=f"run {result.run_id}: {result.error}")


def _summed_up(states: Mapping[str, State[Any]]) -> State[None]:
    """The state of the whole: the worst of its parts, by their name where they agree on one."""
    message = "; ".join(f"{name}: {state.name}" for name, state in states.items())
    for is_so, make in ((State.is_failed, Failed), (State.is_crashed, Failed), (State.is_cancelled, Cancelled)):
        if found := {state.name for state in states.values() if is_so(state)}:
            return make(name=found.pop() if len(found) == 1 else None, message=message)
    names = {state.name for state in states.values()}
    return Completed(name=names.pop() if len(names) == 1 else None, message=message)


def _tell_prefect() -> None:
    """What our modules log goes where Prefect's own words go. Idempotent."""
    for name in TOLD:
        logger = logging.getLogger(name)
        logger.setLevel(logging.INFO)
        for handler in logging.getLogger("prefect.extra").handlers:
            logger.addHandler(handler)
