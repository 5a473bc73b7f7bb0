"""What an admin does with people: told in the audit log, true in store and base, and never to the last admin."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import select, update

from errors import AccountGone, CodeRefused, LastAdmin, SignInRefused, StoreUnavailable, WeakPassword
from models import Mail, User
from services import account_changes, admin_people, audit, counts, reset_links, sessions
from services.admin_people import LinkWay, Person
from session import reading, writing
from settings import settings
from tests.people import NOON, PASSWORD, content, in_base, in_store, register, sign_in
from tests.stores import Place

BY: dict[str, Any] = {"actor": "root", "now": NOON}
NEW = "another long password"


def admin(place: Place, username: str) -> int:
    """The id of an admin."""
    user_id = register(place, username).id
    account_changes.set_admin(place.store, user_id=user_id, is_admin=True)
    return user_id


def found(place: Place, words: str) -> list[Person]:
    """What the search finds."""
    with reading(place.base) as session:
        return admin_people.search(session, words, now=NOON)


def log(place: Place) -> list[tuple[str, str, str]]:
    """What the audit log says, the oldest first."""
    with reading(place.base) as session:
        return [(one.actor, one.action, one.target) for one in reversed(audit.entries(session))]


def test_somebody_kept_out_is_out_everywhere_until_let_in(place: Place):
    """Sessions end, the password gets the answer that a wrong one gets, the store knows; and back again."""
    admin(place, "root")
    anna = register(place)
    with writing(place.base) as session:
        token = sessions.begin(session, user_id=anna.id, user_agent="", now=NOON).token

    admin_people.disable(place.store, user_id=anna.id, **BY)

    with pytest.raises(SignInRefused, match="name, password or both are wrong"):
        sign_in(place)
    with reading(place.base) as session:
        assert sessions.person(session, token, now=NOON) is None
    assert "disabled_at: '2026-11-22T12:00:00+00:00'" in content(place, "anna")
    assert found(place, "ann")[0].disabled_at == NOON
    # A new password does not open the door, not even where the object had to be written anew.
    account_changes.reset_password(place.store, user_id=anna.id, new=NEW)
    with pytest.raises(SignInRefused):
        sign_in(place, password=NEW)
    admin_people.enable(place.store, user_id=anna.id, **BY)
    assert sign_in(place, password=NEW).id == anna.id
    assert [one[1:] for one in log(place)] == [("people.disable", "anna"), ("people.enable", "anna")]


def test_the_last_admin_stays(place: Place):
    """Not demoted, disabled, removed, nor by their own hand; one who is kept out does not count as another."""
    root, other = admin(place, "root"), admin(place, "other")
    admin_people.disable(place.store, user_id=other, **BY)

    for deed in (admin_people.demote, admin_people.disable, admin_people.remove):
        with pytest.raises(LastAdmin):
            deed(place.store, user_id=root, **BY)
    with pytest.raises(LastAdmin):
        account_changes.delete_account(place.store, user_id=root, password=PASSWORD, address="", now=NOON)
    with pytest.raises(LastAdmin):
        account_changes.set_admin(place.store, user_id=root, is_admin=False)

    assert "root" in in_store(place)
    assert sign_in(place, "root").is_admin
    assert [one[1] for one in log(place)] == ["people.disable"]
    admin_people.enable(place.store, user_id=other, **BY)
    admin_people.demote(place.store, user_id=root, **BY)
    assert not sign_in(place, "root").is_admin


def test_of_two_admins_who_demote_each_other_one_stays(place: Place):
    """At the same moment: one is done, the other is told."""
    pair = admin(place, "root"), admin(place, "other")
    ready = Barrier(2)

    def demote(user_id: int) -> bool:
        ready.wait()
        try:
            admin_people.demote(place.store, user_id=user_id, **BY)
        except LastAdmin:
            return False
        return True

    with ThreadPoolExecutor(2) as both:
        assert sorted(both.map(demote, pair)) == [False, True]
    assert sum(one.account.is_admin for one in found(place, "")) == 1
    assert len(log(place)) == 1


def test_what_the_store_refuses_is_not_done_and_not_audited(place: Place, environment: pytest.MonkeyPatch):
    """The role, the mark and the log are of one mind, whatever happens."""
    admin(place, "root")
    anna = register(place)

    def away(*_: object, **__: object) -> None:
        raise StoreUnavailable("away")

    environment.setattr(type(place.store), "write", away)
    environment.setattr(type(place.store), "delete", away)
    for deed in (admin_people.promote, admin_people.disable, admin_people.remove):
        with pytest.raises(StoreUnavailable):
            deed(place.store, user_id=anna.id, **BY)

    assert not found(place, "anna")[0].account.is_admin
    assert found(place, "anna")[0].disabled_at is None
    assert log(place) == []


def test_people_are_found_by_what_they_are_called_and_removed(place: Place):
    """By parts of username, mail and name; the signs of a pattern are only signs."""
    admin(place, "root")
    anna = register(place, "anna", name="Anna 100% Zoé")
    register(place, "ben")

    assert [one.account.username for one in found(place, "EXAMPLE.org")] == ["ben", "anna", "root"]
    assert [one.account.username for one in found(place, "100%")] == ["anna"]
    assert found(place, "_") == []
    assert [one.account.username for one in found(place, " ann ")] == ["anna"]
    admin_people.remove(place.store, user_id=anna.id, **BY)
    admin_people.end_sessions(user_id=found(place, "ben")[0].account.id, **BY)

    assert in_base(place).keys() == {"ben", "root"}
    assert in_store(place) == {"ben", "root"}
    assert [one[1:] for one in log(place)] == [("people.remove", "anna"), ("people.end_sessions", "ben")]
    with pytest.raises(AccountGone):
        admin_people.disable(place.store, user_id=anna.id, **BY)


def test_a_reset_link_is_good_once_for_a_day_and_the_newest_only(place: Place):
    """A weak password does not use it up, a good one does; neither base nor log could make one."""
    anna = register(place)
    old = admin_people.reset_link(user_id=anna.id, **BY)
    link = admin_people.reset_link(user_id=anna.id, **BY)
    with reading(place.base) as session:
        owner = reset_links.owner(session, link, now=NOON)
        assert owner
        assert owner.id == anna.id
        for bad, moment in ((old, NOON), (link, NOON + timedelta(days=1)), ("", NOON), ("x" * 10_000, NOON)):
            assert reset_links.owner(session, bad, now=moment) is None
        assert link not in str(audit.entries(session))

    with pytest.raises(WeakPassword):
        reset_links.redeem(place.store, link, new="short", now=NOON)
    assert reset_links.redeem(place.store, link, new=NEW, now=NOON).id == anna.id
    with pytest.raises(CodeRefused):
        reset_links.redeem(place.store, link, new=PASSWORD, now=NOON)
    assert sign_in(place, password=NEW).id == anna.id


def test_a_reset_link_is_mailed_only_where_it_reaches_its_owner(place: Place, environment: pytest.MonkeyPatch):
    """With a sender, a known site, a proved mail and no failures; in one transaction with its line in the log."""
    anna = register(place)

    def way() -> LinkWay:
        with reading(place.base) as session:
            return admin_people.link_way(session, account_changes.known_by(place.base, anna.id))

    assert way() is LinkWay.NO_SENDER
    environment.setenv("CARBUROAM_SMTP_HOST", "smtp.example.org")
    environment.setenv("CARBUROAM_MAIL_FROM", "carburoam@example.org")
    settings.cache_clear()
    assert way() is LinkWay.NO_SITE
    environment.setenv("CARBUROAM_PUBLIC_URL", "https://fuel.example.org/app/")
    settings.cache_clear()
    assert way() is LinkWay.UNPROVED
    with writing(place.base) as session:
        session.execute(update(User).where(User.id == anna.id).values(mail_verified_at=NOON))
    assert way() is LinkWay.MAIL
    with environment.context() as broken:
        broken.setattr(audit, "record", _refused)
        with pytest.raises(StoreUnavailable):
            admin_people.send_reset_link(user_id=anna.id, **BY)
    assert mails(place) == []

    admin_people.send_reset_link(user_id=anna.id, **BY)

    [sent] = mails(place)
    assert sent.recipient == "anna@example.org"
    assert sent.body_html.count("https://fuel.example.org/app/forgot?link=") == 1
    [secret] = re.findall(r"\nhttps://fuel\.example\.org/app/forgot\?link=(\S{43})\n", sent.body_text)
    assert log(place) == [("root", "people.send_link", "anna")]
    assert reset_links.redeem(place.store, secret, new=NEW, now=NOON).id == anna.id
    with writing(place.base) as session:
        session.execute(update(Mail).values(error="451 later"))
    assert way() is LinkWay.FAILING


def mails(place: Place) -> list[Mail]:
    """Those that were written about a link."""
    with reading(place.base) as session:
        return list(session.scalars(select(Mail).where(Mail.body_text.contains("/forgot?link="))))


def _refused(*_: object, **__: object) -> None:
    raise StoreUnavailable("away")


def test_the_audit_log_only_grows_and_is_read_page_by_page(place: Place):
    """Long words are cut; the next page begins after the last entry shown."""
    with writing(place.base) as session:
        for number in range(5):
            audit.record(session, actor="a" * 99, action="look", target=str(number), now=NOON, words="w" * 999)
    with reading(place.base) as session:
        first = audit.entries(session, limit=2)
        second = audit.entries(session, before=first[-1].id, limit=2)
        assert [one.target for one in (*first, *second)] == ["4", "3", "2", "1"]
        assert len(first[0].actor) == 64
        assert len(str(first[0].details["words"])) == 500


def test_registrations_and_failed_sign_ins_are_counted(place: Place):
    """By day, without a name."""
    register(place)
    for _ in range(2):
        with pytest.raises(SignInRefused):
            sign_in(place, password="wrong password here")
    with reading(place.base) as session:
        assert counts.per_day(session, "registrations", since="2026-11-01") == {"2026-11-22": 1}
        assert counts.per_day(session, "sign_in_failures", since="2026-11-01") == {"2026-11-22": 2}
