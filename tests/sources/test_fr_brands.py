"""OpenStreetMap's list of brands: what is read of it, how names are spelt, and what is refused whole."""

import bz2
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from errors import SourceMalformed
from records import HOUSES, NameRecord, Reject
from sources.extracts import elements, xml_members
from sources.fr_brand_names import BRANDS, brand_of, own_name, tidy
from sources.fr_brands import FrBrands
from tests.brand_lists import HEADER, brand_list


def read(file: Path) -> tuple[list[NameRecord], list[Reject]]:
    """What the source makes of a file."""
    rows = list(FrBrands().names(file))
    return [row for row in rows if isinstance(row, NameRecord)], [row for row in rows if isinstance(row, Reject)]


def test_columns_are_found_by_name_in_a_plain_or_a_packed_file(tmp_path: Path):
    """The publisher may add a column, move one, or send the file as it is."""
    document = "name,when,branch,operator,ref:FR:prix-carburants,brand\nRelais du Lac,2025,,,91400001,Total\n"
    for name, content in (("plain", document.encode()), ("packed", bz2.compress(document.encode()))):
        file = tmp_path / name
        file.write_bytes(content)
        assert read(file) == ([NameRecord("91400001", "TotalEnergies", "Relais du Lac")], [])


def test_a_row_may_hold_several_ids_none_or_withdrawn_ones(tmp_path: Path):
    """Each valid id is named; what a mapper withdrew, and stations that are none of the feed's, are passed over."""
    file = brand_list(
        tmp_path,
        "91400001; 91400002;DELETE TAG 7,Esso,,,",
        "DELETE TAG 91400003;91400004,BP,,,",
        ",Shell,,,",
        "n/a,Shell,,,",
        "91400005,,Station service,,",
        "91400006,Avia",
    )

    named, rejects = read(file)

    assert named == [NameRecord("91400001", "Esso", None), NameRecord("91400002", "Esso", None)]
    assert [(reject.source_ref, reject.reason) for reject in rejects] == [
        ("n/a", "ref_malformed"),
        ("91400005", "name_missing"),
        ("?", "row_incomplete"),
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"<!DOCTYPE html><html><body>503</body></html>", "has no column"),
        (HEADER.replace("brand", "enseigne").encode(), "has no column brand$"),
        (bz2.compress(HEADER.encode() + b"91400001,Esso,,,\n" * 9_000)[:-20], "damaged or cut short"),
        (b"BZh9" + b"\0" * 90, "damaged or cut short"),
        (HEADER.encode() + b"91400001,\xff\xfe,,,\n", "damaged or cut short"),
        (HEADER.encode() + b'91400001,"Esso,,,\n', "damaged or cut short"),
    ],
    ids=["empty", "html", "renamed", "truncated", "no-bzip2", "no-utf8", "open-quote"],
)
def test_what_is_not_the_list_is_malformed_as_a_whole(content: bytes, said: str, tmp_path: Path):
    """A person has to look; nothing of it is believed."""
    file = tmp_path / "list"
    file.write_bytes(content)

    with pytest.raises(SourceMalformed, match=said):
        read(file)


def test_a_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Nor a line without end."""
    monkeypatch.setattr("sources.fr_brands.MOST_BYTES", 1 << 16)
    file = tmp_path / "list"
    file.write_bytes(bz2.compress(HEADER.encode() + b"x" * (1 << 20)))

    with pytest.raises(SourceMalformed, match="more than"):
        read(file)


@pytest.mark.parametrize(
    ("brand", "name", "operator", "spelt"),
    [
        ("Total", "", "", "TotalEnergies"),
        ("Total Énergie", "", "", "TotalEnergies"),
        ("Total Contact", "", "", "TotalEnergies"),
        ("TotalÉnergies Access", "", "", "Total Access"),
        ("Total", "Total Access - Pont de Clichy", "", "Total Access"),
        ("E. Leclerc", "", "", "E.Leclerc"),
        ("", "Station Service E.Leclerc", "", "E.Leclerc"),
        ("u", "", "", "Super U"),
        ("Système U;Super U", "", "", "Super U"),
        ("Système U", "Hyper U", "", "Hyper U"),
        ("Station service intermarché", "", "", "Intermarché"),
        ("Intermarché", "Netto", "", "Netto"),
        ("", "", "Groupement des Mousquetaires", "Intermarché"),
        ("Carrefour", "Station Carrefour Market Saint-Priest", "", "Carrefour Market"),
        ("Carrefour Market", "Carrefour", "", "Carrefour Market"),
        ("ESSO", "Esso express", "", "Esso Express"),
        ("Agip", "", "", "Eni"),
        ("AS24", "", "", "AS 24"),
        ("Independent", "", "", None),
        ("Station essence Indépendant", "Garage du Lac", "", None),
        ("", "Casinotown", "", None),
        ("PETROLES  DU LAC", "", "", "Petroles du Lac"),
        ("\u202egarage\x00", "", "", "Garage"),
        (";", "", "", None),
    ],
)
def test_brands_are_spelt_as_drivers_say_them(brand: str, name: str, operator: str, spelt: str | None):
    """Whatever the column that tells them; a spelling that no table knows is tidied."""
    assert brand_of(brand, name, operator) == spelt


def test_a_brand_of_the_table_stays_as_it_is():
    """Its own spelling means itself, and each house is one of the brands."""
    assert {brand: brand_of(brand) for brand in BRANDS} == {brand: brand for brand in BRANDS}
    assert set(HOUSES) | set(HOUSES.values()) <= set(BRANDS)


@pytest.mark.parametrize(
    ("written", "brand", "kept"),
    [
        ("Station Total", "TotalEnergies", None),
        ("Relais Total du Quercy", "TotalEnergies", "Relais Total du Quercy"),
        ("Total Access - Relais des Thermes", "Total Access", "Relais des Thermes"),
        ("Station-service", None, None),
        ("GARAGE DU LAC", None, "Garage du Lac"),
    ],
)
def test_a_name_is_kept_where_it_tells_more_than_the_brand(written: str, brand: str | None, kept: str | None):
    """And more than that it is a filling station."""
    assert own_name(written, brand) == kept


def test_overlong_names_are_cut(tmp_path: Path):
    """As long as their columns, whatever a mapper wrote."""
    (record,), _ = read(brand_list(tmp_path, f"91400001,{'É' * 300},{'b' * 300},,"))

    assert record.brand == tidy("É" * 300)[:60]
    assert len(record.name or "") == 120


def test_the_real_list_names_nearly_all_stations_of_the_real_feed(shared: Path, real_feed: Callable[[str], Path]):
    """93 of 100 stations are called something, 90 by a brand, and few spellings stay unknown."""
    snapshot = real_feed("2025-02-07T0830")
    (member,) = xml_members(snapshot, source="test")
    found = elements(snapshot, member, root="pdv_liste", tag="pdv", source="test", most_bytes=1 << 30)
    refs = {str(pdv.get("id")) for pdv in found}

    named, rejects = read(shared / "brands" / "stations-osm.csv")

    by_ref = {record.source_ref: record for record in named}
    here = [by_ref[ref] for ref in refs if ref in by_ref]
    assert len(here) / len(refs) > 0.93
    brands = Counter(record.brand for record in here if record.brand)
    assert brands.total() / len(refs) > 0.89
    assert sum(count for brand, count in brands.items() if brand in BRANDS) / brands.total() > 0.99
    assert [brand for brand, _ in brands.most_common(3)] == ["Intermarché", "TotalEnergies", "Super U"]
    assert {reject.reason for reject in rejects} <= {"name_missing"}
