"""What a run carries: stations with their prices, names of stations, or towns. A run need not know which."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from models import Station
from pipeline import confirmed, load, names, places, towns
from pipeline.bulk import Bulk
from pipeline.gather import gather
from pipeline.harvest import Harvest, Progress, Rejects
from pipeline.load import Counts
from pipeline.transforms import points_lacking
from settings import now as present
from sources.base import AnySource, DatesAsAWhole, NameSource, Source, TownSource


class Cargo(Protocol):
    """The contents of one extract on their way into the base."""

    @property
    def counts(self) -> Counts:
        """What was read so far."""
        ...

    @property
    def rejects(self) -> Rejects:
        """What could not be used."""
        ...

    @property
    def steps(self) -> dict[str, int]:
        """What each generic transform did."""
        ...

    @property
    def extract_at(self) -> datetime | None:
        """The newest declaration in it; None where it has no prices."""
        ...

    def is_in_base(self, session: Session) -> bool:
        """Whether the base has anything of this source; if not, what earlier runs say of it counts for nothing."""
        ...

    def recall(self, session: Session) -> None:
        """Take along what the base remembers and the reading needs."""
        ...

    def read(self, extract: Path, progress: Progress) -> None:
        """Read the whole of an extract. Raises SourceMalformed, or SourceRefused where there is nothing to load."""
        ...

    def load(self, session: Session, *, now: int, run_id: int, most_lost: float) -> Counts:
        """Write what changed; the caller commits. Raises SourceRefused where too much would be lost."""
        ...

    def look_up(self, on: Engine, progress: Progress) -> None:
        """Once all is loaded: find out what the next run will remember. Whatever goes wrong ends it, quietly."""
        ...


def cargo_of(source: AnySource) -> Cargo:
    """What a run of this source carries, empty as yet."""
    if isinstance(source, NameSource):
        return _Named(source)
    return _Towns(source) if isinstance(source, TownSource) else _Priced(source)


class _Priced:
    """Stations and prices."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._harvest = Harvest()

    @property
    def counts(self) -> Counts:
        held = self._harvest
        return Counts(stations_read=len(held.stations), prices_read=held.prices_read, rejected=held.rejects.total)

    @property
    def rejects(self) -> Rejects:
        return self._harvest.rejects

    @property
    def steps(self) -> dict[str, int]:
        return self._harvest.steps

    @property
    def extract_at(self) -> datetime | None:
        seconds = self._harvest.extract_at
        return None if seconds is None else datetime.fromtimestamp(seconds, UTC)

    def is_in_base(self, session: Session) -> bool:
        one = select(Station.id).where(Station.source == self._source.name).limit(1)
        return session.scalars(one).first() is not None

    def recall(self, session: Session) -> None:
        if places.is_asked(self._source):
            self._harvest.places = places.remembered(session, at=present())

    def read(self, extract: Path, progress: Progress) -> None:
        gather(self._source.transform(extract), source=self._source.name, into=self._harvest, progress=progress)

    def load(self, session: Session, *, now: int, run_id: int, most_lost: float) -> Counts:
        source, area = self._source.name, self._source.area
        if isinstance(self._source, DatesAsAWhole):
            confirmed.keep_moments(
                Bulk(session.connection()), self._harvest, source=source, confirms_after=self._source.confirms_after
            )
        if self._harvest.called:
            # Before the stations, so that the new ones are called something from the beginning.
            told = names.Names(self._harvest.called)
            names.load(session, told, source=source, of=source, most_lost=1.0)
        return load.load(session, self._harvest, source=source, area=area, now=now, run_id=run_id, most_lost=most_lost)

    def look_up(self, on: Engine, progress: Progress) -> None:
        if places.is_asked(self._source) and (lacking := points_lacking(self._harvest)):
            places.ask(lacking, on=on, progress=progress)


class _List:
    """What stands beside the prices and by itself: it has no date of its own, and lacks nothing that is found out."""

    extract_at = None
    steps: dict[str, int] = {}  # noqa: RUF012 - never written to

    def recall(self, session: Session) -> None:
        """Nothing of the base is needed to read it."""

    def look_up(self, on: Engine, progress: Progress) -> None:
        """There is nothing to find out."""


class _Named(_List):
    """Brands and names."""

    def __init__(self, source: NameSource) -> None:
        self._source = source
        self._names = names.Names()

    @property
    def counts(self) -> Counts:
        return Counts(stations_read=len(self._names.called), rejected=self._names.rejects.total)

    @property
    def rejects(self) -> Rejects:
        return self._names.rejects

    def is_in_base(self, session: Session) -> bool:
        return names.is_loaded(session, self._source.of)

    def read(self, extract: Path, progress: Progress) -> None:
        names.gather(self._source.names(extract), source=self._source.name, into=self._names, progress=progress)

    def load(self, session: Session, *, now: int, run_id: int, most_lost: float) -> Counts:
        # A person's word that losses are meant holds here too; the third that prices may lose does not.
        allowed = max(most_lost, names.MOST_LOST)
        return names.load(session, self._names, source=self._source.name, of=self._source.of, most_lost=allowed)


class _Towns(_List):
    """The towns of a country."""

    def __init__(self, source: TownSource) -> None:
        self._source = source
        self._towns = towns.Towns()

    @property
    def counts(self) -> Counts:
        return Counts(stations_read=len(self._towns.told), rejected=self._towns.rejects.total)

    @property
    def rejects(self) -> Rejects:
        return self._towns.rejects

    def is_in_base(self, session: Session) -> bool:
        return towns.is_loaded(session, self._source.name)

    def read(self, extract: Path, progress: Progress) -> None:
        towns.gather(self._source.towns(extract), source=self._source.name, into=self._towns, progress=progress)

    def load(self, session: Session, *, now: int, run_id: int, most_lost: float) -> Counts:
        allowed = max(most_lost, towns.MOST_LOST)
        return towns.load(session, self._towns, source=self._source.name, most_lost=allowed)
