"""What the pipeline asks of a source: fetch the publisher's extract, and turn it into records."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple, Protocol, runtime_checkable

from adapters.download import Download, Validators
from records import NameRecord, OutageRecord, PriceRecord, Reject, StationRecord, TownRecord


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


class Publisher(Protocol):
    """Whoever publishes something that is fetched at a pace. What it holds, the three kinds below tell."""

    name: str
    """Stored with each run; never renamed."""
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


class Source(Publisher, Protocol):
    """A publisher of prices. It knows nothing of our tables; the pipeline knows nothing of its format."""

    area: str
    """The widest area that medians are computed for, a country: `FR`. The areas of its stations begin with it."""
    currency: str
    """ISO 4217. Prices of all sources are compared with each other, so it is `EUR`."""

    def transform(self, extract: Path) -> Iterator[StationRecord | Reject]:
        """The stations of an extract, streaming, each followed or preceded by what could not be used of it.

        Raises SourceMalformed where the file as a whole cannot be read.
        """
        ...


@runtime_checkable
class DatesAsAWhole(Source, Protocol):
    """A source that tells one moment for all its prices, not when each was declared."""

    confirms_after: timedelta
    """A price that stays is taken for declared anew after so long; until then it keeps the moment it was first seen."""


@runtime_checkable
class NameSource(Publisher, Protocol):
    """A publisher of what stations are called; their prices come from another."""

    of: str
    """The source whose stations it names."""

    def names(self, extract: Path) -> Iterator[NameRecord | Reject]:
        """The names in an extract, streaming, with what could not be used of it.

        Raises SourceMalformed where the file as a whole cannot be read.
        """
        ...


@runtime_checkable
class TownSource(Publisher, Protocol):
    """A publisher of the towns of a country, so that people find their own where no station is."""

    def towns(self, extract: Path) -> Iterator[TownRecord | Reject]:
        """The towns in an extract, streaming, with what could not be used of it.

        Raises SourceMalformed where the file as a whole cannot be read.
        """
        ...


AnySource = Source | NameSource | TownSource


def has_prices(source: AnySource) -> bool:
    """Whether it is prices that it brings, not a list beside them."""
    return not isinstance(source, NameSource | TownSource)


class Declarations(NamedTuple):
    """All that one station declared in an archive of a day or a year, in the order of the file."""

    source_ref: str
    prices: list[PriceRecord]
    outages: tuple[OutageRecord, ...] = ()
    """Those that ended: an archive cannot know how long the others went on."""


class Archive(NamedTuple):
    """A file of the past that a publisher keeps."""

    name: str
    """As the publisher calls it, e.g. `jour/20250206`; the base remembers by it what was read."""
    url: str
    first: date
    last: date
    """The days that it covers, both included."""


@runtime_checkable
class KeepsArchives(Source, Protocol):
    """A source whose publisher also keeps the past."""

    day_archives: int
    """For so many days back there is an archive for each; older ones are in those of their years."""

    def archive_of_day(self, day: date, *, feed_url: str) -> Archive:
        """The archive of a day, at the place that the feed is read from."""
        ...

    def archive_of_year(self, year: int, *, feed_url: str) -> Archive:
        """The archive of a year, at the place that the feed is read from."""
        ...

    def history(self, extract: Path) -> Iterator[Declarations | Reject]:
        """What every station declared, streaming. Raises SourceMalformed where the file cannot be read to its end."""
        ...
