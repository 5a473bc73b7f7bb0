"""What is slow or needs more than Python. `python -m scripts.trials [name …]` runs the named ones, or all."""

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from settings import ROOT

# Streamlit runs these as scripts; to import them would draw.
SCRIPTS = {"home"}


def clean_install(folder: Path) -> None:
    """A fresh environment from requirements.txt alone runs the app: nothing of the tests' is needed by it."""
    copy = folder / "carburoam"
    _copy_of_the_project(copy)
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
    python = folder / "venv" / "bin" / "python"
    _run([python, "-m", "pip", "--disable-pip-version-check", "install", "-q", "-r", "requirements.txt"], copy)
    modules = sorted(file.stem for file in copy.glob("*.py") if file.stem not in SCRIPTS)
    _run([python, "-c", f"import {', '.join(modules)}"], copy)
    _run([python, "-c", "import session; session.prepare()"], copy)
    _run([python, "etl.py", "--help"], copy)


TRIALS: dict[str, Callable[[Path], None]] = {
    "clean-install": clean_install,
}


def _copy_of_the_project(into: Path) -> None:
    """What a clone would hold: tracked files, and new ones that are not ignored."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file():
            (into / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, into / name)


def _run(command: list[str | Path], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))} ended with {done.returncode}\n{done.stdout}{done.stderr}")


def main(names: list[str]) -> int:
    """Run the trials of these names, or all; the number of those that failed."""
    failed = 0
    for name in names or TRIALS:
        began = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            try:
                TRIALS[name](Path(folder))
                outcome = "ok"
            except (RuntimeError, OSError, subprocess.SubprocessError) as error:
                outcome = f"FAILED\n{error}"
                failed += 1
        print(f"{name:<16} {time.monotonic() - began:6.1f} s  {outcome}", flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
