"""What is slow or needs more than Python: `python -m scripts.trials [name …]` runs the named ones, or all."""

import os
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from scripts.trials import clean_install, cluster, keep_alive, long_tests, prefect, proxy, release_drill
from scripts.trials.doing import TrialFailed

TRIALS: dict[str, Callable[[Path], None]] = {
    "clean-install": clean_install.trial,
    "cluster": cluster.trial,
    "keep-alive": keep_alive.trial,
    "long-tests": long_tests.trial,
    "prefect": prefect.trial,
    "proxy": proxy.trial,
    "release-drill": release_drill.trial,
}


def main(names: list[str]) -> int:
    """Run the trials of these names, or all; the number of those that failed."""
    if unknown := [name for name in names if name not in TRIALS]:
        print(f"no such trial: {', '.join(unknown)}; there are {', '.join(TRIALS)}")
        return len(unknown)
    # What was given to the make that began this is not meant for those that the trials begin.
    for name in ("MAKEFLAGS", "ARGS"):
        os.environ.pop(name, None)
    failed = 0
    for name in names or TRIALS:
        began = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="carburoam-trial-") as folder:
            try:
                TRIALS[name](Path(folder))
                outcome = "ok"
            except (TrialFailed, AssertionError, RuntimeError, OSError, subprocess.SubprocessError) as error:
                outcome = f"FAILED\n{error}"
                failed += 1
        print(f"{name:<16} {time.monotonic() - began:6.1f} s  {outcome}", flush=True)
    return failed
