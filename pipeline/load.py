"""Writing a harvest into the base: only what changed, all of it in the caller's transaction."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import Table, Text, bindparam, cast, delete, select, update
from sqlalchemy.orm import Session

from errors import SourceRefused
from models import Outage, Price, PriceHistory, PriceMedian, Station, StationName
from pipeline.bulk import Bulk, Row
from pipeline.harvest import STATION_COLUMNS, Harvest
from pipeline.medians import medians
from pipeline.outages import load_outages
from records import Fuel, PriceRecord
from settings import settings
from tables import waiting

SAMPLE = "sample"
# A feed may lose so much of its stations between two runs, not more: the rest is a fault of the publisher.
MOST_LOST = 1 / 3
# Nor may what one field tells (a fuel's price, the position): a publisher who renames it sends sound stations without.
# A strike leaves a third of the stations without a fuel, never two thirds.
MOST_EMPTIED = 2 / 3
FEWEST_TO_JUDGE = 30
# A run clears one slice of the stations of history past its time. A prime, so that no rhythm of runs skips a slice.
SLICES = 47

STATIONS: Table = Station.__table__  # type: ignore[assignment]
PRICES: Table = Price.__table__  # type: ignore[assignment]
HISTORY: Table = PriceHistory.__table__  # type: ignore[assignment]
OUTAGES: Table = Outage.__table__  # type: ignore[assignment]
NAMES: Table = StationName.__table__  # type: ignore[assignment]
PRICE_COLUMNS = ("station_id", "gastype_id", "price", "updated_at", "is_suspect")
HISTORY_COLUMNS = ("station_id", "gastype_id", "updated_at", "price")

Called = tuple[str | None, str | None]
"""Brand and name."""
NAMELESS: Called = (None, None)


@dataclass(frozen=True)
class Counts:
    """What a load found and changed."""

    stations_read: int = 0
    prices_read: int = 0
    stations_changed: int = 0
    """New, back, or with a fact that changed."""
    prices_changed: int = 0
    """Declarations whose price or moment is new."""
    rejected: int = 0
    gone: int = 0
    """Stations that left the feed with this load."""


@dataclass
class _Known:
    """The stations of the source in the base, sorted by what this load has to do with them."""

    ids: dict[str, int] = field(default_factory=dict)
    changed: list[Row] = field(default_factory=list)
    gone: list[int] = field(default_factory=list)
    active: int = 0
    placed: int = 0
    displaced: int = 0
    """Had a position, and have none now."""


def load(
    session: Session,
    harvest: Harvest,
    *,
    source: str,
    area: str,
    now: int,
    run_id: int,
    most_lost: float = MOST_LOST,
) -> Counts:
    """Bring the base to what the harvest says. The caller commits, so readers see all of it or nothing.

    Raises SourceRefused where more than the share `most_lost` of the stations would be lost, or most of what one field
    told of them. Idempotent.
    """
    bulk = Bulk(session.connection())
    if source != SAMPLE:
        _remove_sample(session)
    known = _known(bulk, harvest, source)
    if len(known.gone) > known.active * most_lost:
        raise SourceRefused(source, f"{len(known.gone)} of {known.active} stations are missing: not believed")
    most_emptied = max(MOST_EMPTIED, most_lost)
    _believe(source, "the position", known.displaced, known.placed, most_emptied)
    added = _write_stations(bulk, known, harvest, source=source, now=now)
    prices_changed = _write_prices(bulk, harvest, known.ids, added, source, most_emptied)
    load_outages(bulk, harvest, known.ids, source=source, now=now)
    waiting.attach(session)
    _write_medians(bulk, harvest, area)
    _forget_old(bulk, source=source, now=now, run_id=run_id)
    return Counts(
        stations_read=len(harvest.stations),
        prices_read=harvest.prices_read,
        stations_changed=len(added) + len(known.changed),
        prices_changed=prices_changed,
        rejected=harvest.rejects.total,
        gone=len(known.gone),
    )


def _remove_sample(session: Session) -> None:
    examples = select(STATIONS.c.id).where(STATIONS.c.source == SAMPLE).limit(1)
    if session.execute(examples).first() is not None:
        session.execute(delete(STATIONS).where(STATIONS.c.source == SAMPLE))
        session.execute(delete(NAMES).where(NAMES.c.source == SAMPLE))
        # The sample fills empty bases only, so all the medians there are come from it.
        session.execute(delete(PriceMedian))


def _known(bulk: Bulk, harvest: Harvest, source: str) -> _Known:
    facts = [cast(STATIONS.c[name], Text) if name == "opening_hours" else STATIONS.c[name] for name in STATION_COLUMNS]
    stored = select(STATIONS.c.id, STATIONS.c.source_ref, STATIONS.c.gone_at, *facts).where(STATIONS.c.source == source)
    known = _Known()
    for row in bulk.read(stored):
        station_id, ref, gone_at = row[:3]
        mine = harvest.stations.get(ref)
        known.active += gone_at is None
        if mine is None:
            if gone_at is None:
                known.gone.append(station_id)
            continue
        known.ids[ref] = station_id
        known.placed += row[3] is not None
        known.displaced += row[3] is not None and mine[0] is None
        if gone_at is not None or row[3:] != mine:
            known.changed.append((*mine, station_id))
    return known


def _write_stations(bulk: Bulk, known: _Known, harvest: Harvest, *, source: str, now: int) -> set[int]:
    """The ids of the stations that are new. `known.ids` holds all of the feed afterwards."""
    facts: dict[str, Any] = {name: bindparam(name) for name in STATION_COLUMNS}
    bulk.write(
        update(STATIONS).where(STATIONS.c.id == bindparam("station")).values(gone_at=None, **facts),
        (*STATION_COLUMNS, "station"),
        known.changed,
    )
    bulk.write(
        update(STATIONS).where(STATIONS.c.id == bindparam("station")).values(gone_at=bindparam("now")),
        ("now", "station"),
        [(now, station_id) for station_id in known.gone],
    )
    if harvest.stations.keys() <= known.ids.keys():
        return set()
    called = names_of(bulk, source)
    new = [
        (source, ref, now, *called.get(ref, NAMELESS), *facts)
        for ref, facts in harvest.stations.items()
        if ref not in known.ids
    ]
    bulk.insert(Station, ("source", "source_ref", "first_seen_at", "brand", "name", *STATION_COLUMNS), new)
    added = set()
    for station_id, ref in bulk.read(select(STATIONS.c.id, STATIONS.c.source_ref).where(STATIONS.c.source == source)):
        if ref not in known.ids and ref in harvest.stations:
            known.ids[ref] = station_id
            added.add(station_id)
    return added


def names_of(bulk: Bulk, source: str) -> dict[str, Called]:
    """What a second publisher calls the stations of a source, by the publisher's id."""
    rows = bulk.read(select(NAMES.c.source_ref, NAMES.c.brand, NAMES.c.name).where(NAMES.c.source == source))
    return {ref: (brand, name) for ref, brand, name in rows}


