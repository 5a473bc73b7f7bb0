"""A blue/green release on this computer under visitors: `python -m scripts.cluster.release`, or `make release-drill`.

Two servers of this version are in use. Two of the next start beside them on the same base, whose schema they widen;
once their health route says that they are fit, nginx sends everybody new to them; the old ones are left by the last
page, and stop. Nobody may be turned away meanwhile (docs/release.md).
"""

import re
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import requests

from scripts.cluster.parts import Cluster, cluster
from scripts.cluster.replica import Replica
from scripts.cluster.visitors import Tally, reloading
from scripts.trials.doing import copy_of_the_project
from session import newest_revision
from settings import version
from tests import scenes
from tests.processes import NO_LISTS, until

NEXT = "999.0.0"
VISITORS = 100
READERS = 20
# Each comes back after so long: some twenty visits a second in all, what two cores serve beside all the rest.
PAUSE_S = 4.0
STAYS_S = 8.0
BEFORE_S = 8.0
AFTER_S = 8.0
DRAIN_S = 60.0
# Expand: a column that the version in use does not know, and does not have to fill.
MIGRATION = '''"""What the next version adds; the one in use goes on without it."""

import sqlalchemy as sa
from alembic import op

revision = "9001"
down_revision = "{before}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("users") as users:
        users.add_column(sa.Column("of_the_next_version", sa.String(16), nullable=True))
'''


@dataclass(frozen=True)
class Outcome:
    """What the drill found."""

    old: int
    """Visits that the version in use served before and during the release."""
    new: int
    after: int
    """Visits after the last server of the old version had stopped."""
    turned_away: list[str]
    drained_s: float
    was_left: bool
    """Whether the last page of the old version was left before it was stopped."""

    @property
    def is_good(self) -> bool:
        """Nobody was turned away, and both versions were seen at work."""
        return not self.turned_away and self.was_left and min(self.old, self.new, self.after) > 0

    def __str__(self) -> str:
        lines = [
            f"{VISITORS} visitors, of whom {READERS} read each page for {STAYS_S:.0f} s",
            f"{self.old:6d} visits to the old version",
            f"{self.new:6d} visits to the new version, {self.after} of them after the old one had stopped",
            f"{self.drained_s:6.1f} s until the old version was left" if self.was_left else "the old one was not left",
            f"{len(self.turned_away):6d} turned away",
            *(f"       {why}" for why in self.turned_away[:5]),
        ]
        return "\n".join(lines)


def drill(folder: Path) -> Outcome:
    """Release the next version under visitors."""
    tree = next_version(folder / "next")
    # The base has the prices of one noon, and the clock stands there.
    facts = {
        "CARBUROAM_CLOCK": scenes.CLOCK,
        "CARBUROAM_FEED_URL": scenes.write(folder).as_uri(),
        **NO_LISTS,
        "CARBUROAM_BACKFILL_DAYS": "0",
    }
    with cluster(folder / "cluster", replicas=2, **facts) as it:
        old = list(it.replicas)
        until(lambda: all(_state(replica).get("data_at") for replica in old))
        with reloading(it.port, VISITORS, pause_s=PAUSE_S, readers=READERS, stays_s=STAYS_S) as tally:
            time.sleep(BEFORE_S)
            new = [it.begin_replica(tree) for _ in old]
            for replica in new:
                replica.wait()
            until(lambda: all(_state(replica).get("version") == NEXT and replica.is_fit for replica in new))
            began = time.monotonic()
            was_left = _replaced(it, old)
            drained_s = time.monotonic() - began
            before_end = _visits(tally, new)
            time.sleep(AFTER_S)
        new_visits = _visits(tally, new)
        return Outcome(
            old=_visits(tally, old),
            new=new_visits,
            after=new_visits - before_end,
            turned_away=tally.turned_away,
            drained_s=drained_s,
            was_left=was_left,
        )


def next_version(into: Path) -> Path:
    """The project as its next release might be: a higher version, and a migration that widens the schema."""
    copy_of_the_project(into)
    facts = into / "pyproject.toml"
    text = facts.read_text(encoding="utf-8")
    facts.write_text(re.sub(rf'^version = "{version()}"$', f'version = "{NEXT}"', text, flags=re.MULTILINE), "utf-8")
    migration = MIGRATION.format(before=newest_revision())
    (into / "migrations" / "versions" / "9001_next_version.py").write_text(migration, encoding="utf-8")
    return into


def _replaced(it: Cluster, old: list[Replica]) -> bool:
    """Send everybody new past the old ones, wait until they are left, stop them; whether they were left in time."""
    for replica in old:
        replica.is_draining = True
    it.reload()
    began = time.monotonic()
    was_left = [it.drain(replica, within_s=DRAIN_S - (time.monotonic() - began)) for replica in old]
    for replica in old:
        it.remove(replica)
    return all(was_left)


def _state(replica: Replica) -> dict[str, str | None]:
    try:
        found: dict[str, str | None] = requests.get(f"{replica.address}/healthz", timeout=10).json()
    except requests.RequestException:
        return {}
    return found


def _visits(tally: Tally, replicas: list[Replica]) -> int:
    return sum(tally.visits[f"127.0.0.1:{replica.port}"] for replica in replicas)


def main() -> int:
    """Print the counts; 1 where somebody was turned away."""
    try:
        with tempfile.TemporaryDirectory(prefix="carburoam-release-") as folder:
            outcome = drill(Path(folder))
    except (RuntimeError, AssertionError) as error:
        print(error, file=sys.stderr)
        return 1
    print(outcome)
    return 0 if outcome.is_good else 1


if __name__ == "__main__":
    sys.exit(main())
