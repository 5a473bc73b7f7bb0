"""Mails about prices: what is told, to whom, when, and that nothing is told twice. Every figure worked out by hand."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from math import pi
from typing import Any

import pytest
from sqlalchemy import Engine, delete, select, update

from adapters import mail as mail_adapter
from errors import AccountGone, FieldRefused
from models import AlertFact, EtlRun, Mail, Station, User, UserAlert
from records import Fuel, RoadKind, StationRecord
from services import alert_round, alerts, cars, following, mail_queue
from services.alerts import Wishes
from services.following import Followed
from session import reading, writing
from settings import settings
from tests.builders import DAY as DAY_S
from tests.builders import NOON as NOON_S
from tests.builders import a_price, a_station, an_outage
from tests.members import a_member
from tests.processes import free_port, until
from tests.quotes import DAY, NOON, counted, store
from tests.smtp import HOST, mail_server

HOME = (46.2, 5.2)
STEP_KM = 6371.0088 * pi / 180 / 100  # a hundredth of a degree of latitude: 1.112 km
HOUR = timedelta(hours=1)
NEAR, DEAR, BETTER = "1000001", "1000002", "2000001"
SHUT_ALL_WEEK = ((),) * 7
SITE = "https://carburoam.example"


@pytest.fixture(autouse=True)
def sends(environment: pytest.MonkeyPatch) -> int:
    """The port of a mail server that is configured and does not run."""
    port = free_port()
    values = {"SMTP_HOST": HOST, "SMTP_PORT": str(port), "SMTP_SECURITY": "none", "MAIL_FROM": "c@example.org"}
    for name, value in (values | {"PUBLIC_URL": SITE}).items():
        environment.setenv(f"CARBUROAM_{name}", value)
    settings.cache_clear()
    return port


def at(ref: str, steps: float, price: int, age_s: int = 3_600, **facts: Any) -> StationRecord:
    """A station so many steps north of home, with a price of Gazole."""
    priced = {"prices": (a_price(Fuel.DIESEL, price, NOON_S - age_s),)}
    return a_station(ref, latitude=HOME[0] + steps / 100, longitude=HOME[1], **(priced | facts))


def loaded(on: Engine, *records: StationRecord, as_of: datetime = NOON) -> None:
    """A load that brought these stations, and two far away that keep a plausible price from looking odd."""
    far = [at(f"300000{number}", 200 + number, 1_750, area="FR-69") for number in range(2)]
    store(on, *records, *far)
    with writing(on) as session:
        session.add(EtlRun(source="test", started_at=as_of, ended_at=as_of, outcome="loaded", extract_at=as_of))


def ids(on: Engine, *refs: str) -> list[int]:
    """The ids of these stations, in this order."""
    with reading(on) as session:
        found = {row.source_ref: row.id for row in session.execute(select(Station.source_ref, Station.id))}
    return [found[ref] for ref in refs]


def a_driver(
    on: Engine, username: str = "ada", *, follows: tuple[str, ...] = (NEAR,), price: int | None = 1_700,
    gain_cents: int | None = None, has_home: bool = False, **facts: Any,
) -> int:  # fmt: skip
    """Somebody who burns 6 litres per 100 km, fills up 50, and wants mails about Gazole."""
    user_id = a_member(on, username)
    with writing(on) as session:
        session.execute(update(User).where(User.id == user_id).values(mail_verified_at=NOON, **facts))
        stations = [Followed(station, f"pump {ref}") for ref, station in zip(follows, ids(on, *follows), strict=True)]
        following.keep(session, user_id, stations, [Fuel.DIESEL])
        cars.save_car(session, user_id, fuels=[Fuel.DIESEL], tank_l=50, fill_l=50, litres_100km=6, km_a_year=10_000)
        if has_home:
            cars.save_home(session, user_id, "home", *HOME, radius_km=10)
        alerts.save_wishes(session, user_id, is_on=True, gain_cents=gain_cents, prices={Fuel.DIESEL: price})
    return user_id


def mails(on: Engine) -> list[Mail]:
    """All that were ever queued, oldest first."""
    with reading(on) as session:
        return list(session.scalars(select(Mail).order_by(Mail.id)))


def words(mail: Mail) -> str:
    """Its text with plain spaces."""
    return mail.body_text.replace("\u00a0", " ").replace("\u202f", " ")


def told(on: Engine, now: datetime = NOON) -> int:
    """How many mails a round queues."""
    return alert_round.tell(on, now=now)


def test_a_price_below_mine_is_told_once_until_it_rises_again(database: Engine):
    """1.699 is below 1.700: a mail; the same or less on later days: none; above and below again: another."""
    loaded(database, at(NEAR, 1, 1_700))
    a_driver(database, language="en")
    assert told(database) == 0  # not below: the same

    loaded(database, at(NEAR, 1, 1_699, 60))
    assert told(database) == 1
    [mail] = mails(database)
    assert mail.recipient == "ada@example.org"
    assert mail.subject == f"Diesel at €1.699: pump {NEAR}"
    for line in (f"Diesel €1.699/L, pump {NEAR}", "Below your price of €1.700.", f"{SITE}/station?id={NEAR}"):
        assert line in words(mail)
        assert line in mail.body_html
    assert mail.unsubscribe
    assert mail.unsubscribe.startswith(f"{SITE}/unsubscribe?t=")
    assert mail.unsubscribe in mail.body_text

    assert told(database, NOON + HOUR) == told(database, NOON + DAY) == 0
    loaded(database, at(NEAR, 1, 1_650, -DAY_S), as_of=NOON + DAY)
    assert told(database, NOON + DAY) == 0  # still below
    loaded(database, at(NEAR, 1, 1_710, -DAY_S - 60), as_of=NOON + DAY)
    assert told(database, NOON + DAY) == 0
    loaded(database, at(NEAR, 1, 1_690, -DAY_S - 120), as_of=NOON + DAY)
    assert told(database, NOON + DAY) == 1


def test_a_fill_elsewhere_is_told_for_what_it_gains_net(database: Engine):
    """Hand computed: 7.04 € on 50 litres, the way deducted; a cent more is asked for: no mail. A week of rest."""
    loaded(database, at(NEAR, 1, 1_800), at(DEAR, 2, 1_850), at(BETTER, -2.7, 1_650))
    way = 1.3 * 2 * STEP_KM * 6 / 100  # litres burnt for a step there and back
    gain = 1.800 * (50 + way) - 1.650 * (50 + 2.7 * way)
    assert round(gain, 2) == 7.04
    enough, too_much = int(gain * 100), int(gain * 100) + 1
    a_driver(database, "ada", follows=(NEAR, DEAR), price=None, gain_cents=enough, has_home=True)
    a_driver(database, "bob", follows=(NEAR, DEAR), price=None, gain_cents=too_much, has_home=True)
    # Without a starting point only one's own stations count: (1.800 + 1.850) / 2 - 1.800 is 2.5 cents, 1.25 euros.
    a_driver(database, "cleo", follows=(NEAR, DEAR), price=None, gain_cents=125)
    a_driver(database, "dora", follows=(NEAR, DEAR), price=None, gain_cents=126)

    assert told(database) == 2

    ada, cleo = mails(database)
    assert [ada.recipient, cleo.recipient] == ["ada@example.org", "cleo@example.org"]
    assert "7,04 € de moins sur un plein que dans la meilleure de vos stations, trajet déduit." in words(ada)
    assert "À 3 km de votre point de départ." in words(ada)
    assert "1,25 € de moins sur un plein que la moyenne de vos stations" in words(cleo)
    loaded(database, at(NEAR, 1, 1_800), at(DEAR, 2, 1_850), at(BETTER, -2.7, 1_640, 60), as_of=NOON + 3 * DAY)
    assert told(database, NOON + 3 * DAY) == 1  # bob, for whom it is enough only now
    assert mails(database)[-1].recipient == "bob@example.org"


@pytest.mark.parametrize(
    "facts",
    [
        {"outages": (an_outage(),)},
        {"opening_hours": SHUT_ALL_WEEK},
        {"age_s": 40 * DAY_S},
        {"price": 800},
    ],
    ids=["dry", "shut", "stale", "suspect"],
)
def test_what_cannot_be_had_or_believed_is_not_told(sqlite_database: Engine, facts: dict[str, Any]):
    """Neither as a price nor as a gain, whether it is followed or around."""
    bad = at(NEAR, 1, **({"price": 1_500} | facts))
    worse = at(BETTER, -1, **({"price": 1_500} | facts))
    loaded(sqlite_database, bad, worse, at(DEAR, 2, 1_800))
    a_driver(sqlite_database, follows=(NEAR, DEAR), gain_cents=50, has_home=True)
    # What is sound is told, so that the test can fail.
    a_driver(sqlite_database, "bob", follows=(DEAR,), price=1_801)

    assert told(sqlite_database) == 1
    assert mails(sqlite_database)[0].recipient == "bob@example.org"


def test_around_home_only_the_best_and_nobody_is_sent_onto_a_motorway(sqlite_database: Engine):
    """Of two below my price the cheaper; one out of the radius, one on the motorway and one that is dearer never."""
    loaded(
        sqlite_database,
        at(NEAR, 1, 1_690),
        at(BETTER, 2, 1_600),
        at("2000002", 2, 1_610),
        at("2000003", 0, 1_550, road_kind=RoadKind.MOTORWAY),
        at("2000004", 12, 1_500),
    )
    a_driver(sqlite_database, has_home=True)

    assert told(sqlite_database) == 1

    [mail] = mails(sqlite_database)
    shown = words(mail)
    assert [ref for ref in (NEAR, BETTER, "2000002", "2000003", "2000004") if f"id={ref}" in shown] == [NEAR, BETTER]
    assert shown.index(f"id={BETTER}") < shown.index(f"id={NEAR}")
    assert "1,600" in mail.subject.replace("\u00a0", " ")


def test_one_mail_a_day_and_the_day_is_that_of_paris(sqlite_database: Engine):
    """Also on the day of 25 hours: 23:30 and 00:30 of winter time lie an hour apart and are two days."""
    evening = datetime(2025, 10, 26, 22, 30, tzinfo=UTC)  # 23:30 in Paris, after the clocks went back
    first = datetime(2025, 10, 25, 22, 30, tzinfo=UTC)  # 00:30 of the same day in Paris, in summer time
    age = NOON_S - int(first.timestamp())
    loaded(
        sqlite_database,
        at(NEAR, 1, 1_650, age, is_open_24h=True),
        at(DEAR, 2, 1_800, age, is_open_24h=True),
        as_of=first,
    )
    a_driver(sqlite_database, follows=(NEAR, DEAR))
    assert told(sqlite_database, first) == 1

    age = NOON_S - int(evening.timestamp())
    loaded(
        sqlite_database,
        at(NEAR, 1, 1_650, age, is_open_24h=True),
        at(DEAR, 2, 1_600, age, is_open_24h=True),
        as_of=evening,
    )
    assert told(sqlite_database, evening) == 0  # another fact, the same day
    assert told(sqlite_database, evening + HOUR) == 1
    assert [f"id={ref}" in mails(sqlite_database)[-1].body_text for ref in (NEAR, DEAR)] == [False, True]


def test_old_data_advise_nobody(sqlite_database: Engine):
    """Two days are recent, a second more is not; and examples are nobody's prices."""
    loaded(sqlite_database, at(NEAR, 1, 1_650))
    a_driver(sqlite_database)

    assert told(sqlite_database, NOON + 2 * DAY + timedelta(seconds=1)) == 0
    with writing(sqlite_database) as session:
        session.execute(update(EtlRun).values(source="sample"))
    assert told(sqlite_database) == 0
    with writing(sqlite_database) as session:
        session.execute(update(EtlRun).values(source="test"))
    assert told(sqlite_database, NOON + 2 * DAY) == 1


