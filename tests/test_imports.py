"""Importing any module opens nothing: no file written, no folder made, no socket, no database, no process."""

import subprocess
import sys
from pathlib import Path

import pytest

from settings import ROOT

# Streamlit runs these as scripts; everything else is imported.
SCRIPTS = {"home", "pages"}
# flows/ needs Prefect, which has an environment of its own: `make trials ARGS=prefect` looks there.
PACKAGES = ("adapters", "pipeline", "services", "sources", "texts", "ui", "web")
# The interpreter tells this hook of whatever a module does to the world outside.
SPY = """
import sys

seen = []

def spy(event, arguments):
    if event == "open":
        path, mode, flags = arguments
        if (mode and set(mode) & set("wax+")) or (isinstance(flags, int) and flags & 0b11):
            if str(path) != "/dev/null":
                seen.append(f"{event} {path}")
    elif event in {"os.mkdir", "socket.connect", "socket.bind", "sqlite3.connect", "subprocess.Popen", "os.fork"}:
        seen.append(f"{event} {arguments[0]}")

sys.path.insert(0, "")
THIRD
sys.addaudithook(spy)
for name in MODULES:
    __import__(name)
print("\\n".join(seen))
"""
# What these do as they are imported is theirs; that ours do nothing is the question.
THIRD_PARTIES = ("alembic", "lxml.etree", "numpy", "pandas", "psycopg", "pydeck", "requests", "sqlalchemy", "streamlit")


def _modules() -> list[str]:
    roots = [file.stem for file in ROOT.glob("*.py") if file.stem not in SCRIPTS]
    parts = [file.relative_to(ROOT) for package in PACKAGES for file in (ROOT / package).glob("**/*.py")]
    return sorted(roots + [".".join(part.with_suffix("").parts).removesuffix(".__init__") for part in parts])


def test_importing_opens_nothing(tmp_path: Path, environment: pytest.MonkeyPatch):
    """A test, a linter or a page that imports a module must not create a base or call a publisher by that."""
    environment.setenv("PYTHONDONTWRITEBYTECODE", "1")
    third = "\n".join(f"import {name}" for name in THIRD_PARTIES)
    script = SPY.replace("THIRD", third).replace("MODULES", repr(_modules()))
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n") == ["", ""]
    assert not (tmp_path / "outputs").exists()


@pytest.mark.parametrize("deed", ["sqlite3.connect(':memory:')", "open('made', 'w')", "os.mkdir('made')"])
def test_the_spy_sees(deed: str, tmp_path: Path):
    """A spy that sees nothing proves nothing."""
    (tmp_path / "guilty.py").write_text(f"import os, sqlite3\n{deed}\n")
    script = SPY.replace("THIRD", "").replace("MODULES", "['guilty']")
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)

    assert done.stdout.strip()


def test_the_child_stays_light(environment: pytest.MonkeyPatch):
    """The ETL runs on the smallest machine: a web framework and data frames have no place in its memory."""
    environment.setenv("PYTHONDONTWRITEBYTECODE", "1")
    script = "import etl, sys; print(*sorted({'streamlit', 'pandas', 'numpy', 'pyarrow'} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == ""
