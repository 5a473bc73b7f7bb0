"""How a price moved, as a picture of our own: a line in steps, the department beside it, the times without fuel.

The lines are SVG that stretches to its place; what is written stands beside them as HTML, so that it keeps its size on
every screen. Streamlit's own chart weighs 1.7 MB and tells a screen reader nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from html import escape

from services.history import DAYS_OF, TREND_DAYS, History, Step, midnight
from services.periods import WEEKS_UP_TO, Period, periods
from texts import formats
from ui.area_words import by_area
from ui.frame import Visit
from ui.pictures import line

WIDE, TALL = 1000, 300
# Above and below what is drawn: the words for the highest and the lowest price stand there.
MARGIN = 0.2
# Distances between two lines of the grid, thousandths of a euro; below a cent nobody reads an axis.
GRID = (10, 20, 50, 100, 200, 500, 1000)
MOST_LINES = 6
# Nearer to an end of the axis than this a word would stick out.
EDGE = 0.06
LABEL_EDGE = 0.22


@dataclass(frozen=True)
class Scale:
    """Where a moment and a price lie in the picture, as shares of it from the left and from the top."""

    since: int
    until: int
    low: float
    high: float

    def x(self, moment: float) -> float:
        """0 at the left, 1 at the right."""
        return (moment - self.since) / max(1, self.until - self.since)

    def y(self, price: float) -> float:
        """0 at the top, 1 at the bottom."""
        return (self.high - price) / (self.high - self.low)


def price_chart(history: History, visit: Visit) -> str:
    """The picture, what it says in words, and the same as a table, as HTML."""
    if not history.steps:
        return f"<p class='cb-small'>{escape(visit.say('history.none'))}</p>"
    scale = _scale(history)
    return (
        f"<figure class='cb-chart'>{_keys(history, visit)}"
        f"<div class='cb-plot'><div class='cb-grid'>{_grid(scale, visit)}{_shortages(history, scale)}"
        f"{_picture(history, scale, visit)}{_extremes(history, scale, visit)}</div>"
        f"<div class='cb-days' aria-hidden='true'>{_days(history, scale, visit)}</div></div>"
        f"<figcaption class='cb-small'>{escape(_said(history, visit))}</figcaption>"
        f"{_table(history, visit)}</figure>"
    )


def _scale(history: History) -> Scale:
    shown = [step.price for step in history.steps] + [median.price for median in history.medians]
    low, high = min(shown), max(shown)
    margin = MARGIN * max(high - low, 2 * GRID[0])
    return Scale(history.since, max(history.until, history.since + 1), low - margin, high + margin)


def _keys(history: History, visit: Visit) -> str:
    keys = [("own", "history.own")]
    if history.medians:
        keys.append(("median", by_area(history.area, "history.median", "history.median_province")))
    if history.shortages:
        keys.append(("out", "history.out"))
    items = "".join(f"<li><i class='cb-key-{style}'></i>{escape(visit.say(key))}</li>" for style, key in keys)
    return f"<ul class='cb-legend'>{items}</ul>"


def _grid(scale: Scale, visit: Visit) -> str:
    step = next((each for each in GRID if (scale.high - scale.low) / each <= MOST_LINES), GRID[-1])
    first = int(scale.low // step + 1) * step
    lines = range(first, int(scale.high) + 1, step)
    return "".join(
        f"<div class='cb-line' aria-hidden='true' style='top:{_percent(scale.y(price))}'>"
        f"<span>{formats.price(price, visit.language)[:-1]}</span></div>"
        for price in lines
    )


def _shortages(history: History, scale: Scale) -> str:
    spans = ((scale.x(begun), scale.x(ended)) for begun, ended in history.shortages)
    return "".join(
        f"<div class='cb-without' style='left:{_percent(left)};width:{_percent(right - left)}'></div>"
        for left, right in spans
    )


def _picture(history: History, scale: Scale, visit: Visit) -> str:
    title = visit.say(
        "history.title",
        fuel=visit.say(f"fuel.{history.fuel.name.lower()}"),
        span=visit.say(f"history.span_{history.days}"),
    )
    own = line(_steps(history.steps, history.ends_at, scale), wide=WIDE, tall=TALL, width=2.5)
    median = line(_medians(history, scale), wide=WIDE, tall=TALL, width=1.8, dashes="5 4")
    return (
        f"<div role='img' aria-label='{escape(f'{title}. {_said(history, visit)}', quote=True)}'>"
        f"<i class='cb-median' style='{median}'></i><i class='cb-own' style='{own}'></i></div>"
    )


def _steps(steps: Sequence[Step], ends_at: int, scale: Scale) -> str:
    """A price holds until the next is declared: level, then straight up or down."""
    first, *others = steps
    drawn = "".join(f"H{scale.x(step.at) * WIDE:.1f}V{scale.y(step.price) * TALL:.1f}" for step in others)
    end = scale.x(max(ends_at, steps[-1].at)) * WIDE
    return f"M{_at(scale, first.at, first.price)}{drawn}H{end:.1f}"


def _medians(history: History, scale: Scale) -> str:
    """Each day's level; a day without one is a gap."""
    drawn = []
    follows: date | None = None
    for day, price in history.medians:
        begin, end = midnight(day), min(midnight(day + timedelta(days=1)), history.until)
        drawn.append(f"V{scale.y(price) * TALL:.1f}" if day == follows else f"M{_at(scale, begin, price)}")
        drawn.append(f"H{scale.x(end) * WIDE:.1f}")
        follows = day + timedelta(days=1)
    return "".join(drawn)


