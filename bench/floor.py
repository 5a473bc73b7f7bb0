"""The floor: the least that reading the feed and writing its bare columns can cost on this machine."""

import sqlite3
from pathlib import Path
from zipfile import ZipFile

from lxml import etree


def run(extract: Path, base: Path) -> None:
    """Stream the zip through lxml and write stations and prices into a new SQLite file, unchecked and unchanged."""
    stations, prices = [], []
    with ZipFile(extract) as archive, archive.open(archive.namelist()[0]) as xml:
        for _, pdv in etree.iterparse(xml, tag="pdv"):
            ref = pdv.get("id")
            address = town = None
            for child in pdv:
                if child.tag == "prix":
                    prices.append((ref, child.get("id"), child.get("valeur"), child.get("maj")))
                elif child.tag == "adresse":
                    address = child.text
                elif child.tag == "ville":
                    town = child.text
            stations.append((ref, pdv.get("latitude"), pdv.get("longitude"), pdv.get("cp"), address, town))
            pdv.clear()
            while pdv.getprevious() is not None:
                del pdv.getparent()[0]
    connection = sqlite3.connect(base)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("CREATE TABLE stations (id TEXT PRIMARY KEY, latitude, longitude, cp, address, town)")
    connection.execute(
        "CREATE TABLE prices (station, fuel, price, updated_at, PRIMARY KEY (station, fuel)) WITHOUT ROWID"
    )
    with connection:
        connection.executemany("INSERT INTO stations VALUES (?, ?, ?, ?, ?, ?)", stations)
        connection.executemany("INSERT OR REPLACE INTO prices VALUES (?, ?, ?, ?)", prices)
    connection.close()
