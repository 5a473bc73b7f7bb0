"""Lists of communes as the state's service writes them, of our own making."""

import json
from pathlib import Path

UNTOLD = object()


def commune(
    code: str = "91411",
    nom: str = "Montreuil-le-Petit",
    codes: object = ("91999",),
    centre: object = UNTOLD,
    population: object = 412,
) -> dict[str, object]:
    """A row; of a village without a station where nothing else is told."""
    at = {"type": "Point", "coordinates": [2.1512, 48.6554]} if centre is UNTOLD else centre
    row = {"nom": nom, "code": code, "codesPostaux": codes, "centre": at, "population": population}
    return {name: value for name, value in row.items() if value is not None}


def at(latitude: float, longitude: float) -> dict[str, object]:
    """A middle."""
    return {"type": "Point", "coordinates": [longitude, latitude]}


def written(file: Path, *rows: object) -> str:
    """The list as a file; its address."""
    file.write_text(json.dumps(rows, ensure_ascii=False), "utf-8")
    return file.as_uri()
