"""`make prefect` for real: runs, states and logs by Prefect's API, schedules over a restart, its front in a browser."""

import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import datetime
from http import HTTPStatus
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
import requests
from playwright.sync_api import Error, Page, expect, sync_playwright

from scripts import browser
from scripts.trials.doing import TrialFailed, Worker, free_port, interpreter, kept_running, until
from scripts.trials.flows_alone import importing_opens_nothing, types_are_prefects
from settings import ROOT
from tests.processes import feed, silent_server

PRICES, NAMES, SILENT = "fr_prix_carburants", "fr_brands", "it_mimit"
PATIENT_S = 180.0
CLICK_S = 20.0
BY_HAND = """
from datetime import timedelta
import session
from pipeline import lease, orders
with session.writing(session.engine()) as base:
    DO
"""


def trial(folder: Path) -> None:
    """Build the environment, start everything, look at all that docs/prefect.md promises, end it by one signal."""
    chromium = browser.find_or_install()
    if chromium is None:
        raise TrialFailed(browser.ADVICE)
    builder = Worker(folder)
    Worker(Path.home(), environment={"PYTHON": interpreter(builder)}).run(["make", ".venv-prefect/.installed"], ROOT)
    types_are_prefects()
    importing_opens_nothing(folder)
    (folder / "names.csv").write_text("<html>moved</html>", encoding="utf-8")
    port = free_port()
    with silent_server() as silent:
        worker = Worker(
            folder,
            environment={
                "PREFECT_PORT": str(port),
                "CARBUROAM_OUTPUTS_DIR": str(folder / "outputs"),
                "CARBUROAM_FEED_URL": feed(folder),
                f"CARBUROAM_SOURCES__{NAMES.upper()}__URL": (folder / "names.csv").as_uri(),
                f"CARBUROAM_SOURCES__{SILENT.upper()}__URL": silent,
                f"CARBUROAM_SOURCES__{SILENT.upper()}__IS_ON": "true",
                "CARBUROAM_SOURCES__FR_COMMUNES__IS_ON": "false",
                "CARBUROAM_READ_TIMEOUT_S": "1",
                "CARBUROAM_DOWNLOAD_TRIES": "2",
            },
        )
        seen = _Seen(worker, f"http://127.0.0.1:{port}")
        with _made(worker, port):
            seen.first_runs()
            seen.states()
            seen.orders_of_the_console()
            changed = seen.front(chromium)
        with _made(worker, port):
            seen.schedules_are(changed)
        _check("nothing of it is left", not _left(folder))


