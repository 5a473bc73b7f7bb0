"""The keep-alive probe for real, with a real browser: what it takes for the application, and what it does not."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from scripts import browser
from scripts.trials.doing import TrialFailed, Worker, free_port, kept_running
from scripts.trials.node import node_path
from scripts.trials.sites import sites
from settings import ROOT

PROBE = ROOT / "probe-action"
# Short, so that what never comes does not take long; a browser on a busy machine needs some of it to start.
SHORT = {"PROBE_TRIES": "1", "PROBE_OPEN_S": "6", "PROBE_WAKE_S": "6", "PROBE_LIMIT_S": "30", "PROBE_PAUSE_S": "1"}
PATIENT = SHORT | {"PROBE_OPEN_S": "30", "PROBE_WAKE_S": "60", "PROBE_LIMIT_S": "100"}


@dataclass(frozen=True)
class Case:
    """What the probe meets, and what it must make of it."""

    name: str
    url: str
    is_up: bool
    says: str
    limits: dict[str, str] = field(default_factory=lambda: SHORT)


def trial(folder: Path) -> None:
    """Success only where prices of ours are seen; otherwise a failure with a picture, in time."""
    chromium = browser.find_or_install()
    if chromium is None:
        raise TrialFailed(browser.ADVICE)
    path = node_path(folder)
    probe = folder / "probe"
    shutil.copytree(PROBE, probe, ignore=shutil.ignore_patterns("node_modules", "probe-artefacts"))
    # Packages come from where this machine gets them, and whom the machine trusts is trusted.
    here = Worker(Path.home(), environment={"PATH": path, "NODE_USE_SYSTEM_CA": "1"})
    here.run(["npm", "ci", "--omit=dev", "--no-audit", "--no-fund", "--fetch-retries=1"], probe)
    port = free_port()
    app = f"http://127.0.0.1:{port}"
    worker = Worker(
        folder,
        environment={
            "CARBUROAM_OUTPUTS_DIR": str(folder / "outputs"),
            "CARBUROAM_FEED_URL": (folder / "no-feed.zip").as_uri(),
        },
    )
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "server.py"), "--server.port", str(port)]
    with kept_running(worker, command, ROOT, port=port), sites(app) as site:
        nothing = f"http://127.0.0.1:{free_port()}"
        for case in (
            Case("our app", app, is_up=True, says="the application is up", limits=PATIENT),
            Case("asleep behind a button", f"{site}/asleep", is_up=True, says="button in a frame", limits=PATIENT),
            Case("a slow page", f"{site}/slow", is_up=True, says="the application is up", limits=PATIENT),
            Case("asleep for ever", f"{site}/never", is_up=False, says="no prices after"),
            Case("nothing listens", nothing, is_up=False, says="ERR_CONNECTION_REFUSED"),
            Case("not found", f"{site}/nowhere", is_up=False, says="the answer was 404"),
            Case("a redirect loop", f"{site}/loop", is_up=False, says="ERR_TOO_MANY_REDIRECTS"),
            Case("never answers", f"{site}/silent", is_up=False, says="could not be opened"),
            Case("an error page of ours", f"{site}/failed", is_up=False, says="no prices after"),
        ):
            _try(case, path, probe, chromium)
    _refuses_nonsense(path, probe)


def _try(case: Case, path: str, probe: Path, chromium: str) -> None:
    artefacts = probe / case.name.replace(" ", "-")
    asked = {"PROBE_URL": case.url, "PROBE_BROWSER": chromium, "PROBE_ARTEFACTS": str(artefacts)}
    done = _run(probe, path, case.limits | asked)
    pictures = [file for file in artefacts.glob("*.png") if file.stat().st_size]
    wrong = [
        what
        for what, is_so in (
            (f"exit code {done.returncode}", (done.returncode == 0) == case.is_up),
            ("no such words", case.says in done.stdout),
            (f"{len(pictures)} pictures", bool(pictures) != case.is_up),
        )
        if not is_so
    ]
    if wrong:
        raise TrialFailed(f"{case.name}: {', '.join(wrong)}\n{done.stdout}{done.stderr}")


def _refuses_nonsense(path: str, probe: Path) -> None:
    for url in ("", "ftp://example.org", "carburoam"):
        done = _run(probe, path, {"PROBE_URL": url})
        if done.returncode != 2 or "PROBE_URL" not in done.stdout:
            raise TrialFailed(f"{url!r} was taken for an address\n{done.stdout}{done.stderr}")


def _run(probe: Path, path: str, asked: dict[str, str]) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PATH": path} | asked
    return subprocess.run(
        [shutil.which("node", path=path) or "node", "probe.mjs"],
        cwd=probe,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )
