"""What lists beside the prices have in common: to be read to the end, not to be believed when too much is gone."""

from collections.abc import Callable, Iterable, Mapping, Sized
from typing import TypeVar

from errors import SourceRefused
from pipeline.harvest import PROGRESS_EVERY, Progress, Rejects
from records import Reject

R = TypeVar("R")


def gather(
    read: Iterable[R | Reject],
    *,
    add: Callable[[R], None],
    rejects: Rejects,
    kept: Sized,
    progress: Progress | None,
) -> None:
    """Hand on each record of a list, and count what could not be used of it; `kept` tells how far it is."""
    for row in read:
        if isinstance(row, Reject):
            rejects.add(row)
            continue
        add(row)
        if progress is not None and len(kept) % PROGRESS_EVERY == 0:
            progress("read", len(kept), None)


def gone(
    known: Mapping[str, object], told: Mapping[str, object], *, source: str, what: str, most_lost: float
) -> list[str]:
    """What was known and the list no longer tells. Raises SourceRefused for more than the share `most_lost` of it."""
    found = [ref for ref in known if ref not in told]
    if len(found) > len(known) * most_lost:
        raise SourceRefused(source, f"{len(found)} of {len(known)} {what} are missing: not believed")
    return found
