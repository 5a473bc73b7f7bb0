"""The towns of a country: a list read and written beside the prices and never in their way."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import Table, bindparam, delete, select
from sqlalchemy.orm import Session

from errors import SourceRefused
from models import KnownTown
from pipeline import lists
from pipeline.bulk import Bulk, Row
from pipeline.harvest import Progress, Rejects
from pipeline.load import Counts
from records import Reject, TownRecord

# A country merges some of its towns each year, not half of them.
MOST_LOST = 1 / 2

TOWNS: Table = KnownTown.__table__  # type: ignore[assignment]
COLUMNS = ("source", "ref", "name", "zip_codes", "latitude", "longitude", "population")


@dataclass
class Towns:
    """One list of towns, by their own numbers."""

    told: dict[str, Row] = field(default_factory=dict)
    rejects: Rejects = field(default_factory=Rejects)

    def add(self, record: TownRecord) -> None:
        """Keep a town; of two with one number the first."""
        if record.ref in self.told:
            self.rejects.add(Reject(record.ref, "town_twice", record.name))
            return
        self.told[record.ref] = (
            record.name,
            " ".join(record.zip_codes),
            record.latitude,
            record.longitude,
            record.population,
        )


def gather(read: Iterable[TownRecord | Reject], *, source: str, into: Towns, progress: Progress | None = None) -> None:
    """Read a whole list into no towns yet. Raises SourceRefused where there is not one."""
    lists.gather(read, add=into.add, rejects=into.rejects, kept=into.told, progress=progress)
    if not into.told:
        raise SourceRefused(source, f"the list has no town ({into.rejects.total} rows unusable)")


def load(session: Session, towns: Towns, *, source: str, most_lost: float = MOST_LOST) -> Counts:
    """Bring the towns of this source to what the list says; only what differs is written. The caller commits.

    Raises SourceRefused where the list lacks more than the share `most_lost` of the towns that it had. Idempotent.
    """
    bulk = Bulk(session.connection())
    known: dict[str, Row] = {
        ref: tuple(told)
        for ref, *told in bulk.read(select(*(TOWNS.c[name] for name in COLUMNS[1:])).where(TOWNS.c.source == source))
    }
    gone = lists.gone(known, towns.told, source=source, what="towns", most_lost=most_lost)
    changed: list[Row] = [(source, ref, *told) for ref, told in towns.told.items() if known.get(ref) != told]
    bulk.upsert(KnownTown, COLUMNS, changed, key=("source", "ref"))
    bulk.write(
        delete(TOWNS).where(TOWNS.c.source == source, TOWNS.c.ref == bindparam("gone")),
        ("gone",),
        [(ref,) for ref in gone],
    )
    return Counts(
        stations_read=len(towns.told), stations_changed=len(changed), rejected=towns.rejects.total, gone=len(gone)
    )


def is_loaded(session: Session, source: str) -> bool:
    """Whether the base has any town of this source."""
    return session.scalars(select(TOWNS.c.ref).where(TOWNS.c.source == source).limit(1)).first() is not None
