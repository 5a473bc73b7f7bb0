"""After a load: who is to be told what by mail. A thread of the child, so that it never delays the next load.

What was told, on which day, and the mail itself are written in one transaction: nothing is told twice, or not at all.
"""

import logging
import threading
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Engine, delete, func, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from adapters.mail import can_send
from errors import CarburoamError
from models import AlertFact, CustomStation, EtlRun, PriceHistory, User, UserAlert, UserGasType, UserHome
from records import Fuel
from services import alert_words, alerts, mail_queue
from services.advice import ADVISABLE
from services.alert_facts import Fact, Market, Recipient, facts
from services.cars import DEFAULT_CAR, Home, cars
from services.data_state import LISTS, SAMPLE
from services.quotes import everywhere
from session import insert_into, reading, writing
from settings import now as present

log = logging.getLogger(__name__)

PARIS = ZoneInfo("Europe/Paris")
WAKING_HOURS = range(6, 22)
"""In Paris. What is found at night is told in the morning, if it is still so."""
REST = timedelta(days=7)
"""After a gain was told, another one at the same station and fuel is no news for so long."""
KEPT_FOR = timedelta(days=400)
"""As long as the price history by default: what was told is not told again as long as the price stays below."""
POLL_S = 2.0
AFTER_FAILURE_S = 30.0
BATCH = 500
CHUNK = 20
"""Mails in one transaction: short, as a load may wait to write."""

Told = dict[str, datetime]


def start(on: Engine, *, stop: threading.Event) -> threading.Thread:
    """Keep at it in a thread of its own until told to stop."""
    thread = threading.Thread(target=keep, args=(on,), kwargs={"stop": stop}, name="alerts", daemon=True)
    thread.start()
    return thread


def keep(on: Engine, *, stop: threading.Event) -> None:
    """One round after each load, and one at the start: the process before may have died in the middle of its own."""
    done = 0
    pause_s = POLL_S
    while not stop.wait(pause_s):
        pause_s = POLL_S
        try:
            version = _version(on)
            if version == done or not can_send() or present().astimezone(PARIS).hour not in WAKING_HOURS:
                continue
            mails = tell(on, now=present(), stop=stop)
            done = version
            if mails:
                log.info("alerts mails=%s", mails)
        except (CarburoamError, SQLAlchemyError) as error:
            log.warning("alerts must wait: %s", str(error).partition("\n")[0])
            pause_s = AFTER_FAILURE_S
        except Exception:
            # The outermost loop of this thread: whatever happened, the next try may fare better.
            log.exception("alerts must wait")
            pause_s = AFTER_FAILURE_S


def tell(on: Engine, *, now: datetime, stop: threading.Event | None = None) -> int:
    """Queue a mail for everybody who has not had one today (in Paris) and is to be told something; how many were.

    Nothing where the prices are examples, or too old to advise. Several processes may do it at once.
    """
    with reading(on) as session:
        extract_at = session.scalar(
            select(EtlRun.extract_at).where(*_loads(), EtlRun.source != SAMPLE).order_by(EtlRun.id.desc()).limit(1)
        )
        as_of = min(now, extract_at) if extract_at else None
        if as_of is None or now - as_of > ADVISABLE:
            return 0
        fuels = session.scalars(
            select(UserGasType.gastype_id)
            .join(UserAlert, UserAlert.user_id == UserGasType.user_id)
            .where(UserAlert.is_on)
            .distinct()
        ).all()
        market = Market(
            quote for fuel in sorted(fuels) for quote in everywhere(session, Fuel(fuel), now=now, as_of=as_of)
        )
    mails, last = 0, 0
    while stop is None or not stop.is_set():
        with reading(on) as session:
            people = _recipients(session, after=last, today=_day(now))
            found = _news(session, people, market, now=now)
        for at in range(0, len(found), CHUNK):
            mails += _write(on, found[at : at + CHUNK], now=now, as_of=as_of)
        if len(people) < BATCH:
            break
        last = people[-1].user_id
    return mails


def flush(session: Session, *, now: datetime) -> None:
    """Forget what was told long ago."""
    session.execute(delete(AlertFact).where(AlertFact.told_at <= now - KEPT_FOR))


def _version(on: Engine) -> int:
    with reading(on) as session:
        return session.scalar(select(func.max(EtlRun.id)).where(*_loads())) or 0


def _loads() -> tuple[ColumnElement[bool], ...]:
    return EtlRun.outcome == "loaded", EtlRun.source.not_in(LISTS)


def _day(moment: datetime) -> str:
    return f"{moment.astimezone(PARIS):%Y-%m-%d}"


def _has_had_none(today: str) -> ColumnElement[bool]:
    return UserAlert.is_on & (UserAlert.sent_on.is_(None) | (UserAlert.sent_on != today))


