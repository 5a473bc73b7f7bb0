"""What a page costs: the search with ten results and a member's home, against an empty Streamlit page served alike."""

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import urlopen
from uuid import uuid4

import psutil
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection

from bench.report import Row, snapshot
from models import User
from pipeline.run import run_once
from records import Fuel
from services import cars, following, sessions
from services.quotes import around
from services.session_cookie import COOKIE
from services.towns import MOST_MATCHES
from session import make_engine, prepare, writing
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
HOME_EMPTY_PAGES = 5.0
FOLLOWED = 10
FOLLOWED_FUELS = (Fuel.DIESEL, Fuel.E10, Fuel.SP98)
MOST_KB = 30.0


def measure() -> list[Row]:
    """The rows of the pages; the two servers take turns, so that a busy machine slows both."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        fill(folder / "outputs")
        cookie = a_member(folder / "outputs")
        empty_script = folder / "empty.py"
        empty_script.write_text(EMPTY_PAGE, encoding="utf-8")
        with (
            served(ROOT / "server.py", folder / "outputs") as (ours, our_port),
            served(empty_script, folder / "outputs") as (theirs, their_port),
            connected(our_port) as search,
            connected(our_port, cookie) as home,
            connected(their_port) as empty,
        ):
            pages = {"search": (ours, search, SEARCH), "home": (ours, home, ""), "empty": (theirs, empty, "")}
            drawn = {name: _warm(page, query) for name, (_, page, query) in pages.items()}
            turns = [{name: _cpu_ms(*page) for name, page in pages.items()} for _ in range(ROUNDS)]
            kept = [message.hash for message in drawn["search"] if message.metadata.cacheable]
            sent = statistics.median(_bytes(rerun(search, query=SEARCH, kept=kept)) for _ in range(RERUNS))
        with served(ROOT / "server.py", folder / "outputs") as (_, port), connected(port) as stranger:
            completions, completion_bytes = _completions(stranger)
    for name, cards in (("search", RESULTS), ("home", FOLLOWED)):
        if _cards(drawn[name]) != cards:
            raise RuntimeError(f"the {name} page shows {_cards(drawn[name])} cards, not {cards}")
    return [
        _against_empty("search page with ten results", "search", turns, drawn["search"], EMPTY_PAGES),
        Row(
            "  to the browser a rerun",
            sent / 1_000,
            MOST_KB,
            "KB",
            f"{_bytes(drawn['search']) / 1_000:.1f} KB the first time; what a browser keeps is not sent again",
        ),
        Row(
            f"  towns sent when typing `{TYPED}`",
            completions,
            MOST_MATCHES,
            "towns",
            f"{completion_bytes / 1_000:.1f} KB",
        ),
        _against_empty("home, ten stations and three fuels", "home", turns, drawn["home"], HOME_EMPTY_PAGES),
    ]


def _against_empty(what: str, page: str, turns: list[dict[str, float]], drawn: list[ForwardMsg], most: float) -> Row:
    ours, theirs = (statistics.median(turn[name] for turn in turns) for name in (page, "empty"))
    ratio = statistics.median(turn[page] / turn["empty"] for turn in turns)
    note = f"{ours:.1f} ms of processor, empty {theirs:.1f} ms; {len(drawn)} messages"
    return Row(what, ratio, most, "× empty", note)


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


def fill(outputs: Path) -> None:
    """Load the real snapshot into the base of these outputs. Raises MaterialMissing."""
    (outputs / "base").mkdir(parents=True)
    on = make_engine(f"sqlite:///{outputs / 'base' / 'carburoam.sqlite3'}")
    prepare(on)
    run_once(FrPrixCarburants(), url=snapshot(SNAPSHOT).as_uri(), on=on)
    on.dispose()


def a_member(outputs: Path) -> str:
    """Somebody who is signed in and follows the ten stations around Orsay that are nearest; their cookie."""
    on, moment = make_engine(f"sqlite:///{outputs / 'base' / 'carburoam.sqlite3'}"), datetime.fromisoformat(CLOCK)
    with writing(on) as session:
        who = User(uuid=uuid4(), username="anna", mail="anna@example.org", name="Anna", created_at=moment)
        session.add(who)
        session.flush()
        found = around(session, Fuel.DIESEL, latitude=48.6987, longitude=2.1875, radius_km=10, now=moment, as_of=moment)
        for quote in sorted(found, key=lambda quote: quote.distance_km or 0)[:FOLLOWED]:
            following.follow(session, who.id, quote.station_id, "")
        following.choose_fuels(session, who.id, FOLLOWED_FUELS)
        cars.save_home(session, who.id, "Orsay", 48.6987, 2.1875)
        begun = sessions.begin(session, user_id=who.id, user_agent="", now=moment)
        sessions.exchange(session, begun.nonce, now=moment)
    on.dispose()
    return f"{COOKIE}={begun.token}"


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
