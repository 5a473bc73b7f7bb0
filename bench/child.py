"""A process that does one thing and prints its memory, in kB, after its imports and at its peak, and its time."""

import json
import sys
import time
from pathlib import Path

from bench import archive
from pipeline.run import run_once
from session import make_engine, prepare
from sources.fr_prix_carburants import FrPrixCarburants


def memory_kb(field: str) -> int:
    """A figure of the kernel's for this process: `VmRSS` now, `VmHWM` at its peak."""
    # Not getrusage: its peak is inherited from the parent across exec.
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith(field)))


def main(extract: str, base: str = "") -> None:
    """Load the extract into a new base, or without one read it as an archive."""
    if base:
        on = make_engine(f"sqlite:///{base}")
        prepare(on)
        before = memory_kb("VmRSS")
        begun = time.process_time()
        run_once(FrPrixCarburants(), url=Path(extract).as_uri(), on=on)
        took_s = time.process_time() - begun
    else:
        before = memory_kb("VmRSS")
        begun = time.process_time()
        prices = archive.read(Path(extract))
        if prices % 1_000:
            raise RuntimeError(f"{prices} prices were read: some were lost")
        took_s = time.process_time() - begun
    print(json.dumps([before, memory_kb("VmHWM"), took_s]))


if __name__ == "__main__":
    main(*sys.argv[1:])
