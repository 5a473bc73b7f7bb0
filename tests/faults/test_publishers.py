"""Publishers at their worst, over a real wire: what a run says, and that the base and the neighbours are left alone."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import Engine, func, select

from models import EtlRun, KnownTown, Price, Station, StationName
from pipeline import watch
from pipeline.run import run_once
from session import reading
from settings import settings
from sources import SOURCES
from sources.base import AnySource
from sources.es_minetur import EsMinetur
from sources.fr_prix_carburants import FrPrixCarburants
from sources.it_mimit import ItMimit
from tests import communes, neighbours
from tests.feeds import feed, many, prix, zipped
from tests.processes import until

HTML = b"<!doctype html><html><body>Maintenance | mantenimiento; manutenzione</body></html>"
MANY = 40


class Publisher(ThreadingHTTPServer):
    """Answers every request as the test says."""

    daemon_threads = True
    answer: Callable[["_Handler"], None]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/prezzo_alle_8.csv"


class _Handler(BaseHTTPRequestHandler):
    server: Publisher

    def do_GET(self) -> None:
        self.send_response(200)
        with suppress(OSError):
            self.server.answer(self)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _html(handler: _Handler) -> None:
    handler.send_header("Content-Type", "text/html")
    handler.send_header("Content-Length", str(len(HTML)))
    handler.end_headers()
    handler.wfile.write(HTML)


def _drips(handler: _Handler) -> None:
    handler.end_headers()
    while handler.server.answer is _drips:
        handler.wfile.write(b"P")
        time.sleep(0.05)


def _floods(handler: _Handler) -> None:
    handler.end_headers()
    while handler.server.answer is _floods:
        handler.wfile.write(b"P" * (1 << 20))


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    """A publisher on this machine."""
    with Publisher(("127.0.0.1", 0), _Handler) as made:
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield made
        made.shutdown()
        thread.join()


class Case(NamedTuple):
    """How a source's list is written here, and how its publisher could rename what is in it."""

    write: Callable[[Path, int], str]
    renamed: tuple[tuple[str, str], ...]


def _french(folder: Path, count: int) -> str:
    return zipped(folder / "feed.zip", feed(*many(count, prix()))).as_uri()


def _brands(folder: Path, count: int) -> str:
    rows = "".join(f"{1_000_000 + number},Esso,,,\n" for number in range(count))
    (folder / "brands.csv").write_text(f"ref:FR:prix-carburants,brand,name,operator,branch\n{rows}", "utf-8")
    return (folder / "brands.csv").as_uri()


def _communes(folder: Path, count: int) -> str:
    return communes.written(folder / "communes.json", *(communes.commune(f"{number:05}") for number in range(count)))


def _spanish(folder: Path, count: int) -> str:
    return neighbours.spanish(folder / "es.json", *({"IDEESS": str(number)} for number in range(count)))


def _italian(folder: Path, count: int) -> str:
    prices = [f"{number}|Gasolio|1.5|1|06/02/2025 08:00:00" for number in range(count)]
    return neighbours.italian(folder, prices, [neighbours.italian_station(number) for number in range(count)])


CASES = {
    "fr_prix_carburants": Case(_french, (("pdv", "station"), ("latitude=", "lat="), (" id=", " ident="))),
    "fr_brands": Case(_brands, (("ref:FR", "ref:fr"), ("brand,", "marque,"))),
    "fr_communes": Case(
        _communes, (('"code"', '"insee"'), ('"nom"', '"name"'), ('"codesPostaux"', '"cp"'), ('"centre"', '"centroid"'))
    ),
    "es_minetur": Case(
        _spanish,
        (
            ('"ListaEESSPrecio', '"Lista'),
            ('"Precio ', '"Importe '),
            ('"Precio Gasoleo A', '"Gasoleo A'),
            ('"Latitud', '"Lat'),
            ('"Fecha', '"Momento'),
        ),
    ),
    "it_mimit": Case(_italian, (("prezzo", "importo"), ("Latitudine", "Lat"))),
}


def _renamed(folder: Path, old: str, new: str) -> None:
    for file in [*folder.glob("*.zip"), *folder.glob("*.json"), *folder.glob("*.csv")]:
        if file.suffix == ".zip":
            zipped(file, feed(*many(MANY, prix())).replace(old, new))
        else:
            file.write_text(file.read_text("utf-8").replace(old, new), "utf-8")


def _kept(on: Engine) -> tuple[int | None, ...]:
    """How much the base holds: stations that are in their feed, with a position, prices, names, towns."""
    with reading(on) as session:
        return (
            session.scalar(select(func.count()).select_from(Station).where(Station.gone_at.is_(None))),
            session.scalar(select(func.count(Station.latitude))),
            session.scalar(select(func.count()).select_from(Price)),
            session.scalar(select(func.count()).select_from(StationName)),
            session.scalar(select(func.count()).select_from(KnownTown)),
        )


def _outcomes(on: Engine) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    with reading(on) as session:
        for source, outcome in session.execute(select(EtlRun.source, EtlRun.outcome)):
            found.setdefault(source, set()).add(outcome)
    return found


