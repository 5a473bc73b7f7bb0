"""The two Italian lists: joined by number, self-service before service, either separator."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.download import Validators
from records import Fuel, Reject, RoadKind, StationRecord
from sources.it_mimit import ItMimit
from tests.neighbours import italian, italian_station


def read(folder: Path, url: str) -> list[StationRecord | Reject]:
    """What is made of two lists."""
    into = folder / "into"
    into.mkdir()
    found = ItMimit().extract(url, into, known=Validators())
    assert found is not None
    return list(ItMimit().transform(found.path))


@pytest.mark.parametrize("separator", ["|", ";"])
def test_stations_get_their_prices_and_self_service_is_preferred(tmp_path: Path, separator: str):
    """Whatever comes first; served is taken where there is no other; of two of a kind the newer."""
    url = italian(
        tmp_path,
        [
            "7|Gasolio|1.899|0|06/02/2025 09:00:00",
            "7|Gasolio|1.699|1|05/02/2025 19:30:00",
            "7|Gasolio|1.709|1|04/02/2025 19:30:00",
            "7|Benzina|1.959|0|05/02/2025 19:30:00",
            "7|Blue Diesel|1.999|1|05/02/2025 19:30:00",
            "7|Metano|1.299|0|05/02/2025 19:30:00",
        ],
        [italian_station(7, town="REGGIO NELL'EMILIA", province="RE", kind="Autostradale", brand="Pompe Bianche")],
        separator=separator,
    )
    [station] = read(tmp_path, url)

    assert isinstance(station, StationRecord)
    assert (station.source_ref, station.town, station.area) == ("it-7", "Reggio nell'Emilia", "IT-RE")
    assert (station.road_kind, station.brand) == (RoadKind.MOTORWAY, None)
    at = int(datetime(2025, 2, 5, 18, 30, tzinfo=UTC).timestamp())
    assert [tuple(price) for price in station.prices] == [(Fuel.DIESEL, 1699, at), (Fuel.SP95, 1959, at)]


def test_what_cannot_be_used_is_named_and_the_rest_stays(tmp_path: Path):
    """A separator within a name costs what stands beside it; a price without a station, itself."""
    url = italian(
        tmp_path,
        [
            "1|Nettare|1.5|1|05/02/2025 19:30:00",
            "1|Gasolio|1.5|1|05-02-2025",
            "1|Gasolio|1.5|1|05/02/2999 19:30:00",
            "1|Gasolio|1.5",
            "9|GPL|0.7|0|05/02/2025 19:30:00",
            "2|GPL|0.7|0|05/02/2025 19:30:00",
        ],
        [
            italian_station(1, north="NULL", east="NULL"),
            italian_station(2).replace("VIA ROMA 1", "VIA ROMA | 1"),
            italian_station(3, east="1.2", province="?"),
            "4|only",
        ],
    )
    found = read(tmp_path, url)

    reasons = [(row.source_ref, row.reason) for row in found if isinstance(row, Reject)]
    assert reasons == [
        ("it-1", "fuel_unknown"),
        ("it-1", "date_malformed"),
        ("it-1", "date_in_future"),
        ("it-1", "row_incomplete"),
        ("it-1", "position_missing"),
        ("it-2", "row_with_surplus"),
        ("it-3", "position_outside_italy"),
        ("it-4", "row_incomplete"),
        ("it-9", "price_of_no_station"),
    ]
    kept = {row.source_ref: row for row in found if isinstance(row, StationRecord)}
    assert list(kept) == ["it-1", "it-2", "it-3"]
    assert (kept["it-2"].latitude, kept["it-2"].town, kept["it-2"].address) == (43.7912, "Ventimiglia", "")
    assert (kept["it-1"].brand, kept["it-3"].area, len(kept["it-2"].prices)) == ("Eni", "", 1)
