"""What all trials do: run commands, as nobody if need be, copy the project, keep a server running."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from settings import ROOT

NOBODY = 65534
# Where package tools keep what their owner told them, e.g. of a mirror: nobody installs from the same places.
TOOLS_KNOW = (".config/pip/pip.conf", ".pip/pip.conf", ".npmrc")


class TrialFailed(Exception):
    """It is not as it should be; the message says what."""


def tests_pass(*words: str) -> None:
    """Run the tests that pytest chooses by `words`. Raises TrialFailed with what it said."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *words], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise TrialFailed(done.stdout + done.stderr)


@dataclass(frozen=True)
class Worker:
    """Who runs the commands of a trial: ourselves, or nobody where we are root."""

    home: Path
    is_nobody: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def variables(self) -> dict[str, str]:
        """The environment of its commands: nothing of ours but what finds programs and packages."""
        kept = ("PATH", "LANG", "SSL_CERT_FILE")
        ours = {name: value for name, value in os.environ.items() if name in kept or name.startswith(("PIP_", "npm_"))}
        return ours | {"HOME": str(self.home), "TMPDIR": str(self.home)} | dict(self.environment)

    def start(self, command: Sequence[str | Path], folder: Path, output: Path) -> subprocess.Popen[bytes]:
        """The command as a process of its own; what it says goes to the file `output`."""
        with output.open("ab") as file:
            return subprocess.Popen(
                [str(word) for word in command],
                cwd=folder,
                env=self.variables,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                user=self._user,
                group=self._user,
                extra_groups=self._groups,
            )

    def run(self, command: Sequence[str | Path], folder: Path) -> None:
        """Run the command to its end. Raises TrialFailed with what it said."""
        done = subprocess.run(
            [str(word) for word in command],
            cwd=folder,
            env=self.variables,
            capture_output=True,
            text=True,
            check=False,
            user=self._user,
            group=self._user,
            extra_groups=self._groups,
        )
        if done.returncode:
            said = f"{done.stdout}{done.stderr}"
            raise TrialFailed(f"{' '.join(map(str, command))} ended with {done.returncode}\n{said}")

    @property
    def _user(self) -> int | None:
        return NOBODY if self.is_nobody else None

    @property
    def _groups(self) -> list[int] | None:
        return [] if self.is_nobody else None


def unprivileged(folder: Path) -> Worker:
    """A worker who is not root and owns `folder` with all that is in it."""
    home = folder / "home"
    home.mkdir()
    if os.geteuid() != 0:
        return Worker(home)
    for name in TOOLS_KNOW:
        if (Path.home() / name).is_file():
            (home / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(Path.home() / name, home / name)
    for path in (folder, *folder.rglob("*")):
        os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
    return Worker(home, is_nobody=True)


def interpreter(worker: Worker) -> str:
    """A Python that the worker may use; one of a root's own is none."""
    can = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))"
    tried = [str(Path(sys.base_prefix) / "bin" / "python3"), "/usr/local/bin/python3", "/usr/bin/python3"]
    for path in tried:
        if not Path(path).exists():
            continue
        try:
            worker.run([path, "-c", can], worker.home)
        except (TrialFailed, OSError):
            continue
        return path
    raise TrialFailed(f"no Python 3.11 with venv that an unprivileged user may run; tried {', '.join(tried)}")


def copy_of_the_project(into: Path) -> None:
    """What a clone would hold: tracked files, and new ones that are not ignored."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file():
            (into / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, into / name)


@contextmanager
def kept_running(
    worker: Worker,
    command: Sequence[str | Path],
    folder: Path,
    *,
    port: int,
    path: str = "/_stcore/health",
    within_s: float = 90,
) -> Iterator[None]:
    """The server of this command, for as long as the block lasts. Raises TrialFailed where it does not answer."""
    log = worker.home / f"server-{port}.log"
    process = worker.start(command, folder, log)
    try:

        def answers() -> bool:
            if process.poll() is not None:
                raise TrialFailed(f"the server ended with {process.returncode}\n{log.read_text()}")
            return is_there(f"http://127.0.0.1:{port}{path}")

        until(answers, within_s=within_s, what="the server answers")
        yield
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def is_there(address: str) -> bool:
    """Whether an address answers with success."""
    try:
        with urlopen(address, timeout=5) as answer:  # noqa: S310 - a server of this trial
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


def until(is_so: Callable[[], object], *, within_s: float, what: str) -> None:
    """Wait until it is so. Raises TrialFailed after the limit."""
    began = time.monotonic()
    while not is_so():
        if time.monotonic() - began > within_s:
            raise TrialFailed(f"not within {within_s:.0f} s: {what}")
        time.sleep(0.1)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port
