"""Another mail for an account: a code proves the new one, the old one is told; without a mail server, at once."""

from datetime import datetime

from sqlalchemy import Engine

from adapters.storage import ObjectStore
from services import account_changes, identity, mail_queue, notices, verification
from services.accounts import Account
from session import engine, writing

PURPOSE = "change_mail"
MINUTES = int(verification.LASTS.total_seconds() // 60)


def send_code(*, account: Account, mail: str, request: str, now: datetime, on: Engine | None = None) -> str:
    """Send a code to the mail that this person wants, and answer that mail as it will be kept.

    Whether somebody else has it is told to who proved to own it, nobody else. Raises FieldRefused, or TryLater: at most
    one a minute and five a day.
    """
    wanted = identity.mail(mail)
    with writing(on or engine()) as session:
        code = verification.issue(
            session, user_id=account.id, purpose=PURPOSE, request=_bound(request, wanted), now=now
        )
        mail_queue.enqueue(
            session, template="verify_mail", to=wanted, language=account.language, code=code, minutes=MINUTES
        )
    return wanted


def confirm(
    store: ObjectStore,
    *,
    account: Account,
    mail: str,
    request: str,
    code: str,
    now: datetime,
    on: Engine | None = None,
) -> None:
    """Change the mail to the one that the code was sent to, and tell the old one.

    Raises CodeRefused, MailTaken, or StoreUnavailable (the code stays good where the store was away before).
    """
    base = on or engine()
    # Another tab may write between the code and here, but a proved mail is this person's will whatever else changed.
    account_changes.profile(store, account.id, on=base)
    with writing(base) as session:
        verification.redeem(
            session, user_id=account.id, purpose=PURPOSE, request=_bound(request, mail), code=code, now=now
        )
    account_changes.change_mail(store, user_id=account.id, mail=mail, if_version=None, verified_at=now, on=base)
    _tell(base, account)


def change_at_once(
    store: ObjectStore, *, account: Account, mail: str, if_version: str, on: Engine | None = None
) -> None:
    """Change the mail without proof, where no code could arrive. Raises FieldRefused, MailTaken or StoreConflict."""
    base = on or engine()
    account_changes.change_mail(store, user_id=account.id, mail=mail, if_version=if_version, verified_at=None, on=base)
    _tell(base, account)


def _tell(on: Engine, before: Account) -> None:
    with writing(on) as session:
        # Codes that went to the old one are worth nothing there any more.
        verification.withdraw(session, user_id=before.id)
        notices.tell(session, before, "mail_changed")


def _bound(request: str, mail: str) -> str:
    return f"{request} {mail}"
