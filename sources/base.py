"""What the pipeline asks of a source: fetch the publisher's extract, and turn it into records."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from adapters.download import Download, Validators
from records import Reject, StationRecord


@dataclass(frozen=True)
class Attribution:
    """What the page must say of the data, by its licence."""

    publisher: str
    homepage: str
    licence: str
    licence_url: str


@dataclass(frozen=True)
class Feed:
    """Where an extract is taken from, and how often."""

    url: str
    interval: timedelta


class Source(Protocol):
    """One publisher. It knows nothing of our tables; the pipeline knows nothing of its format."""

    name: str
    """Stored with each station; never renamed."""
    area: str
    """The widest area that medians are computed for, e.g. `FR`."""
    attribution: Attribution
    feed: Feed
    """The publisher's own address and pace; settings may name others."""

    def extract(
        self, url: str, into: Path, *, known: Validators, on_retry: Callable[[], None] | None = None
    ) -> Download | None:
        """Fetch the extract into the folder `into`; None where the server says that nothing changed since `known`.

        Raises SourceUnreachable where no usable answer came.
        """
        ...

    def transform(self, extract: Path) -> Iterator[StationRecord | Reject]:
        """The stations of an extract, streaming, each followed or preceded by what could not be used of it.

        Raises SourceMalformed where the file as a whole cannot be read.
        """
        ...
