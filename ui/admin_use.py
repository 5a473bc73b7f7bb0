"""Who uses the service, in figures: today, over the month, and what is followed."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta

import streamlit as st

from records import Fuel
from services import counts, visits
from services.accounts import Account
from session import reading
from texts import formats
from ui.admin_chart import Series, bars
from ui.admin_words import note, number, table
from ui.frame import Visit
from ui.fuel_picker import fuel_name
from ui.language import say

DAYS = 30

MakeSeries = Callable[[str, str], Series]


def use_part(_person: Account, visit: Visit) -> None:
    """Draw the section."""
    today = date.fromisoformat(counts.day_of(visit.now))
    days = [today - timedelta(days=back) for back in reversed(range(DAYS))]
    with reading() as session:
        use = visits.use(session, now=visit.now)
        found = {
            what: counts.per_day(session, what, since=days[0].isoformat())
            for what in (
                counts.VISITS,
                counts.VISITORS,
                counts.BOT_VISITS,
                counts.REGISTRATIONS,
                counts.SIGN_IN_FAILURES,
            )
        }
    share = round(100 * use.with_stations / use.people) if use.people else 0
    figures = [
        (say("admin.use_people"), number(use.people, visit)),
        (say("admin.use_with_stations"), f"{number(use.with_stations, visit)} ({share} %)"),
        *((say(f"admin.use_active_{days}"), number(people, visit)) for days, people in use.active.items()),
    ]
    st.html(table(say("admin.use_now"), [], figures))

    labels = [formats.short_day(day, visit.language) for day in days]

    def series(key: str, what: str) -> Series:
        values = [found[what].get(day.isoformat(), 0) for day in days]
        return Series(say(key), values, [number(value, visit) for value in values])

    st.html(
        bars(
            say("admin.use_visits_chart"),
            labels,
            [series("admin.use_visits", counts.VISITS), series("admin.use_visitors", counts.VISITORS)],
            visit,
        )
        + _chart("admin.use_registrations", counts.REGISTRATIONS, labels, series, visit)
        + _chart("admin.use_failures", counts.SIGN_IN_FAILURES, labels, series, visit)
        + _chart("admin.use_bots", counts.BOT_VISITS, labels, series, visit)
    )
    note(say("admin.use_why"))
    if use.stations:
        heads = [say("nav.station"), say("admin.use_followers")]
        rows = [(name, number(followers, visit)) for _, name, followers in use.stations]
        st.html(table(say("admin.use_stations"), heads, rows))
    if use.fuels:
        heads = [say("fuel.label"), say("admin.use_followers")]
        fuels = [(fuel_name(Fuel(fuel)), number(followers, visit)) for fuel, followers in use.fuels]
        st.html(table(say("admin.use_fuels"), heads, fuels))


def _chart(key: str, what: str, labels: Sequence[str], series: MakeSeries, visit: Visit) -> str:
    return bars(say(key), labels, [series(key, what)], visit)
