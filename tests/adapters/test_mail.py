"""Handing a mail over, in a real conversation with a real server, or to a file."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from adapters import mail
from errors import MailPostponed, MailRefused, MailServerDown
from settings import settings
from tests.members import NOW
from tests.processes import free_port
from tests.smtp import HOST, Inbox, certificate, mail_server

A_MAIL = {
    "reference": "20260314-1",
    "recipient": "ada@example.org",
    "subject": "Votre code à huit chiffres",
    "text": "12345678 à vous",
    "html": "<p>12345678 à vous</p>",
    "written_at": NOW,
}


def _outgoing(**facts: str) -> mail.Outgoing:
    return mail.Outgoing(**(A_MAIL | facts))  # type: ignore[arg-type]


def _configure(environment: pytest.MonkeyPatch, port: int, **values: str) -> None:
    values = {"HOST": HOST, "PORT": str(port), "SECURITY": "none", "TIMEOUT_S": "1"} | values
    environment.setenv("CARBUROAM_MAIL_FROM", "Carburoam <no-reply@carburoam.example>")
    for name, value in values.items():
        environment.setenv(f"CARBUROAM_SMTP_{name}", value)
    settings.cache_clear()


@pytest.fixture
def inbox(environment: pytest.MonkeyPatch) -> Iterator[Inbox]:
    """A server that takes everything."""
    with mail_server() as running:
        _configure(environment, running.port)
        yield running


def test_a_mail_arrives_whole(inbox: Inbox):
    """Both bodies, the headers, one recipient."""
    mail.deliver(_outgoing())

    [arrived] = inbox.mails
    assert mail.can_send()
    assert inbox.recipients == ["ada@example.org"]
    assert arrived["From"] == "Carburoam <no-reply@carburoam.example>"
    assert arrived["To"] == "ada@example.org"
    assert arrived["Subject"] == "Votre code à huit chiffres"
    assert arrived["Message-ID"] == "<20260314-1@carburoam.example>"
    assert arrived["Date"] == "Sat, 14 Mar 2026 09:26:00 +0000"
    assert arrived["Auto-Submitted"] == "auto-generated"
    assert _bodies(arrived) == {"text/plain": "12345678 à vous", "text/html": "<p>12345678 à vous</p>"}


def _bodies(message: EmailMessage) -> dict[str, str]:
    return {
        part.get_content_type(): part.get_content().strip()
        for part in message.iter_parts()
        if isinstance(part, EmailMessage)
    }


def test_without_a_server_mails_are_files(tmp_path: Path):
    """For the owner's eyes alone: they hold codes."""
    mail.deliver(_outgoing())
    mail.deliver(_outgoing())

    folder = tmp_path / "outputs" / "mail"
    [file] = folder.iterdir()
    assert not mail.can_send()
    assert file.suffix == ".eml"
    assert (folder.stat().st_mode & 0o777, file.stat().st_mode & 0o777) == (0o700, 0o600)
    read = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert isinstance(read, EmailMessage)
    assert _bodies(read)["text/plain"] == "12345678 à vous"


def test_a_full_or_closed_disk_loses_nothing(tmp_path: Path):
    """The mail waits as for a server that is down."""
    (tmp_path / "outputs").mkdir()
    (tmp_path / "outputs" / "mail").write_text("in the way")

    with pytest.raises(MailServerDown, match="cannot be kept"):
        mail.deliver(_outgoing())


INJECTIONS = (
    "ada@example.org\r\nBcc: all@example.org",
    "ada@example.org\nSubject: other",
    "ada@example.org, bob@example.org",
    "ada@example.org;bob@example.org",
    "<ada@example.org>",
    "Ada <ada@example.org>",
    '"ada@x"@example.org',
    "ada@example.org>\r\nRCPT TO:<bob@example.org",
    "ada@example.org\x00",
    "ada",
    "@example.org",
    "",
    "ada@exa mple.org",
    "ada@" + "é" * 100 + ".org",
)


@pytest.mark.parametrize("recipient", INJECTIONS)
def test_an_address_adds_nothing(recipient: str, inbox: Inbox):
    """No second recipient, no header: such a mail is never sent."""
    with pytest.raises(MailRefused):
        mail.deliver(_outgoing(recipient=recipient))
    assert inbox.mails == []


@pytest.mark.parametrize("subject", ["Code\r\nBcc: all@example.org", "Code\nX: y", "Code\rX: y"])
def test_a_subject_adds_no_header(subject: str, inbox: Inbox):
    """The queue makes one line of it before; here is the second lock."""
    with pytest.raises(MailRefused):
        mail.deliver(_outgoing(subject=subject))
    assert inbox.mails == []


def test_a_domain_beyond_ascii_is_written_as_servers_know_it(inbox: Inbox):
    """An umlaut in a domain needs nothing of the server."""
    mail.deliver(_outgoing(recipient="ada@bücher.example"))

    assert inbox.recipients == ["ada@xn--bcher-kva.example"]


