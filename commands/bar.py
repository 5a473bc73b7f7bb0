"""Progress of a command: a bar on a terminal, a plain line now and then elsewhere."""

import logging
import sys
import time
from types import TracebackType
from typing import NoReturn, Self

from tqdm import tqdm

log = logging.getLogger("etl")

PLAIN_LINE_EVERY_S = 2.0


class Bar:
    """Shows how far the stages of something have come."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._bar: tqdm[NoReturn] | None = None
        self._stage = ""
        self._said_at = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._close()

    def show(self, stage: str, done: int, total: int | None) -> None:
        """The stage has come so far; total is None where nobody knows it."""
        if sys.stderr.isatty():
            self._draw(stage, done, total)
        elif stage != self._stage or time.monotonic() - self._said_at > PLAIN_LINE_EVERY_S:
            self._said_at = time.monotonic()
            log.info("source=%s stage=%s done=%s total=%s", self._source, stage, done, total)
        self._stage = stage

    def _draw(self, stage: str, done: int, total: int | None) -> None:
        if self._bar is None or stage != self._stage:
            self._close()
            self._bar = tqdm(desc=f"{self._source} {stage}", total=total, unit_scale=True, file=sys.stderr)
        self._bar.update(done - self._bar.n)

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None
