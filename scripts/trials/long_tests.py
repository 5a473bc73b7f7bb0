"""The tests that take minutes, and so have no place in `make test`: those marked `long`."""

from pathlib import Path

from scripts.trials.doing import tests_pass

WORKERS = "4"


def trial(_folder: Path) -> None:
    """Run them. Raises TrialFailed with what pytest said."""
    tests_pass("-n", WORKERS, "-m", "long", "tests")
