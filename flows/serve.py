"""`python -m flows.serve`: stands by for the runs that Prefect asks for, and does the rest of the child's work."""

import contextlib
import logging
import sys
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from typing import cast
from uuid import UUID

from prefect import serve
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import DeploymentScheduleCreate
from prefect.client.schemas.schedules import IntervalSchedule
from prefect.deployments.runner import RunnerDeployment
from prefect.exceptions import ObjectNotFound
from prefect.settings import PREFECT_API_URL
from prefect.types.entrypoint import EntrypointType

import session
from adapters import monitor
from errors import CarburoamError
from etl import start_keepers
from flows.load import load
from pipeline import orders
from pipeline.watch import is_any_running, resting_s
from settings import settings
from sources import SOURCES, Configured, configured

log = logging.getLogger(__name__)

NAME = "carburoam"
DESCRIPTION = (
    "Fuel prices, from their publishers into the base. "
    "Without `sources`: the source that a deployment is called after, else all that are switched on."
)
RUNS_AT_ONCE = 8
QUERY_S = 3
ORDERS_S = 1.0
GRACE_S = 3.0


def main() -> int:
    """Serve until told to end; what the shell sees: 0 says that it was."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for chatty in ("alembic", "httpx"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    if not PREFECT_API_URL.value():
        log.error("PREFECT_API_URL names no server; `make prefect` starts one here")
        return 2
    try:
        sources = configured(settings())
        monitor.begin("etl")
        session.prepare()
    except CarburoamError as error:
        log.error("%s: %s", type(error).__name__, error)  # noqa: TRY400 - a message for a person, not a stack
        return 1
    stop = threading.Event()
    keepers: list[threading.Thread] = []
    try:
        with get_client(sync_client=True) as client:
            deployment = _register(client, sources)
            _ask_for_what_is_due(client, deployment, sources)
        keepers = start_keepers(sources, stop=stop, is_busy=partial(is_any_running, session.engine()))
        threading.Thread(target=_listen, args=(deployment, stop), name="orders", daemon=True).start()
        # Schedules are for people to switch off: a restart leaves them as they are.
        deployments = [_deployment(), *(_deployment(entry.source.name) for entry in sources)]
        serve(*deployments, pause_on_shutdown=False, limit=RUNS_AT_ONCE, query_seconds=QUERY_S)
    finally:
        stop.set()
        for keeper in keepers:
            keeper.join(GRACE_S)
    return 0


def _deployment(source: str | None = None) -> RunnerDeployment:
    """One for all, by hand; one for each source, as a schedule that is changed loses the parameters of its own."""
    made = load.to_deployment(
        source or NAME,
        parameters={"sources": [source]} if source else None,
        description=DESCRIPTION,
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
    # It would be a coroutine, as would be what `apply` gives, if a loop ran here.
    return cast("RunnerDeployment", made)


def _register(client: SyncPrefectClient, sources: Sequence[Configured]) -> UUID:
    """See that Prefect has the deployments, and each source that is on a schedule; one that is there stays as it is."""
    started = datetime.now(UTC)
    for source, _, interval in sources:
        deployment = cast("UUID", _deployment(source.name).apply())
        if not client.read_deployment_schedules(deployment):
            # The first run is asked for by itself, if one is due.
            schedule = IntervalSchedule(interval=interval, anchor_date=started)
            # Prefect keeps over a restart of ours what has a slug, and only where all of a deployment have one.
            new = DeploymentScheduleCreate(schedule=schedule, slug=source.name)
            client.create_deployment_schedules(deployment, [new])
    for name in SOURCES.keys() - {entry.source.name for entry in sources}:
        with contextlib.suppress(ObjectNotFound):
            client.delete_deployment(client.read_deployment_by_name(f"{load.name}/{name}").id)
    return cast("UUID", _deployment().apply())


def _ask_for_what_is_due(client: SyncPrefectClient, deployment: UUID, sources: Sequence[Configured]) -> None:
    due = [
        source.name for source, _, interval in sources if not resting_s(source.name, interval, on=session.engine()) > 0
    ]
    if due:
        client.create_flow_run_from_deployment(deployment, parameters={"sources": due}, name="after-start")


def _listen(deployment: UUID, stop: threading.Event) -> None:
    """Make runs of the orders given in the admin console. An order to stop is read by the runs themselves."""
    while not stop.wait(ORDERS_S):
        try:
            for action, source in orders.pick_up(session.engine()):
                log.info("source=%s order=%s", source or "all", action)
                if action == orders.RUN:
                    with get_client(sync_client=True) as client:
                        client.create_flow_run_from_deployment(
                            deployment, parameters={"sources": [source] if source else None}, name=f"order-{source}"
                        )
        except Exception:
            # The outermost loop of this thread: whatever happened, the next order may fare better.
            log.exception("an order could not be handed on")


if __name__ == "__main__":
    sys.exit(main())