@pytest.mark.parametrize(("answer", "words"), [(_drips, "took too long"), (_floods, "larger than 3 MB")])
def test_a_stream_without_end_is_given_up(
    sqlite_database: Engine,
    publisher: Publisher,
    environment: pytest.MonkeyPatch,
    tmp_path: Path,
    answer: Callable[[_Handler], None],
    words: str,
):
    """A byte now and then for ever, or as fast as the wire goes: the operator's limits end the run, nothing stays."""
    source = FrPrixCarburants()
    assert run_once(source, url=_french(tmp_path, 9), on=sqlite_database).outcome == "loaded"
    before = _kept(sqlite_database)
    environment.setenv("CARBUROAM_DOWNLOAD_TIMEOUT_S", "1" if answer is _drips else "60")
    environment.setenv("CARBUROAM_DOWNLOAD_MAX_MB", "3")
    environment.setattr("tempfile.tempdir", str(tmp_path))
    settings.cache_clear()
    publisher.answer = answer

    result = run_once(source, url=publisher.url, on=sqlite_database)

    assert result.outcome == "unreachable"
    assert words in (result.error or "")
    assert _kept(sqlite_database) == before
    assert not list(tmp_path.glob("carburoam-*"))


@pytest.mark.parametrize("name", SOURCES)
def test_html_with_status_200_is_malformed(name: str, sqlite_database: Engine, publisher: Publisher, tmp_path: Path):
    """A page of maintenance that its server calls a success: it stays out, the last list stays in."""
    source = SOURCES[name]()
    assert run_once(source, url=CASES[name].write(tmp_path, 9), on=sqlite_database).outcome == "loaded"
    before = _kept(sqlite_database)
    publisher.answer = _html

    result = run_once(source, url=publisher.url, on=sqlite_database)

    assert (result.outcome, bool(result.error)) == ("malformed", True)
    assert _kept(sqlite_database) == before


@pytest.mark.parametrize("name", SOURCES)
def test_a_list_whose_fields_have_other_names_is_not_believed(name: str, sqlite_database: Engine, tmp_path: Path):
    """Whatever was renamed, it costs the run and not what the base had: told to a person, and the next list loads."""
    source = SOURCES[name]()
    assert run_once(source, url=CASES[name].write(tmp_path, MANY), on=sqlite_database).outcome == "loaded"
    before = _kept(sqlite_database)

    for old, new in CASES[name].renamed:
        url = CASES[name].write(tmp_path, MANY)
        _renamed(tmp_path, old, new)
        result = run_once(source, url=url, on=sqlite_database)

        assert result.outcome in {"malformed", "refused"}, (old, new)
        assert result.error
        assert _kept(sqlite_database) == before

    assert run_once(source, url=CASES[name].write(tmp_path, MANY + 1), on=sqlite_database).outcome == "loaded"


@pytest.mark.parametrize("name", SOURCES)
def test_a_list_that_lost_half_is_not_believed(name: str, sqlite_database: Engine, tmp_path: Path):
    """Half a list is a fault of its publisher; a person may take it by their word."""
    source = SOURCES[name]()
    assert run_once(source, url=CASES[name].write(tmp_path, MANY), on=sqlite_database).outcome == "loaded"
    before = _kept(sqlite_database)
    half = CASES[name].write(tmp_path, MANY // 2 - 1)

    assert run_once(source, url=half, on=sqlite_database).outcome == "refused"
    assert _kept(sqlite_database) == before
    assert run_once(source, url=half, on=sqlite_database, most_lost=1.0).outcome == "loaded"


def test_the_neighbours_of_bad_sources_load(
    database: Engine, publisher: Publisher, environment: pytest.MonkeyPatch, tmp_path: Path
):
    """One drips for ever, one lies: each has runs of its own that say so, and the third has its prices meanwhile."""
    environment.setattr(watch, "POLL_S", 0.1)
    environment.setenv("CARBUROAM_SAMPLE_DATA", "false")
    settings.cache_clear()
    publisher.answer = _drips
    liar = tmp_path / "liar.json"
    liar.write_bytes(HTML)
    tick = timedelta(minutes=30)
    jobs: list[tuple[AnySource, str, timedelta]] = [
        (FrPrixCarburants(), publisher.url, tick),
        (EsMinetur(), liar.as_uri(), tick),
        (ItMimit(), _italian(tmp_path, 5), tick),
    ]
    stop = threading.Event()
    watcher = watch.Watcher(jobs, on=database, stop=stop)
    thread = threading.Thread(target=watcher.watch)
    thread.start()
    try:
        until(
            lambda: (
                _outcomes(database)
                == {"fr_prix_carburants": {"running"}, "es_minetur": {"malformed"}, "it_mimit": {"loaded"}}
            )
        )
        until(lambda: [held.name for held in watcher.held] == ["etl:fr_prix_carburants"])
    finally:
        publisher.answer = _html  # and the dripping ends
        stop.set()
        watcher.give_up()
        thread.join(60)
    assert not thread.is_alive()