def test_only_who_asked_and_proved_their_mail_is_written_to(database: Engine):
    """Off, unproved, kept out, gone: none. Who ends it from the mail gets no more; a forged link ends nothing."""
    loaded(database, at(NEAR, 1, 1_650))
    users = {name: a_driver(database, name) for name in ("ada", "off", "gone")}
    a_driver(database, "out", disabled_at=NOON)
    with writing(database) as session:
        session.execute(update(User).where(User.id == a_driver_unproved(session, "new")).values(mail_verified_at=None))
        ada = session.get_one(User, users["ada"]).uuid
        off = session.get_one(User, users["off"]).uuid
        for wrong in ("", "x", "é" * 64, alerts.token(off)[:-1], ada.hex + alerts.token(off)[32:]):
            alerts.end(session, wrong)
        alerts.end(session, alerts.token(off))
        alerts.end(session, alerts.token(off))
        session.execute(delete(User).where(User.id == users["gone"]))
        alerts.end(session, alerts.token(off))

    assert told(database) == 1
    assert mails(database)[0].recipient == "ada@example.org"


def a_driver_unproved(session: Any, username: str) -> int:
    """A second one of the first's kind."""
    first = session.scalars(select(User).where(User.username == "ada")).one()
    user = User(uuid=first.uuid.__class__(int=7), username=username, mail="new@example.org", name="N", created_at=NOON)
    session.add(user)
    session.flush()
    following.keep(session, user.id, following.followed(session, first.id), [Fuel.DIESEL])
    alerts.save_wishes(session, user.id, is_on=True, gain_cents=None, prices={Fuel.DIESEL: 1_700})
    return int(user.id)


