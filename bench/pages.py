"""What a page costs: the search page with ten results against an empty Streamlit page, served alike."""

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import urlopen

import psutil
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection

from bench.report import Row, snapshot
from pipeline.run import run_once
from services.towns import MOST_MATCHES
from session import make_engine, prepare
from settings import ROOT
from sources.fr_prix_carburants import FrPrixCarburants
from tests.processes import free_port, until
from tests.visitor import connected, rerun

SNAPSHOT = "2025-02-07T0830"
CLOCK = "2025-02-07T08:30:00+01:00"
# Forty stations within ten kilometres: a full list of ten, and a button for more.
SEARCH = urlencode({"fuel": "1", "at": "48.6987,2.1875", "place": "Orsay (91400)", "km": "10"})
RESULTS = 10
TYPED = "sa"
EMPTY_PAGE = "import streamlit as st\n\nst.empty()\n"
WARM_UP = 30
RERUNS = 50
ROUNDS = 7
EMPTY_PAGES = 4.0
MOST_KB = 30.0


def measure() -> list[Row]:
    """The rows of the search page; the two servers take turns, so that a busy machine slows both."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        _fill(folder / "outputs")
        empty_script = folder / "empty.py"
        empty_script.write_text(EMPTY_PAGE, encoding="utf-8")
        with (
            served(ROOT / "server.py", folder / "outputs") as (ours, our_port),
            served(empty_script, folder / "outputs") as (theirs, their_port),
            connected(our_port) as page,
            connected(their_port) as empty,
        ):
            drawn = _warm(page, SEARCH)
            _warm(empty, "")
            turns = [(_cpu_ms(ours, page, SEARCH), _cpu_ms(theirs, empty, "")) for _ in range(ROUNDS)]
            sent = statistics.median(_bytes(rerun(page, query=SEARCH)) for _ in range(RERUNS))
        with served(ROOT / "server.py", folder / "outputs") as (_, port), connected(port) as stranger:
            completions, completion_bytes = _completions(stranger)
    if _cards(drawn) != RESULTS:
        raise RuntimeError(f"the page shows {_cards(drawn)} results, not {RESULTS}")
    our_ms, their_ms = (statistics.median(turn[side] for turn in turns) for side in (0, 1))
    ratio = statistics.median(our / their for our, their in turns)
    note = f"{our_ms:.1f} ms of processor, empty {their_ms:.1f} ms; {len(drawn)} messages"
    return [
        Row("search page with ten results", ratio, EMPTY_PAGES, "× empty", note),
        Row("  to the browser a rerun", sent / 1_000, MOST_KB, "KB"),
        Row(
            f"  towns sent when typing `{TYPED}`",
            completions,
            MOST_MATCHES,
            "towns",
            f"{completion_bytes / 1_000:.1f} KB",
        ),
    ]


@contextmanager
def served(script: Path, outputs: Path) -> Iterator[tuple[psutil.Process, int]]:
    """A server as `make run` starts it, on the frozen moment and without an ETL child; its process and port."""
    port = free_port()
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CARBUROAM_")}
    ours = {"CARBUROAM_OUTPUTS_DIR": str(outputs), "CARBUROAM_CLOCK": CLOCK, "CARBUROAM_START_ETL": "false"}
    with subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port)],
        cwd=ROOT,
        env=clean | ours,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            until(lambda: _answers(port), within_s=60)
            yield psutil.Process(process.pid), port
        finally:
            process.kill()


def _answers(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


def _fill(outputs: Path) -> None:
    (outputs / "base").mkdir(parents=True)
    on = make_engine(f"sqlite:///{outputs / 'base' / 'carburoam.sqlite3'}")
    prepare(on)
    run_once(FrPrixCarburants(), url=snapshot(SNAPSHOT).as_uri(), on=on)
    on.dispose()


def _warm(page: ClientConnection, query: str) -> list[ForwardMsg]:
    drawn: list[ForwardMsg] = []
    for _ in range(WARM_UP):
        drawn = rerun(page, query=query)
    return drawn


def _cpu_ms(server: psutil.Process, page: ClientConnection, query: str) -> float:
    """Milliseconds of processor that the server takes for one rerun, on average."""
    before = server.cpu_times()
    for _ in range(RERUNS):
        rerun(page, query=query)
    after = server.cpu_times()
    return (after.user + after.system - before.user - before.system) / RERUNS * 1_000


def _bytes(sent: list[ForwardMsg]) -> int:
    return sum(message.ByteSize() for message in sent)


def _cards(sent: list[ForwardMsg]) -> int:
    return sum(message.delta.new_element.html.body.count("<article") for message in sent)


def _completions(page: ClientConnection) -> tuple[int, int]:
    """How many towns come when a stranger types, and with how many bytes in all."""
    field = next(
        message.delta.new_element.text_input.id
        for message in rerun(page)
        if message.delta.new_element.HasField("text_input")
    )
    sent = rerun(page, typed={field: TYPED})
    buttons = [message.delta.new_element.button for message in sent if message.delta.new_element.HasField("button")]
    towns = [button for button in buttons if "search_where_" in button.id and button.label.lower().startswith(TYPED)]
    if not towns:
        raise RuntimeError("typing brought no towns")
    return len(towns), _bytes(sent)
