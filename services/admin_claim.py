"""How somebody becomes an admin where the host has no shell: a secret of the host's, typed once by who is signed in.

What is spent is told by the audit log, which is never shortened: a secret that was good once never is again, whatever
restarts, and whoever lost the role since.
"""

import hmac
from datetime import datetime

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from adapters.storage import ObjectStore
from errors import AccountGone, ClaimRefused
from models import AuditEntry, Throttle
from services import account_changes, accounts, audit, credentials, throttling
from services.secrets import digest
from session import engine, insert_into, reading, writing
from settings import settings

ACTION = "admin_claim"
MARK = "sha256"


def is_open(session: Session) -> bool:
    """Whether this host waits for somebody to become its admin."""
    return bool(_secret()) and not _is_spent(session, digest(_secret()))


def claim(
    store: ObjectStore, *, user_id: int, typed: str, address: str, now: datetime, on: Engine | None = None
) -> None:
    """Make this person an admin, if `typed` is the host's secret and nobody was quicker.

    The secret is spent before the role is given: what fails between the two costs a secret, and never makes two
    admins. Raises ClaimRefused for every mistake alike, TryLater, AccountGone, CredentialsCorrupt, StoreUnavailable.
    """
    base = on or engine()
    with reading(base) as session:
        known = accounts.account(session, user_id)
    if known is None:
        raise AccountGone(str(user_id))
    with writing(base) as session:
        counted = throttling.keys(session, account=f"claim {known.username}", address=address, now=now)
        for key in counted:
            throttling.check(session, key, now=now)
    if not _is_right(typed):
        raise ClaimRefused("not the secret of this host")
    credentials.load(store, known.username)  # a store that is away must not cost the secret
    with writing(base) as session:
        _spend(session, digest(_secret()), known.username, now)
        for key in counted:
            throttling.succeeded(session, key)
    account_changes.set_admin(store, user_id=user_id, is_admin=True, on=base)


def _is_right(typed: str) -> bool:
    # A megabyte is cut before it is read, and digests are of one length, so that not even that is told.
    tried = typed.strip()[: 4 * len(_secret())].encode("utf-8", "replace").decode()
    return hmac.compare_digest(digest(tried), digest(_secret())) and bool(_secret())


def _secret() -> str:
    return settings().admin_claim.get_secret_value().strip()


def _spend(session: Session, mark: str, username: str, now: datetime) -> None:
    """Note it for ever. Two who come at the same moment meet at the key of one row, which only one can insert."""
    door = insert_into(Throttle, session).values(
        key=f"spent:{mark[:48]}", failures=0, allowed_at=now, forgotten_at=now + throttling.FORGOTTEN_AFTER
    )
    is_first = session.scalar(door.on_conflict_do_nothing(index_elements=[Throttle.key]).returning(Throttle.key))
    if not is_first or _is_spent(session, mark):
        raise ClaimRefused("spent")
    audit.record(session, actor=username, action=ACTION, target=username, now=now, **{MARK: mark})


def _is_spent(session: Session, mark: str) -> bool:
    # A handful of rows in the life of a host.
    spent = session.scalars(select(AuditEntry.details).where(AuditEntry.action == ACTION))
    return any((details or {}).get(MARK) == mark for details in spent)
