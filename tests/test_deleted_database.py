"""The deleted-database trial: 1,000 people, the base's file removed under the running service, everybody is back."""

import signal
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Engine, func, insert, select

import etl
import session
from adapters.storage import open_store
from models import CustomStation, Station, User, UserGasType
from services import accounts, backups, belongings, credentials, identity, passwords
from services.credentials import Credentials
from session import reading, writing
from settings import settings
from tests.people import PASSWORD
from tests.processes import etl as etl_process
from tests.processes import feed, until

PEOPLE = 1_000
STATIONS = 40
EACH = 5
MADE_AT = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def outputs(tmp_path: Path, environment: pytest.MonkeyPatch) -> Path:
    """The folder of an installation with everything by default, whose feed has its stations."""
    environment.setattr(passwords, "COST", 4)
    environment.setenv("CARBUROAM_OUTPUTS_DIR", str(tmp_path / "outputs"))
    environment.setenv("CARBUROAM_FEED_URL", feed(tmp_path, stations=STATIONS, name="many.zip"))
    settings.cache_clear()
    assert etl.main(["run"]) == 0
    return tmp_path / "outputs"


def _settle(outputs: Path) -> None:
    """People with credentials, and the stations and fuels that they follow, each a little different."""
    kept = passwords.hashed(PASSWORD)
    (outputs / "store" / "users").mkdir(parents=True)
    with writing() as opened:
        stations = list(opened.scalars(select(Station.id).order_by(Station.source_ref)))
        for number in range(PEOPLE):
            username, uuid = f"person{number}", UUID(int=number + 1)
            person = Credentials(username, uuid, f"{username}@example.org", username, kept, created_at=MADE_AT)
            (outputs / "store" / identity.key_of(username)).write_bytes(credentials.composed(person))
            row = {"uuid": uuid, "username": username, "mail": person.mail, "name": username, "created_at": MADE_AT}
            opened.execute(insert(User).values(id=number + 1, **row))
        people = range(PEOPLE)
        opened.execute(
            insert(CustomStation),
            [
                {
                    "user_id": number + 1,
                    "station_id": stations[(number + 7 * at) % STATIONS],
                    "custom_name": f"{at} of {number}",
                    "position": at,
                }
                for number in people
                for at in range(EACH)
            ],
        )
        opened.execute(
            insert(UserGasType),
            [{"user_id": number + 1, "gastype_id": 1 + number % 6, "alert_price": 1_500 + number} for number in people],
        )


def _made(on: Engine | None = None) -> list[object]:
    with reading(on) as opened:
        return list(belongings.gather(opened))


def _followed() -> int:
    with reading() as opened:
        return opened.scalar(select(func.count()).select_from(CustomStation)) or 0


def test_everybody_is_back_after_the_base_was_deleted_under_the_running_service(outputs: Path, tmp_path: Path):
    """Backed up by the child, deleted, restarted: each has their stations, names, order and fuels, and can sign in."""
    _settle(outputs)
    before = _made()
    assert len(before) == PEOPLE
    session.engine().dispose()

    with etl_process("watch", log=tmp_path / "first.log") as process:
        until(lambda: backups.kept(open_store()))
        for file in (outputs / "base").iterdir():
            file.unlink()
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    assert len(backups.newest_good(open_store())[1].people) == PEOPLE, "what is gone was backed up as nothing"

    with etl_process("watch", log=tmp_path / "second.log"):
        session.prepare()
        until(lambda: _followed() == PEOPLE * EACH, within_s=60)

        assert _made() == before
        with ThreadPoolExecutor(2) as people:
            names = list(people.map(_sign_in, range(0, PEOPLE, 20)))
    assert names == [f"person{number}" for number in range(0, PEOPLE, 20)]


def _sign_in(number: int) -> str:
    now = datetime.now(UTC)
    address = f"2001:db8:0:{number:x}::1"
    login = f"person{number}" if number % 40 else f"person{number}@example.org"
    return accounts.authenticate(open_store(), login=login, password=PASSWORD, address=address, now=now).username
