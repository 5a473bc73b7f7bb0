"""`python -m scripts.cluster`, or `make cluster`: a cluster to look at, until Ctrl-C."""

import os
import signal
import sys
import tempfile
import threading
from pathlib import Path

from scripts.cluster.parts import Cluster, cluster

PASSED_ON = "CARBUROAM_"
# Every part of a cluster is ours to give.
OURS = {"CARBUROAM_DATABASE_URL", "CARBUROAM_STORE_URL", "CARBUROAM_S3_ENDPOINT", "CARBUROAM_OUTPUTS_DIR"}


def main(words: list[str]) -> int:
    """Start as many servers as the first word says, or two; say where everything is; stop it all when told to."""
    replicas = int(words[0]) if words else 2
    is_over = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: is_over.set())
    given = {name: value for name, value in os.environ.items() if name.startswith(PASSED_ON) and name not in OURS}
    print("Starting PostgreSQL, an S3 service, the servers and nginx …", flush=True)
    try:
        with (
            tempfile.TemporaryDirectory(prefix="carburoam-cluster-") as folder,
            cluster(Path(folder), replicas, **given) as it,
        ):
            _tell(it)
            is_over.wait()
            print("\nStopping …", flush=True)
        print("Everything has stopped, and its data is gone.")
    except RuntimeError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _tell(it: Cluster) -> None:
    lines = [
        ("nginx", it.address, ""),
        *((replica.name, replica.address, f"process {replica.process.pid}") for replica in it.replicas),
        ("PostgreSQL", it.database_url, ""),
        ("S3", it.environment["CARBUROAM_S3_ENDPOINT"], it.store_url),
        ("files", str(it.folder), "logs, mails; gone at the end"),
    ]
    print("\n".join(f"{name:<12}{where}  {more}".rstrip() for name, where, more in lines))
    print(f"Open {it.address}; Ctrl-C stops everything.", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
