"""Visits and visitors, counted by ourselves: no cookie, no address kept, nobody followed from one day to the next.

A visitor of today is a hash of address and browser, keyed with this installation's key and with a salt that is made
each day and removed with the day's hashes: from then on nobody can tell, not even with the key, who was here.
"""

import hmac
import logging
import re
import secrets
import threading
from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic

from sqlalchemy import Engine, delete, func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from errors import CarburoamError
from models import CustomStation, GasType, Station, User, UserGasType, VisitMark
from services import counts
from services.secrets import keyed_hash
from session import engine, insert_into, writing_if_free

log = logging.getLogger(__name__)

SALT = "salt:"
"""How the row begins that holds the day's salt, among those of its visitors."""
# Programs say so, or say nothing; people's browsers say Mozilla.
BOT = re.compile(
    r"bot|crawl|spider|slurp|headless|preview|fetch|monitor|probe|uptime|lighthouse|pingdom|facebookexternalhit"
    r"|python|curl|wget|java/|go-http|okhttp|axios|node|libwww|scrapy|http-?client",
    re.IGNORECASE,
)
LONGEST_AGENT = 400
MOST_WAITING = 1_000
PACE_S = 2.0
"""Many who come at once are written together: each writing costs as much as a tenth of a page."""


@dataclass(frozen=True)
class _Visit:
    day: str
    mark: str
    """Not of today yet: the salt is added as it is written."""
    is_bot: bool


_waiting: deque[_Visit] = deque(maxlen=MOST_WAITING)
_flushing = threading.Lock()
_written_at = [0.0]


def note(*, address: str, user_agent: str, now: datetime) -> None:
    """Count a visit: once for each browser's tab. Never raises, and waits 50 ms at most.

    Within two seconds of the last writing, and while the base is busy or away, it is kept in memory and written with
    a later one.
    """
    agent = user_agent[:LONGEST_AGENT]
    is_bot = "mozilla" not in agent.lower() or bool(BOT.search(agent))
    try:
        mark = "" if is_bot else keyed_hash("visitor", address, agent)
    except (CarburoamError, OSError) as error:
        log.info("a visit is not counted: %s", type(error).__name__)
        return
    _waiting.append(_Visit(counts.day_of(now), mark, is_bot))
    if monotonic() - _written_at[0] >= PACE_S:
        write_waiting(now=now)


def write_waiting(*, now: datetime, on: Engine | None = None) -> None:
    """Write the visits that are kept in memory. Never raises, and waits 50 ms at most."""
    # Whoever finds another one writing leaves it to them, or to the next visit.
    if not _waiting or not _flushing.acquire(blocking=False):
        return
    try:
        _written_at[0] = monotonic()
        _write(on or engine(), now)
    except (CarburoamError, DBAPIError, OSError) as error:
        log.info("visits are counted later: %s", type(error).__name__)
    finally:
        _flushing.release()


def flush(session: Session, *, now: datetime) -> None:
    """Remove what could tell who was here on the days before."""
    session.execute(
        delete(VisitMark).where(VisitMark.day < counts.day_of(now)), execution_options={"synchronize_session": False}
    )


@dataclass(frozen=True)
class Use:
    """Who uses the service, in figures."""

    people: int
    active: dict[int, int]
    """People who were here signed in within the last 1, 7 and 30 days."""
    with_stations: int
    """People who follow a station."""
    stations: list[tuple[int, str, int]]
    """The most followed: id, what to call it, followers."""
    fuels: list[tuple[int, int]]
    """Fuel and followers."""


def use(session: Session, *, now: datetime, most: int = 10) -> Use:
    """The figures of this moment; those over time are in `counts.per_day`."""
    day = {days: counts.day_of(now - timedelta(days=days - 1)) for days in (1, 7, 30)}
    active = session.execute(select(*(func.count().filter(User.seen_on >= first) for first in day.values()))).one()
    followers = func.count()
    stations = session.execute(
        select(Station.id, Station.brand, Station.address, Station.town, followers)
        .join(CustomStation, CustomStation.station_id == Station.id)
        .group_by(Station.id, Station.brand, Station.address, Station.town)
        .order_by(followers.desc(), Station.id)
        .limit(most)
    )
    fuels = session.execute(
        select(GasType.id, followers)
        .join(UserGasType, UserGasType.gastype_id == GasType.id)
        .group_by(GasType.id)
        .order_by(followers.desc(), GasType.id)
    )
    return Use(
        people=session.scalar(select(func.count(User.id))) or 0,
        active=dict(zip(day, active, strict=True)),
        with_stations=session.scalar(select(func.count(CustomStation.user_id.distinct()))) or 0,
        stations=[(row[0], f"{row.brand or row.address}, {row.town}", row[4]) for row in stations],
        fuels=[(row[0], row[1]) for row in fuels],
    )


def _write(on: Engine, now: datetime) -> None:
    visits = list(_waiting)
    with writing_if_free(on) as session:
        for day in sorted({visit.day for visit in visits}):
            of_day = [visit for visit in visits if visit.day == day]
            _write_day(session, of_day, day, now)
        flush(session, now=now)
    for _ in visits:
        _waiting.popleft()


def _write_day(session: Session, visits: list[_Visit], day: str, now: datetime) -> None:
    people = [visit for visit in visits if not visit.is_bot]
    _add(session, counts.BOT_VISITS, day, len(visits) - len(people))
    _add(session, counts.VISITS, day, len(people))
    if day < counts.day_of(now) or not people:
        return  # its marks are gone: who they were can no longer be told apart
    salt = _salt(session, day)
    new = 0
    for mark in {hmac.digest(salt, visit.mark.encode(), "sha256").hex() for visit in people}:
        row = insert_into(VisitMark, session).values(day=day, mark=mark).on_conflict_do_nothing()
        new += session.execute(row.returning(VisitMark.mark)).first() is not None
    _add(session, counts.VISITORS, day, new)


def _salt(session: Session, day: str) -> bytes:
    """The salt of this day; of two that were made at once the first by letter is everybody's."""
    found = select(func.min(VisitMark.mark)).where(VisitMark.day == day, VisitMark.mark.startswith(SALT))
    kept = session.scalar(found)
    if kept is None:
        made = SALT + secrets.token_hex(24)
        session.execute(insert_into(VisitMark, session).values(day=day, mark=made).on_conflict_do_nothing())
        kept = session.scalar(found) or made
    return kept.encode()


def _add(session: Session, what: str, day: str, by: int) -> None:
    if by:
        counts.add(session, what, day=day, by=by)
