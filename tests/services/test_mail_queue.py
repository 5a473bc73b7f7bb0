"""Mails on their way: nothing is lost, nothing sent twice, nothing tried for ever."""

import threading
import time
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, select, update

from adapters.mail import Outgoing
from errors import MailPostponed, MailRefused, MailServerDown
from models import Mail
from services import mail_queue
from session import reading, writing
from settings import settings
from tests.members import NOW
from tests.processes import free_port
from tests.smtp import HOST, Inbox, mail_server

MINUTE = timedelta(minutes=1)


class Carrier:
    """Takes mails, or raises what it is told to."""

    def __init__(self, *answers: Exception) -> None:
        self.answers = list(answers)
        self.taken: list[str] = []
        self.tries = 0

    def __call__(self, outgoing: Outgoing) -> None:
        self.tries += 1
        if self.answers:
            raise self.answers.pop(0)
        self.taken.append(outgoing.recipient)


def _enqueue(database: Engine, *recipients: str, now: datetime = NOW, username: str = "ada") -> None:
    with writing(database) as session:
        for to in recipients or ("ada@example.org",):
            mail_queue.enqueue(session, template="username_reminder", to=to, language="fr", now=now, username=username)


def _mails(database: Engine) -> list[Mail]:
    with reading(database) as session:
        return list(session.scalars(select(Mail).order_by(Mail.id)))


@pytest.fixture
def port(environment: pytest.MonkeyPatch) -> int:
    """Of a mail server that is configured and does not run yet."""
    chosen = free_port()
    values = {"SMTP_HOST": HOST, "SMTP_PORT": str(chosen), "SMTP_SECURITY": "none", "MAIL_FROM": "c@example.org"}
    for name, value in values.items():
        environment.setenv(f"CARBUROAM_{name}", value)
    settings.cache_clear()
    return chosen


def test_a_mail_goes_with_its_transaction(database: Engine):
    """What was rolled back is not told."""
    with writing(database) as session:
        mail_queue.enqueue(session, template="username_reminder", to="a@b.example", language="en", username="ada")
        session.rollback()

    assert _mails(database) == []


def test_a_mail_is_sent_and_its_words_forgotten(port: int, database: Engine):
    """In a real conversation; a sent code is no longer in the base."""
    _enqueue(database)
    with mail_server(port) as inbox:
        assert mail_queue.send_due(database, now=NOW) == 1
        assert mail_queue.send_due(database, now=NOW + MINUTE) == 0

    [row] = _mails(database)
    assert inbox.recipients == ["ada@example.org"]
    assert inbox.mails[0]["Subject"] == "Votre identifiant"
    assert (row.sent_at, row.failed_at, row.error, row.body_text, row.body_html) == (NOW, None, None, "", "")


def test_a_server_that_comes_back_gets_everything(port: int, database: Engine):
    """Down for an hour, mails written meanwhile: all arrive, each once, within minutes of its return."""
    for minutes in range(0, 60, 20):
        _enqueue(database, f"{minutes}@example.org", now=NOW + minutes * MINUTE)
        assert mail_queue.send_due(database, now=NOW + minutes * MINUTE) == 0
    for row in _mails(database):
        assert row.sent_at is None
        assert row.failed_at is None
        assert row.body_text

    with mail_server(port) as inbox:
        assert mail_queue.send_due(database, now=NOW + 60 * MINUTE) == 3
    assert sorted(inbox.recipients) == ["0@example.org", "20@example.org", "40@example.org"]


