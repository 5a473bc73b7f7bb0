"""The steps of the image, in their order, by a user without rights in an empty folder; then the image's own command."""

import json
import re
from pathlib import Path

from scripts.trials.doing import (
    TrialFailed,
    Worker,
    copy_of_the_project,
    free_port,
    interpreter,
    kept_running,
    unprivileged,
    until,
)
from settings import ROOT

DOCKERFILE = ROOT / "deploy" / "Dockerfile"
IN_THE_IMAGE = "/opt/venv"


def steps() -> list[str]:
    """The names of the steps that the Dockerfile takes, in its order."""
    return re.findall(r"^RUN sh deploy/build\.sh (\w+) ", DOCKERFILE.read_text(encoding="utf-8"), re.MULTILINE)


def command() -> list[str]:
    """What the image runs."""
    (found,) = re.findall(r"^CMD (\[.*\])$", DOCKERFILE.read_text(encoding="utf-8"), re.MULTILINE)
    words: list[str] = json.loads(found)
    return words


def trial(folder: Path) -> None:
    """Nothing of the tests' is needed, nothing is written but below the outputs folder, and it answers as healthy."""
    folder.chmod(0o755)
    app, venv, outputs = folder / "app", folder / "venv", folder / "outputs"
    copy_of_the_project(app)
    outputs.mkdir()
    worker = unprivileged(folder)
    python = interpreter(worker)
    builder = Worker(worker.home, worker.is_nobody, {"PYTHON": python})
    for step in steps():
        builder.run(["sh", "deploy/build.sh", step, venv], app)
    made = _made(app)
    _close(app)
    port = free_port()
    runner = Worker(
        worker.home,
        worker.is_nobody,
        {
            "PORT": str(port),
            "PYTHONDONTWRITEBYTECODE": "1",
            "CARBUROAM_OUTPUTS_DIR": str(outputs),
            # No publisher is asked; example stations show that the child works.
            "CARBUROAM_FEED_URL": (folder / "no-feed.zip").as_uri(),
            "PATH": f"{venv / 'bin'}:{builder.variables['PATH']}",
        },
    )
    words = [word.replace("8501", str(port)) for word in command()]
    with kept_running(runner, words, app, port=port):
        until(lambda: _is_healthy(runner, app), within_s=60, what="the health check of the image passes")
        until(lambda: any(outputs.rglob("*.sqlite3")), within_s=30, what="the base is made in the volume")
    if grown := _made(app) - made:
        raise TrialFailed(f"written outside the volume: {', '.join(sorted(grown)[:5])}")


def _is_healthy(runner: Worker, app: Path) -> bool:
    try:
        runner.run(["python", "deploy/healthcheck.py"], app)
    except TrialFailed:
        return False
    return True


def _made(app: Path) -> set[str]:
    return {str(path.relative_to(app)) for path in app.rglob("*")}


def _close(app: Path) -> None:
    # As the image's root file system is read-only. Root alone could still write, and does not run here.
    for path in (app, *app.rglob("*")):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode & ~0o222)
