"""Telling people by mail what happened to their account."""

from sqlalchemy.orm import Session

from adapters import mail
from services import mail_queue
from services.accounts import Account


def tell(session: Session, account: Account, template: str) -> None:
    """Write to the mail of this account, in the caller's transaction.

    Where mails leave the server, nothing but codes goes to a mail that nobody proved: whoever typed a stranger's could
    have their own username sent there.
    """
    if account.mail_verified or not mail.can_send():
        mail_queue.enqueue(
            session, template=template, to=account.mail, language=account.language, username=account.username
        )
