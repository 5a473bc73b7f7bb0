"""The admin console: who gets in, what each section shows and does, and what two admins do at once."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import streamlit as st
from sqlalchemy import Engine, select, update
from streamlit.testing.v1 import AppTest

import session
from adapters.storage import open_store
from errors import SignInRefused
from models import AuditEntry, EtlRequest, EtlRun, Mail, User
from pipeline import lease
from services import account_changes, accounts, audit, following, mail_queue, passwords, reset_links
from services.accounts import Account
from settings import now, settings
from tests import people, scenes
from tests.pages import seen
from tests.pages.conftest import OpenPage
from tests.stores import Place
from texts import text
from ui import frame
from ui.plain import GLUE

PARTS = ("use", "people", "etl", "mail", "backups", "query", "journal")
HOSTILE = "<script>alert(1)</script>**x** $y$ :red[z]"
NEW = "another fine phrase"

Console = Callable[..., AppTest]


@pytest.fixture(autouse=True)
def cheap(environment: pytest.MonkeyPatch) -> None:
    """Passwords at the least cost."""
    environment.setattr(passwords, "COST", 4)


@pytest.fixture
def console(country: Engine, open_page: OpenPage) -> Console:
    """Opens the console as an admin, made one where they are none."""

    def opened(part: str = "", *, as_user: str = "root", **asked: str) -> AppTest:
        admin(as_user)
        return open_page("admin", as_user=as_user, part=part, **asked)

    assert country.url
    return opened


def say(key: str, **values: object) -> str:
    return said(f"admin.{key}", **values)


def said(key: str, **values: object) -> str:
    """The words of the page as `seen` has them: with plain spaces."""
    return text(key, "fr", **values).replace("\u00a0", " ").replace("\u202f", " ")


def told(app: AppTest) -> str:
    """The words of the page, without what keeps Markdown from reading them."""
    return seen.words(app).replace("\\", "").replace(GLUE, "")


def member(username: str, **facts: Any) -> Account:
    """Somebody with an account, made where there is none."""
    with session.reading() as opened:
        found = accounts.known_as(opened, username)
    return found or people.register(Place(open_store(), session.engine(), {}), username, now=now(), **facts)


def admin(username: str) -> Account:
    """Somebody with the role."""
    person = member(username)
    account_changes.set_admin(open_store(), user_id=person.id, is_admin=True)
    return person


def press(app: AppTest, key: str) -> AppTest:
    """Press a button by the key it has in the console."""
    return app.button(key=f"admin_{key}").click().run()


def agree(app: AppTest, deed: str) -> AppTest:
    """Press a button that asks again, and say yes."""
    return press(press(app, f"ask_{deed}"), f"yes_{deed}")


def rows(model: type[Any]) -> list[Any]:
    with session.reading() as opened:
        return list(opened.scalars(select(model)))


@pytest.mark.usefixtures("country")
def test_for_everybody_else_there_is_no_such_page(open_page: OpenPage):
    """A stranger and a member get what an address gets that never existed."""
    for as_user in ("", "anna"):
        console, nowhere = (open_page(page, as_user=as_user) for page in ("admin", "nowhere"))
        assert told(console) == told(nowhere)
        assert say("journal") not in told(console)


@pytest.mark.usefixtures("country")
def test_the_page_guards_itself(open_page: OpenPage, environment: pytest.MonkeyPatch):
    """Even where the router would let somebody through, nothing of it is drawn."""
    # Another page's file is the console's: what a router with a hole would run.
    page = frame.page

    def with_a_hole(file: str, *facts: Any, **options: Any) -> Any:
        return page("pages/admin.py" if file == "pages/about.py" else file, *facts, **options)

    environment.setattr(frame, "page", with_a_hole)
    for as_user in ("", "anna"):
        app = open_page("about", as_user=as_user)
        seen.assert_sound(app)
        assert say("journal") not in told(app)
        assert say("all_well") not in told(app)


def test_who_was_demoted_does_nothing_more_in_an_open_tab(console: Console, environment: pytest.MonkeyPatch):
    """No order, no deed; and no file, whose making does not run through the page."""
    files: dict[str, Callable[[], bytes]] = {}
    draw = st.download_button

    def noted(label: str, *, data: Callable[[], bytes], key: str, **options: Any) -> bool:
        files[key] = data
        return draw(label, data=b"", key=key, **options)

    environment.setattr(st, "download_button", noted)
    orders, copies = console("etl"), console("backups")
    assert files["admin_copy"]()[:2] == b"\x1f\x8b"
    admin("eve")
    account_changes.set_admin(open_store(), user_id=member("root").id, is_admin=False)

    press(orders, "run")

    assert say("journal") not in told(orders)
    assert rows(EtlRequest) == []
    with pytest.raises(SignInRefused):
        files["admin_copy"]()
    assert say("copy") not in told(copies.run())


def test_every_section_is_drawn_whatever_is_in_the_base(console: Console):
    """Names, errors, rejects, log lines and deeds that would be markup are words; in both languages."""
    anna = member("anna", name=HOSTILE[:60])
    with session.writing() as opened:
        opened.add(
            EtlRun(
                source="fr_prix_carburants", started_at=now(), ended_at=now() + timedelta(seconds=7), outcome="refused",
                error=HOSTILE, rejected=2, rejects={HOSTILE: {"count": 2, "examples": [HOSTILE]}},
            )
        )  # fmt: skip
        following.follow(opened, anna.id, following_id(), HOSTILE[:20])
        audit.record(opened, actor=HOSTILE, action="x", target=HOSTILE, now=now(), why=HOSTILE)
        mail_queue.enqueue(opened, template="password_changed", to=f"{HOSTILE[:8]}@x.org", language="fr", username="x")
    log = settings().outputs_dir / "stderr_20250207T100000.000000Z-1.txt"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text(f"{HOSTILE}\nsecond line\n")

    for part in PARTS:
        app = console(part)
        seen.assert_sound(app)
        assert "<script>alert" not in seen.body(app)
        assert all("**x**" not in label for label in seen.labels(app))
    for asked in ({"part": "people", "who": str(anna.id)}, {"part": "etl", "log": log.name}):
        app = console(**asked)
        seen.assert_sound(app)
        assert HOSTILE[:40] in seen.in_one_line(app)
        assert "<script>alert" not in seen.body(app)
    for asked in ({"part": "etl", "log": "../base"}, {"part": "people", "who": "9" * 40}, {"part": "nonsense"}):
        seen.assert_sound(console(**asked))


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_run_tells_what_each_step_did(console: Console, language: str):
    """In plain words and in their order; a step of another version by its own name, as text."""
    steps = {"town_spelt": 5_488, "price_suspect": 24, HOSTILE: 3}
    with session.writing() as opened:
        opened.add(EtlRun(source="fr_brands", started_at=now(), ended_at=now(), outcome="loaded", steps=steps))

    app = console("etl", language=language)

    seen.assert_sound(app)
    words = {"fr": ("Noms de communes remis en forme", "Prix marqués douteux"), "en": ("spelt anew", "as doubtful")}
    shown = told(app)
    first, second = words[language]
    assert 0 < shown.index(first) < shown.index(second) < shown.index(HOSTILE[:20])
    assert "<script>alert" not in seen.body(app)


def following_id() -> int:
    """A station to follow."""
    from models import Station

    with session.reading() as opened:
        found = opened.scalar(select(Station.id).where(Station.source_ref == scenes.CHEAPEST))
    assert found
    return found


def test_two_admins_who_press_run_now_get_one_run(console: Console):
    """The second is told that it was asked for already; the failed run that made them press stands on top."""
    with session.writing() as opened:
        opened.add(
            EtlRun(source="fr_prix_carburants", started_at=now(), ended_at=now(), outcome="unreachable", error="no way")
        )
    first, second = console("etl"), console("etl", as_user="eve")
    assert say("outcome_unreachable") in told(first)
    assert "no way" in told(first)

    press(first, "run")
    press(second, "run")

    assert say("ordered_run") in told(first)
    assert say("ordered_already") in told(second)
    assert [order.action for order in rows(EtlRequest)] == ["run"]
    press(first, "stop")
    assert say("run_stopped") in told(first)


def test_the_last_admin_cannot_leave(console: Console):
    """They are told why; with another one they can, and the page is theirs no more."""
    root = admin("root")
    app = console("people", who=str(root.id))
    for deed in ("remove", "demote", "disable"):
        agree(app, f"{deed}_{root.id}")
        assert say("last_admin") in told(app)
        press(app, f"no_{deed}_{root.id}")
    admin("eve")

    agree(app, f"demote_{root.id}")

    assert say("journal") not in told(app)
    with session.reading() as opened:
        assert [user.username for user in opened.scalars(select(User).where(User.is_admin))] == ["eve"]


def test_a_person_is_found_and_helped(console: Console, open_page: OpenPage):
    """Searched, kept out, let in again; the link is shown once, and good once; all of it is in the journal."""
    anna = member("anna")
    app = console("people")
    app.text_input(key="admin_people_search").set_value("ANNA@exam").run()
    assert f"who={anna.id}" in seen.body(app)
    assert "root@" not in seen.body(app)
    app = console("people", who=str(anna.id))
    agree(app, f"disable_{anna.id}")
    assert say("done_disable", who="anna") in told(app)
    agree(app, f"enable_{anna.id}")

    press(app, "link_make")
    secret = app.code[0].value.rpartition("link=")[2]
    assert reset_links.SECRET.fullmatch(secret)
    assert not app.run().code

    forgot = open_page("forgot", link=secret)
    assert "anna" in told(forgot)
    forgot.text_input(key="forgot_link_new").set_value(NEW).run()
    forgot.button(key="forgot_link_do").click().run()
    assert said("forgot.done") in told(forgot)
    assert people.sign_in(Place(open_store(), session.engine(), {}), password=NEW, now=now()).id == anna.id
    assert said("forgot.link_bad") in told(open_page("forgot", link=secret))
    journal = told(console("journal"))
    for action in ("people.disable", "people.enable", "people.reset_link"):
        assert action in journal
    assert secret not in journal


def test_a_link_is_mailed_where_mails_leave(console: Console, environment: pytest.MonkeyPatch):
    """The admin reads where it went, never the link; without a proved mail they hand it over, and read why."""
    anna, ben = member("anna"), member("ben")
    with session.writing() as opened:
        opened.execute(update(User).where(User.id == anna.id).values(mail_verified_at=now()))
    environment.setenv("CARBUROAM_SMTP_HOST", "smtp.example.org")
    environment.setenv("CARBUROAM_MAIL_FROM", "carburoam@example.org")
    environment.setenv("CARBUROAM_PUBLIC_URL", "https://fuel.example.org")
    settings.cache_clear()
    app = console("people", who=str(ben.id))
    assert say("link_unproved") in told(app)
    app = console("people", who=str(anna.id))

    press(app, "link_send")

    assert say("link_sent", mail="anna@example.org") in told(app)
    assert "link=" not in told(app)
    assert not app.code
    assert [mail.recipient for mail in rows(Mail)][-1] == "anna@example.org"


def test_a_run_that_goes_on_is_seen_going_on(console: Console):
    """What it does, how far it is beside the last one, who is at it; nothing of one that was killed."""
    assert say("child_nowhere") in told(console("etl"))
    with session.writing() as opened:
        facts: dict[str, Any] = {"source": "fr_prix_carburants", "started_at": now()}
        opened.add(EtlRun(**facts, ended_at=now(), outcome="loaded", stations_read=9_800))
        opened.add(EtlRun(**facts, outcome="running", stage="read", done=4_900))
    assert "4 900" not in told(console("etl"))
    with session.writing() as opened:
        lease.take(opened, "etl:fr_prix_carburants", holder="machine:42", lasts=timedelta(minutes=1))

    app = console("etl")

    assert say("stage_read_of", done="4 900", usual="9 800") in told(app)
    assert "<progress" in seen.body(app)
    assert "value='4900' max='9800'" in seen.body(app)
    assert say("holder_at", what=say("source_prices"), holder="machine:42") in told(app)
    assert say("child_alive") in told(app)


def test_a_backup_is_made_looked_at_and_restored(console: Console):
    """What would change is shown first; a name that is none is told."""
    anna = member("anna")
    with session.writing() as opened:
        following.follow(opened, anna.id, following_id(), "Chez moi")
    app = press(console("backups"), "backup_make")
    name = next(entry.target for entry in rows(AuditEntry) if entry.action == "backup")
    assert say("backup_made", name=name) in told(app)
    with session.writing() as opened:
        following.unfollow(opened, anna.id, following_id())

    app = console("backups", file=name)
    assert say("backup_good") in told(app)
    agree(app, "restore")

    assert say("restored", count=1) in told(app)
    assert say("restore_nothing") in told(app)
    with session.reading() as opened:
        assert [one.name for one in following.followed(opened, anna.id)] == ["Chez moi"]
    assert say("backup_missing") in told(console("backups", file="../users/root.yaml"))


def test_mails_that_fail_are_seen_and_tried_again(console: Console):
    """On top and in their section; those that wait for an hour are due at once."""
    late = datetime.now(UTC) + timedelta(hours=1)
    with session.writing() as opened:
        mail_queue.enqueue(opened, template="password_changed", to="a@example.org", language="fr", username="x")
        opened.scalars(select(Mail)).one().due_at = late
        opened.scalars(select(Mail)).one().error = "451 later"
    app = console("mail")
    assert say("mails_failing", count=1) in told(app)
    assert "451 later" in told(app)

    press(app, "mail_retry")

    assert say("mail_retried", count=1) in told(app)
    assert rows(Mail)[0].due_at < late


def test_questions_read_and_the_shell_is_off_unless_the_host_says_so(console: Console, environment: pytest.MonkeyPatch):
    """An answer in a table; what would write is refused; a switched-on shell is red on top and wants the password."""
    app = console("query")
    press(app, "sql_run")
    assert "loaded" in told(app)
    app.text_area(key="admin_sql").set_value("DELETE FROM users").run()
    press(app, "sql_run")
    assert "Refusé" in told(app)
    assert say("shell_on") not in told(app)
    environment.setenv("CARBUROAM_ADMIN_SHELL", "true")
    settings.cache_clear()

    app = console("query")
    assert told(app).count(say("shell_on")) == 1
    app.text_area(key="admin_shell_typed").set_value("echo $((6*7))")
    app.text_input(key="admin_shell_password_0").set_value("wrong")
    next(button for button in app.button if button.label == say("shell_run")).click().run()
    assert said("problem.password_wrong") in told(app)
    app.text_input(key="admin_shell_password_0").set_value(people.PASSWORD)
    next(button for button in app.button if button.label == say("shell_run")).click().run()
    assert app.code[0].value.strip() == "42"
    assert not app.text_input(key="admin_shell_password_1").value
    assert [entry.action for entry in rows(AuditEntry)][-1] == "shell"


def test_a_host_that_forgets_its_disk_is_told_unmistakably(console: Console, environment: pytest.MonkeyPatch):
    """While credentials and backups lie in a folder there, and not otherwise."""
    for keeps, is_told in (("false", True), ("true", False)):
        environment.setenv("CARBUROAM_KEEPS_DISK", keeps)
        settings.cache_clear()
        assert (say("forgets") in told(console())) is is_told
