"""What the national address service says of positions: remembered in the base, asked for a few at a time.

A load takes only what is remembered; the asking comes after it, so that no load waits for anybody.
"""

import logging
import time
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, Engine, Table, delete, select, type_coerce
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from adapters import geocoding
from adapters.geocoding import Place, Point
from errors import DatabaseUnavailable, LeaseLost, SourceError, Stopped
from models import GeocodedPlace
from pipeline.bulk import Bulk
from pipeline.harvest import Progress
from session import reading, writing
from settings import now, settings
from sources.base import Source

# The service knows this country.
AREA = "FR"
# It allows fifty a second. What lacks today lacked yesterday: the rest can wait for the next run.
MOST_A_RUN = 50
PAUSE_S = 0.2
LONGEST_S = 30.0
# Streets are renamed, places get an address.
KEPT = timedelta(days=365)
NOTHING_KEPT = timedelta(days=30)
COLUMNS = ("latitude_e4", "longitude_e4", "asked_at", "address", "town")

PLACES: Table = GeocodedPlace.__table__  # type: ignore[assignment]

log = logging.getLogger(__name__)


def is_asked(source: Source) -> bool:
    """Whether the service is asked about stations of this source."""
    return bool(settings().geocoding_url) and source.area == AREA


def remembered(session: Session, *, at: datetime) -> dict[Point, Place]:
    """The answers that still hold `at` a moment, those that nothing is known of a place among them."""
    asked_at = type_coerce(PLACES.c.asked_at, BigInteger)
    rows = session.execute(
        select(PLACES.c.latitude_e4, PLACES.c.longitude_e4, asked_at, PLACES.c.address, PLACES.c.town)
    )
    found = ((row[0], row[1], row[2], Place(row[3], row[4])) for row in rows)
    moment = at.timestamp()
    return {
        (north, east): place
        for north, east, asked, place in found
        if moment - asked < (NOTHING_KEPT if place == geocoding.NOWHERE else KEPT).total_seconds()
    }


def ask(points: list[Point], *, on: Engine, progress: Progress) -> int:
    """Ask about some of `points` that nothing is remembered of, slowly; how many answers were kept.

    Never raises for the service or the base: whatever goes wrong ends it for this time. `progress` may raise Stopped
    or LeaseLost.
    """
    try:
        with reading(on) as session:
            held = remembered(session, at=now())
        answers = _answers([point for point in points if point not in held][:MOST_A_RUN], progress)
        if answers:
            with writing(on) as session:
                _keep(session, answers, at=now())
    except (DatabaseUnavailable, SQLAlchemyError) as error:
        log.warning("the answers of the address service could not be kept: %s", error)
        return 0
    return len(answers)


def _answers(points: list[Point], progress: Progress) -> dict[Point, Place]:
    answers: dict[Point, Place] = {}
    until = time.monotonic() + LONGEST_S
    try:
        for point in points:
            progress("places", len(answers), len(points))
            if answers:
                time.sleep(PAUSE_S)
            answers[point] = geocoding.place_at(point)
            if time.monotonic() > until:
                break
    except (SourceError, Stopped, LeaseLost) as error:
        log.warning("no more questions to the address service this time: %s", error)
    return answers


def _keep(session: Session, answers: dict[Point, Place], *, at: datetime) -> None:
    moment = int(at.timestamp())
    rows = [(*point, moment, place.address, place.town) for point, place in answers.items()]
    Bulk(session.connection()).upsert(GeocodedPlace, COLUMNS, rows, key=COLUMNS[:2])
    session.execute(delete(PLACES).where(PLACES.c.asked_at < at - KEPT))
