"""Guessing is slowed down: delays that grow with failures, per account and per address, and are forgotten.

A try is counted by `check`, before anyone looks at the password: guesses made at the same moment cannot slip through
together. So commit the session between `check` and the look at the password, then tell how it ended:

    check → commit → the password → failed or succeeded

An attacker who keeps an account busy does not shut its owner out: from an address that signed in to this account of
late (`remember`), tries are counted apart (`keys`).
"""

import unicodedata
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Literal

from sqlalchemy import case, delete, or_, select, update
from sqlalchemy.orm import Session

from errors import TryLater
from models import Throttle
from services.secrets import keyed_hash
from session import insert_into

Kind = Literal["account", "address", "register"]

FORGOTTEN_AFTER = timedelta(hours=1)
FAMILIAR_FOR = timedelta(days=30)
# People mistype; and many may share one address.
FREE_FAILURES = {"account": 5, "pair": 5, "address": 20, "register": 20}
# Short for an account, or anyone could shut out its owner; long for an address, which is the guesser's own.
LONGEST_DELAY_S = {"account": 30, "pair": 30, "address": 900, "register": 900}
LONGEST_VALUE = 320
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def key_of(kind: Kind, value: str) -> str:
    """The key of an account (username or mail) or of an address; empty for an address that is not known.

    Accounts made from an address count apart from guesses: they slow nobody's sign-in.
    """
    if kind != "account":
        return _key(kind, _network(value)) if value else ""
    return _key("account", _folded(value))


def keys(session: Session, *, account: str, address: str, now: datetime) -> list[str]:
    """The keys that a try at this account from this address counts under, in the order to check them."""
    names = _folded(account), _network(address)
    is_familiar = bool(address) and session.scalar(
        select(Throttle.key).where(Throttle.key == _key("known", *names), Throttle.forgotten_at > now)
    )
    first = _key("pair", *names) if is_familiar else key_of("account", account)
    return [key for key in (first, key_of("address", address)) if key]


def remember(session: Session, *, account: str, address: str, now: datetime) -> None:
    """This address signed in to this account: for a month, what others guess there does not slow it down."""
    if not address:
        return
    known = insert_into(Throttle, session).values(
        key=_key("known", _folded(account), _network(address)),
        failures=0,
        allowed_at=now,
        forgotten_at=now + FAMILIAR_FOR,
    )
    session.execute(
        known.on_conflict_do_update(index_elements=["key"], set_={"forgotten_at": known.excluded.forgotten_at})
    )


def check(session: Session, key: str, *, now: datetime) -> None:
    """Count a try. Raises TryLater, and counts nothing, where it comes too early."""
    if not key:
        return
    longest = timedelta(seconds=LONGEST_DELAY_S[_kind(key)])
    new = insert_into(Throttle, session).values(key=key, failures=1, allowed_at=now, forgotten_at=now + FORGOTTEN_AFTER)
    failures = session.execute(
        new.on_conflict_do_update(
            index_elements=["key"],
            set_={
                "failures": case((Throttle.forgotten_at <= now, 1), else_=Throttle.failures + 1),
                "forgotten_at": new.excluded.forgotten_at,
            },
            # Later than the longest delay from now: counted before the clock was set back.
            where=or_(Throttle.allowed_at <= now, Throttle.forgotten_at <= now, Throttle.allowed_at > now + longest),
        ).returning(Throttle.failures)
    ).scalar_one_or_none()
    if failures is None:
        raise TryLater(session.scalars(select(Throttle.allowed_at).where(Throttle.key == key)).one())
    _delay(session, key, failures, now)


def failed(session: Session, key: str, *, now: datetime) -> None:
    """The try that `check` counted was wrong: the delay begins now, when the answer is known."""
    failures = session.scalar(select(Throttle.failures).where(Throttle.key == key))
    if failures is not None:
        _delay(session, key, failures, now)


def succeeded(session: Session, key: str) -> None:
    """The try was right. An account is forgiven everything, an address this try alone: it may be a guesser's own."""
    if key.startswith("address:"):
        session.execute(
            update(Throttle)
            .where(Throttle.key == key, Throttle.failures > 0)
            .values(failures=Throttle.failures - 1, allowed_at=LONG_AGO)
        )
    else:
        session.execute(delete(Throttle).where(Throttle.key == key))


def flush(session: Session, *, now: datetime) -> None:
    """Remove what counts no more."""
    session.execute(delete(Throttle).where(Throttle.forgotten_at <= now))


def _delay(session: Session, key: str, failures: int, now: datetime) -> None:
    kind = _kind(key)
    above = failures - FREE_FAILURES[kind]
    delay_s = min(2 ** min(above, 20), LONGEST_DELAY_S[kind]) if above >= 0 else 0
    session.execute(update(Throttle).where(Throttle.key == key).values(allowed_at=now + timedelta(seconds=delay_s)))


def _kind(key: str) -> str:
    return key.partition(":")[0]


def _key(kind: str, *values: str) -> str:
    return f"{kind}:{keyed_hash(f'throttle {kind}', *values)[:48]}"


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name[:LONGEST_VALUE]).casefold()


def _network(address: str) -> str:
    """What one subscriber holds: an address of the old kind, a /64 of the new."""
    with suppress(ValueError):
        parsed = ip_address(address[:LONGEST_VALUE].strip())
        if isinstance(parsed, IPv6Address):
            return str(parsed.ipv4_mapped or ip_network((parsed.packed[:8] + bytes(8), 64)))
        return str(parsed)
    return address[:LONGEST_VALUE]
