"""The list of French communes: its quirks, after the service's own description and issues."""

from pathlib import Path

import pytest

from errors import SourceMalformed
from records import Reject, TownRecord
from sources.fr_communes import FrCommunes
from tests.communes import at, commune, written


def read(folder: Path, *rows: object) -> list[TownRecord | Reject]:
    """What is made of such a list."""
    file = folder / "communes.json"
    written(file, *rows)
    return list(FrCommunes().towns(file))


def test_a_commune_with_its_postcodes_and_its_middle(tmp_path: Path):
    """GeoJSON tells the longitude first; Corsica's codes have a letter; who does not tell people has none."""
    found = read(
        tmp_path,
        commune("91471", "Orsay", ["91400"], at(48.7005, 2.1904), 16_000),
        commune("2A004", "Ajaccio", ["20167", "20000", "20090", "20000"], at(41.9347, 8.7009), None),
    )

    assert found == [
        TownRecord("91471", "Orsay", ("91400",), 48.7005, 2.1904, 16_000),
        TownRecord("2A004", "Ajaccio", ("20000", "20090", "20167"), 41.9347, 8.7009, 0),
    ]


@pytest.mark.parametrize(
    ("nom", "name"),
    [
        ("Paris 15e Arrondissement", "Paris 15e"),
        ("Lyon 1er Arrondissement", "Lyon 1er"),
        ("Arrondissement", "Arrondissement"),
    ],
)
def test_an_arrondissement_is_called_as_people_say_it(tmp_path: Path, nom: str, name: str):
    """By its number."""
    (found,) = read(tmp_path, commune(nom=nom))

    assert isinstance(found, TownRecord)
    assert found.name == name


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (commune("9141"), "ref_malformed"),
        (commune(nom=" "), "name_missing"),
        (commune(codes=[]), "postcode_missing"),
        (commune(codes=None), "postcode_missing"),
        (commune(codes="91400"), "postcode_missing"),
        (commune(codes=["9140", 91400]), "postcode_missing"),
        (commune(centre=None), "position_missing"),
        (commune(centre={"type": "Point", "coordinates": [2.15]}), "position_missing"),
        (commune(centre=at(0, 0)), "position_missing"),
        (commune(centre={"coordinates": ["x", 2]}), "position_malformed"),
        (commune("97411", "Saint-Denis", ["97400"], at(-20.9, 55.45)), "position_outside_france"),
    ],
)
def test_what_cannot_be_used_is_counted_by_its_reason(tmp_path: Path, row: object, reason: str):
    """The others of the list stay."""
    first, second = read(tmp_path, row, commune())

    assert isinstance(first, Reject)
    assert first.reason == reason
    assert isinstance(second, TownRecord)


@pytest.mark.parametrize("row", [17, None, "Orsay", {"nom": "Orsay"}])
def test_rows_of_something_else_are_no_list_of_communes(tmp_path: Path, row: object):
    """The service answers errors as objects, and may be renamed."""
    with pytest.raises(SourceMalformed, match="without a code"):
        read(tmp_path, row)