def _believe(source: str, what: str, lost: int, had: int, most: float) -> None:
    if had >= FEWEST_TO_JUDGE and lost > had * most:
        raise SourceRefused(source, f"{what} is missing at {lost} of {had} stations: not believed")


def _write_prices(
    bulk: Bulk, harvest: Harvest, ids: dict[str, int], added: set[int], source: str, most_emptied: float
) -> int:
    """Write what differs, append it to the history, and say how many declarations are new."""
    new: list[Row] = []
    wanted: dict[tuple[int, int], PriceRecord] = {}
    for ref, station_id in ids.items():
        if station_id in added:
            new.extend(_price_rows(harvest, station_id, harvest.prices[ref]))
        else:
            wanted.update({(station_id, price.fuel): price for price in harvest.prices[ref]})
    # Neighbours in the key are neighbours on disk: in order each page is written once.
    new.sort()
    bulk.insert(Price, PRICE_COLUMNS, new)
    bulk.insert(PriceHistory, HISTORY_COLUMNS, [(row[0], row[1], row[3], row[2]) for row in new])
    if len(added) == len(ids):
        return len(new)
    changes = _price_changes(bulk, harvest, wanted, set(ids.values()) - added, source)
    for fuel, lost in Counter(fuel for _, fuel in changes.withdrawn).items():
        _believe(source, f"the price of {Fuel(fuel).name}", lost, changes.had[fuel], most_emptied)
    return len(new) + _write_price_changes(bulk, changes)


