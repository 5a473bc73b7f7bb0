"""The Spanish list: commas, empty prices, one moment for all, hours in words."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from errors import SourceMalformed
from records import Fuel, Reject, RoadKind, StationRecord
from sources.es_minetur import EsMinetur
from sources.es_minetur import week as week_of
from sources.values import Unusable
from tests.neighbours import spanish

AT = int(datetime(2025, 2, 7, 7, 30, 12, tzinfo=UTC).timestamp())


def read(folder: Path, *changes: dict[str, str], **facts: str) -> list[StationRecord | Reject]:
    """What is made of a list of these stations."""
    file = folder / "es.json"
    spanish(file, *changes, **facts)
    return list(EsMinetur().transform(file))


def test_a_station_with_all_that_it_tells(tmp_path: Path):
    """Prices of our fuels only, all of the list's moment in Madrid; the brand from the sign."""
    changes = {"Precio Gasolina 98 E10": "1,799", "Precio Gases licuados del petróleo": "0,989"}
    [station] = read(tmp_path, changes)

    assert isinstance(station, StationRecord)
    assert (station.source_ref, station.brand, station.name) == ("es-1001", "Repsol", None)
    assert (station.town, station.zip_code, station.area) == ("Irun", "20301", "ES-20")
    assert (station.latitude, station.longitude) == (43.34, -1.79)
    assert station.opening_hours == (((360, 1320),),) * 7
    assert [tuple(price) for price in station.prices] == [
        (Fuel.DIESEL, 1439, AT),
        (Fuel.SP95, 1529, AT),
        (Fuel.LPG, 989, AT),
        (Fuel.SP98, 1799, AT),
    ]


def test_what_cannot_be_used_is_named_and_the_rest_stays(tmp_path: Path):
    """A value costs itself; who sells to members only is left out; a product never heard of is told once."""
    found = read(
        tmp_path,
        {"IDEESS": "1", "Latitud": "", "Horario": "cuando quiera", "Precio Gasoleo A": "14,39"},
        {"IDEESS": "2", "Tipo Venta": "R"},
        {"IDEESS": "", "Dirección": "SIN NUMERO"},
        {"IDEESS": "3", "Longitud (WGS84)": "12,5", "Precio Queroseno": "1,0"},
        {"IDEESS": "4", "Precio Queroseno": "1,0", "Rótulo": "Nº 10.935"},
        {"IDEESS": "5", "C.P.": "35001", "IDProvincia": "35", "Latitud": "28,1", "Longitud (WGS84)": "-15,4"},
        {"IDEESS": "6", "Horario": "L-D: 24H", "Dirección": "AUTOPISTA AP-8 KM. 2", "Precio Gasoleo A": ""},
    )

    reasons = [(row.source_ref, row.reason) for row in found if isinstance(row, Reject)]
    assert reasons == [
        ("es-1", "position_missing"),
        ("es-1", "hours_malformed"),
        ("es-1", "price_out_of_range"),
        ("es-2", "not_open_to_the_public"),
        ("?", "station_without_id"),
        ("?", "fuel_unknown"),
        ("es-3", "position_outside_spain"),
    ]
    kept = {row.source_ref: row for row in found if isinstance(row, StationRecord)}
    assert list(kept) == ["es-1", "es-3", "es-4", "es-5", "es-6"]
    assert (kept["es-4"].brand, kept["es-4"].name) == (None, None)
    # The Canaries' clock is not ours.
    assert kept["es-5"].opening_hours is None
    assert kept["es-6"].opening_hours == (((0, 1440),),) * 7
    assert (kept["es-6"].is_open_24h, kept["es-6"].road_kind, len(kept["es-6"].prices)) == (False, RoadKind.MOTORWAY, 1)


@pytest.mark.parametrize(
    "facts", [{"at": "ayer"}, {"at": "07/02/2999 8:30:12"}, {"result": "KO"}], ids=["moment", "future", "failed"]
)
def test_a_list_without_a_moment_or_a_good_word_is_malformed(tmp_path: Path, facts: dict[str, str]):
    """Nothing could be said of the age of its prices."""
    with pytest.raises(SourceMalformed):
        read(tmp_path, {}, **facts)


def test_hours_in_words():
    """Days in a row or alone, a break at noon, all day, over midnight, over the end of the week."""
    assert week_of("L-V: 07:00-14:00 y 16:00-21:00; S: 24H; D: 22:00-06:00") == (
        *(((420, 840), (960, 1260)),) * 5,
        ((0, 1440),),
        ((1320, 360),),
    )
    assert week_of("D-L: 08:00-20:00") == (((480, 1200),), None, None, None, None, None, ((480, 1200),))
    assert week_of("") is None
    with pytest.raises(Unusable, match="hours_malformed"):
        week_of("L-V: 7-14")
