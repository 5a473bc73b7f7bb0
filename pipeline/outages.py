"""Outages as episodes: opened when a feed first names them, closed when it ends or forgets them."""

from datetime import timedelta

from sqlalchemy import Table, bindparam, select, update

from models import Outage, Station
from pipeline.bulk import Bulk, Row
from pipeline.harvest import Harvest
from records import OutageRecord
from settings import settings

OUTAGES: Table = Outage.__table__  # type: ignore[assignment]
STATIONS: Table = Station.__table__  # type: ignore[assignment]
COLUMNS = ("station_id", "gastype_id", "started_at", "ended_at", "kind")

Key = tuple[int, int, int]


def load_outages(bulk: Bulk, harvest: Harvest, ids: dict[str, int], *, source: str, now: int) -> None:
    """Write the feed's episodes; an open one that the feed no longer names ended with this load."""
    # Older ends than the history keeps would be deleted and written again in turn.
    oldest = now - int(timedelta(days=settings().history_days).total_seconds())
    declared: dict[Key, Row] = {}
    for ref, outages in harvest.outages.items():
        station_id = ids[ref]
        for outage in _consistent(outages):
            if outage.ended_at is None or outage.ended_at >= oldest:
                key = (station_id, outage.fuel, outage.started_at)
                declared[key] = (*key, outage.ended_at, outage.kind.value)
    still_open = (
        select(OUTAGES.c.station_id, OUTAGES.c.gastype_id, OUTAGES.c.started_at)
        .join(STATIONS)
        .where(STATIONS.c.source == source, OUTAGES.c.ended_at.is_(None))
    )
    over = [(max(now, key[2]), *key) for key in bulk.read(still_open) if key not in declared]
    bulk.write(
        update(OUTAGES)
        .where(
            OUTAGES.c.station_id == bindparam("station"),
            OUTAGES.c.gastype_id == bindparam("fuel"),
            OUTAGES.c.started_at == bindparam("started"),
        )
        .values(ended_at=bindparam("ended")),
        ("ended", "station", "fuel", "started"),
        over,
    )
    bulk.upsert(Outage, COLUMNS, sorted(declared.values(), key=lambda row: row[:3]), key=COLUMNS[:3])


def _consistent(outages: tuple[OutageRecord, ...]) -> list[OutageRecord]:
    """At most one open episode a fuel, the newest; an older one without an end gave way to it."""
    ordered = sorted(outages, key=lambda outage: outage.started_at, reverse=True)
    begun: dict[int, int] = {}
    kept = []
    for outage in ordered:
        follower = begun.setdefault(outage.fuel, outage.started_at) if outage.ended_at is None else None
        is_overtaken = follower is not None and follower > outage.started_at
        kept.append(outage._replace(ended_at=follower) if is_overtaken else outage)
    return kept
