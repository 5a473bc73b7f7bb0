"""A synthetic archive of a year, in the form of the publisher's, and what it costs to read."""

import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple
from zipfile import ZIP_DEFLATED, ZipFile

from settings import ROOT
from sources.base import Declarations
from sources.fr_prix_carburants import FrPrixCarburants

PRICES = 1_000_000
PRICES_A_STATION = 370
TIMES = 3
DECLARED = ("Gazole", "SP95", "E85", "GPLc", "E10", "SP98")


class Run(NamedTuple):
    """One reading of an archive."""

    took_s: float
    """Of processor."""
    peak_mb: float


def measure_history() -> tuple[float, float, float]:
    """Prices read a second of processor, and the peak memory in MB of reading a tenth of the archive and the whole."""
    with tempfile.TemporaryDirectory() as folder:
        small, large = Path(folder) / "small.zip", Path(folder) / "large.zip"
        write(small, PRICES // 10)
        write(large, PRICES)
        # In processes of their own, as a backfill runs: this one has the heap of other benches to look through.
        runs = [_run(large) for _ in range(TIMES)]
        took_s = statistics.median(run.took_s for run in runs)
        return PRICES / took_s, _run(small).peak_mb, max(run.peak_mb for run in runs)


def read(extract: Path) -> int:
    """How many prices an archive declares."""
    return sum(len(row.prices) for row in FrPrixCarburants().history(extract) if isinstance(row, Declarations))


def write(file: Path, prices: int) -> None:
    """Make an archive of so many prices, spread over the days of 2024."""
    with ZipFile(file, "w", ZIP_DEFLATED) as archive, archive.open("PrixCarburants_annuel_2024.xml", "w") as xml:
        xml.write(b'<?xml version="1.0" encoding="ISO-8859-1" standalone="yes"?>\n<pdv_liste>\n')
        for first in range(0, prices, PRICES_A_STATION):
            xml.write(_station(first, min(PRICES_A_STATION, prices - first)).encode("latin-1"))
        xml.write(b"</pdv_liste>\n")


def _station(number: int, prices: int) -> str:
    lines = [
        f'  <pdv id="{1_000_000 + number}" latitude="4620114" longitude="519791" cp="01000" pop="R">',
        "    <adresse>596 AVENUE DE TREVOUX</adresse>\n    <ville>SAINT-DENIS-LES-BOURG</ville>",
    ]
    for at in range(prices):
        step = number * 31 + at * 7_919
        day, hour, minute, second = 1 + at % 28, step % 24, step // 24 % 60, step // 1_440 % 60
        moment = f"2024-{1 + at // 28 % 12:02d}-{day:02d}T{hour:02d}:{minute:02d}:{second:02d}"
        fuel = step % len(DECLARED)
        lines.append(f'    <prix nom="{DECLARED[fuel]}" id="{fuel + 1}" maj="{moment}" valeur="1.{500 + step % 400}"/>')
    return "\n".join([*lines, "  </pdv>\n"])


def _run(extract: Path) -> Run:
    printed = subprocess.run(
        [sys.executable, "-m", "bench.child", str(extract)], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    _, peak_kb, took_s = json.loads(printed.splitlines()[-1])
    return Run(took_s, peak_kb / 1024)
