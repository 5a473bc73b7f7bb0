"""A release under visitors: the next version takes over from the one in use, and nobody is turned away."""

from pathlib import Path

from scripts.cluster import release
from scripts.trials.doing import TrialFailed


def trial(folder: Path) -> None:
    """Raises TrialFailed with the counts where somebody was turned away."""
    outcome = release.drill(folder)
    if not outcome.is_good:
        raise TrialFailed(str(outcome))
