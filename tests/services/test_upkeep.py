"""What the child does beside prices: within seconds, for ever, and never in the way."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from models import EtlRun, Mail, Throttle, UserSession
from services import mail_queue, sessions, throttling, upkeep
from session import reading, writing
from settings import settings
from tests.members import NOW, a_member
from tests.processes import etl, feed, free_port, until
from tests.smtp import HOST, mail_server


@contextmanager
def _kept(database: Engine) -> Iterator[threading.Thread]:
    stop = threading.Event()
    thread = upkeep.start(database, stop=stop)
    try:
        yield thread
    finally:
        stop.set()
        thread.join(10)
        assert not thread.is_alive()


def _enqueue(database: Engine) -> None:
    with writing(database) as session:
        mail_queue.enqueue(session, template="username_reminder", to="a@b.example", language="fr", username="ada")


def _sent(database: Engine) -> int:
    with reading(database) as session:
        return len(session.scalars(select(Mail.id).where(Mail.sent_at.is_not(None))).all())


def test_a_mail_leaves_within_seconds(database: Engine):
    """Nobody waits for a tick of the ETL."""
    with _kept(database):
        _enqueue(database)
        assert until(lambda: _sent(database) == 1) < 5


def test_what_goes_wrong_is_tried_again(sqlite_database: Engine, monkeypatch: pytest.MonkeyPatch):
    """Even what nobody thought of does not end the thread."""
    real, failures = mail_queue.send_due, [ZeroDivisionError("unthought of")]

    def once(on: Engine, **facts: object) -> int:
        if failures:
            raise failures.pop()
        return real(on, **facts)  # type: ignore[arg-type]

    monkeypatch.setattr(mail_queue, "send_due", once)
    monkeypatch.setattr(upkeep, "AFTER_FAILURE_S", 0.1)
    _enqueue(sqlite_database)
    with _kept(sqlite_database):
        until(lambda: _sent(sqlite_database) == 1)
    assert failures == []


def test_what_has_expired_is_forgotten(sqlite_database: Engine, monkeypatch: pytest.MonkeyPatch):
    """Sessions and throttles of another year; what still counts stays."""
    monkeypatch.setattr(upkeep, "FIRST_FLUSH_S", 0.0)
    ada = a_member(sqlite_database)
    with writing(sqlite_database) as session:
        for moment in (NOW.replace(year=2000), settings().clock or NOW.replace(year=2100)):
            sessions.begin(session, user_id=ada, user_agent="", now=moment)
            throttling.check(session, throttling.key_of("account", str(moment)), now=moment)

    with _kept(sqlite_database):
        until(lambda: _counts(sqlite_database) == (1, 1), within_s=30)


def _counts(database: Engine) -> tuple[int, int]:
    with reading(database) as session:
        return len(session.scalars(select(UserSession)).all()), len(session.scalars(select(Throttle)).all())


def test_the_child_sends_mails_and_a_dead_mail_server_costs_no_prices(sqlite_database: Engine, tmp_path: Path):
    """The real process: prices are loaded while the mail waits, and the mail is sent when its server is back."""
    port = free_port()
    _enqueue(sqlite_database)
    with etl(
        "watch",
        log=tmp_path / "log",
        CARBUROAM_FEED_URL=feed(tmp_path),
        CARBUROAM_SMTP_HOST=HOST,
        CARBUROAM_SMTP_PORT=str(port),
        CARBUROAM_SMTP_SECURITY="none",
        CARBUROAM_MAIL_FROM="carburoam@example.org",
    ) as process:
        until(lambda: _outcome(sqlite_database) == "loaded")
        until(lambda: "MailServerDown" in (tmp_path / "log").read_text())
        with mail_server(port) as inbox:
            assert until(lambda: len(inbox.mails) == 1, within_s=30) < 25
            until(lambda: _sent(sqlite_database) == 1)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    assert "a@b.example" not in (tmp_path / "log").read_text()


def _outcome(database: Engine) -> str | None:
    with reading(database) as session:
        return session.scalars(select(EtlRun.outcome)).first()