def test_a_name_beyond_ascii_needs_a_server_that_knows_it(environment: pytest.MonkeyPatch):
    """One that does gets it; one that does not would never take it."""
    with mail_server(enable_SMTPUTF8=True) as knows:
        _configure(environment, knows.port)
        mail.deliver(_outgoing(recipient="adä@example.org"))
    with mail_server(enable_SMTPUTF8=False) as other:
        _configure(environment, other.port)
        with pytest.raises(MailRefused):
            mail.deliver(_outgoing(recipient="adä@example.org"))

    assert knows.recipients == ["adä@example.org"]


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ({"to_recipient": "550 no such user"}, MailRefused),
        ({"to_recipient": "450 greylisted"}, MailPostponed),
        ({"to_data": "554 looks like spam"}, MailRefused),
        ({"to_data": "452 no room"}, MailPostponed),
        ({"to_data": "421 closing"}, MailServerDown),
    ],
)
def test_a_refusal_is_final_or_not(answers: dict[str, str], error: type[Exception], inbox: Inbox):
    """By the number that the server gives, which is kept with its words."""
    for name, value in answers.items():
        setattr(inbox, name, value)

    with pytest.raises(error, match=next(iter(answers.values()))):
        mail.deliver(_outgoing())


def test_starttls_encrypts_and_signs_in(environment: pytest.MonkeyPatch, tmp_path: Path):
    """With a certificate that this machine trusts."""
    context, trusted = certificate(tmp_path)
    environment.setenv("SSL_CERT_FILE", str(trusted))
    with mail_server(tls_context=context, require_starttls=True) as inbox:
        _configure(environment, inbox.port, SECURITY="starttls", USERNAME="carburoam", PASSWORD="right")
        mail.deliver(_outgoing())

    assert len(inbox.mails) == 1
    assert inbox.was_encrypted
    assert inbox.signed_in == "carburoam"


def test_tls_from_the_first_byte(environment: pytest.MonkeyPatch, tmp_path: Path):
    """The other way that providers offer."""
    context, trusted = certificate(tmp_path)
    environment.setenv("SSL_CERT_FILE", str(trusted))
    with mail_server(ssl_context=context) as inbox:
        _configure(environment, inbox.port, SECURITY="tls")
        mail.deliver(_outgoing())

    assert len(inbox.mails) == 1


@pytest.mark.parametrize("name", [HOST, "other.example"])
def test_a_certificate_must_be_trusted_and_of_this_server(name: str, environment: pytest.MonkeyPatch, tmp_path: Path):
    """Somebody in between gets no mail and no password."""
    context, trusted = certificate(tmp_path, name=name)
    if name != HOST:
        environment.setenv("SSL_CERT_FILE", str(trusted))
    with mail_server(tls_context=context) as inbox:
        _configure(environment, inbox.port, SECURITY="starttls", USERNAME="carburoam", PASSWORD="right")
        with pytest.raises(MailServerDown, match="certificate"):
            mail.deliver(_outgoing())

    assert inbox.mails == []
    assert inbox.signed_in == ""


def test_nothing_goes_in_clear_where_encryption_was_asked_for(environment: pytest.MonkeyPatch):
    """Somebody in between takes the offer of STARTTLS away."""
    with mail_server() as inbox:
        _configure(environment, inbox.port, SECURITY="starttls")
        with pytest.raises(MailServerDown, match="STARTTLS"):
            mail.deliver(_outgoing())

    assert inbox.mails == []


def test_a_wrong_password_concerns_all_mails(environment: pytest.MonkeyPatch, tmp_path: Path):
    """The operator mends it; no mail is given up for it, and the password is in no message."""
    context, trusted = certificate(tmp_path)
    environment.setenv("SSL_CERT_FILE", str(trusted))
    with mail_server(tls_context=context) as inbox:
        _configure(environment, inbox.port, SECURITY="starttls", USERNAME="carburoam", PASSWORD="not-it-at-all")
        with pytest.raises(MailServerDown, match="535") as told:
            mail.deliver(_outgoing())

    assert "not-it-at-all" not in str(told.value)


def test_a_server_that_is_not_there(environment: pytest.MonkeyPatch):
    """Told at once."""
    _configure(environment, free_port())

    with pytest.raises(MailServerDown, match="cannot be reached"):
        mail.deliver(_outgoing())


@contextmanager
def _dripping(word: bytes) -> Iterator[int]:
    """The port of a server that sends `word` again and again, slowly, or nothing at all."""
    with socket.create_server((HOST, 0)) as server:

        def serve() -> None:
            with suppress(OSError):
                connection, _ = server.accept()
                with connection:
                    while True:
                        connection.sendall(word)
                        time.sleep(0.1)

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]


@pytest.mark.parametrize(("word", "security"), [(b"", "none"), (b"2", "none"), (b"", "tls")])
def test_a_server_that_hangs_is_left(
    word: bytes, security: str, environment: pytest.MonkeyPatch, monkeypatch: pytest.MonkeyPatch
):
    """Silent, or a byte at a time, which no time-out of the network ends."""
    monkeypatch.setattr(mail, "MOST_S", 1.5)
    started = time.monotonic()
    with _dripping(word) as port:
        _configure(environment, port, SECURITY=security)
        with pytest.raises(MailServerDown):
            mail.deliver(_outgoing())

    assert time.monotonic() - started < 6


def test_a_server_without_a_goodbye_has_taken_the_mail(environment: pytest.MonkeyPatch):
    """What was taken must not be sent again because the line broke a moment later."""

    class Rude(Inbox):
        async def handle_QUIT(self, _server: object, _session: object, _envelope: object) -> str:  # noqa: N802
            raise ConnectionResetError

    with mail_server(inbox=Rude(free_port())) as inbox:
        _configure(environment, inbox.port)
        mail.deliver(_outgoing())

    assert len(inbox.mails) == 1
