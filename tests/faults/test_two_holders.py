"""Two holders of one lease, as two real processes: the one that was overtaken writes nothing."""

import os
import subprocess
import sys
from pathlib import Path

from sqlalchemy import Engine, select, update

from models import EtlRun, Lease, Price
from session import reading, writing
from settings import ROOT
from tests.processes import feed

# Takes the lease, says so, and loads when it is told to: as slow as a process that was frozen.
HOLDER = """
import sys
from datetime import timedelta
import session
from errors import LeaseLost
from pipeline import lease, turn
from pipeline.run import run_once
from sources.fr_prix_carburants import FrPrixCarburants
on = session.engine()
with session.writing(on) as opened:
    held = lease.take(opened, "etl:fr", holder=turn.HOLDER, lasts=timedelta(minutes=1))
print(held.fence if held else "taken", flush=True)
if held:
    sys.stdin.readline()
    try:
        print(run_once(FrPrixCarburants(), url=sys.argv[1], on=on, held=held).outcome, flush=True)
    except LeaseLost:
        print("lost", flush=True)
"""


def _holder(on: Engine, url: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", HOLDER, url],
        cwd=ROOT,
        env=os.environ | {"CARBUROAM_DATABASE_URL": on.url.render_as_string(hide_password=False)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _said(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline().strip()


def test_the_load_of_a_holder_that_was_overtaken_is_stopped_by_its_number(database: Engine, tmp_path: Path):
    """The first sleeps past its lease, the second takes it and loads; the first wakes up and must not write."""
    old = _holder(database, feed(tmp_path, price="1.111", name="old.zip"))
    new: subprocess.Popen[str] | None = None
    try:
        assert _said(old) == "1"
        with _holder(database, "") as barred:
            assert _said(barred) == "taken"
        with writing(database) as session:
            session.execute(update(Lease).values(expires_at=1))
        new = _holder(database, feed(tmp_path, price="1.700"))
        assert _said(new) == "2"
        new.communicate("go\n", timeout=60)
        assert old.communicate("go\n", timeout=60)[0] == "lost\n"
    finally:
        for process in filter(None, (old, new)):
            process.kill()
            process.wait(10)

    with reading(database) as session:
        assert set(session.scalars(select(Price.price))) == {1700}
        assert sorted(session.scalars(select(EtlRun.outcome))) == ["failed", "loaded"]