def _extremes(history: History, scale: Scale, visit: Visit) -> str:
    """The highest and the lowest price, each written where it stood, and a dot where the line ends."""
    last = history.steps[-1]
    end = max(history.ends_at, last.at)
    dot = f"<i class='cb-end' style='left:{_percent(scale.x(end))};top:{_percent(scale.y(last.price))}'></i>"
    highest = max(history.steps, key=lambda step: step.price)
    lowest = min(history.steps, key=lambda step: step.price)
    if highest.price == lowest.price:
        return dot
    return dot + _label(history, highest, "highest", scale, visit) + _label(history, lowest, "lowest", scale, visit)


def _label(history: History, step: Step, which: str, scale: Scale, visit: Visit) -> str:
    later = (other.at for other in history.steps if other.at > step.at)
    x = scale.x((step.at + next(later, history.ends_at)) / 2)
    side = "first" if x < LABEL_EDGE else "last" if x > 1 - LABEL_EDGE else "middle"
    key = "history.highest" if which == "highest" else "history.lowest"
    words = visit.say(key, price=formats.price(step.price, visit.language))
    return (
        f"<span class='cb-mark-{which} cb-{side}' aria-hidden='true'"
        f" style='left:{_percent(x)};top:{_percent(scale.y(step.price))}'>{escape(words)}</span>"
    )


def _days(history: History, scale: Scale, visit: Visit) -> str:
    words = ((scale.x(at), word) for at, word in _dates(history, visit.language))
    return "".join(
        f"<span style='left:{_percent(x)}'>{escape(word)}</span>" for x, word in words if EDGE <= x <= 1 - EDGE
    )


def _dates(history: History, language: str) -> Iterable[tuple[float, str]]:
    """The moments that the axis names: every other day of a week, the weeks of a month, then months."""
    first = datetime.fromtimestamp(history.since, DAYS_OF).date()
    days = [first + timedelta(days=number) for number in range(history.days)]
    if history.days <= 7:  # noqa: PLR2004 - a week
        return [(midnight(day) + 43_200, formats.weekday_of(day, language)) for day in days[::2]]
    if history.days <= TREND_DAYS:
        return [(midnight(day), formats.short_day(day, language)) for day in days[2::7]]
    if history.days <= WEEKS_UP_TO:
        return [(midnight(day), formats.short_day(day, language)) for day in days[5::20]]
    return [(midnight(day), formats.month(day, language)) for day in days if day.day == 1 and day.month % 3 == 0]


def _said(history: History, visit: Visit) -> str:
    """What there is to see, in sentences."""

    def price(thousandths: int) -> str:
        return formats.price(thousandths, visit.language)

    prices = [step.price for step in history.steps]
    key = "history.steady" if len(prices) == 1 else "history.range"
    said = [visit.say(key, lowest=price(min(prices)), highest=price(max(prices)), last=price(prices[-1]))]
    if history.medians:
        last = by_area(history.area, "history.median_last", "history.median_last_province")
        said.append(visit.say(last, price=price(history.medians[-1].price)))
    if history.shortages:
        said.append(_without(history, visit))
    if _day(history.steps[0].at) > _day(history.since):
        day = formats.day(datetime.fromtimestamp(history.steps[0].at, DAYS_OF), visit.language)
        said.append(visit.say("history.since", day=day))
    return " ".join(said)


def _without(history: History, visit: Visit) -> str:
    last = history.shortages[-1]
    # In full: a short month ends in a point of its own, before that of the sentence.
    begin, end = (formats.day(datetime.fromtimestamp(at, DAYS_OF), visit.language) for at in last)
    goes_on = last.ended_at >= history.until
    span = (
        visit.say("history.out_since", begin=begin) if goes_on else visit.say("history.out_span", begin=begin, end=end)
    )
    if len(history.shortages) == 1:
        return visit.say("history.out_one", span=span)
    return visit.say("history.out_many", count=len(history.shortages), span=span)


def _table(history: History, visit: Visit) -> str:
    unit = "day" if history.days <= TREND_DAYS else "week" if history.days <= WEEKS_UP_TO else "month"
    has_medians = bool(history.medians)
    rows = "".join(_row(period, unit, visit, has_medians=has_medians) for period in periods(history))
    title = visit.say(
        "history.title",
        fuel=visit.say(f"fuel.{history.fuel.name.lower()}"),
        span=visit.say(f"history.span_{history.days}"),
    )
    heads = [visit.say(f"history.period_{unit}"), visit.say("history.price")]
    heads += [visit.say(by_area(history.area, "history.department", "history.province"))] if has_medians else []
    head = "".join(f"<th scope='col'>{escape(words)}</th>" for words in heads)
    return (
        f"<details class='cb-astable'><summary>{escape(visit.say('history.table'))}</summary>"
        f"<table class='cb-past cb-table'><caption>{escape(title)}, €/L</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></details>"
    )


def _row(period: Period, unit: str, visit: Visit, *, has_medians: bool) -> str:
    name = formats.month if unit == "month" else formats.short_day
    low, high, last = (formats.price(price, visit.language) for price in (period.lowest, period.highest, period.last))
    shown = last if low == high else f"{low} – {high}"
    median = "—" if period.median is None else formats.price(period.median, visit.language)
    return (
        f"<tr><th scope='row'>{escape(name(period.first, visit.language))}</th><td>{shown}</td>"
        + (f"<td>{median}</td>" if has_medians else "")
        + "</tr>"
    )


def _at(scale: Scale, moment: int, price: int) -> str:
    return f"{scale.x(moment) * WIDE:.1f} {scale.y(price) * TALL:.1f}"


def _percent(share: float) -> str:
    return f"{100 * share:.2f}%"


def _day(moment: int) -> date:
    return datetime.fromtimestamp(moment, DAYS_OF).date()
