"""Small feeds of our own making, in the publisher's form."""

import json
from collections.abc import Iterable
from pathlib import Path
from xml.sax.saxutils import quoteattr
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

PROLOG = '<?xml version="1.0" encoding="ISO-8859-1" standalone="yes"?>\n'
WRITTEN = (2025, 2, 7, 12, 0, 0)
NAME = "PrixCarburants_instantane_ruptures.xml"


def element(name: str, /, *inside: str, **attributes: str) -> str:
    """An XML element with these attributes and this content."""
    written = "".join(f" {key.replace('_', '-')}={quoteattr(value)}" for key, value in attributes.items())
    return f"<{name}{written}>{''.join(inside)}</{name}>"


def prix(**changes: str) -> str:
    """A sound price of Gazole, but for the changes; an attribute given as `drop` is left out."""
    facts = {"nom": "Gazole", "id": "1", "maj": "2025-02-07 12:00:00", "valeur": "1.749"} | changes
    return element("prix", **{key: value for key, value in facts.items() if value != "drop"})


def rupture(**changes: str) -> str:
    """A temporary outage of Gazole that goes on, but for the changes."""
    facts = {"id": "1", "nom": "Gazole", "debut": "2025-02-06 12:00:00", "fin": "", "type": "temporaire"} | changes
    return element("rupture", **{key: value for key, value in facts.items() if value != "drop"})


def pdv(*inside: str, address: str = "596 AVENUE DE TREVOUX", town: str = "BOURG-EN-BRESSE", **changes: str) -> str:
    """A sound station with what is `inside` it, but for the changes."""
    facts = {"id": "1000001", "latitude": "4620114", "longitude": "519791", "cp": "01000", "pop": "R"} | changes
    kept = {key: value for key, value in facts.items() if value != "drop"}
    return element("pdv", element("adresse", address), element("ville", town), *inside, **kept)


def feed(*stations: str) -> str:
    """The whole document."""
    return f"{PROLOG}<pdv_liste>\n" + "\n".join(stations) + "\n</pdv_liste>\n"


def zipped(file: Path, document: str | bytes, *, name: str = NAME, more: Iterable[tuple[str, bytes]] = ()) -> Path:
    """The document as the publisher sends it; `more` files come after it."""
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        body = document.encode("latin-1") if isinstance(document, str) else document
        for file_name, content in ((name, body), *more):
            # Without the time of day: the same document is the same bytes, as an unchanged feed is.
            archive.writestr(ZipInfo(file_name, WRITTEN), content, ZIP_DEFLATED)
    return file


def many(count: int, *inside: str) -> list[str]:
    """So many stations, each with the same content."""
    return [pdv(*inside, id=str(1_000_000 + number)) for number in range(count)]


def exported(folder: Path, *stations: tuple[int, str]) -> str:
    """The address of an export of data.economie.gouv.fr: each station by its id and what it asks, else as `pdv()`."""
    row = {"latitude": "4620114", "longitude": 519791.0, "cp": "01000", "pop": "R"}
    row |= {"adresse": "596 AVENUE DE TREVOUX", "ville": "BOURG-EN-BRESSE"}
    price = {"@nom": "Gazole", "@id": "1", "@maj": "2025-02-07 12:00:00"}
    rows = [row | {"id": id_, "prix": json.dumps([price | {"@valeur": asked}])} for id_, asked in stations]
    file = folder / "export.json"
    file.write_text(json.dumps(rows), "utf-8")
    return file.as_uri()
