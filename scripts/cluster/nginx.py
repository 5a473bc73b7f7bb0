"""The nginx of deploy/nginx.conf, the file itself, before servers on this computer."""

import getpass
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

import requests

from scripts.cluster.leaving import with_us
from settings import ROOT
from tests.processes import free_port, until

CONF = ROOT / "deploy" / "nginx.conf"
ADVICE = "nginx is needed and could not be installed: apt install nginx-light (Debian, Ubuntu), as root"
GENERATION = "/cluster/generation"
# A server of compose.yaml stands for all of ours.
SERVER = re.compile(r"(?:^ +server app-\d:8501 .*;\n)+", re.MULTILINE)


def find_or_install() -> str:
    """The path of nginx, installed if need be. Raises RuntimeError where it cannot be had."""
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"
    if found := shutil.which("nginx", path=path):
        return found
    apt = shutil.which("apt-get")
    if apt and os.geteuid() == 0:
        quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        install = [apt, "install", "-y", "-q", "--no-install-recommends", "nginx-light"]
        for command in ([apt, "update", "-q"], install):
            subprocess.run(command, env=quiet, capture_output=True, check=False)
    if found := shutil.which("nginx", path=path):
        return found
    raise RuntimeError(ADVICE)


def configuration(folder: Path, listen: int, fit: Sequence[int], every: Sequence[int], *, generation: int = 1) -> str:
    """deploy/nginx.conf with the addresses of this computer, which it trusts on where a visitor comes from.

    New visitors go to the ports `fit`; what only one server can answer is asked of `every`. Each answer names its
    server. Raises RuntimeError where the file has changed so that this cannot be done.
    """
    text = CONF.read_text(encoding="utf-8")
    temporary = "".join(
        f"    {what}_temp_path {folder / what};\n" for what in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    # Its files lie in a folder that only we may enter.
    user = f"user {getpass.getuser()};\n" if os.geteuid() == 0 else ""
    trusted = (
        "        set_real_ip_from 127.0.0.0/8;\n        real_ip_header X-Forwarded-For;\n"
        f'        location = {GENERATION} {{ return 200 "{generation}"; }}\n'
    )
    for found, instead in (
        (SERVER, _servers(fit, "max_fails=1 fail_timeout=10s")),
        (SERVER, _servers(every, "max_fails=0")),
        (r"listen 8080;\n", f"listen 127.0.0.1:{listen};\n{trusted}"),
        (r"worker_processes auto;\n", f"worker_processes 2;\n{user}"),
        (r"/run/nginx\.pid", str(folder / "nginx.pid")),
        (r"http \{\n", f"http {{\n{temporary}"),
    ):
        text, times = re.subn(found, instead, text, count=1)
        if times != 1:
            raise RuntimeError(f"deploy/nginx.conf has no {found}")
    named = r"\g<0>\n\1add_header X-Served-By $upstream_addr always;"
    return re.sub(r"( +)add_header Set-Cookie .*;", named, text)


def _servers(ports: Sequence[int], rest: str) -> str:
    return "".join(f"        server 127.0.0.1:{port} {rest};\n" for port in ports)


class Nginx:
    """A running nginx, ours to reload and stop."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.log = folder / "nginx.log"
        self._program = find_or_install()
        self._folder = folder
        self._conf = folder / "nginx.conf"
        self._generation = 0
        self._process: subprocess.Popen[bytes] | None = None

    def reload(self, fit: Sequence[int], every: Sequence[int]) -> None:
        """Serve with these servers from now on; open pages stay where they are. Starts it the first time."""
        self._generation += 1
        self._conf.write_text(
            configuration(self._folder, self.port, fit, every, generation=self._generation), encoding="utf-8"
        )
        if self._process is None:
            with self.log.open("ab") as log:
                self._process = subprocess.Popen(
                    [
                        *with_us(),
                        self._program,
                        "-p",
                        self._folder,
                        "-c",
                        self._conf,
                        "-e",
                        self.log,
                        "-g",
                        "daemon off;",
                    ],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
        else:
            self._process.send_signal(signal.SIGHUP)
        until(self._is_new)

    def stop(self) -> None:
        """End it with all that goes through it. Idempotent."""
        if self._process is not None and self._process.poll() is None:
            # SIGTERM is its fast end, also for what an older configuration still serves.
            self._process.terminate()
            self._process.wait(20)

    def _is_new(self) -> bool:
        """Whether a new visitor meets the newest configuration."""
        if self._process is None or self._process.poll() is not None:
            raise RuntimeError(f"nginx does not run\n{self.log.read_text()}")
        try:
            said = requests.get(f"{self.address}{GENERATION}", timeout=5).text
        except requests.ConnectionError:
            return False
        return said == str(self._generation)