def _recipients(session: Session, *, after: int, today: str) -> list[Recipient]:
    """The next so many who want mails and may have one today, with a constant number of queries."""
    rows = session.execute(
        select(User.id, User.uuid, User.mail, User.language, UserAlert.gain_cents)
        .join(UserAlert, UserAlert.user_id == User.id)
        .where(User.id > after, User.mail_verified_at.is_not(None), User.disabled_at.is_(None), _has_had_none(today))
        .order_by(User.id)
        .limit(BATCH)
    ).all()
    ids = [row.id for row in rows]
    prices: dict[int, dict[Fuel, int | None]] = {}
    names: dict[int, dict[int, str]] = {}
    fuels = select(UserGasType.user_id, UserGasType.gastype_id, UserGasType.alert_price)
    for user_id, fuel, price in session.execute(
        fuels.where(UserGasType.user_id.in_(ids)).order_by(UserGasType.gastype_id)
    ):
        prices.setdefault(user_id, {})[Fuel(fuel)] = price
    stations = select(CustomStation.user_id, CustomStation.station_id, CustomStation.custom_name)
    for user_id, station_id, name in session.execute(
        stations.where(CustomStation.user_id.in_(ids)).order_by(CustomStation.position, CustomStation.station_id)
    ):
        names.setdefault(user_id, {})[station_id] = name
    homes = {
        row.user_id: Home(row.label, row.latitude, row.longitude, row.radius_km)
        for row in session.execute(
            select(UserHome.user_id, UserHome.label, UserHome.latitude, UserHome.longitude, UserHome.radius_km).where(
                UserHome.user_id.in_(ids)
            )
        )
    }
    owned = cars(session, ids)
    return [
        Recipient(
            *row,
            prices=prices.get(row.id, {}),
            names=names.get(row.id, {}),
            car=owned.get(row.id, DEFAULT_CAR),
            home=homes.get(row.id),
        )
        for row in rows
    ]


def _news(
    session: Session, people: Sequence[Recipient], market: Market, *, now: datetime
) -> list[tuple[Recipient, list[Fact]]]:
    """What each of them was not told yet; who has nothing to be told is left out."""
    found = [(person, holding) for person in people if (holding := facts(person, market, now))]
    told: dict[int, Told] = {}
    ids = [person.user_id for person, _ in found]
    remembered = select(AlertFact.user_id, AlertFact.fact, AlertFact.told_at)
    for user_id, fact, told_at in session.execute(remembered.where(AlertFact.user_id.in_(ids))):
        told.setdefault(user_id, {})[fact] = told_at
    steps = _steps(session, found, told)
    fresh = (
        (person, [new for fact in holding if (new := _new(fact, told.get(person.user_id, {}), steps, now))])
        for person, holding in found
    )
    return [(person, new) for person, new in fresh if new]


def _new(
    fact: Fact, told: Told, steps: dict[tuple[int, int], list[tuple[datetime, int]]], now: datetime
) -> Fact | None:
    below, gain = fact.below, fact.gain
    told_at = told.get(fact.below_key)
    if below is not None and told_at is not None:
        past = steps.get((fact.quote.fuel.value, fact.quote.station_id), [])
        if not any(moment > told_at and price >= below for moment, price in past):
            below = None
    latest = max((at for key, at in told.items() if key.startswith(fact.gain_group)), default=None)
    if fact.gain_key in told or (latest is not None and now - latest < REST):
        gain = None
    return None if below is None and gain is None else Fact(fact.quote, below, gain)


def _steps(
    session: Session, found: Iterable[tuple[Recipient, list[Fact]]], told: dict[int, Told]
) -> dict[tuple[int, int], list[tuple[datetime, int]]]:
    """The prices declared since they were told to be low, by fuel and station: has one risen again in between?"""
    since: dict[int, datetime] = {}
    stations: dict[int, set[int]] = {}
    for person, holding in found:
        for fact in holding:
            told_at = told.get(person.user_id, {}).get(fact.below_key)
            if fact.below is not None and told_at is not None:
                fuel = fact.quote.fuel.value
                since[fuel] = min(told_at, since.get(fuel, told_at))
                stations.setdefault(fuel, set()).add(fact.quote.station_id)
    steps: dict[tuple[int, int], list[tuple[datetime, int]]] = {}
    for fuel, ids in stations.items():
        rows = session.execute(
            select(PriceHistory.station_id, PriceHistory.updated_at, PriceHistory.price).where(
                PriceHistory.gastype_id == fuel,
                PriceHistory.station_id.in_(ids),
                PriceHistory.updated_at > since[fuel],
            )
        )
        for station_id, moment, price in rows:
            steps.setdefault((fuel, station_id), []).append((moment, price))
    return steps


def _write(on: Engine, found: Sequence[tuple[Recipient, list[Fact]]], *, now: datetime, as_of: datetime) -> int:
    # Put into words before the transaction begins: a load may wait to write.
    drafts = {person.user_id: _draft(person, new, as_of) for person, new in found}
    with writing(on) as session:
        mine = _claimed(session, list(drafts), _day(now))
        mail_queue.enqueue_all(session, [draft for user_id, draft in drafts.items() if user_id in mine])
        # As of the prices, not of now: one that rose since, and was not read yet, rises after it was told.
        told_at = as_of.astimezone(UTC)
        rows = [
            {"user_id": person.user_id, "fact": key, "told_at": told_at}
            for person, new in found
            for fact in new
            for key in fact.keys
            if person.user_id in mine
        ]
        if rows:
            statement = insert_into(AlertFact, session)
            session.execute(
                statement.on_conflict_do_update(
                    index_elements=["user_id", "fact"], set_={"told_at": statement.excluded.told_at}
                ),
                rows,
            )
    return len(mine)


def _draft(person: Recipient, new: Sequence[Fact], as_of: datetime) -> dict[str, Any]:
    return mail_queue.written(
        template="alert",
        to=person.mail,
        language=person.language,
        unsubscribe=alerts.way_out(person.uuid) or None,
        values=alert_words.values(person, new, as_of),
    )


def _claimed(session: Session, user_ids: Collection[int], today: str) -> set[int]:
    """Those whose mail of today is ours to write: who asked for none meanwhile, or has had it, is not among them."""
    return set(
        session.scalars(
            update(UserAlert)
            .where(UserAlert.user_id.in_(user_ids), _has_had_none(today))
            .values(sent_on=today)
            .returning(UserAlert.user_id),
            execution_options={"synchronize_session": False},
        )
    )
