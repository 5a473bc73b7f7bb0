"""The tests of the cluster: two servers behind nginx, PostgreSQL and S3, with parts that are killed and restarted."""

from pathlib import Path

from scripts import browser
from scripts.cluster import nginx
from scripts.trials.doing import TrialFailed, tests_pass


def trial(_folder: Path) -> None:
    """Run what is marked `cluster`. Raises TrialFailed with what pytest said."""
    nginx.find_or_install()
    if browser.find_or_install() is None:
        raise TrialFailed(browser.ADVICE)
    tests_pass("-n", "0", "-m", "cluster", "--timeout", "300", "tests/cluster")
