"""Three countries in one base: each judged by its own prices, none in another's figures."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from models import EtlRun, Price, PriceHistory, PriceMedian, Station
from pipeline.run import run_once
from records import Fuel
from services import data_state
from services.medians import medians, medians_in
from services.towns import matches, towns
from session import reading
from settings import settings
from sources import configured, second_road
from sources.es_minetur import EsMinetur
from sources.fr_prix_carburants import FrPrixCarburants
from sources.it_mimit import ItMimit
from tests.feeds import feed, many, pdv, prix, zipped
from tests.neighbours import italian, italian_station, spanish


def test_a_neighbour_comes_beside_france_and_not_into_it(database: Engine, tmp_path: Path):
    """Medians, suspect bands, towns, brands and the date of the data are each country's own."""
    french = zipped(tmp_path / "fr.zip", feed(*many(3, prix()), pdv(prix(valeur="1.000"), id="9")))
    outcomes = [run_once(FrPrixCarburants(), url=french.as_uri(), on=database).outcome]
    spain = spanish(
        tmp_path / "es.json",
        {"IDEESS": "7", "Precio Gasoleo A": "1,000"},
        {"IDEESS": "8", "Precio Gasoleo A": "1,020", "Municipio": "Castro", "C.P.": "39700", "IDProvincia": "39"},
        at="08/02/2025 8:30:00",
    )
    outcomes += [run_once(EsMinetur(), url=spain, on=database).outcome]
    italy = italian(
        tmp_path,
        ["7|Gasolio|1.6|1|05/02/2025 08:00:00", "8|Gasolio|1.7|1|05/02/2025 08:00:00"],
        [italian_station(7, town="CASTRO", province="LE"), italian_station(8, town="CASTRO", province="BG")],
    )
    outcomes += [run_once(ItMimit(), url=italy, on=database).outcome]

    assert outcomes == ["loaded"] * 3
    with reading(database) as session:
        assert {area: medians(session, area)[Fuel.DIESEL].price for area in ("FR", "ES", "ES-20", "IT")} == {
            "FR": 1749,
            "ES": 1010,
            "ES-20": 1000,
            "IT": 1650,
        }
        beside = medians_in(session, ["FR-01", "ES-20", ""])
        assert {area: found[Fuel.DIESEL].price for area, found in beside.items()} == {
            "FR": 1749,
            "FR-01": 1749,
            "ES": 1010,
            "ES-20": 1000,
        }
        # A euro would be a typing error in France.
        suspect = session.scalars(select(Station.source_ref).join(Price).where(Price.is_suspect)).all()
        assert suspect == ["9"]
        labels = {town.label for town in matches(towns(session), "castro")}
        assert labels == {"Castro (39700, ES)", "Castro (LE, IT)", "Castro (BG, IT)"}
        assert dict(session.execute(select(Station.source_ref, Station.brand)).all())["es-7"] == "Repsol"
        state = data_state.data_state(session, now=datetime.now(UTC), interval=settings().etl_interval)
        assert (state.stations, state.extract_at) == (4, datetime(2025, 2, 7, 11, tzinfo=UTC))
        assert state.version == session.scalar(select(EtlRun.id).where(EtlRun.source == "it_mimit"))
        assert data_state.data_dates(session)["es_minetur"] == datetime(2025, 2, 8, 7, 30, tzinfo=UTC)


def test_a_price_that_stays_is_no_declaration_for_a_week(sqlite_database: Engine, tmp_path: Path):
    """Spain dates all prices alike: an hour later only what moved is new; after a week the rest is confirmed once."""
    rows: tuple[dict[str, object], ...] = ({"IDEESS": "7"}, {"IDEESS": "8"})

    def load(at: str, diesel: str) -> int:
        url = spanish(tmp_path / "es.json", rows[0] | {"Precio Gasoleo A": diesel}, rows[1], at=at)
        return run_once(EsMinetur(), url=url, on=sqlite_database).counts.prices_changed

    assert [load("07/02/2025 8:30:00", "1,439"), load("07/02/2025 9:30:00", "1,449")] == [4, 1]
    assert load("14/02/2025 8:29:59", "1,449") == 0
    assert load("14/02/2025 8:30:00", "1,449") == 3
    with reading(sqlite_database) as session:
        assert len(session.scalars(select(PriceHistory.price)).all()) == 8
        # Fresh all the while: what goes by the day of the list, not by the moment that a price was first seen.
        assert session.scalars(select(PriceMedian.count).where(PriceMedian.area == "ES")).all() == [2, 2, 2, 2]


def test_neighbours_are_off_until_wanted_and_keep_their_own_pace(environment: pytest.MonkeyPatch):
    """A word in the settings; never asked more often than they publish. The way round a host is France's."""
    environment.setenv("CARBUROAM_SOURCES__FR_BRANDS__IS_ON", "true")
    assert [entry.source.name for entry in configured(settings())] == ["fr_prix_carburants", "fr_brands"]

    environment.setenv("CARBUROAM_SOURCES__ES_MINETUR__IS_ON", "true")
    environment.setenv("CARBUROAM_SOURCES__IT_MIMIT__IS_ON", "true")
    settings.cache_clear()
    entries = {entry.source.name: entry for entry in configured(settings())}
    assert [entries[name].interval.total_seconds() / 3600 for name in ("es_minetur", "it_mimit")] == [1, 6]

    roads = {name: second_road(entry.source, entry.url, settings()) for name, entry in entries.items()}
    assert [name for name, road in roads.items() if road] == ["fr_prix_carburants"]
    environment.setenv("CARBUROAM_SECOND_ROAD_AFTER", "0")
    settings.cache_clear()
    assert second_road(entries["fr_prix_carburants"].source, entries["fr_prix_carburants"].url, settings()) is None
