"""What a person wants to be told of by mail, and how they end it: on their profile, or from the mail itself."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from errors import FieldRefused
from models import User, UserAlert, UserGasType
from records import Fuel
from services.following import lock
from services.secrets import keyed_hash
from session import insert_into
from settings import settings

PRICES = (300, 5_000)
"""What a price to wait for may be, thousandths of a euro a litre, ends included."""
GAINS = (50, 10_000)
"""What a gain to wait for may be, cents, ends included: for less nobody should be sent to another station."""
PATH = "/unsubscribe"
UUID_SIGNS, PROOF_SIGNS = 32, 32


@dataclass(frozen=True)
class Wishes:
    """When somebody wants a mail."""

    is_on: bool = False
    gain_cents: int | None = None
    """Net, on one fill; None: such gains are not told."""
    prices: Mapping[Fuel, int | None] = field(default_factory=dict)
    """Each followed fuel, with the price (thousandths of a euro a litre) below which they want to know, if any."""


def wishes(session: Session, user_id: int) -> Wishes:
    """What a person wants; nothing where they never said."""
    told = session.execute(select(UserAlert.is_on, UserAlert.gain_cents).where(UserAlert.user_id == user_id)).first()
    rows = session.execute(
        select(UserGasType.gastype_id, UserGasType.alert_price)
        .where(UserGasType.user_id == user_id)
        .order_by(UserGasType.gastype_id)
    )
    is_on, gain_cents = told or (False, None)
    return Wishes(is_on, gain_cents, {Fuel(fuel): price for fuel, price in rows})


def save_wishes(
    session: Session, user_id: int, *, is_on: bool, gain_cents: int | None, prices: Mapping[Fuel, int | None]
) -> None:
    """Keep what a person wants. Of `prices` those of followed fuels are kept; a fuel that is not in it keeps its own.

    Raises FieldRefused (`alert_price` or `alert_gain`, `form`), AccountGone.
    """
    for price in prices.values():
        if not is_price(price):
            raise FieldRefused("alert_price", "form")
    if gain_cents is not None and not GAINS[0] <= gain_cents <= GAINS[1]:
        raise FieldRefused("alert_gain", "form")
    lock(session, user_id)
    facts = {"is_on": is_on, "gain_cents": gain_cents}
    kept = insert_into(UserAlert, session).values(user_id=user_id, **facts)
    session.execute(kept.on_conflict_do_update(index_elements=["user_id"], set_=facts))
    for fuel, price in prices.items():
        mine = UserGasType.user_id == user_id
        session.execute(update(UserGasType).where(mine, UserGasType.gastype_id == fuel.value).values(alert_price=price))


def is_price(price: int | None) -> bool:
    """Whether somebody can wait for this price, thousandths of a euro a litre, or for none."""
    return price is None or PRICES[0] <= price <= PRICES[1]


def way_out(uuid: UUID) -> str:
    """The address that ends this person's mails, good for nothing else and for ever; empty without a public one."""
    return f"{settings().public_url.rstrip('/')}{PATH}?t={token(uuid)}" if settings().public_url else ""


def token(uuid: UUID) -> str:
    """Who, and the proof that we wrote them: 64 hex digits."""
    return uuid.hex + _proof(uuid)


def end(session: Session, shown: str) -> None:
    """Send no more mails about prices to whom this token was made for. Can be called again; a wrong one does nothing.

    Nothing is answered: a token tells nobody whether there is, or was, such an account.
    """
    try:
        uuid = UUID(hex=shown[:UUID_SIGNS])
    except ValueError:
        return
    if hmac.compare_digest(shown.encode(), token(uuid).encode()):
        theirs = select(User.id).where(User.uuid == uuid).scalar_subquery()
        session.execute(
            update(UserAlert).where(UserAlert.user_id == theirs).values(is_on=False),
            execution_options={"synchronize_session": False},
        )


def _proof(uuid: UUID) -> str:
    return keyed_hash("unsubscribe", uuid.hex)[:PROOF_SIGNS]
