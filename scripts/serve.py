"""What `make run` starts: the database ready, a free port, one line that says where the application is."""

import errno
import os
import socket
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FIRST_PORT = 8501
PORTS_TRIED = 100


def main() -> int:
    """Replace this process by the server; come back only where that cannot be done, and say why."""
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    port = free_port(os.environ.get("PORT"))
    if port is None:
        wanted = os.environ.get("PORT") or f"{FIRST_PORT}–{FIRST_PORT + PORTS_TRIED - 1}"
        return _complain(f"Le port {wanted} est déjà pris · Port {wanted} is taken")

    from errors import DatabaseUnavailable  # noqa: PLC0415 - the path to it is set above
    from session import prepare  # noqa: PLC0415

    try:
        prepare()
    except DatabaseUnavailable as error:
        return _complain(f"La base de données n'est pas utilisable · The database cannot be used: {error}")
    url = f"http://localhost:{port}"
    print(
        f"Carburoam vous attend sur {url} (Ctrl-C pour arrêter) · Carburoam is at {url} (Ctrl-C stops it)", flush=True
    )
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "server.py"), "--server.port", str(port)]
    return os.execv(sys.executable, command)  # noqa: S606 - our own interpreter and our own script


def free_port(wanted: str | None) -> int | None:
    """The first free port from 8501 on; a port that was asked for by name is taken or nothing is."""
    if wanted:
        return int(wanted) if is_free(int(wanted)) else None
    return next((port for port in range(FIRST_PORT, FIRST_PORT + PORTS_TRIED) if is_free(port)), None)


def is_free(port: int) -> bool:
    """Whether a server could listen here, on every address of this machine, as Streamlit does."""
    for family, address in ((socket.AF_INET6, "::"), (socket.AF_INET, "0.0.0.0")):  # noqa: S104 - tried, not served
        try:
            with socket.socket(family) as probe:
                if os.name != "nt":
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                if family == socket.AF_INET6:
                    probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                probe.bind((address, port))
                # On Linux two sockets may bind one port with that option; only one may listen.
                probe.listen(1)
        except OSError as error:
            if family == socket.AF_INET6 and not _is_taken(error):
                continue  # no IPv6 here
            return False
    return True


def _is_taken(error: OSError) -> bool:
    return error.errno in {errno.EADDRINUSE, errno.EACCES}


def _complain(text: str) -> int:
    print(text, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
