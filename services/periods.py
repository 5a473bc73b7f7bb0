"""A history as a table tells it: in days, weeks or months."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from services.history import DAYS_OF, TREND_DAYS, History, midnight

WEEKS_UP_TO = 90


class Period(NamedTuple):
    """A day, a week or a month of a history, as a table tells it; prices in thousandths of a euro a litre."""

    first: date
    """In Paris."""
    lowest: int
    highest: int
    last: int
    """What held at its end."""
    median: int | None
    """The mean of the department's medians; None where none is known."""


def periods(history: History) -> list[Period]:
    """The history in as many lines as a person reads: days up to a month, weeks up to three, else months. Newest first.

    A day counts with every price that held on it, also the one of the day before.
    """
    medians = {median.day: median.price for median in history.medians}
    held: dict[date, list[int]] = {}
    told: dict[date, list[int]] = {}
    for day, prices in _days(history):
        first = _period_of(day, history.days)
        held.setdefault(first, []).extend(prices)
        told.setdefault(first, []).extend([medians[day]] if day in medians else [])
    return [
        Period(first, min(prices), max(prices), prices[-1], _mean(told[first]))
        for first, prices in reversed(held.items())
    ]


def _days(history: History) -> Iterable[tuple[date, list[int]]]:
    """Each day on which a price held, with the prices that did, in their order."""
    if not history.steps:
        return
    day = datetime.fromtimestamp(history.since, DAYS_OF).date()
    number = 0
    current: int | None = None
    while (begin := midnight(day)) < history.ends_at:
        end = midnight(day + timedelta(days=1))
        prices: list[int] = [] if current is None else [current]
        while number < len(history.steps) and history.steps[number].at < end:
            current = history.steps[number].price
            if history.steps[number].at <= begin:
                prices.clear()
            prices.append(current)
            number += 1
        if prices:
            yield day, prices
        day += timedelta(days=1)


def _period_of(day: date, days: int) -> date:
    if days <= TREND_DAYS:
        return day
    return day - timedelta(days=day.weekday()) if days <= WEEKS_UP_TO else day.replace(day=1)


def _mean(prices: Sequence[int]) -> int | None:
    return round(sum(prices) / len(prices)) if prices else None