@pytest.mark.parametrize("has_route", [True, False])
def test_a_mail_server_that_is_down_costs_no_alert(
    sqlite_database: Engine, sends: int, environment: pytest.MonkeyPatch, *, has_route: bool
):
    """The mail waits, is not written again, and arrives once; its box may end them by itself where a route answers."""
    environment.setattr(mail_adapter, "_answered", set())
    if has_route:
        mail_adapter.posts_are_answered()
    loaded(sqlite_database, at(NEAR, 1, 1_650))
    a_driver(sqlite_database)
    assert told(sqlite_database) == 1
    moment = datetime.now(UTC)
    assert mail_queue.send_due(sqlite_database, now=moment) == 0
    assert told(sqlite_database, NOON + HOUR) == 0

    with mail_server(sends) as inbox:
        assert mail_queue.send_due(sqlite_database, now=moment + HOUR) == 1
    [mail] = inbox.mails
    assert mail["List-Unsubscribe"].startswith(f"<{SITE}/unsubscribe?t=")
    assert mail["List-Unsubscribe-Post"] == ("List-Unsubscribe=One-Click" if has_route else None)


def test_many_people_take_as_many_questions_as_few(sqlite_database: Engine):
    """Reading is by batches."""
    loaded(sqlite_database, at(NEAR, 1, 1_650))
    for number in range(10):
        a_driver(sqlite_database, f"few{number}", price=1_600)  # nothing to tell
    with counted(sqlite_database) as few:
        assert told(sqlite_database) == 0
    for number in range(20):
        a_driver(sqlite_database, f"more{number}", price=1_600)
    with counted(sqlite_database) as more:
        assert told(sqlite_database) == 0
    assert len(more) == len(few)


