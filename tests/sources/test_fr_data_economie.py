"""The second road to the French prices: the same stations, whatever form they came in."""

import json
from pathlib import Path
from typing import Any

from records import Reject, StationRecord
from sources.fr_data_economie import FrDataEconomie
from sources.fr_prix_carburants import FrPrixCarburants
from tests.feeds import element, feed, pdv, prix, rupture, zipped

# One description of each station; both forms are written from it.
STATIONS: list[dict[str, Any]] = [
    {
        "id": "1000001",
        "latitude": "4620114",
        "longitude": "519791",
        "cp": "01000",
        "pop": "R",
        "adresse": "596 AVENUE DE TRÉVOUX",
        "ville": "BOURG-EN-BRESSE",
        "prix": [
            {"nom": "Gazole", "id": "1", "maj": "2025-02-07 00:10:00", "valeur": "1.749"},
            {"nom": "SP98", "id": "6", "maj": "2024-07-07 12:00:00", "valeur": "1.899"},
        ],
        "rupture": [
            {"id": "3", "nom": "E85", "debut": "2025-01-12 10:51:09", "fin": "", "type": "temporaire"},
            {"id": "4", "nom": "GPLc", "debut": "2020-01-12 10:51:09", "fin": "", "type": "definitive"},
        ],
        "services": ["Station de gonflage", "Laverie"],
        "automate": "1",
        "jours": {"1": [("06.00", "12.00"), ("14.00", "20.00")], "2": [("00.00", "00.00")], "7": []},
    },
    {
        "id": "33000009",
        "latitude": "4462287.3062239",
        "longitude": "-57918.5",
        "cp": "33000",
        "pop": "A",
        "adresse": "",
        "ville": "Bordeaux",
        "prix": [{"nom": "E10", "id": "5", "maj": "2025-02-07 08:00:00", "valeur": "abc"}],
        "rupture": [],
        "services": ["Wifi"],
        "automate": "",
        "jours": {},
    },
    {
        "id": "75000001",
        "latitude": "0",
        "longitude": "0",
        "cp": "75001",
        "pop": "R",
        "adresse": "1 RUE",
        "ville": "PARIS",
        "prix": [],
        "rupture": [{"id": "1", "nom": "Gazole", "debut": "2025-02-01 10:00:00", "fin": "", "type": "temporaire"}],
        "services": [],
        "automate": "",
        "jours": {},
    },
]


def first_road(folder: Path) -> Path:
    """The stations in the XML of the first publisher."""

    def station(facts: dict[str, Any]) -> str:
        days = [
            element("jour", *(element("horaire", ouverture=o, fermeture=f) for o, f in spans), id=day, ferme="")
            for day, spans in facts["jours"].items()
        ]
        inside = (
            element("horaires", *days, automate_24_24=facts["automate"]) if days or facts["automate"] else "",
            element("services", *(element("service", label) for label in facts["services"])),
            *(prix(**price) for price in facts["prix"]),
            *(rupture(**outage) for outage in facts["rupture"]),
        )
        where = {key: facts[key] for key in ("id", "latitude", "longitude", "cp", "pop")}
        return pdv(*inside, address=facts["adresse"], town=facts["ville"], **where)

    return zipped(folder / "feed.zip", feed(*(station(facts) for facts in STATIONS)))


def second_road(folder: Path) -> Path:
    """The same in the other's JSON: raw columns as texts, a list of one as its member, moments with a false offset."""

    def marked(facts: dict[str, str]) -> dict[str, str]:
        return {f"@{key}": value for key, value in facts.items()}

    def bare(several: list[Any]) -> Any:
        return several[0] if len(several) == 1 else several

    def row(facts: dict[str, Any]) -> dict[str, Any]:
        days = [
            {"@id": day, "@ferme": ""}
            | ({"horaire": bare([{"@ouverture": o, "@fermeture": f} for o, f in spans])} if spans else {})
            for day, spans in facts["jours"].items()
        ]
        hours = {"@automate-24-24": facts["automate"], "jour": days}
        columns = {
            f"{price['nom'].lower()}_maj": price["maj"].replace(" ", "T") + "+00:00" for price in facts["prix"]
        } | {f"{price['nom'].lower()}_prix": price["valeur"] for price in facts["prix"]}
        return {
            "id": int(facts["id"]),
            "latitude": facts["latitude"],
            "longitude": float(facts["longitude"]),
            **{key: facts[key] for key in ("cp", "pop", "adresse", "ville")},
            "horaires": json.dumps(hours) if days or facts["automate"] else None,
            "services": json.dumps({"service": bare(facts["services"])}) if facts["services"] else None,
            "prix": json.dumps(bare([marked(price) for price in facts["prix"]])) if facts["prix"] else None,
            "rupture": json.dumps(bare([marked(each) for each in facts["rupture"]])) if facts["rupture"] else None,
            "geom": {"lon": float(facts["longitude"]) / 1e5, "lat": float(facts["latitude"]) / 1e5},
            **columns,
        }

    file = folder / "export.json"
    file.write_text(json.dumps([row(facts) for facts in STATIONS], ensure_ascii=False), "utf-8")
    return file


def test_both_roads_give_the_same_records(tmp_path: Path):
    """For the same moment: ids, positions, hours, prices, outages, and what could not be used."""
    first = list(FrPrixCarburants().transform(first_road(tmp_path)))
    second = list(FrDataEconomie().transform(second_road(tmp_path)))

    assert [row for row in second if isinstance(row, StationRecord)] == [
        row for row in first if isinstance(row, StationRecord)
    ]
    told = [(row.source_ref, row.reason) for row in first if isinstance(row, Reject)]
    assert [(row.source_ref, row.reason) for row in second if isinstance(row, Reject)] == told
    assert told == [("33000009", "price_malformed"), ("75000001", "position_missing")]
    assert len(first) == 5
    assert FrDataEconomie.name == FrPrixCarburants.name


def test_columns_speak_where_the_raw_ones_are_silent_and_their_offset_is_false(tmp_path: Path):
    """`2025-07-07T12:00:00+00:00` is noon in Paris, two hours before noon UTC; a broken row costs that row."""
    row: dict[str, Any] = {"id": 7, "cp": "75001", "geom": {"lat": 48.85, "lon": 2.35}, "prix": None}
    row |= {"gazole_prix": 1.655, "gazole_maj": "2024-07-07T12:00:00+00:00", "sp95_prix": None, "sp95_maj": None}
    file = tmp_path / "export.json"
    file.write_text(json.dumps([row, {"id": 8, "prix": "{"}, "x", {"id": 9, "ville": "a\x00b"}]), "utf-8")

    station, *rejects = FrDataEconomie().transform(file)

    assert isinstance(station, StationRecord)
    assert (station.latitude, [tuple(price) for price in station.prices]) == (48.85, [(1, 1655, 1_720_346_400)])
    assert [(row.source_ref, row.reason) for row in rejects if isinstance(row, Reject)] == [
        ("8", "row_malformed"),
        ("?", "row_malformed"),
        ("9", "row_malformed"),
    ]
