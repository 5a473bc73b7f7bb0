"""The second road to the French prices: the JSON export of data.economie.gouv.fr, read as the first would be.

Each row is turned back into the element of the first publisher's XML that it was made from, and goes through the same
checks: both roads give the same records for the same moment, and tests/sources/test_fr_data_economie.py holds it.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from lxml import etree

from records import Reject, StationRecord
from settings import now
from sources.base import Feed
from sources.fr_prix_carburants import MOST_AHEAD_S, FrPrixCarburants, station
from sources.jsonlists import rows

# The columns of each fuel beside the raw ones: `gazole_prix`, `gazole_maj`.
COLUMNS = {
    "gazole": ("Gazole", "1"),
    "sp95": ("SP95", "2"),
    "e85": ("E85", "3"),
    "gplc": ("GPLc", "4"),
    "e10": ("E10", "5"),
    "sp98": ("SP98", "6"),
}
# The export says that its moments are UTC. They are not: they are the wall time that the stations declared in.
FALSE_OFFSETS = ("+00:00", "Z")
LONGEST_EXAMPLE = 80

Row = Mapping[str, Any]


class FrDataEconomie(FrPrixCarburants):
    """The same stations under the same ids, at another host; under the same name, so that nothing else notices."""

    feed = Feed(
        url=(
            "https://data.economie.gouv.fr/api/explore/v2.1/catalog/datasets/"
            "prix-des-carburants-en-france-flux-instantane-v2/exports/json"
        ),
        interval=timedelta(minutes=10),
    )

    def transform(self, extract: Path) -> Iterator[StationRecord | Reject]:
        """The stations of the export. Raises SourceMalformed for what is not the whole of one."""
        latest = int(now().timestamp()) + MOST_AHEAD_S
        for row in rows(extract, source=self.name):
            rejects: list[Reject] = []
            try:
                found = station(_element(row), latest, rejects)
            except (ValueError, TypeError, AttributeError) as error:
                # A raw column that is no JSON or of another shape, or a sign that no XML may hold.
                found = None
                ref = str(row.get("id") or "?")[:32] if isinstance(row, dict) else "?"
                rejects.append(Reject(ref, "row_malformed", str(error)[:LONGEST_EXAMPLE]))
            yield from rejects
            if found is not None:
                yield found


def _element(row: Row) -> etree._Element:
    """The `pdv` that a row was made from."""
    geom = row.get("geom") or {}
    pdv = etree.Element(
        "pdv",
        id=_text(row.get("id")),
        latitude=_text(row.get("latitude") or geom.get("lat")),
        longitude=_text(row.get("longitude") or geom.get("lon")),
        cp=_text(row.get("cp")),
        pop=_text(row.get("pop")),
    )
    for tag in ("adresse", "ville"):
        etree.SubElement(pdv, tag).text = _text(row.get(tag))
    _add_hours(pdv, row)
    services = etree.SubElement(pdv, "services")
    for label in _listed((_raw(row.get("services")) or {}).get("service")):
        etree.SubElement(services, "service").text = _text(label)
    prices = [_declared(price) for price in _listed(_raw(row.get("prix")))]
    for facts in prices or _from_columns(row):
        etree.SubElement(pdv, "prix", facts)
    for outage in _listed(_raw(row.get("rupture"))):
        etree.SubElement(pdv, "rupture", _declared(outage))
    return pdv


def _add_hours(pdv: etree._Element, row: Row) -> None:
    told = _raw(row.get("horaires"))
    if not told:
        return
    horaires = etree.SubElement(pdv, "horaires", {"automate-24-24": _text(told.get("@automate-24-24"))})
    for day in _listed(told.get("jour")):
        jour = etree.SubElement(horaires, "jour", _declared(day))
        for span in _listed(day.get("horaire")):
            etree.SubElement(jour, "horaire", _declared(span))


def _declared(facts: Row) -> dict[str, str]:
    """The attributes of an element, which the export marks with `@`; moments without their false offset."""
    return {name[1:]: _wall_time(_text(value)) for name, value in facts.items() if name.startswith("@")}


def _from_columns(row: Row) -> Iterator[dict[str, str]]:
    """The prices by the columns of the fuels, where the raw column has none."""
    for column, (name, number) in COLUMNS.items():
        if row.get(f"{column}_prix") is not None:
            at = _wall_time(_text(row.get(f"{column}_maj")))
            yield {"nom": name, "id": number, "maj": at, "valeur": _text(row[f"{column}_prix"])}


def _wall_time(text: str) -> str:
    for offset in FALSE_OFFSETS:
        text = text.removesuffix(offset)
    return text


def _raw(value: object) -> Any:
    """A raw column: JSON within a text."""
    return json.loads(value) if isinstance(value, str) and value.strip() else value or None


def _listed(value: object) -> list[Any]:
    """One thing or several: the export writes a list of one as its only member."""
    if value is None or value == "":
        return []
    return value if isinstance(value, list) else [value]


def _text(value: object) -> str:
    return "" if value is None else str(value)
