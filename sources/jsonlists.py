"""Reading a publisher's JSON: one row after another, in flat memory, whatever the file holds."""

import codecs
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from errors import SourceMalformed

CHUNK = 1 << 16
# The longest row of the exports we read has 8 kB; what never ends is no row.
LONGEST_VALUE = 1 << 20
ENDS = frozenset(",:]} \t\r\n")

_SPACE = re.compile(r"[ \t\r\n]*")
# Some publishers leave tabs and line ends in their texts as they are.
_DECODER = json.JSONDecoder(strict=False)


def rows(extract: Path, *, source: str) -> Iterator[Any]:
    """The values of a file that is one array. Raises SourceMalformed for anything else, and where it is cut short."""
    with _told(source), extract.open("rb") as file:
        text = _Text(file)
        yield from text.array()
        text.end()


def members(extract: Path, *, listed: str, source: str) -> Iterator[tuple[str, Any]]:
    """The members of a file that is one object, in its order; of the one called `listed`, an array, each value.

    Raises SourceMalformed for anything else, and where it is cut short.
    """
    with _told(source), extract.open("rb") as file:
        text = _Text(file)
        text.take("{")
        if text.peek() != "}":
            while True:
                name = text.value()
                text.take(":")
                if name == listed:
                    for row in text.array():
                        yield listed, row
                else:
                    yield str(name), text.value()
                if text.peek() != ",":
                    break
                text.take(",")
        text.take("}")
        text.end()


class _told:  # noqa: N801 - used as a function; a generator's context would hide where an error came from
    """Whatever is wrong with the file, in words."""

    def __init__(self, source: str) -> None:
        self.source = source

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, (ValueError, RecursionError, OSError)):
            raise SourceMalformed(self.source, f"the JSON is damaged or cut short ({error})") from error


class _Text:
    """The text of a file, a window of which is in memory."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._window = ""
        self._at = 0
        self._is_all = False

    def peek(self) -> str:
        """The next sign that is no space; empty at the end."""
        while True:
            found = _SPACE.match(self._window, self._at)
            self._at = found.end() if found else self._at
            if self._at < len(self._window) or self._is_all:
                return self._window[self._at : self._at + 1]
            self._fill()

    def take(self, sign: str) -> None:
        """Go on behind this sign."""
        found = self.peek()
        if found != sign:
            raise ValueError(f"{found!r} where {sign!r} should be")
        self._at += 1

    def value(self) -> Any:
        """The next value, whole."""
        self.peek()
        while True:
            is_enough = self._is_all or len(self._window) - self._at > LONGEST_VALUE
            try:
                value, end = _DECODER.raw_decode(self._window, self._at)
            except ValueError:
                if is_enough:
                    raise
            else:
                # A number at the edge of the window may go on behind it: 1, 1.5 and 1.5e3 are all numbers.
                if is_enough or self._window[end : end + 1] in ENDS:
                    self._at = end
                    return value
            self._fill()

    def array(self) -> Iterator[Any]:
        """The values of an array, one by one."""
        self.take("[")
        if self.peek() != "]":
            yield self.value()
            while self.peek() == ",":
                self.take(",")
                yield self.value()
        self.take("]")

    def end(self) -> None:
        """See that nothing follows."""
        if self.peek():
            raise ValueError(f"{self.peek()!r} after the end")

    def _fill(self) -> None:
        chunk = self._file.read(CHUNK)
        self._is_all = not chunk
        self._window = self._window[self._at :] + self._decoder.decode(chunk, final=self._is_all)
        self._at = 0
