"""The three real snapshots loaded in order, against a count by a few lines of plain XML reading."""

from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET
from zipfile import ZipFile

import pytest
from sqlalchemy import Engine, func, select

from models import EtlRun, GasType, Price, PriceHistory, Station
from pipeline.run import run_once
from session import reading
from settings import settings
from sources.fr_prix_carburants import FrPrixCarburants

# The second takes a minute; on a country of our own making both are tried by tests/pipeline/test_load.py.
ON_BOTH = pytest.mark.parametrize(
    "database", ["sqlite", pytest.param("postgres", marks=pytest.mark.long)], indirect=True
)
MOMENTS = ("2025-02-03T2305", "2025-02-06T1840", "2025-02-07T0830")


def declared(extract: Path) -> tuple[set[str], dict[tuple[str, str], tuple[str, str]]]:
    """The ids of the stations, and moment and price of each station and fuel, as written."""
    with ZipFile(extract) as archive, archive.open(archive.namelist()[0]) as xml:
        stations = ET.parse(xml).getroot().findall("pdv")  # noqa: S314
    prices = {
        (pdv.attrib["id"], prix.attrib["nom"]): (prix.attrib["maj"], prix.attrib["valeur"])
        for pdv in stations
        for prix in pdv.findall("prix")
    }
    return {pdv.attrib["id"] for pdv in stations}, prices


@ON_BOTH
def test_the_real_snapshots_are_loaded_as_they_were_declared(
    database: Engine, real_feed: Callable[[str], Path], environment: pytest.MonkeyPatch
):
    """Stations, prices, changes, history and the stations gone are those of the independent count."""
    # The oldest declaration is of 2015: nothing is to be forgotten while it is counted.
    environment.setenv("CARBUROAM_HISTORY_DAYS", "36500")
    settings.cache_clear()
    ever: set[str] = set()
    before_stations: set[str] = set()
    before: dict[tuple[str, str], tuple[str, str]] = {}
    history = 0
    for moment in MOMENTS:
        extract = real_feed(moment)
        stations, prices = declared(extract)
        changed = sum(before.get(key) != value for key, value in prices.items())
        history += changed

        result = run_once(FrPrixCarburants(), url=extract.as_uri(), on=database)

        assert result.outcome == "loaded"
        assert result.counts.stations_read == len(stations)
        assert result.counts.prices_read == len(prices)
        assert result.counts.prices_changed == changed
        assert result.counts.gone == len(before_stations - stations)
        assert result.counts.rejected == 0
        ever |= stations
        before_stations, before = stations, prices
        with reading(database) as session:
            assert session.scalar(select(func.count(Station.id))) == len(ever)
            present = set(session.scalars(select(Station.source_ref).where(Station.gone_at.is_(None))))
            assert present == stations
            assert session.scalar(select(func.count()).select_from(PriceHistory)) == history
            held = session.execute(
                select(Station.source_ref, GasType.name, Price.price)
                .join(Price, Price.station_id == Station.id)
                .join(GasType, GasType.id == Price.gastype_id)
                .where(Station.gone_at.is_(None))
            ).all()
            assert {(ref, fuel): price for ref, fuel, price in held} == {
                key: round(float(value) * 1_000) for key, (_, value) in prices.items()
            }
    assert run_once(FrPrixCarburants(), url=real_feed(MOMENTS[-1]).as_uri(), on=database).outcome == "unchanged"
    with reading(database) as session:
        assert list(session.scalars(select(EtlRun.outcome).order_by(EtlRun.id))) == ["loaded"] * 3 + ["unchanged"]


def test_few_real_prices_are_suspect(sqlite_database: Engine, real_feed: Callable[[str], Path]):
    """The band keeps the motorways and finds the slips: 24 among 33,631, none on a motorway."""
    run_once(FrPrixCarburants(), url=real_feed(MOMENTS[-1]).as_uri(), on=sqlite_database)

    with reading(sqlite_database) as session:
        suspects = session.scalar(select(func.count()).select_from(Price).where(Price.is_suspect))
        kinds = set(session.scalars(select(Station.road_kind).join(Price).where(Price.is_suspect)))
        cheapest = session.scalar(select(func.min(Price.price)).where(Price.gastype_id == 1, ~Price.is_suspect))
    assert suspects == 24
    assert kinds == {"road"}
    assert cheapest == 1_559