def test_a_server_that_is_down_is_asked_by_one_mail_at_a_time(database: Engine):
    """With pauses that grow up to five minutes: a hundred mails are not a hundred time-outs."""
    _enqueue(database, *(f"{number}@example.org" for number in range(100)))
    down, now, pauses = Carrier(*[MailServerDown("not there")] * 9), NOW, []
    for tries in range(1, 9):
        assert mail_queue.send_due(database, now=now, deliver=down) == 0
        assert down.tries == tries
        assert mail_queue.send_due(database, now=now + timedelta(seconds=9), deliver=down) == 0
        assert down.tries == tries
        with reading(database) as session:
            due = set(session.scalars(select(Mail.due_at)))
        assert len(due) == 1
        pauses.append((due.pop() - now).total_seconds())
        now += timedelta(seconds=pauses[-1])

    assert pauses == [10, 20, 40, 80, 160, 300, 300, 300]
    up = Carrier()
    assert mail_queue.send_due(database, now=now, deliver=up) == 100
    assert len(set(up.taken)) == 100


def test_a_refused_recipient_is_recorded_and_others_get_theirs(port: int, database: Engine):
    """One bad address holds nobody up, and is not tried again."""
    _enqueue(database, "gone@example.org")
    with mail_server(inbox=Inbox(port, to_recipient="550 no such user")):
        assert mail_queue.send_due(database, now=NOW) == 0
    _enqueue(database, "ada@example.org")
    with mail_server(port) as inbox:
        assert mail_queue.send_due(database, now=NOW + MINUTE) == 1

    refused, sent = _mails(database)
    assert refused.failed_at == NOW
    assert "550 no such user" in (refused.error or "")
    assert refused.body_text == ""
    assert sent.sent_at == NOW + MINUTE
    assert inbox.recipients == ["ada@example.org"]


def test_a_mail_that_is_put_off_waits_alone(database: Engine):
    """Greylisting: this one comes later, the next goes now; its pauses grow up to an hour."""
    _enqueue(database, "slow@example.org", "quick@example.org")
    first = Carrier(MailPostponed("450 greylisted"))
    assert mail_queue.send_due(database, now=NOW, deliver=first) == 1
    assert first.taken == ["quick@example.org"]

    now, pauses = NOW, []
    for _ in range(11):
        slow = _mails(database)[0]
        pauses.append((slow.due_at - now).total_seconds())
        now = slow.due_at
        mail_queue.send_due(database, now=now, deliver=Carrier(MailPostponed("450 greylisted")))
    assert pauses[:3] == [10, 20, 40]
    assert pauses[-1] == 3600


@pytest.mark.parametrize("error", [MailPostponed("450 later"), MailServerDown("not there")])
def test_a_mail_is_given_up_after_three_days(error: Exception, database: Engine):
    """Said in the base, not before."""
    _enqueue(database)
    mail_queue.send_due(database, now=NOW + timedelta(days=2, hours=23), deliver=Carrier(error))
    assert _mails(database)[0].failed_at is None

    late = NOW + timedelta(days=3, hours=1)
    mail_queue.send_due(database, now=late, deliver=Carrier(error))
    [row] = _mails(database)
    assert row.failed_at == late
    assert row.error == str(error)
    assert mail_queue.send_due(database, now=late + timedelta(days=1), deliver=Carrier()) == 0


def test_two_senders_at_once_send_each_mail_once(database: Engine):
    """Six of them, in fact, as on several servers with one base."""
    _enqueue(database, *(f"{number}@example.org" for number in range(40)))
    carrier = Carrier()
    counts: list[int] = []

    def deliver(outgoing: Outgoing) -> None:
        time.sleep(0.002)
        carrier(outgoing)

    def send() -> None:
        counts.append(mail_queue.send_due(database, now=NOW, deliver=deliver))

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(counts) == 40
    assert sorted(carrier.taken) == sorted({f"{number}@example.org" for number in range(40)})
    assert {row.tries for row in _mails(database)} == {1}


def test_a_sender_that_dies_leaves_its_mail_to_another(database: Engine):
    """Killed in the middle: nobody touches the mail while the conversation may go on, then somebody does."""
    _enqueue(database)
    with pytest.raises(KeyboardInterrupt):
        mail_queue.send_due(database, now=NOW, deliver=Carrier(KeyboardInterrupt()))  # type: ignore[arg-type]

    assert mail_queue.send_due(database, now=NOW + 9 * MINUTE, deliver=Carrier()) == 0
    assert mail_queue.send_due(database, now=NOW + 10 * MINUTE, deliver=Carrier()) == 1