@dataclass
class _PriceChanges:
    declared: list[Row] = field(default_factory=list)
    """`PRICE_COLUMNS` of declarations whose price or moment is new."""
    regraded: list[Row] = field(default_factory=list)
    """The same declaration, but suspect now or no longer."""
    withdrawn: list[Row] = field(default_factory=list)
    """Station and fuel of prices that the feed no longer has."""
    had: Counter[int] = field(default_factory=Counter)
    """How many of the stations that are in the feed had a price of a fuel."""


def _price_changes(
    bulk: Bulk, harvest: Harvest, wanted: dict[tuple[int, int], PriceRecord], present: set[int], source: str
) -> _PriceChanges:
    stored = select(*(PRICES.c[name] for name in PRICE_COLUMNS)).join(STATIONS).where(STATIONS.c.source == source)
    changes = _PriceChanges()
    for station_id, fuel, price, updated_at, was_suspect in bulk.read(stored):
        mine = wanted.pop((station_id, fuel), None)
        changes.had[fuel] += station_id in present
        if mine is None:
            # A station that left the feed keeps its last prices: its followers see what it had.
            if station_id in present:
                changes.withdrawn.append((station_id, fuel))
        elif mine.price != price or mine.updated_at != updated_at:
            changes.declared.extend(_price_rows(harvest, station_id, (mine,)))
        elif harvest.is_suspect(mine) != bool(was_suspect):
            changes.regraded.extend(_price_rows(harvest, station_id, (mine,)))
    for (station_id, _), mine in wanted.items():
        changes.declared.extend(_price_rows(harvest, station_id, (mine,)))
    changes.declared.sort()
    return changes


def _write_price_changes(bulk: Bulk, changes: _PriceChanges) -> int:
    bulk.upsert(Price, PRICE_COLUMNS, changes.declared + changes.regraded, key=("station_id", "gastype_id"))
    # A declaration may come back (a station returned, a price withdrawn and declared anew) or be corrected under
    # its own moment: the last word stands.
    bulk.upsert(
        PriceHistory,
        HISTORY_COLUMNS,
        [(row[0], row[1], row[3], row[2]) for row in changes.declared],
        key=("station_id", "gastype_id", "updated_at"),
    )
    bulk.write(
        delete(PRICES).where(PRICES.c.station_id == bindparam("station"), PRICES.c.gastype_id == bindparam("fuel")),
        ("station", "fuel"),
        changes.withdrawn,
    )
    return len(changes.declared)


def _price_rows(harvest: Harvest, station_id: int, prices: Iterable[PriceRecord]) -> Iterator[Row]:
    for price in prices:
        yield station_id, price.fuel, price.price, price.updated_at, harvest.is_suspect(price)


def _write_medians(bulk: Bulk, harvest: Harvest, area: str) -> None:
    bulk.upsert(
        PriceMedian,
        ("area", "gastype_id", "day", "price", "count"),
        medians(harvest, area),
        key=("area", "gastype_id", "day"),
    )


def _forget_old(bulk: Bulk, *, source: str, now: int, run_id: int) -> None:
    """Delete what is older than the retention, for one slice of the stations; the price in force keeps its row."""
    before = now - int(timedelta(days=settings().history_days).total_seconds())
    of_slice = (
        select(STATIONS.c.id, PRICES.c.gastype_id, PRICES.c.updated_at)
        .join(PRICES)
        .where(STATIONS.c.source == source, STATIONS.c.id % SLICES == run_id % SLICES)
    )
    rows: list[Any] = [(station_id, fuel, min(before, at)) for station_id, fuel, at in bulk.read(of_slice)]
    bulk.write(
        delete(HISTORY).where(
            HISTORY.c.station_id == bindparam("station"),
            HISTORY.c.gastype_id == bindparam("fuel"),
            HISTORY.c.updated_at < bindparam("before"),
        ),
        ("station", "fuel", "before"),
        rows,
    )
    bulk.write(
        delete(OUTAGES).where(OUTAGES.c.station_id == bindparam("station"), OUTAGES.c.ended_at < bindparam("before")),
        ("station", "before"),
        [(station_id, before) for station_id in dict.fromkeys(row[0] for row in rows)],
    )
