"""Figures over time as bars of our own: a mask in the colour of the theme, a sentence for who listens, a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import quote

from ui.admin_words import more, table
from ui.frame import Visit

WIDE, TALL = 1000, 100
# Of the place that a bar has.
FULL = 0.72
SLIGHT = 2
"""The height of a bar that would else not be seen."""


@dataclass(frozen=True)
class Series:
    """What is drawn: one value for each label."""

    name: str
    values: Sequence[float]
    shown: Sequence[str]
    """The same as people read it."""


def bars(title: str, labels: Sequence[str], series: Sequence[Series], visit: Visit) -> str:
    """One or two series as bars from left to right, as HTML. The second is drawn over the first, whose part it is."""
    most = max((value for each in series for value in each.values), default=0)
    if not labels or not most:
        return f"<h3 class='cb-h3'>{escape(title)}</h3><p class='cb-small'>{escape(visit.say('admin.nothing_yet'))}</p>"
    said = _said(labels, series, visit)
    drawn = "".join(
        f"<i class='cb-bars-{number}' style='{_mask(each.values, most)}'></i>" for number, each in enumerate(series)
    )
    keys = "".join(f"<li><i class='cb-key-{number}'></i>{escape(each.name)}</li>" for number, each in enumerate(series))
    legend = f"<ul class='cb-legend'>{keys}</ul>" if len(series) > 1 else ""
    highest = series[0].shown[_top(series[0])]
    label = escape(f"{title}. {said}", quote=True)
    rows = [(labels[row], *(each.shown[row] for each in series)) for row in reversed(range(len(labels)))]
    as_table = table(title, ["", *(each.name for each in series)], rows)
    return (
        f"<figure class='cb-figure'><h3 class='cb-h3'>{escape(title)}</h3>{legend}"
        f"<div class='cb-bars' role='img' aria-label='{label}'><span aria-hidden='true'>{escape(highest)}</span>"
        f"{drawn}</div>"
        f"<div class='cb-ends' aria-hidden='true'><span>{escape(labels[0])}</span>"
        f"<span>{escape(labels[-1])}</span></div>"
        f"{more(visit.say('admin.as_table'), as_table)}</figure>"
    )


def _said(labels: Sequence[str], series: Sequence[Series], visit: Visit) -> str:
    told = []
    for each in series:
        top = _top(each)
        told.append(
            visit.say("admin.chart_said", name=each.name, last=each.shown[-1], most=each.shown[top], label=labels[top])
        )
    return " ".join(told)


def _top(series: Series) -> int:
    return max(range(len(series.values)), key=series.values.__getitem__)


def _mask(values: Sequence[float], most: float) -> str:
    place = WIDE / len(values)
    thick = place * FULL
    path = "".join(
        f"M{place * number + (place - thick) / 2:.1f} {TALL}"
        f"v-{max(SLIGHT, value / most * TALL):.1f}h{thick:.1f}V{TALL}z"
        for number, value in enumerate(values)
        if value
    )
    drawing = (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDE} {TALL}' preserveAspectRatio='none'>"
        f"<path d='{path}'/></svg>"
    )
    return f"mask-image:url(data:image/svg+xml,{quote(drawing, safe='=:/,')})"
