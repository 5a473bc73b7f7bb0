"""The lease: one process at a time works on a source, whichever machine it runs on."""

import math
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import BigInteger, ColumnElement, Update, case, cast, delete, func, or_, select, text, update
from sqlalchemy.orm import Session

from errors import LeaseLost
from models import Lease
from session import insert_into

# A row's xmax is the transaction that has locked it.
END_FROZEN = text("""
    SELECT pg_terminate_backend(busy.pid)
    FROM leases JOIN pg_stat_activity AS busy ON busy.backend_xid = leases.xmax
    WHERE leases.name = :name AND leases.holder <> :holder
      AND leases.expires_at <= floor(extract(epoch FROM clock_timestamp()))
      AND busy.xact_start < clock_timestamp() - CAST(:lasts AS interval)
""")

# What ends later than this, or than ten times what is asked for, was given before the database's clock was set back.
FURTHEST_END = timedelta(minutes=10)


@dataclass(frozen=True)
class Held:
    """A lease in hand. `fence` is the number by which the base tells this holder from every later one."""

    name: str
    holder: str
    fence: int


def take(session: Session, name: str, *, holder: str, lasts: timedelta) -> Held | None:
    """Take the lease for at least `lasts`, or prolong one's own; None while another holder's is running.

    One statement does the check and the write, so two servers cannot both be told yes. A lease that ends further ahead
    than any is given for bars nobody: whoever still works on it is stopped by the fencing number.
    """
    dialect = session.get_bind().dialect.name
    if dialect == "postgresql" and _is_locked(session, name):
        _end_frozen(session, name, holder=holder, lasts=lasts)
        return None
    furthest = _clock(dialect) + _whole_seconds(max(FURTHEST_END, 10 * lasts))
    new = insert_into(Lease, session).values(
        name=name, holder=holder, fence=1, expires_at=_clock(dialect) + _whole_seconds(lasts)
    )
    fence = session.execute(
        new.on_conflict_do_update(
            index_elements=["name"],
            set_={
                "holder": new.excluded.holder,
                "expires_at": new.excluded.expires_at,
                "fence": Lease.fence + case((Lease.holder == new.excluded.holder, 0), else_=1),
            },
            where=or_(
                Lease.holder == new.excluded.holder,
                Lease.expires_at <= _clock(dialect),
                Lease.expires_at > furthest,
            ),
        ).returning(Lease.fence)
    ).scalar_one_or_none()
    return None if fence is None else Held(name, holder, fence)


def prolong(session: Session, held: Held, *, lasts: timedelta) -> None:
    """Keep a lease in hand for another `lasts`. Raises LeaseLost where it is in other hands by now.

    Unlike `take` it never takes a lease anew: a holder that was overtaken must stop its work.
    """
    expires_at = _clock(session.get_bind().dialect.name) + _whole_seconds(lasts)
    kept = session.execute(_ours(held).values(expires_at=expires_at).returning(Lease.fence)).first()
    if kept is None:
        raise LeaseLost(f"{held.name}: another process holds the lease")


def check(session: Session, held: Held) -> None:
    """Raise LeaseLost unless the lease is still ours; until this transaction ends nobody else can take it.

    No clock is asked. A lease that ran out while nobody wanted it is still ours, and the lock on its row (PostgreSQL)
    or on the base (SQLite, in a writing session) keeps it so until the caller has committed. PostgreSQL lets it be
    prolonged meanwhile, so a load may take longer than a lease lasts.
    """
    mine = (
        select(Lease.fence)
        .where(Lease.name == held.name, Lease.holder == held.holder, Lease.fence == held.fence, Lease.expires_at > 0)
        .with_for_update(read=True, key_share=True)
    )
    if session.execute(mine).first() is None:
        raise LeaseLost(f"{held.name}: another process holds the lease")


def release(session: Session, held: Held) -> None:
    """Give the lease back, so that nobody waits for its end. Idempotent; a lease in other hands stays theirs.

    The row stays: it carries the fencing number on.
    """
    session.execute(_ours(held).values(expires_at=0))


def forget(session: Session, prefix: str, *, older_than: timedelta) -> None:
    """Remove leases whose name begins so and that ran out long ago: of names that nobody takes again."""
    before = _clock(session.get_bind().dialect.name) - _whole_seconds(older_than)
    session.execute(
        delete(Lease).where(Lease.name.startswith(prefix), Lease.expires_at < before),
        execution_options={"synchronize_session": False},
    )


def _is_locked(session: Session, name: str) -> bool:
    """Whether a transaction that is open has locked the lease: who works under it would keep us waiting."""
    row = select(Lease.name).where(Lease.name == name)
    is_free = session.execute(row.with_for_update(skip_locked=True)).first() is not None
    return not is_free and session.execute(row).first() is not None


def _end_frozen(session: Session, name: str, *, holder: str, lasts: timedelta) -> None:
    """End the transaction that keeps a lease locked which has run out, and is older than one lasts.

    A process that was frozen keeps its connection, and so the lock; no timeout of the server's ends one amid a COPY.
    """
    session.execute(END_FROZEN, {"name": name, "holder": holder, "lasts": lasts})


def _ours(held: Held) -> Update:
    return update(Lease).where(
        Lease.name == held.name, Lease.holder == held.holder, Lease.fence == held.fence, Lease.expires_at > 0
    )


def _clock(dialect: str) -> ColumnElement[int]:
    # The database's clock, not ours: two servers may disagree about the time, the one database cannot.
    # On PostgreSQL now() would be the start of the transaction.
    if dialect == "sqlite":
        return cast(func.strftime("%s", "now"), BigInteger)
    return cast(func.floor(func.extract("epoch", func.clock_timestamp())), BigInteger)


def _whole_seconds(lasts: timedelta) -> int:
    # The clock above has lost its fraction: one more second, or a lease of one second might last none.
    return math.ceil(lasts.total_seconds()) + 1
