"""The log files below the outputs folder: listed, read from their end, searched, removed; however large they are."""

import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from errors import LogUnknown
from services import audit
from session import writing
from settings import settings

# Only these, right in the folder: what the child's supervisor writes. Nothing else there is for reading.
NAME = re.compile(r"std(out|err)_[0-9TZ.-]{10,60}\.txt", re.ASCII)
MOST_TAIL = 64 << 10
MOST_PIECE = 1 << 20
# A search looks at the end of a large file: what happened of late.
MOST_SEARCHED = 64 << 20
MOST_FOUND = 200
LONGEST_LINE = 2_000
BLOCK = 1 << 20


@dataclass(frozen=True)
class LogFile:
    """A file that can be read here."""

    name: str
    size: int
    changed_at: datetime


def files() -> list[LogFile]:
    """All there are, the latest changed first."""
    found = []
    folder = settings().outputs_dir
    with suppress(OSError):
        for entry in os.scandir(folder):
            # A purge may remove it meanwhile.
            with suppress(OSError):
                if NAME.fullmatch(entry.name) and entry.is_file(follow_symlinks=False):
                    facts = entry.stat(follow_symlinks=False)
                    found.append(LogFile(entry.name, facts.st_size, datetime.fromtimestamp(facts.st_mtime, UTC)))
    return sorted(found, key=lambda file: (file.changed_at, file.name), reverse=True)


def tail(name: str, *, most_bytes: int = MOST_TAIL) -> list[str]:
    """The last whole lines. Raises LogUnknown."""
    with _opened(name) as (descriptor, size):
        start = max(0, size - min(most_bytes, MOST_PIECE))
        text = os.pread(descriptor, size - start, start).decode("utf-8", "replace")
    lines = text.split("\n")
    # The first one is cut, unless the file begins there; after the last line end there is none.
    return [line[:LONGEST_LINE] for line in (lines[1:] if start else lines) if line]


def piece(name: str, *, start: int, most_bytes: int = MOST_PIECE) -> bytes:
    """So many bytes from `start` on, to download a file piece by piece; empty at its end. Raises LogUnknown."""
    with _opened(name) as (descriptor, _):
        return os.pread(descriptor, max(0, min(most_bytes, MOST_PIECE)), max(0, start))


def search(name: str, words: str) -> list[str]:
    """The last lines with these words, in any case, in the order of the file. Raises LogUnknown."""
    wanted = words.strip().casefold()
    found: list[str] = []
    if not wanted:
        return found
    for line in _lines_from_the_end(name):
        if wanted in line.casefold():
            found.append(line[:LONGEST_LINE])
            if len(found) >= MOST_FOUND:
                break
    return found[::-1]


def remove(name: str, *, actor: str, now: datetime) -> None:
    """Remove a file. One that a child still writes to goes on without a name until that ends. Raises LogUnknown."""
    with _opened(name):
        pass
    with writing() as session:
        audit.record(session, actor=actor, action="log.remove", target=name, now=now)
        with suppress(FileNotFoundError):
            _path(name).unlink()


def _lines_from_the_end(name: str) -> Iterator[str]:
    with _opened(name) as (descriptor, size):
        rest, at, least = b"", size, max(0, size - MOST_SEARCHED)
        while at > least:
            start = max(least, at - BLOCK)
            lines = (os.pread(descriptor, at - start, start) + rest).split(b"\n")
            # A line without an end must not grow in memory.
            rest, at = lines[0][:BLOCK], start
            for line in reversed(lines[1:]):
                yield line.decode("utf-8", "replace")
        if rest:
            yield rest.decode("utf-8", "replace")


def _path(name: str) -> Path:
    if not NAME.fullmatch(name):
        raise LogUnknown(name[:80])
    return settings().outputs_dir / name


@contextmanager
def _opened(name: str) -> Iterator[tuple[int, int]]:
    path = _path(name)
    try:
        # No link leads out of the folder, and a pipe of this name does not hold the page.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise LogUnknown(name) from error
    try:
        facts = os.fstat(descriptor)
        if not stat.S_ISREG(facts.st_mode):
            raise LogUnknown(name)
        yield descriptor, facts.st_size
    finally:
        os.close(descriptor)
