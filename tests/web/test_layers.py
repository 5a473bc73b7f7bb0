"""The route of the national map: everybody's layer, and one for each set of filters."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import Engine, update
from starlette.applications import Starlette

from models import Station
from records import Fuel
from services import layer_address, shared
from services.filter_words import filters_of
from session import writing
from settings import settings
from tests import scenes
from tests.loops import in_a_loop
from web import layers

YEAR, SLOT = "public, max-age=31536000, immutable", "public, max-age=600"


@pytest.fixture
def country(sqlite_database: Engine, environment: pytest.MonkeyPatch, tmp_path: Path) -> Engine:
    """The country of scenes.py at its own noon, with one brand."""
    environment.setattr(layer_address, "_served", {layer_address.ROUTE})
    at(scenes.CLOCK, environment)
    assert scenes.load(sqlite_database, tmp_path).outcome == "loaded"
    with writing(sqlite_database) as session:
        session.execute(update(Station).where(Station.source_ref == scenes.LYON).values(brand="Système U"))
    shared.forget()
    return sqlite_database


def at(clock: str, environment: pytest.MonkeyPatch) -> None:
    """Let it be this moment."""
    environment.setenv("CARBUROAM_CLOCK", clock)
    settings.cache_clear()


def call(address: str) -> tuple[set[str], str]:
    """The stations of an answer, and how long it may be kept."""
    path, _, query = address.partition("?")
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "scheme": "https",
        "server": ("carburoam.example", 443),
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [],
    }
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b""}

    async def send(message: Any) -> None:
        sent.append(message)

    in_a_loop(Starlette(routes=[layers.route])(scope, receive, send))
    assert sent[0]["status"] == 200
    points = json.loads(b"".join(message.get("body", b"") for message in sent[1:]))
    return {point["id"] for point in points}, dict(sent[0]["headers"])[b"cache-control"].decode()


@pytest.mark.usefixtures("country")
def test_the_address_of_a_filtered_map_leads_to_it(environment: pytest.MonkeyPatch):
    """Kept until prices change; what is open now for ten minutes, and then it has another address."""
    state, fuel = shared.state(), Fuel.DIESEL

    def address(*words: str, brands: tuple[str, ...] = ()) -> str:
        return layer_address.layer_address(state, fuel, filters_of(words, brands))

    everybody, kept = call(address())
    assert (len(everybody), kept) == (10, YEAR)
    assert "?" not in address()
    assert address("wash", "24h").endswith("/1.json?only=24h,wash")
    assert call(address("wash", "24h")) == ({scenes.CHEAPEST}, YEAR)
    assert call(address(brands=("Système U",))) == ({scenes.LYON}, YEAR)
    assert call(address("showers")) == (set(), YEAR)

    noon = address("open")
    assert call(noon) == (everybody - {scenes.CLOSED}, SLOT)
    at((scenes.NOON + timedelta(minutes=9)).isoformat(), environment)
    assert address("open") == noon
    at((scenes.NOON + timedelta(hours=11)).isoformat(), environment)
    assert address("open") != noon
    assert call(address("open")) == ({scenes.OPEN_24H}, SLOT)
    assert call(address("open").replace(state.tag, "nonsense"))[1] == "no-store"


@pytest.mark.parametrize(
    "asked",
    [
        {"only": "bogus"}, {"only": "open," * 100}, {"only": "open\x00"}, {"brand": "Nobody’s"}, {"brand": "|" * 9_000},
        {"brand": "' OR 1=1 --"}, {"at": "9" * 5_000}, {"sort": "net"},
    ],
)  # fmt: skip
@pytest.mark.usefixtures("country")
def test_what_was_tampered_with_is_the_whole_map(asked: dict[str, str]):
    """And the very one that everybody has: nothing is computed or kept for it."""
    assert len(call(f"/layers/{shared.state().tag}/1.json?{urlencode(asked)}")[0]) == 10
    assert shared._filtered_layer.cache_info().currsize == 0


@pytest.mark.usefixtures("country")
def test_a_stranger_cannot_fill_the_memory():
    """Whatever is asked for, a few filtered maps are kept, and the map of everybody stays."""
    tag = shared.state().tag
    call(f"/layers/{tag}/1.json")
    words = ("24h", "road", "stock", "fresh", "wash", "air")
    for number in range(1, 31):
        only = ",".join(word for place, word in enumerate(words) if number >> place & 1)
        call(f"/layers/{tag}/1.json?only={only}")

    assert shared._filtered_layer.cache_info().currsize <= 16
    before = shared._layer.cache_info()
    call(f"/layers/{tag}/1.json")
    assert shared._layer.cache_info().hits == before.hits + 1


@pytest.mark.usefixtures("country")
def test_without_a_server_a_dozen_filtered_files_are_kept(environment: pytest.MonkeyPatch, tmp_path: Path):
    """Under hashed names, beside the files of everybody, which they do not drive out."""
    environment.setattr(layer_address, "_served", set())
    environment.setattr(layer_address, "STATIC", tmp_path / "layers")
    state, fuel = shared.state(), Fuel.DIESEL
    whole = layer_address.layer_address(state, fuel)
    words = ("24h", "road", "stock", "wash")
    last = ""
    for number in range(1, 16):
        chosen = [word for place, word in enumerate(words) if number >> place & 1]
        last = layer_address.layer_address(state, fuel, filters_of(chosen, ["Système U"]))

    files = {file.name for file in (tmp_path / "layers").iterdir()}
    assert len(files) == 1 + 12
    assert {whole.rpartition("/")[2], last.rpartition("/")[2]} <= files
    assert all(name.isascii() and len(name) < 60 for name in files)
    assert json.loads((tmp_path / "layers" / last.rpartition("/")[2]).read_bytes()) == []
