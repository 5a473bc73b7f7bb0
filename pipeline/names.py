"""What stations are called: a list of names, read and written beside the prices and never in their way."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Table, bindparam, delete, select, update
from sqlalchemy.orm import Session

from errors import SourceRefused
from models import Lease, Station, StationName
from pipeline import lists
from pipeline.bulk import Bulk, Row
from pipeline.harvest import Progress, Rejects
from pipeline.load import Called, Counts, names_of
from records import NameRecord, Reject

# A list may lose so many of its stations between two runs, not more: mappers do not forget half of a country.
MOST_LOST = 1 / 2

STATIONS: Table = Station.__table__  # type: ignore[assignment]
NAMES: Table = StationName.__table__  # type: ignore[assignment]
COLUMNS = ("source", "source_ref", "brand", "name")


@dataclass
class Names:
    """One list of names, by the feed's id of the station."""

    called: dict[str, Called] = field(default_factory=dict)
    rejects: Rejects = field(default_factory=Rejects)

    def add(self, record: NameRecord) -> None:
        """Keep a name. Of two for one station the one with a brand wins, else the first."""
        ref, *told = record
        held = self.called.get(ref)
        if held is None or (held[0] is None and record.brand is not None):
            self.called[ref] = (record.brand, record.name)
        if held is not None and held != tuple(told):
            self.rejects.add(Reject(ref, "station_twice", record.brand or record.name or ""))


def gather(read: Iterable[NameRecord | Reject], *, source: str, into: Names, progress: Progress | None = None) -> None:
    """Read a whole list into empty names. Raises SourceRefused where not one station is named with a brand."""
    lists.gather(read, add=into.add, rejects=into.rejects, kept=into.called, progress=progress)
    if not any(brand for brand, _ in into.called.values()):
        raise SourceRefused(source, f"the list names no station with a brand ({into.rejects.total} rows unusable)")


def load(session: Session, names: Names, *, source: str, of: str, most_lost: float = MOST_LOST) -> Counts:
    """Bring names and stations of the source `of` to what the list says; only what differs is written.

    The caller commits. Raises SourceRefused where the list lacks more than the share `most_lost` of the stations that
    it had. A station that the list no longer has loses its brand. Idempotent.
    """
    # A load of prices locks its lease until it has committed: of the two each then sees what the other wrote, and no
    # new station falls between them. (On SQLite only one transaction writes at all.)
    session.execute(select(Lease.fence).where(Lease.name == f"etl:{of}").with_for_update())
    bulk = Bulk(session.connection())
    known = names_of(bulk, of)
    gone = lists.gone(known, names.called, source=source, what="names", most_lost=most_lost)
    changed: list[Row] = [(of, ref, *called) for ref, called in names.called.items() if known.get(ref) != called]
    bulk.upsert(StationName, COLUMNS, changed, key=("source", "source_ref"))
    bulk.write(
        delete(NAMES).where(NAMES.c.source == of, NAMES.c.source_ref == bindparam("ref")),
        ("ref",),
        [(ref,) for ref in gone],
    )
    return Counts(
        stations_read=len(names.called),
        stations_changed=_name_stations(bulk, names.called, of),
        rejected=names.rejects.total,
        gone=len(gone),
    )


def is_loaded(session: Session, of: str) -> bool:
    """Whether the base has any name of a station of this source."""
    return session.scalars(select(NAMES.c.source_ref).where(NAMES.c.source == of).limit(1)).first() is not None


def _name_stations(bulk: Bulk, called: dict[str, Called], of: str) -> int:
    """Write the names onto the stations that are there; how many of them are called otherwise now."""
    nothing: Called = (None, None)
    there = select(STATIONS.c.id, STATIONS.c.source_ref, STATIONS.c.brand, STATIONS.c.name).where(
        STATIONS.c.source == of
    )
    changed: list[Any] = [
        (*wanted, station_id)
        for station_id, ref, brand, name in bulk.read(there)
        if (wanted := called.get(ref, nothing)) != (brand, name)
    ]
    bulk.write(
        update(STATIONS)
        .where(STATIONS.c.id == bindparam("station"))
        .values(brand=bindparam("brand"), name=bindparam("name")),
        ("brand", "name", "station"),
        changed,
    )
    return len(changed)
