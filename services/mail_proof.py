"""Proving a mail: a code goes there, and comes back typed in the browser that asked for it."""

from datetime import datetime

from sqlalchemy import Engine

from adapters.storage import ObjectStore
from services import account_changes, mail_queue, verification
from services.accounts import Account
from session import writing

PURPOSE = "verify_mail"
MINUTES = int(verification.LASTS.total_seconds() // 60)


def send_code(*, account: Account, request: str, now: datetime, on: Engine | None = None) -> None:
    """Queue a code for the mail of this account, good in the browser that `request` names alone.

    Raises TryLater: at most one a minute and five a day.
    """
    with writing(on) as session:
        code = verification.issue(
            session, user_id=account.id, purpose=PURPOSE, request=_bound(request, account.mail), now=now
        )
        mail_queue.enqueue(
            session, template="verify_mail", to=account.mail, language=account.language, code=code, minutes=MINUTES
        )


def prove(
    store: ObjectStore, *, account: Account, request: str, code: str, now: datetime, on: Engine | None = None
) -> None:
    """Note that the mail of this account is its owner's. Raises CodeRefused.

    Raises StoreUnavailable where it cannot be noted now, without using up the code; StoreConflict where the mail was
    changed meanwhile; AccountGone.
    """
    account_changes.profile(store, account.id, on=on)
    with writing(on) as session:
        verification.redeem(
            session, user_id=account.id, purpose=PURPOSE, request=_bound(request, account.mail), code=code, now=now
        )
    account_changes.verify_mail(store, user_id=account.id, mail=account.mail, now=now, on=on)


def _bound(request: str, mail: str) -> str:
    # A code that was sent to one mail proves no other.
    return f"{request} {mail}"
