"""The tools around the application: browser, migrations, trials, help."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import session
from scripts import browser, migration, trials
from settings import ROOT


def _executable(file: Path, body: str) -> str:
    file.write_text(f"#!/bin/sh\n{body}\n")
    file.chmod(0o755)
    return str(file)


def test_the_browser_on_the_path_is_taken(environment: pytest.MonkeyPatch, tmp_path: Path):
    """What the machine has is used before anything is installed."""
    wanted = _executable(tmp_path / "chromium-browser", "echo Chromium 156")
    environment.setenv("PATH", f"{tmp_path}:/nowhere")

    assert browser.find() == wanted


def test_a_browser_that_does_not_start_is_passed_over(environment: pytest.MonkeyPatch, tmp_path: Path):
    """Ubuntu's `chromium` may be a note that asks for snap."""
    _executable(tmp_path / "chromium", "echo 'please install the snap' >&2; exit 1")
    wanted = _executable(tmp_path / "google-chrome", "echo Chrome 156")
    environment.setenv("PATH", f"{tmp_path}:/nowhere")

    assert browser.find() == wanted


def test_without_any_browser_the_run_fails_and_says_how_to_get_one(tmp_path: Path):
    """Nothing on the PATH, no apt to be found, nobody at the other end of the download."""
    nothing = {"PATH": str(tmp_path), "PLAYWRIGHT_BROWSERS_PATH": str(tmp_path)}
    nowhere = {"PLAYWRIGHT_DOWNLOAD_HOST": "http://127.0.0.1:9", "NO_PROXY": "127.0.0.1"}
    script = [sys.executable, "scripts/browser.py"]
    done = subprocess.run(script, cwd=ROOT, env=nothing | nowhere, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert "apt install chromium" in done.stderr


def test_the_next_migration_is_numbered_and_compared(
    environment: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    """With models.py unchanged it is empty, and it carries the next number."""
    folder = tmp_path / "migrations"
    shutil.copytree(session.MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    environment.setattr(session, "MIGRATIONS", folder)
    number = f"{int(session.newest_revision()) + 1:04}"

    assert migration.main("Stations get a brand") == 0

    (written,) = (folder / "versions").glob(f"{number}_*.py")
    assert written.name == f"{number}_stations_get_a_brand.py"
    assert "pass" in written.read_text()
    assert session.newest_revision() == number
    capsys.readouterr()


def test_a_migration_without_a_name_is_not_written(capsys: pytest.CaptureFixture[str]):
    """`make migration` alone says what is missing."""
    assert migration.main(" ") == 2
    assert "make migration m=" in capsys.readouterr().err


def test_a_trial_that_fails_fails_the_run(environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """One line a trial, and the reason below it."""

    def broken(folder: Path) -> None:
        raise RuntimeError(f"no luck in {folder.name}")

    environment.setattr(trials, "TRIALS", {"good": lambda _: None, "bad": broken})

    assert trials.main([]) == 1
    good, bad, reason = capsys.readouterr().out.splitlines()
    assert re.match(r"good +\d+\.\d s  ok$", good)
    assert re.match(r"bad +\d+\.\d s  FAILED$", bad)
    assert reason.startswith("no luck")


def test_help_is_what_make_says_by_itself():
    """A stranger types `make` and reads what there is."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    said = subprocess.run(["make"], cwd=ROOT, env=clean, capture_output=True, text=True, check=True).stdout

    listed = {line.split()[1] for line in said.splitlines()}
    assert {"run", "test", "check", "bench", "trials", "lock", "help", "screenshots", "settings-doc"} <= listed
    assert all(len(line.split()) > 2 for line in said.splitlines())