def test_a_mail_lists_a_few_and_counts_the_others(sqlite_database: Engine, environment: pytest.MonkeyPatch):
    """Ten stations below my price: eight are named; without a public address there is no link in it."""
    environment.delenv("CARBUROAM_PUBLIC_URL")
    settings.cache_clear()
    refs = tuple(f"10000{number}" for number in range(10, 20))
    loaded(sqlite_database, *(at(ref, 1, 1_600 + place) for place, ref in enumerate(refs)))
    user_id = a_driver(sqlite_database, follows=refs)

    assert told(sqlite_database) == 1

    [mail] = mails(sqlite_database)
    assert words(mail).count("pump 10000") == 8
    assert "Et 2 de plus" in words(mail)
    assert "http" not in mail.body_text + mail.body_html
    assert mail.unsubscribe is None
    with writing(sqlite_database) as session:
        kept = select(AlertFact).where(AlertFact.user_id == user_id)
        assert len(session.scalars(kept).all()) == 10
        alert_round.flush(session, now=NOON + alert_round.KEPT_FOR)
        assert session.scalars(kept).all() == []


def test_wishes_are_kept_and_absurd_ones_refused(database: Engine):
    """Of followed fuels only; nothing of a refused form is kept."""
    ada = a_member(database)
    with writing(database) as session:
        following.choose_fuels(session, ada, [Fuel.DIESEL, Fuel.E10])
        assert alerts.wishes(session, ada) == Wishes(prices={Fuel.DIESEL: None, Fuel.E10: None})
        prices = {Fuel.DIESEL: 1_655, Fuel.LPG: 900}
        alerts.save_wishes(session, ada, is_on=True, gain_cents=250, prices=prices)
        kept = Wishes(is_on=True, gain_cents=250, prices={Fuel.DIESEL: 1_655, Fuel.E10: None})
        assert alerts.wishes(session, ada) == kept
    refused: list[tuple[str, Callable[[], dict[str, Any]]]] = [
        ("alert_price", lambda: {"gain_cents": None, "prices": {Fuel.E10: 299}}),
        ("alert_price", lambda: {"gain_cents": None, "prices": {Fuel.E10: 5_001}}),
        ("alert_gain", lambda: {"gain_cents": 49, "prices": {}}),
        ("alert_gain", lambda: {"gain_cents": 10_001, "prices": {}}),
    ]
    for field, wrong in refused:
        with pytest.raises(FieldRefused) as error, writing(database) as session:
            alerts.save_wishes(session, ada, is_on=False, **wrong())
        assert error.value.field == field
    with pytest.raises(AccountGone), writing(database) as session:
        alerts.save_wishes(session, ada + 1, is_on=True, gain_cents=None, prices={})
    with reading(database) as session:
        assert alerts.wishes(session, ada) == kept
        assert session.scalars(select(UserAlert.sent_on)).all() == [None]


