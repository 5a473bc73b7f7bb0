"""The tests that take minutes, and so have no place in `make test`: those marked `long`."""

import subprocess
import sys
from pathlib import Path

from scripts.trials.doing import TrialFailed
from settings import ROOT

WORKERS = "4"


def trial(_folder: Path) -> None:
    """Run them. Raises TrialFailed with what pytest said."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", WORKERS, "-m", "long", "tests"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise TrialFailed(done.stdout + done.stderr)
