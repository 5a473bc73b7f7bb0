"""Whether a station is open, from the hours it declares. Pure: a moment in, an answer out."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

from records import DayHours

STATION_TIME = ZoneInfo("Europe/Paris")
MINUTES_A_DAY = 24 * 60
DAYS_A_WEEK = 7
NIGHT_FROM, NIGHT_UNTIL = 20, 7
"""Hours between which a station that tells no hours is not taken to be open."""


class OpenState(StrEnum):
    """What can be said of a station at a moment."""

    ALWAYS = "always"
    OPEN = "open"
    CLOSED = "closed"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Opening:
    """The state at a moment, and when it next changes where that is known within a week."""

    state: OpenState
    changes_at: datetime | None = None
    """Local (Paris) time."""


@lru_cache(maxsize=4096)
def week(stored: str | None) -> tuple[DayHours, ...] | None:
    """The week as stored in `stations.opening_hours`, Monday first; None where nothing was declared."""
    days = json.loads(stored) if stored else None
    if days is None:
        return None
    return tuple(None if day is None else tuple((span[0], span[1]) for span in day) for day in days)


@lru_cache(maxsize=16_384)
def opening_in_minute(stored: str | None, is_open_24h: bool, minute: datetime) -> Opening:  # noqa: FBT001
    """The state of a station whose week is stored so, at a whole minute: hours are declared in minutes.

    For searches, which read many stations of which most keep the same week.
    """
    return opening(week(stored), is_open_24h=is_open_24h, at=minute)


def opening(hours: tuple[DayHours, ...] | None, *, is_open_24h: bool, at: datetime) -> Opening:
    """The state of a station at an aware moment `at`.

    A card-operated station is always open for fuel, whatever the hours of its shop.
    """
    if is_open_24h:
        return Opening(OpenState.ALWAYS)
    local = at.astimezone(STATION_TIME)
    today = local.weekday()
    if hours is None:
        return Opening(OpenState.UNKNOWN)
    minute = local.hour * 60 + local.minute
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    spans = _spans_around(hours, today)
    closes = _end_of_opening(spans, minute)
    if closes > minute + DAYS_A_WEEK * MINUTES_A_DAY:
        return Opening(OpenState.ALWAYS)
    if closes > minute:
        return Opening(OpenState.OPEN, midnight + timedelta(minutes=closes))
    unknown = next(
        (offset for offset in range(DAYS_A_WEEK) if hours[(today + offset) % DAYS_A_WEEK] is None), DAYS_A_WEEK + 1
    )
    if unknown == 0:
        return Opening(OpenState.UNKNOWN)
    # Beyond a day of unknown hours nobody can say which opening is the next.
    opens = min((start for start, _ in spans if minute < start < unknown * MINUTES_A_DAY), default=None)
    return Opening(OpenState.CLOSED, None if opens is None else midnight + timedelta(minutes=opens))


def is_night(moment: datetime) -> bool:
    """Whether many stations are closed then."""
    hour = moment.astimezone(STATION_TIME).hour
    return hour >= NIGHT_FROM or hour < NIGHT_UNTIL


def is_likely_open(opening: Opening, moment: datetime) -> bool:
    """Whether a driver would find it open: it says so, or says nothing (as four of ten do) and it is day."""
    if opening.state is OpenState.UNKNOWN:
        return not is_night(moment)
    return opening.state in {OpenState.OPEN, OpenState.ALWAYS}


def joined(day: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The spans of one day in minutes, those that meet taken as one; an end not after its start is of the next day.

    >>> joined([(360, 780), (780, 1320), (1320, 120)]), joined([(480, 720), (840, 1200)])
    ([(360, 120)], [(480, 720), (840, 1200)])
    """
    found: list[tuple[int, int]] = []
    for start, end in sorted(day):
        ends = end + (end <= start) * MINUTES_A_DAY
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], ends)
        else:
            found.append((start, ends))
    return [(start, ends - MINUTES_A_DAY if ends > MINUTES_A_DAY else ends) for start, ends in found]


def _end_of_opening(spans: list[tuple[int, int]], minute: int) -> int:
    """When it closes next, spans that follow each other taken as one; `minute` itself where it is closed."""
    end_of_opening = minute
    for start, end in sorted(spans):
        if start <= end_of_opening < end:
            end_of_opening = end
    return end_of_opening


def _spans_around(hours: tuple[DayHours, ...], today: int) -> list[tuple[int, int]]:
    """Spans from yesterday to a week ahead, in minutes since today's midnight; one over midnight ends the next day."""
    return [
        (start + offset * MINUTES_A_DAY, end + (offset + (end <= start)) * MINUTES_A_DAY)
        for offset in range(-1, DAYS_A_WEEK + 1)
        for start, end in hours[(today + offset) % DAYS_A_WEEK] or ()
    ]
