"""An alert, from the phone where it is wished for to the mail that it becomes, and to the tap that ends it."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import expect
from sqlalchemy import Engine, select, update

from adapters.storage import open_store
from models import Station, User, UserAlert
from records import Fuel
from services import accounts, alert_round, following, mail_queue, passwords
from session import make_engine, prepare, reading, writing
from settings import now, settings
from tests import scenes
from tests.browser.conftest import Visitor, served
from tests.browser.test_every_page import look_at
from tests.feeds import pdv
from tests.smtp import Inbox, mail_server

PASSWORD = "correct horse battery"


@dataclass
class Alerting:
    """A server that sends mails, its base, and the mail box of everybody."""

    address: str
    on: Engine
    inbox: Inbox

    def load(self, folder: Path, price: str, at: str) -> int:
        """What the child does after a load in which the followed station asks this; how many mails went."""
        cheapest = pdv(
            scenes.hours(automat="1"), scenes.diesel(price, at),
            id=scenes.FAR_TIE, address="ROUTE DE CHARTRES", cp="91400", town="ORSAY", **scenes.at(4),
        )  # fmt: skip
        assert scenes.load(self.on, folder, cheapest).outcome == "loaded"
        alert_round.tell(self.on, now=now())
        return mail_queue.send_due(self.on, now=datetime.now(UTC))


@pytest.fixture
def alerting(environment: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Alerting]:
    """Anna has an account, follows one station, and has proved her mail."""
    with mail_server() as inbox:
        facts = {
            "CARBUROAM_OUTPUTS_DIR": str(tmp_path),
            "CARBUROAM_START_ETL": "false",
            "CARBUROAM_CLOCK": scenes.CLOCK,
            "CARBUROAM_SMTP_HOST": "127.0.0.1",
            "CARBUROAM_SMTP_PORT": str(inbox.port),
            "CARBUROAM_SMTP_SECURITY": "none",
            "CARBUROAM_MAIL_FROM": "carburoam@example.org",
            "CARBUROAM_PUBLIC_URL": "https://carburoam.example",
        }
        for name, value in facts.items():
            environment.setenv(name, value)
        environment.setattr(passwords, "COST", 4)
        settings.cache_clear()
        on = make_engine(settings().database)
        prepare(on)
        assert scenes.load(on, tmp_path).outcome == "loaded"
        with served("server.py", tmp_path, **facts) as address:
            _register(on)
            yield Alerting(address, on, inbox)
        on.dispose()


def _register(on: Engine) -> None:
    person = accounts.register(
        open_store(), name="Anna", mail="anna@example.org", username="anna", password=PASSWORD, language="fr", now=now()
    )
    with writing(on) as session:
        session.execute(update(User).values(mail_verified_at=now()))
        station = session.scalars(select(Station.id).where(Station.source_ref == scenes.FAR_TIE)).one()
        following.follow(session, person.id, station, "Le travail")
        following.choose_fuels(session, person.id, [Fuel.DIESEL])


@pytest.mark.long
def test_an_alert_arrives_and_is_ended_from_the_mail(
    visitor: Callable[..., Visitor], alerting: Alerting, tmp_path: Path
):
    """Wished for on a phone, told when a load lowers the price, ended without a sign-in, and then no more."""
    someone = visitor(address=alerting.address)
    page = someone.open("/login?to=profile")
    page.get_by_label("Identifiant ou adresse e-mail").fill("anna")
    page.locator("input[type=password]").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").tap()
    expect(page.locator(".st-key-profile_car")).to_be_visible()
    someone.settle()
    for section in ("car", "home", "alerts"):
        someone.open_drawer(f".st-key-profile_{section}")
    page.get_by_label("Plein habituel, en litres").fill("40")
    someone.tap(page.locator(".st-key-profile_car").get_by_role("button", name="Enregistrer"))
    expect(page.get_by_text("40 L, 6,5 L aux 100 km")).to_be_visible()
    page.get_by_label("Gazole : sous ce prix").fill("1.65")
    page.locator(".st-key-profile_home input").fill("91400")
    expect(page.get_by_text("Orsay (91400), à environ 100 m près")).to_be_visible()
    page.get_by_text("M’écrire quand les prix sont bons").tap()
    page.locator(".st-key-profile_alerts").get_by_role("button", name="Enregistrer").tap()
    expect(page.get_by_text("actives", exact=False)).to_be_visible()
    look_at(someone, page)
    assert someone.faults == []

    assert alerting.load(tmp_path, "1.651", "2025-02-07 10:00:00") == 0
    assert alerting.load(tmp_path, "1.649", "2025-02-07 11:00:00") == 1

    [mail] = alerting.inbox.mails
    assert mail["Subject"].replace("\u00a0", " ") == "Gazole à 1,649 € : Le travail"
    body = mail.get_body(("plain",))
    assert body
    link = re.search(r"https://carburoam\.example(/unsubscribe\?t=[0-9a-f]{64})\s", body.get_content())
    assert link
    stranger = visitor(address=alerting.address)
    stranger.open(link[1]).get_by_role("button", name="Ne plus recevoir ces e-mails").tap()
    expect(stranger.page.get_by_text("C’est fait")).to_be_visible()
    assert stranger.faults == []

    with writing(alerting.on) as session:
        session.execute(update(UserAlert).values(sent_on=None))
    assert alerting.load(tmp_path, "1.700", "2025-02-07 11:10:00") == 0
    assert alerting.load(tmp_path, "1.600", "2025-02-07 11:20:00") == 0
    with reading(alerting.on) as session:
        assert session.scalars(select(UserAlert.is_on)).all() == [False]
