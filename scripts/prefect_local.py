"""What `make prefect` starts: a Prefect server for this computer alone, and who runs our flow; Ctrl-C ends both."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from scripts.serve import is_free
from settings import ROOT, settings

FIRST_PORT = 4200
PORTS_TRIED = 100
START_S = 180.0
GRACE_S = 15.0
POLL_S = 0.3


def main() -> int:
    """Keep both running until Ctrl-C, SIGTERM, or until one of them ends."""
    wanted = os.environ.get("PREFECT_PORT")
    tried = [int(wanted)] if wanted else list(range(FIRST_PORT, FIRST_PORT + PORTS_TRIED))
    port = next((port for port in tried if is_free(port)), None)
    if port is None:
        print(f"No port is free among {tried[0]}–{tried[-1]}; PREFECT_PORT names another.", file=sys.stderr)
        return 1
    for ends in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ends, signal.default_int_handler)
    given = environment(port, settings().outputs_dir / "prefect")
    running: list[subprocess.Popen[bytes]] = []
    try:
        server = _start(
            ["-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)], given, running
        )
        _wait_for(f"http://127.0.0.1:{port}/api/health", server)
        _start(["-m", "flows.serve"], given, running)
        print(f"Prefect is at http://127.0.0.1:{port} (Ctrl-C stops it)", flush=True)
        while all(process.poll() is None for process in running):
            time.sleep(POLL_S)
        print("One of the two ended; so does the other.", file=sys.stderr)
    except KeyboardInterrupt:
        return 0
    finally:
        # Another Ctrl-C must not leave one of them behind.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        for process in reversed(running):
            _end(process)
    return 1


def environment(port: int, home: Path) -> Mapping[str, str]:
    """What both are told: where Prefect's files lie, where its server is, and that nobody is told of its use."""
    home.mkdir(parents=True, exist_ok=True)
    return os.environ | {
        "PREFECT_HOME": str(home),
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        # The second of its fronts asks a service of analytics for its settings, whatever it is told.
        "PREFECT_SERVER_UI_V2_ENABLED": "false",
        "DO_NOT_TRACK": "1",
    }


def _start(
    words: list[str], given: Mapping[str, str], running: list[subprocess.Popen[bytes]]
) -> subprocess.Popen[bytes]:
    # A session of its own: a Ctrl-C comes to us alone, and we end them in their order.
    process = subprocess.Popen([sys.executable, *words], cwd=ROOT, env=dict(given), start_new_session=True)
    running.append(process)
    return process


def _wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_S
    while server.poll() is None and time.monotonic() < until:
        try:
            with urlopen(address, timeout=5) as answer:  # noqa: S310 - our own server
                if answer.status == 200:
                    return
        except (URLError, OSError):
            time.sleep(POLL_S)
    raise RuntimeError("the Prefect server did not start")


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ask it to end, then make the whole group of its processes end."""
    process.terminate()
    try:
        process.wait(GRACE_S)
    except subprocess.TimeoutExpired:
        print(f"{process.pid} did not end in time", file=sys.stderr)
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    process.wait()


if __name__ == "__main__":
    sys.exit(main())
