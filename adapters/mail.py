"""Handing over a mail: to an SMTP server, or, where none is configured, to a file that a person can open."""

import email.utils
import os
import re
import smtplib
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path

from errors import MailPostponed, MailRefused, MailServerDown
from settings import Settings, settings

# For one whole mail, whatever the server does; the queue's claim lasts longer than that.
MOST_S = 60.0
PORTS = {"starttls": 587, "tls": 465, "none": 25}
NO_SENDER = "Carburoam <carburoam@localhost>"
PERMANENT = 500
CLOSING = 421


@dataclass(frozen=True)
class Outgoing:
    """A mail as it is handed over."""

    reference: str
    """The same at every try: a mail that came twice after all is known by it."""
    recipient: str
    subject: str
    text: str
    html: str
    written_at: datetime
    unsubscribe: str | None = None
    """The address that ends mails of this kind: opened by a person it asks, posted to by their mail box it does."""


_answered: set[str] = set()


def posts_are_answered() -> None:
    """Say that the site has a route that ends mails by a POST; called in the child of a server that has routes."""
    _answered.add("unsubscribe")


def can_send() -> bool:
    """Whether mails leave this server; else they are files below the outputs folder."""
    return bool(settings().smtp_host)


def deliver(outgoing: Outgoing) -> None:
    """Hand the mail over. Raises MailServerDown, MailPostponed or MailRefused; then it was not taken."""
    message = compose(outgoing)
    if can_send():
        _send(message, settings())
    else:
        _keep(message, settings().outputs_dir / "mail" / f"{outgoing.reference}.eml")


def compose(outgoing: Outgoing) -> EmailMessage:
    """The mail with its headers. Raises MailRefused for a recipient or subject that would break out of its header."""
    message = EmailMessage()
    sender = settings().mail_from or NO_SENDER
    try:
        message["From"] = sender
        message["To"] = _address(outgoing.recipient)
        message["Subject"] = outgoing.subject
        message["Date"] = email.utils.format_datetime(outgoing.written_at)
        message["Message-ID"] = f"<{outgoing.reference}@{email.utils.parseaddr(sender)[1].rpartition('@')[2]}>"
        # Nobody's holiday answers it.
        message["Auto-Submitted"] = "auto-generated"
        if outgoing.unsubscribe:
            message["List-Unsubscribe"] = f"<{outgoing.unsubscribe}>"
            if _answered and outgoing.unsubscribe.startswith("https:"):
                # RFC 8058: the button of the mail box itself. It wants https, and somebody who answers it.
                message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        message.set_content(outgoing.text)
        message.add_alternative(outgoing.html, subtype="html")
    except (ValueError, IndexError, UnicodeError) as error:
        raise MailRefused(f"the mail cannot be written: {type(error).__name__}") from error
    return message


def _address(recipient: str) -> str:
    """One bare address: nothing in it may add a second one, a name or a header."""
    if not re.fullmatch(r"[^\s@<>(),;:\\\"\[\]\x00-\x1f\x7f]+@[^\s@<>(),;:\\\"\[\]\x00-\x1f\x7f]+", recipient):
        raise ValueError("no mail address")
    local, _, domain = recipient.rpartition("@")
    return recipient if domain.isascii() else f"{local}@{domain.encode('idna').decode()}"


def _keep(message: EmailMessage, file: Path) -> None:
    draft = file.with_suffix(".draft")
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft.unlink(missing_ok=True)
        # It may hold a code: for the owner's eyes from the first moment on.
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:  # noqa: PTH123
            opened.write(message.as_bytes())
        draft.replace(file)
    except OSError as error:
        raise MailServerDown(f"the mail cannot be kept in {file.parent} ({error.strerror})") from error


def _send(message: EmailMessage, chosen: Settings) -> None:
    deadline = time.monotonic() + MOST_S
    try:
        with _connected(chosen) as client:
            _greet(client, chosen)
            if time.monotonic() > deadline:
                raise TimeoutError(f"no more than {MOST_S:g} s for one mail")
            _hand_over(message, client)
    except smtplib.SMTPResponseException as error:
        raise MailServerDown(_said(error.smtp_code, error.smtp_error)) from error
    except smtplib.SMTPException as error:
        raise MailServerDown(f"the conversation failed ({error})") from error
    except (OSError, UnicodeError) as error:  # time-outs and certificates are among them
        raise MailServerDown(f"the mail server cannot be reached ({error})") from error


def _hand_over(message: EmailMessage, client: smtplib.SMTP) -> None:
    try:
        client.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        [(code, answer)] = error.recipients.values()
        raise _about_this_mail(code, answer) from error
    except smtplib.SMTPDataError as error:
        raise _about_this_mail(error.smtp_code, error.smtp_error) from error
    except smtplib.SMTPNotSupportedError as error:
        # An address beyond ASCII, and a server that knows none.
        raise MailRefused(f"the mail server cannot take this mail ({error})") from error


@contextmanager
def _connected(chosen: Settings) -> Iterator[smtplib.SMTP]:
    client: smtplib.SMTP
    if chosen.smtp_security == "tls":
        client = smtplib.SMTP_SSL(timeout=chosen.smtp_timeout_s, context=ssl.create_default_context())
    else:
        client = smtplib.SMTP(timeout=chosen.smtp_timeout_s)
    # What the certificate is checked against. The constructor would connect at once, before the time is limited.
    client._host = chosen.smtp_host  # type: ignore[attr-defined]  # noqa: SLF001
    try:
        with _given_up_after(client, MOST_S):
            client.connect(chosen.smtp_host, chosen.smtp_port or PORTS[chosen.smtp_security])
            yield client
            # The mail was taken: how the server says goodbye changes nothing, so nobody waits for it.
            with suppress(smtplib.SMTPException, OSError):
                client.putcmd("QUIT")
    finally:
        client.close()


def _greet(client: smtplib.SMTP, chosen: Settings) -> None:
    try:
        if chosen.smtp_security == "starttls":
            client.starttls(context=ssl.create_default_context())
        if chosen.smtp_username:
            client.login(chosen.smtp_username, chosen.smtp_password.get_secret_value())
    except smtplib.SMTPNotSupportedError as error:
        # No encryption where it was asked for: nothing goes in clear, whoever took the offer away.
        raise MailServerDown(f"the mail server does not offer what is configured ({error})") from error


@contextmanager
def _given_up_after(client: smtplib.SMTP, seconds: float) -> Iterator[None]:
    """A server that answers a byte at a time is cut off: its time-outs never come."""

    def cut() -> None:
        if client.sock is not None:
            with suppress(OSError):
                socket.socket.shutdown(client.sock, socket.SHUT_RDWR)

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _about_this_mail(code: int, answer: bytes | str) -> MailPostponed | MailRefused | MailServerDown:
    if code == CLOSING:
        return MailServerDown(_said(code, answer))
    return (MailRefused if code >= PERMANENT else MailPostponed)(_said(code, answer))


def _said(code: int, answer: bytes | str) -> str:
    words = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return f"the mail server answered {code} {' '.join(words.split())[:200]}"
