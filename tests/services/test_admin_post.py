"""Mails and codes in the console: counted, tried again without sending twice, flushed."""

from datetime import timedelta

from sqlalchemy import Engine, select, update

from models import AuditEntry, Mail, VerificationCode
from services import admin_post, mail_queue, verification
from session import reading, writing
from tests.people import NOON, register
from tests.stores import Place


def _written(on: Engine, **facts: object) -> int:
    """A mail in the state told."""
    with writing(on) as session:
        mail_queue.enqueue(
            session, template="password_changed", to="a@example.org", language="fr", now=NOON, username="anna"
        )
        mail = session.scalars(select(Mail).order_by(Mail.id.desc()).limit(1)).one()
        session.execute(update(Mail).where(Mail.id == mail.id).values(**facts or {"tries": 0}))
        return mail.id


def test_what_waits_is_tried_at_once_and_what_is_on_its_way_is_left_alone(database: Engine):
    """A mail that somebody sends at this moment would arrive twice; one that was given up has no words any more."""
    later = NOON + timedelta(minutes=40)
    _written(database)
    put_off = _written(database, tries=3, due_at=later, error="451")
    claimed = _written(database, tries=1, due_at=NOON + mail_queue.CLAIM_LASTS)
    _written(database, failed_at=NOON, error="550", body_text="", body_html="")
    _written(database, sent_at=NOON)
    with reading(database) as session:
        assert admin_post.post(session) == admin_post.Post(waiting=3, failing=1, given_up=1, sent=1)
        assert [letter.error for letter in admin_post.letters(session)] == ["550", None, "451", None]

    assert admin_post.retry(actor="root", now=NOON, on=database) == 1

    with reading(database) as session:
        due = {mail.id: mail.due_at for mail in session.scalars(select(Mail))}
        assert session.scalars(select(AuditEntry.action)).all() == ["mail.retry"]
    assert due[put_off] == NOON
    assert due[claimed] > NOON


def test_codes_are_counted_and_only_old_ones_go(place: Place):
    """A code of today still counts for the pace of requests, so it stays."""
    anna = register(place)
    for hours in (30, 2, 0):
        with writing(place.base) as session:
            verification.issue(
                session, user_id=anna.id, purpose="reset", request="x", now=NOON - timedelta(hours=hours)
            )
    with reading(place.base) as session:
        assert admin_post.codes(session, now=NOON) == admin_post.Codes(good=1, expired=2, old=1)

    admin_post.flush_codes(actor="root", now=NOON, on=place.base)

    with reading(place.base) as session:
        assert admin_post.codes(session, now=NOON) == admin_post.Codes(good=1, expired=1, old=0)
        assert len(session.scalars(select(VerificationCode)).all()) == 2
