"""Find a Chromium, or install one: on the PATH, else by apt, else by Playwright. Prints where it is."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ADVICE = """No Chromium was found and none could be installed. One of these gives one:
  apt install chromium                      (Debian)
  python -m playwright install chromium     (elsewhere; add --with-deps as root)
or put a chromium or google-chrome on the PATH."""


def find() -> str | None:
    """The path of a Chromium that starts; None where there is none."""
    on_path = filter(None, map(shutil.which, NAMES))
    return next((path for path in chain(on_path, _of_playwright()) if _starts(path)), None)


def find_or_install() -> str | None:
    """The path of a Chromium, installed if need be; None where none can be had."""
    return find() or next((path for install in (_by_apt, _by_playwright) if install() and (path := find())), None)


def _starts(path: str) -> bool:
    # Ubuntu's `chromium-browser` is a note that asks for snap, and says so with an exit code.
    try:
        return subprocess.run([path, "--version"], capture_output=True, timeout=60, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _of_playwright() -> Iterator[str]:
    # Another process, because Playwright's loop would disturb one that runs here.
    ask = "from playwright.sync_api import sync_playwright as p\nwith p() as it: print(it.chromium.executable_path)"
    answer = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=False).stdout.strip()
    if answer and Path(answer).exists():
        yield answer


def _by_apt() -> bool:
    if not Path("/etc/debian_version").exists() or os.geteuid() != 0 or not (apt := shutil.which("apt-get")):
        return False
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    return all(
        subprocess.run([apt, *words], env=environment, stdout=sys.stderr, check=False).returncode == 0
        for words in (["update", "-q"], ["install", "-y", "-q", "--no-install-recommends", "chromium"])
    )


def _by_playwright() -> bool:
    command = [sys.executable, "-m", "playwright", "install", "chromium"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--with-deps")
    return subprocess.run(command, stdout=sys.stderr, check=False).returncode == 0


if __name__ == "__main__":
    found = find_or_install()
    print(found or ADVICE, file=sys.stdout if found else sys.stderr)
    sys.exit(found is None)