def test_a_mail_keeps_its_number_over_tries(sqlite_database: Engine):
    """A mail server that got it twice after all knows it by that."""
    _enqueue(sqlite_database)
    references = []

    def deliver(outgoing: Outgoing) -> None:
        references.append(outgoing.reference)
        raise MailPostponed("450 later")

    for minutes in (0, 1):
        mail_queue.send_due(sqlite_database, now=NOW + minutes * MINUTE, deliver=deliver)
    assert len(references) == 2
    assert len(set(references)) == 1


def test_words_of_people_stay_in_their_place(sqlite_database: Engine):
    """A name with line ends, tags and braces: no header, no markup, nothing filled in."""
    _enqueue(sqlite_database, username='x\r\nBcc: all@example.org\n\n<b onload="x">{code}</b>\u202e')
    [row] = _mails(sqlite_database)

    assert "x Bcc: all@example.org <b onload=" in row.body_text
    assert "\u202e" not in row.body_text + row.body_html
    assert "<b onload" not in row.body_html
    assert "&lt;b onload=&quot;x&quot;&gt;{code}&lt;/b&gt;" in row.body_html
    assert "\n" not in row.subject
    assert mail_queue.send_due(sqlite_database, now=NOW) == 1
    [file] = (settings().outputs_dir / "mail").iterdir()
    assert b"\nBcc" not in file.read_bytes()


def test_an_address_too_long_is_not_cut_short(sqlite_database: Engine):
    """The rest might be somebody else's."""
    with pytest.raises(MailRefused):
        _enqueue(sqlite_database, "a" * 1_000_000 + "@example.org")


def test_an_injected_address_is_refused_for_good(sqlite_database: Engine):
    """It never reaches a server, and does not stop the queue."""
    _enqueue(sqlite_database, "a@example.org\nBcc: b@example.org", "ada@example.org")

    assert mail_queue.send_due(sqlite_database, now=NOW) == 1
    assert [row.failed_at is None for row in _mails(sqlite_database)] == [False, True]


def test_a_base_busy_at_the_wrong_moment_does_not_send_twice(sqlite_database: Engine, monkeypatch: pytest.MonkeyPatch):
    """The mail is out, and that cannot be noted: it is tried until it can."""
    from sqlalchemy.exc import OperationalError

    _enqueue(sqlite_database)
    refusals: list[int] = []

    def sometimes(on: Engine) -> object:
        if carrier.taken and len(refusals) < 2:
            refusals.append(1)
            raise OperationalError("UPDATE", {}, Exception("database is locked"))
        return writing(on)

    carrier = Carrier()
    monkeypatch.setattr(mail_queue, "writing", sometimes)
    monkeypatch.setattr(mail_queue, "PAUSE_TO_NOTE_S", 0.01)
    assert mail_queue.send_due(sqlite_database, now=NOW, deliver=carrier) == 1
    assert _mails(sqlite_database)[0].sent_at == NOW
    assert len(refusals) == 2


def test_old_mails_are_flushed_and_waiting_ones_stay(database: Engine):
    """A month after they were sent or given up."""
    _enqueue(database, "sent@example.org", "failed@example.org", "waiting@example.org")
    with writing(database) as session:
        session.execute(update(Mail).where(Mail.id == 1).values(sent_at=NOW))
        session.execute(update(Mail).where(Mail.id == 2).values(failed_at=NOW))
        mail_queue.flush(session, now=NOW + timedelta(days=29))
        assert len(session.scalars(select(Mail)).all()) == 3
        mail_queue.flush(session, now=NOW + timedelta(days=30))

    assert [row.recipient for row in _mails(database)] == ["waiting@example.org"]
