"""Small lists of brands of our own making, in OpenStreetMap's form."""

import bz2
from pathlib import Path

HEADER = "ref:FR:prix-carburants,brand,name,operator,branch\n"


def brand_list(folder: Path, *rows: str, name: str = "brands.csv.bz2") -> Path:
    """The rows (id, brand, name, operator, branch) as the publisher sends them."""
    file = folder / name
    file.write_bytes(bz2.compress((HEADER + "".join(f"{row}\n" for row in rows)).encode()))
    return file
