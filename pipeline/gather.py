"""Reading a whole extract into a harvest, every generic transform taken on the way."""

from collections.abc import Iterable
from itertools import chain

from errors import SourceRefused
from pipeline.harvest import PROGRESS_EVERY, Harvest, Progress
from pipeline.transforms import STEPS, EachStation, WholeHarvest
from records import Reject, StationRecord

_EACH = [(step.name, step.apply) for step in STEPS if isinstance(step, EachStation)]
_WHOLE = [(step.name, step.apply) for step in STEPS if isinstance(step, WholeHarvest)]


def gather(
    read: Iterable[StationRecord | Reject], *, source: str, into: Harvest, progress: Progress | None = None
) -> None:
    """Read a whole extract into an empty harvest. Raises SourceRefused where there is nothing to load."""
    harvest = into
    harvest.steps = {step.name: 0 for step in STEPS}
    for row in read:
        if isinstance(row, Reject):
            harvest.rejects.add(row)
            continue
        harvest.add(row, _EACH)
        if progress is not None and len(harvest.stations) % PROGRESS_EVERY == 0:
            progress("read", len(harvest.stations), None)
    if not harvest.stations:
        raise SourceRefused(source, f"the list of stations is empty ({harvest.rejects.total} rows unusable)")
    if not harvest.prices_read:
        raise SourceRefused(source, f"not one of the {len(harvest.stations)} stations has a plausible price")
    harvest.extract_at = max(price.updated_at for price in chain.from_iterable(harvest.prices.values()))
    for name, apply in _WHOLE:
        harvest.steps[name] = apply(harvest)
