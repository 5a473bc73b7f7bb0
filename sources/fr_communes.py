"""The communes of France, their postcodes and middles: a JSON of the state's service of administrative divisions."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from adapters.download import Download, Limits, Validators, download
from errors import SourceMalformed
from records import Reject, TownRecord
from sources import values
from sources.base import Attribution, Feed
from sources.jsonlists import rows
from sources.values import Unusable

LAND = values.Land((41.0, 51.5), (-5.5, 10.0), "position_outside_france")
LONGEST_NAME = 120
LONGEST_EXAMPLE = 80

_REF = re.compile(r"[0-9AB]{5}", re.ASCII)
_POSTCODE = re.compile(r"\d{5}", re.ASCII)
# `Lyon 3e Arrondissement` is what nobody says.
_ARRONDISSEMENT = re.compile(r" Arrondissement$")


class FrCommunes:
    """Communes of the mainland and Corsica, and the arrondissements of the three that have postcodes for them.

    What is asked for and answered: https://geo.api.gouv.fr/decoupage-administratif/communes
    """

    name = "fr_communes"
    attribution = Attribution(
        publisher="API Découpage administratif, geo.api.gouv.fr",
        homepage="https://geo.api.gouv.fr/decoupage-administratif/communes",
        licence="Licence Ouverte 2.0",
        licence_url="https://www.etalab.gouv.fr/licence-ouverte-open-licence/",
    )
    feed = Feed(
        url=(
            "https://geo.api.gouv.fr/communes?type=commune-actuelle,arrondissement-municipal&zone=metro"
            "&fields=code,nom,codesPostaux,centre,population&format=json"
        ),
        interval=timedelta(days=30),
    )

    def extract(
        self, url: str, into: Path, *, known: Validators, on_retry: Callable[[], None] | None = None
    ) -> Download | None:
        """Fetch the list; None where the server says that nothing changed since `known`."""
        return download(url, into, source=self.name, known=known, on_retry=on_retry, limits=Limits.from_settings())

    def towns(self, extract: Path) -> Iterator[TownRecord | Reject]:
        """The communes of the list. Raises SourceMalformed for what is no such list, or not the whole of it."""
        for row in rows(extract, source=self.name):
            if not isinstance(row, dict) or "code" not in row:
                raise SourceMalformed(self.name, f"the list has a row without a code ({str(row)[:LONGEST_EXAMPLE]})")
            try:
                yield _town(row)
            except Unusable as error:
                yield Reject(str(row["code"])[:32], str(error), str(row)[:LONGEST_EXAMPLE])


def _town(row: dict[str, Any]) -> TownRecord:
    ref, name = str(row["code"]), row.get("nom")
    if not _REF.fullmatch(ref):
        raise Unusable("ref_malformed")
    if not isinstance(name, str) or not name.strip():
        raise Unusable("name_missing")
    told = row.get("codesPostaux")
    codes = told if isinstance(told, list) else []
    zip_codes = tuple(sorted({code for code in codes if isinstance(code, str) and _POSTCODE.fullmatch(code)}))
    if not zip_codes:
        raise Unusable("postcode_missing")
    latitude, longitude = _position(row.get("centre"))
    people = row.get("population")
    return TownRecord(
        ref,
        _ARRONDISSEMENT.sub("", name.strip())[:LONGEST_NAME],
        zip_codes,
        latitude,
        longitude,
        people if isinstance(people, int) and people > 0 else 0,
    )


def _position(centre: object) -> tuple[float, float]:
    """Of a point of GeoJSON: longitude first."""
    point = centre.get("coordinates") if isinstance(centre, dict) else None
    if not isinstance(point, list) or len(point) != 2:  # noqa: PLR2004 - a point
        raise Unusable("position_missing")
    return values.position(str(point[1]), str(point[0]), LAND)
