"""What every source keeps to, whoever wrote it: this is run for each entry of `sources.SOURCES` and of
`sources.SECOND_ROADS`."""

import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import Engine

from adapters.download import Validators
from errors import SourceMalformed
from pipeline.run import run_once
from records import Reject, StationRecord
from sources import SECOND_ROADS, SOURCES
from sources.base import AnySource, NameSource, TownSource, has_prices
from tests import communes, neighbours
from tests.feeds import exported, feed, many, pdv, prix, zipped


class Case(NamedTuple):
    """How a list of one source is written for these tests."""

    write: Callable[[Path, int], str]
    """So many sound stations, and one value that cannot be used; gives back the address."""
    kept: int = 300
    """Bytes of memory that a station may cost while it is read: some are kept by caches of values."""


def _french(folder: Path, count: int) -> str:
    return zipped(folder / "feed.zip", feed(*many(count, prix()), pdv(prix(valeur="abc"), id="9"))).as_uri()


def _brands(folder: Path, count: int) -> str:
    rows = [f"{number},Esso,,," for number in range(1, count + 1)]
    file = folder / "brands.csv"
    file.write_text("\n".join(["ref:FR:prix-carburants,brand,name,operator,branch", *rows, "x,Esso,,,"]), "utf-8")
    return file.as_uri()


def _communes(folder: Path, count: int) -> str:
    rows = [communes.commune(f"{number:05}") for number in range(count)]
    return communes.written(folder / "communes.json", *rows, communes.commune("99999", centre=None))


def _spanish(folder: Path, count: int) -> str:
    sound: list[dict[str, object]] = [{"IDEESS": str(number)} for number in range(count)]
    return neighbours.spanish(folder / "es.json", *sound, {"IDEESS": "999999", "Precio Gasoleo A": "x"})


def _italian(folder: Path, count: int) -> str:
    prices = [f"{number}|Gasolio|1.5|1|06/02/2025 08:00:00" for number in range(count)]
    stations = [neighbours.italian_station(number) for number in range(count)]
    return neighbours.italian(folder, [*prices, "1|Gasolio|x|1|06/02/2025 08:00:00"], stations)


def _export(folder: Path, count: int) -> str:
    return exported(folder, *((1_000_000 + number, "1.749") for number in range(count)), (9, "abc"))


SECOND = " by its second road"
EVERY = SOURCES | {f"{name}{SECOND}": make for name, make in SECOND_ROADS.items()}
CASES = {
    f"fr_prix_carburants{SECOND}": Case(_export),
    "fr_prix_carburants": Case(_french),
    "fr_brands": Case(_brands),
    "fr_communes": Case(_communes),
    "es_minetur": Case(_spanish),
    # Prices come before the stations that they belong to, and wait for them.
    "it_mimit": Case(_italian, kept=1_500),
}


@pytest.fixture(params=EVERY)
def name(request: pytest.FixtureRequest) -> str:
    """Each source in turn; one without a case here fails."""
    return str(request.param)


def fetched(source: AnySource, url: str, into: Path) -> Path:
    """The extract at an address."""
    into.mkdir()
    found = source.extract(url, into, known=Validators())
    assert found is not None
    return found.path


def rows(source: AnySource, extract: Path) -> object:
    """What it reads."""
    if isinstance(source, NameSource):
        return source.names(extract)
    return source.towns(extract) if isinstance(source, TownSource) else source.transform(extract)


def _peak(source: AnySource, extract: Path) -> tuple[int, int]:
    tracemalloc.start()
    try:
        count = sum(not isinstance(row, Reject) for row in rows(source, extract))  # type: ignore[attr-defined]
        return tracemalloc.get_traced_memory()[1], count
    finally:
        tracemalloc.stop()


def test_it_says_whose_it_is_and_in_what_money(name: str):
    """Publisher, licence and their addresses are on About; prices of all sources are compared, so in euros."""
    source = EVERY[name]()

    assert source.name == name.removesuffix(SECOND)
    assert all(vars(source.attribution).values())
    assert {source.attribution.homepage[:8], source.attribution.licence_url[:8], source.feed.url[:8]} == {"https://"}
    assert not has_prices(source) or getattr(source, "currency", None) == "EUR"


def test_it_streams(name: str, tmp_path: Path):
    """Ten times the stations take no more memory than what waits for its other half."""
    source, case = EVERY[name](), CASES[name]
    peaks = {}
    for count in (200, 2_000):
        folder = tmp_path / str(count)
        folder.mkdir()
        extract = fetched(source, case.write(folder, count), folder / "into")
        peaks[count], read = _peak(source, extract)
        assert read >= count

    assert peaks[2_000] - peaks[200] < case.kept * 1_800


def test_a_bad_value_costs_that_value_and_the_same_file_is_known_again(
    name: str, sqlite_database: Engine, tmp_path: Path
):
    """It is counted by its reason; the second run finds the hash of the first, and reads nothing."""
    url = CASES[name].write(tmp_path, 20)

    first, second = (run_once(EVERY[name](), url=url, on=sqlite_database) for _ in range(2))

    assert (first.outcome, first.counts.rejected, first.counts.stations_read >= 20) == ("loaded", 1, True)
    assert (second.outcome, second.counts.stations_read) == ("unchanged", 0)


def test_what_is_no_such_list_is_malformed(name: str, tmp_path: Path):
    """A page of HTML in its place, as servers in trouble send it."""
    CASES[name].write(tmp_path, 2)
    source = EVERY[name]()
    for file in [*tmp_path.iterdir()]:
        file.write_text("<!doctype html><html><body>Wartung; maintenance | avería</body></html>", "utf-8")
    extract = fetched(source, next(tmp_path.glob("[!a]*")).as_uri(), tmp_path / "into")

    with pytest.raises(SourceMalformed):
        list(rows(source, extract))  # type: ignore[call-overload]


def test_records_of_one_source_are_told_from_those_of_another(tmp_path: Path):
    """The id of a station is its address on our pages: numbers that two countries give get the country before them."""
    refs = []
    for name, make in SOURCES.items():
        source, case, folder = make(), CASES[name], tmp_path / name
        folder.mkdir()
        found = rows(source, fetched(source, case.write(folder, 5), folder / "into"))
        refs += [row.source_ref for row in found if isinstance(row, StationRecord)]  # type: ignore[attr-defined]

    assert len(set(refs)) == len(refs) > 15
