"""A release under visitors: the next version takes over from the one in use, and nobody is turned away."""

from pathlib import Path

from scripts.trials.doing import Worker
from settings import ROOT


def trial(_folder: Path) -> None:
    """`make release-drill`, as README.md says. Raises TrialFailed with the counts where somebody was turned away."""
    Worker(Path.home()).run(["make", "release-drill"], ROOT)
