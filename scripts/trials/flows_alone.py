"""What holds of flows/ in Prefect's own environment, without a server of it."""

import subprocess
import sys
from pathlib import Path

from scripts.trials.doing import TrialFailed, Worker
from settings import ROOT
from tests.test_imports import SPY


def types_are_prefects() -> None:
    """The types of flows/ hold against Prefect's own, which `make test` cannot see."""
    _succeeds(
        [sys.executable, "-m", "mypy", "--python-executable", ".venv-prefect/bin/python", "--follow-imports", "silent",
         "--cache-dir", ".mypy_cache/prefect", "flows"]
    )  # fmt: skip


def importing_opens_nothing(folder: Path) -> None:
    """As tests/test_imports.py has it of everything else."""
    (folder / "home").mkdir()
    third = "import prefect, prefect.runner, prefect.server.schemas, alembic, lxml.etree, psycopg, requests, sqlalchemy"
    script = SPY.replace("THIRD", third).replace("MODULES", repr(["flows.load", "flows.serve"]))
    given = Worker(folder / "home", environment={"PYTHONDONTWRITEBYTECODE": "1"}).variables
    said = _succeeds([".venv-prefect/bin/python", "-c", script], given)
    if said.strip():
        raise TrialFailed(f"importing opens something: {said}")


def _succeeds(command: list[str], environment: dict[str, str] | None = None) -> str:
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise TrialFailed(done.stdout + done.stderr)
    return done.stdout