def test_the_child_tells_after_a_load_by_day(sqlite_database: Engine, environment: pytest.MonkeyPatch):
    """The thread itself: at 5:59 in Paris it waits, at noon it tells, and two at once write one mail."""
    loaded(sqlite_database, at(NEAR, 1, 1_650, is_open_24h=True))
    a_driver(sqlite_database)
    environment.setattr(alert_round, "POLL_S", 0.05)
    rounds: list[datetime] = []
    tell = alert_round.tell

    def noted(on: Engine, *, now: datetime, stop: threading.Event | None = None) -> int:
        told = tell(on, now=now, stop=stop)
        rounds.append(now)  # only now: it would stop half-way when told to
        return told

    environment.setattr(alert_round, "tell", noted)
    clock = [NOON - timedelta(hours=6, minutes=1)]
    looks: list[datetime] = []

    def present() -> datetime:
        looks.append(clock[0])
        return clock[0]

    environment.setattr(alert_round, "present", present)
    stop = threading.Event()
    threads = [alert_round.start(sqlite_database, stop=stop) for _ in range(2)]
    until(lambda: len(looks) >= 4)
    assert rounds == []
    clock[0] = NOON
    until(lambda: len(rounds) == 2)
    stop.set()
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()

    assert rounds == [NOON, NOON]
    assert len(mails(sqlite_database)) == 1
