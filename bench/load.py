"""The pipeline on the real feed: a full load, the next snapshot, an unchanged one, memory, and a year's archive."""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from bench import archive, floor
from bench.report import Row, cpu_s, snapshot
from pipeline.run import RunResult, run_once
from session import make_engine, prepare
from settings import ROOT
from sources.fr_prix_carburants import FrPrixCarburants

BEFORE = "2025-02-06T1840"
AFTER = "2025-02-07T0830"
TIMES = 7
FULL_FLOORS = 2.5
NEXT_FLOORS = 2.0
# 200,000 prices a second were asked of a machine whose floor is 0.30 s; as a ratio it holds on any.
ARCHIVE_FLOORS = 1_000_000 / 200_000 / 0.30


def measure() -> list[Row]:
    """All figures of the pipeline, the floor measured between them so that a busy machine slows both."""
    before, after = snapshot(BEFORE), snapshot(AFTER)
    floors, fulls, nexts, sames = [], [], [], []
    note = ""
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(TIMES):
            base = Path(folder) / f"{turn}"
            floors.append(cpu_s(partial(floor.run, after, base.with_suffix(".floor"))))
            fulls.append(_timed(base.with_suffix(".full"), after)[0][0])
            (_, next_s, same_s), results = _timed(base.with_suffix(".next"), before, after, after)
            nexts.append(next_s)
            sames.append(same_s)
            written = results[1].counts
            note = f"{written.stations_changed} stations and {written.prices_changed} prices written"
    floor_s = statistics.median(floors)
    full_s, next_s, same_s = (statistics.median(found) for found in (fulls, nexts, sames))
    return [
        Row("full load, floors", full_s / floor_s, FULL_FLOORS, "× floor", f"{full_s:.2f} s, floor {floor_s:.2f} s"),
        Row("next snapshot, floors", next_s / floor_s, NEXT_FLOORS, "× floor", f"{next_s:.2f} s; {note}"),
        Row("unchanged feed", same_s * 1_000, 50, "ms"),
        *_memory(after),
        *_archive(floor_s),
    ]


def _timed(base: Path, *extracts: Path) -> tuple[list[float], list[RunResult]]:
    """Load extracts one after another into a new base; the processor time of each. Making the base is not counted."""
    on = make_engine(f"sqlite:///{base}")
    prepare(on)
    durations, results = [], []
    for extract in extracts:
        begun = time.process_time()
        results.append(run_once(FrPrixCarburants(), url=extract.as_uri(), on=on))
        durations.append(time.process_time() - begun)
    on.dispose()
    outcomes = [result.outcome for result in results]
    expected = ["unchanged" if extract in extracts[:at] else "loaded" for at, extract in enumerate(extracts)]
    if outcomes != expected:
        raise RuntimeError(f"the runs ended as {outcomes}, not as {expected}")
    return durations, results


def _memory(extract: Path) -> list[Row]:
    """Peak memory of a process of its own that does nothing but one full load."""
    with tempfile.TemporaryDirectory() as folder:
        printed = subprocess.run(
            [sys.executable, "-m", "bench.child", str(extract), f"{folder}/base"],
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        ).stdout
    imports_kb, peak_kb, *_ = json.loads(printed.splitlines()[-1])
    return [
        Row("peak memory of a full load", peak_kb / 1024, 130, "MB"),
        Row("  above its imports", (peak_kb - imports_kb) / 1024, 40, "MB"),
    ]


def _archive(floor_s: float) -> list[Row]:
    """A synthetic year through the same transform: how fast, and whether its length costs memory."""
    prices_s, small_mb, large_mb = archive.measure_history()
    return [
        Row(
            "annual archive, a million prices",
            archive.PRICES / prices_s / floor_s,
            ARCHIVE_FLOORS,
            "× floor",
            f"{prices_s:,.0f} prices/s of processor time",
        ),
        Row("  memory, 10 × the length", large_mb - small_mb, 5, "MB more"),
    ]
