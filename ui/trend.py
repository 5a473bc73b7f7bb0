"""How a price moved over a month, small enough for a card: a line in steps, and its words for those who listen."""

from collections.abc import Sequence
from html import escape

from services.history import Step
from texts import formats
from ui.frame import Visit
from ui.pictures import line

WIDE, TALL = 72, 22
EDGE = 2


def trend(steps: Sequence[Step], *, until: int, visit: Visit) -> str:
    """The line as HTML, up to the moment `until` (seconds since 1970); empty where nothing is known."""
    if not steps or until <= steps[0].at:
        return ""
    low, high = min(step.price for step in steps), max(step.price for step in steps)
    since, first, last = steps[0].at, steps[0].price, steps[-1].price

    def x(moment: int) -> str:
        return f"{EDGE + (WIDE - 2 * EDGE) * (moment - since) / (until - since):.1f}"

    def y(price: int) -> str:
        # A price that did not move lies in the middle.
        share = (high - price) / (high - low) if high > low else 0.5
        return f"{EDGE + (TALL - 2 * EDGE) * share:.1f}"

    drawn = f"M{x(since)} {y(first)}" + "".join(f"H{x(step.at)}V{y(step.price)}" for step in steps[1:]) + f"H{x(until)}"
    words = visit.say(
        "history.trend", first=formats.price(first, visit.language), last=formats.price(last, visit.language)
    )
    style = line(drawn, wide=WIDE, tall=TALL, width=1.8)
    return f"<i class='cb-trend' role='img' aria-label='{escape(words, quote=True)}' style='{style}'></i>"