class _Seen:
    """What is seen of everything from outside: by the API, in the base, in a browser."""

    def __init__(self, worker: Worker, at: str) -> None:
        self.worker = worker
        self.at = at
        self.base = worker.home / "outputs" / "base" / "carburoam.sqlite3"

    def first_runs(self) -> None:
        """What is due is loaded at once; who fails or hangs beside it harms nobody."""
        first = self._run_named("after-start")
        self._until_tasks(first, {PRICES: "Loaded", NAMES: "Malformed", SILENT: "AwaitingRetry"})
        _check("the stations are in the base", self._ask("SELECT count(*) FROM stations WHERE source = ?", PRICES) == 3)
        found = self._ask("SELECT outcome FROM etl_runs WHERE source = ? ORDER BY id DESC", PRICES)
        _check("so is the run", found == "loaded")
        _check("our log is in Prefect", any("outcome=loaded" in line for line in self._logs(first)))

    def states(self) -> None:
        """Each way in which a run can end has its name; none is a stack of ours."""
        self._by_hand({"sources": [PRICES]}, "Unchanged")
        self._by_hand({"sources": ["no_such"]}, "UnknownSource")
        self._by_hand({"sources": [PRICES, NAMES], "retries": 0}, "Malformed", **{PRICES: "Unchanged"})
        self._by_hand({"sources": [SILENT], "retries": 0, "longest_s": 1}, "TimedOut")
        self._in_base(f"lease.take(base, 'etl:{PRICES}', holder='another', lasts=timedelta(minutes=9))")
        runs = self._ask("SELECT count(*) FROM etl_runs WHERE source = ?", PRICES)
        held = self._by_hand({"sources": [PRICES]}, "LeaseHeld")
        _check("no stack is shown", not any("Traceback" in line for line in self._logs(held)))
        _check("nothing was run", self._ask("SELECT count(*) FROM etl_runs WHERE source = ?", PRICES) == runs)
        with closing(sqlite3.connect(self.base)) as base, base:
            base.execute("UPDATE leases SET expires_at = 0 WHERE holder = 'another'")

    def orders_of_the_console(self) -> None:
        """An admin's buttons work as with the child."""
        self._in_base(f"orders.place(base, orders.STOP, source='{PRICES}')")
        self._by_hand({"sources": [PRICES]}, "Stopped")
        self._in_base(f"orders.place(base, orders.RUN, source='{PRICES}')")
        ordered = self._run_named(f"order-{PRICES}")
        self._until_tasks(ordered, {PRICES: "Unchanged"})

    def front(self, chromium: str) -> dict[str, tuple[float, bool]]:
        """Prefect's own page shows the run, starts one by hand, changes two schedules; what all are then."""
        asked: set[str] = set()
        with sync_playwright() as playwright:
            window = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            page = window.new_page()
            page.set_default_timeout(CLICK_S * 1000)
            page.set_default_navigation_timeout(PATIENT_S * 1000)
            page.on("request", lambda request: asked.add(urlsplit(request.url).hostname or ""))
            page.goto(self.at)
            page.wait_for_url(f"{self.at}/dashboard**")  # the first of Prefect's two fronts: the other lies below /v2
            page.goto(f"{self.at}/runs", wait_until="domcontentloaded")
            expect(page.get_by_text("after-start").first).to_be_visible(timeout=PATIENT_S * 1000)
            before = self._runs()

            def start() -> None:
                self._open(page, "carburoam")
                page.get_by_role("button", name="Run", exact=True).click()
                page.get_by_text("Quick run").first.click()

            def switch_off() -> None:
                self._open(page, SILENT)
                page.get_by_role("switch").click(force=True)

            def change() -> None:
                self._open(page, PRICES)
                page.locator(".deployment-schedule__menu").get_by_role("button").click()
                page.get_by_text("Edit", exact=True).click()
                page.get_by_role("dialog").get_by_role("spinbutton").fill("10")
                page.get_by_role("dialog").get_by_role("button", name="Save").click()

            _patiently(page, start, lambda: self._runs() - before, what="there is a new run")
            self._until_tasks(min(self._runs() - before), {PRICES: "Unchanged"})
            _patiently(page, switch_off, lambda: not self._schedules()[SILENT][1], what="one schedule is switched off")
            _check("the default is the settings'", self._schedules()[PRICES] == (1800.0, True))
            _patiently(page, change, lambda: self._schedules()[PRICES] == (600.0, True), what="the other is changed")
            window.close()
        _check(f"the front asks nobody else: {asked}", asked <= {"127.0.0.1", ""})
        until(lambda: self._planned(PRICES) == {600.0}, within_s=PATIENT_S, what="its next runs are planned by it")
        # As the other front leaves the parameters of a schedule. With all sources in it the run would have failed.
        self._by_hand({"sources": None}, "Unchanged", of=PRICES)
        return self._schedules()

    def schedules_are(self, wanted: dict[str, tuple[float, bool]]) -> None:
        """After a restart they are what people made of them."""
        self._by_hand({"sources": [PRICES]}, "Unchanged")
        _check(f"the schedules are kept: {self._schedules()}", self._schedules() == wanted)

    def _open(self, page: Page, deployment: str) -> None:
        address = f"{self.at}/deployments/deployment/{self._deployment(deployment)['id']}"
        page.goto(address, wait_until="domcontentloaded")

    def _by_hand(self, parameters: dict[str, Any], wanted: str, *, of: str = "carburoam", **tasks: str) -> str:
        """Start a run as the front's button does; its id once it ended in the state of this name."""
        until(self._deployment, within_s=PATIENT_S, what="the flow is known")
        made = self._call("POST", f"/deployments/{self._deployment(of)['id']}/create_flow_run", parameters=parameters)

        def has_ended() -> bool:
            return bool(self._call("GET", f"/flow_runs/{made['id']}")["end_time"])

        until(has_ended, within_s=PATIENT_S, what=f"the run of {parameters} ends")
        run = self._call("GET", f"/flow_runs/{made['id']}")
        said = f"{wanted} of {parameters}: {run['state']['name']}, {run['state']['message']}"
        _check(said, run["state"]["name"] == wanted)
        self._until_tasks(made["id"], tasks)
        return str(made["id"])

    def _run_named(self, name: str) -> str:
        found: list[dict[str, Any]] = []

        def look() -> bool:
            found[:] = self._call("POST", "/flow_runs/filter", flow_runs={"name": {"any_": [name]}})
            return bool(found)

        until(look, within_s=PATIENT_S, what=f"there is a run called {name}")
        return str(found[0]["id"])

    def _until_tasks(self, run: str, wanted: dict[str, str]) -> None:
        seen: dict[str, str] = {}

        def look() -> bool:
            tasks = self._call("POST", "/task_runs/filter", flow_runs={"id": {"any_": [run]}})
            seen.update({task["name"]: task["state_name"] for task in tasks})
            return wanted.items() <= seen.items()

        try:
            until(look, within_s=PATIENT_S, what="tasks")
        except TrialFailed as error:
            raise TrialFailed(f"the tasks are {seen}, not {wanted}") from error

    def _logs(self, run: str) -> list[str]:
        lines: list[str] = []

        def look() -> bool:
            found = self._call("POST", "/logs/filter", logs={"flow_run_id": {"any_": [run]}})
            lines[:] = [line["message"] for line in found]
            return bool(lines)

        until(look, within_s=PATIENT_S, what="the logs have come")
        return lines

    def _runs(self) -> set[str]:
        """Those of the deployment that is started by hand."""
        of_it = {"deployment_id": {"any_": [self._deployment()["id"]]}}
        return {str(run["id"]) for run in self._call("POST", "/flow_runs/filter", flow_runs=of_it)}

    def _planned(self, source: str) -> set[float]:
        """The seconds between two runs that the schedule of this source has planned."""
        runs = self._call("POST", "/flow_runs/filter", flow_runs={"state": {"type": {"any_": ["SCHEDULED"]}}})
        of_it = [run for run in runs if run["auto_scheduled"] and run["parameters"].get("sources") == [source]]
        starts = sorted(datetime.fromisoformat(run["expected_start_time"]) for run in of_it)
        return {(later - sooner).total_seconds() for sooner, later in pairwise(starts)}

    def _deployment(self, name: str = "carburoam") -> dict[str, Any]:
        try:
            return dict(self._call("GET", f"/deployments/name/load/{name}"))
        except requests.HTTPError:
            return {}

    def _schedules(self) -> dict[str, tuple[float, bool]]:
        return {
            source: (schedule["schedule"]["interval"], schedule["active"])
            for source in (PRICES, NAMES, SILENT)
            for schedule in self._deployment(source)["schedules"]
        }

    def _call(self, method: str, path: str, **body: Any) -> Any:
        answers: list[requests.Response] = []

        def is_taken() -> bool:
            # Its base is SQLite too: while it is written to, the server asks to be asked again.
            answers[:] = [requests.request(method, f"{self.at}/api{path}", json=body or None, timeout=60)]
            return answers[0].status_code != HTTPStatus.SERVICE_UNAVAILABLE

        until(is_taken, within_s=PATIENT_S, what=f"Prefect answers to {method} {path}")
        (answer,) = answers
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def _ask(self, question: str, *values: str) -> Any:
        with closing(sqlite3.connect(self.base)) as base:
            return (base.execute(question, values).fetchone() or (None,))[0]

    def _in_base(self, words: str) -> None:
        self.worker.run([sys.executable, "-c", BY_HAND.replace("DO", words)], ROOT)


def _made(worker: Worker, port: int) -> Any:
    # The first start makes Prefect's base, with a migration for each of its versions.
    return kept_running(worker, ["make", "prefect"], ROOT, port=port, path="/api/health", within_s=PATIENT_S)


def _left(folder: Path) -> list[int]:
    """Processes that were told of this folder and go on."""

    def is_one(process: psutil.Process) -> bool:
        try:
            return process.environ().get("CARBUROAM_OUTPUTS_DIR") == str(folder / "outputs")
        except (psutil.Error, OSError):
            return False

    return [process.pid for process in psutil.process_iter() if is_one(process)]


def _patiently(page: Page, deed: Callable[[], None], is_done: Callable[[], object], *, what: str) -> None:
    """Do it from the beginning until it is done: Prefect's front draws itself anew, now and then under a click."""

    def tried() -> bool:
        if not is_done():
            with suppress(Error):
                deed()
            page.wait_for_timeout(5_000)
        return bool(is_done())

    until(tried, within_s=PATIENT_S, what=what)


def _check(what: str, is_so: bool) -> None:  # noqa: FBT001 - read as a sentence
    if not is_so:
        raise TrialFailed(f"not so: {what}")
