"""The table that every bench prints, and the material that benches share."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from settings import ROOT

FEEDS = ROOT.parent / "shared" / "feeds"


class MaterialMissing(Exception):
    """A bench needs files that are not part of the repository."""


@dataclass(frozen=True)
class Row:
    """One figure and what it has to reach; in the same unit, lower is better unless `is_floor`."""

    what: str
    measured: float
    target: float
    unit: str
    note: str = ""
    is_floor: bool = False
    """The target is the least that is good enough, not the most."""

    @property
    def is_reached(self) -> bool:
        """Whether the figure is good enough."""
        return self.measured >= self.target if self.is_floor else self.measured <= self.target


def table(rows: Iterable[Row]) -> str:
    """The figures for people, one a line."""
    lines = [f"{'what':<44} {'measured':>12} {'target':>12}  {'':<8} reached  note"]
    for row in rows:
        bound = f"{'≥' if row.is_floor else '≤'} {_number(row.target)}"
        reached = "yes" if row.is_reached else "NO"
        lines.append(f"{row.what:<44} {_number(row.measured):>12} {bound:>12}  {row.unit:<8} {reached:<7}  {row.note}")
    return "\n".join(lines)


def cpu_s(work: Callable[[], object]) -> float:
    """How much of a processor one call takes, in seconds: unlike a clock on the wall it does not see the neighbours."""
    begun = time.process_time()
    work()
    return time.process_time() - begun


def duration_s(work: Callable[[], object]) -> float:
    """How long one call takes, in seconds, waiting for others included."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def snapshot(moment: str) -> Path:
    """A real snapshot of the feed. Raises MaterialMissing where it is not at hand."""
    file = FEEDS / f"instantane-{moment}.zip"
    if not file.is_file():
        raise MaterialMissing(f"needs the real snapshot {file.name} in ../shared/feeds, which is not there")
    return file


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1_000 else f"{value:.2f}"
