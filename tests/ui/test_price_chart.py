"""The chart of a price and the small line of a card, without a browser."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from urllib.parse import unquote

from records import Fuel
from services.data_state import DataKind, DataState
from services.history import DayMedian, History, Shortage, Step
from tests.builders import DAY, NOON
from ui.frame import Visit
from ui.price_chart import price_chart
from ui.trend import trend

MIDNIGHT = NOON - DAY // 2
SINCE = MIDNIGHT - 6 * DAY
VISIT = Visit(
    datetime.fromtimestamp(NOON, UTC),
    DataState(DataKind.REAL, 1, None, 1, None, is_late=False, is_running=False, last_outcome=None),
    "fr",
)
WEEK = History(
    fuel=Fuel.E10,
    days=7,
    since=SINCE,
    until=MIDNIGHT + DAY,
    steps=(Step(SINCE, 1_700), Step(MIDNIGHT - 3 * DAY, 1_800)),
    ends_at=MIDNIGHT + DAY,
    area="FR-91",
    medians=(
        DayMedian(date(2025, 2, 3), 1_750),
        DayMedian(date(2025, 2, 4), 1_760),
        DayMedian(date(2025, 2, 7), 1_700),
    ),
    shortages=(Shortage(SINCE, SINCE + 7 * DAY // 2),),
)


def paths(html: str) -> list[str]:
    """What is drawn, in its order."""
    return [unquote(found) for found in re.findall(r"path%20d=%27(.*?)%27", html)]


def test_a_price_is_drawn_in_steps():
    """Level until the next is declared; 1.700 to 1.800 with a fifth of that to spare above and below."""
    median, own = paths(price_chart(WEEK, VISIT))

    # A seventh of the width a day; from the top 257.1 is 1.700 and 42.9 is 1.800.
    assert own == "M0.0 257.1H428.6V42.9H1000.0"
    # The days between the 4th and the 7th have no median: a gap, no guess.
    assert median == "M285.7 150.0H428.6V128.6H571.4M857.1 257.1H1000.0"


def test_the_chart_says_in_words_what_it_shows():
    """Range, end, median, outage; the outage lies over half of the width."""
    html = price_chart(WEEK, VISIT).replace("\u202f", " ").replace("\u00a0", " ")

    assert "Entre 1,700 et 1,800 €/L à cette station ; à la fin 1,800 €/L." in html
    assert "Médiane du département à la fin : 1,700 €/L. En rupture du 1er février 2025 au 4 février 2025." in html
    assert "class='cb-without' style='left:0.00%;width:50.00%'" in html
    assert "max. 1,800" in html
    assert "min. 1,700" in html
    assert html.count("<tr>") == 1 + 7
    assert "<th scope='row'>4 févr.</th><td>1,800</td><td>1,760</td>" in html


def test_abroad_the_median_is_a_provinces():
    """In the words, beside the line and over the table."""
    html = price_chart(replace(WEEK, area="ES-20"), VISIT).replace("\u202f", " ").replace("\u00a0", " ")

    assert "Médiane de la province à la fin : 1,700 €/L." in html
    assert "<i class='cb-key-median'></i>Médiane de la province" in html
    assert "<th scope='col'>Province</th>" in html
    assert "partement" not in html


def test_a_chart_of_little_is_honest():
    """One price known for two days; none at all."""
    young = replace(WEEK, steps=(Step(NOON - 2 * DAY, 1_700),), medians=(), shortages=())
    html = price_chart(young, VISIT)

    assert "Le prix n’a pas bougé" in html
    assert "Historique connu depuis le 5 février 2025." in html
    assert "max." not in html
    assert "Aucun prix connu" in price_chart(replace(young, steps=()), VISIT)


def test_the_line_of_a_card_has_its_words():
    """It goes up; one that did not move lies in the middle; none without a price."""
    html = trend([Step(NOON - 2 * DAY, 1_700), Step(NOON - DAY, 1_800)], until=NOON, visit=VISIT)

    assert paths(html) == ["M2.0 20.0H36.0V2.0H70.0"]
    assert "Sur 30 jours" in html
    assert paths(trend([Step(NOON - DAY, 1_700)], until=NOON, visit=VISIT)) == ["M2.0 11.0H70.0"]
    assert trend([], until=NOON, visit=VISIT) == ""
