"""What the owner is told: each trouble once, and its end; by one process, after a restart, and with no base at all."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier, Event

import pytest
from sqlalchemy import Engine, delete

import etl
import session as session_module
from adapters.storage import open_store
from models import EtlRun, OwnerNotice
from services import admin_etl, counts, watchman
from services.watchman import Watchman
from session import make_engine, reading, writing
from settings import settings
from tests.owner import SECRET, Owner, owner
from tests.people import NOON, register
from tests.processes import until
from tests.stores import Place

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SOURCE = "fr_prix_carburants"


@pytest.fixture
def ada(environment: pytest.MonkeyPatch) -> Iterator[Owner]:
    """The owner, who listens."""
    with owner() as listening:
        environment.setenv("CARBUROAM_NOTIFY_URLS", listening.address)
        environment.setenv("CARBUROAM_NOTIFY_DISK_MB", "0")
        settings.cache_clear()
        yield listening


def _set(environment: pytest.MonkeyPatch, **values: str) -> None:
    for name, value in values.items():
        environment.setenv(f"CARBUROAM_NOTIFY_{name.upper()}", value)
    settings.cache_clear()


def _ran(on: Engine, outcome: str, *, at: datetime, error: str | None = None) -> None:
    with writing(on) as session:
        session.add(EtlRun(source=SOURCE, started_at=at, ended_at=at + MINUTE, outcome=outcome, error=error))


def _look(on: Engine, at: datetime = NOON) -> None:
    """As a process that has just started does."""
    Watchman(on, began=at).look(now=at, real_now=at)


def test_updates_that_fail_are_told_once_and_so_is_their_end(database: Engine, ada: Owner):
    """Not before three hours, not again after a restart; a feed that is refused is told at once, with its reason."""
    _ran(database, "loaded", at=NOON - 4 * HOUR)
    _look(database, NOON - 2 * HOUR)
    assert ada.titles == []
    _ran(database, "refused", at=NOON - MINUTE, error="5000 of 10010 stations are missing: not believed")

    for minutes in range(3):
        _look(database, NOON + minutes * MINUTE)

    assert sorted(ada.titles) == [f"Fichier refusé ({SOURCE})", f"Mise à jour en panne ({SOURCE})"]
    said = " ".join(words["message"] for words in ada.heard)
    assert "22 novembre 2026, 9 h" in said.replace("\u00a0", " ").replace("\u202f", " ")
    assert "5000 of 10010" in said
    _ran(database, "unchanged", at=NOON)
    ada.heard.clear()
    for minutes in range(3):
        _look(database, NOON + minutes * MINUTE)
    assert sorted(ada.titles) == [
        f"Rétabli\u00a0: Fichier refusé ({SOURCE})",
        f"Rétabli\u00a0: Mise à jour en panne ({SOURCE})",
    ]


def test_of_two_processes_that_find_it_at_once_one_tells(database: Engine, ada: Owner):
    """Whichever is quicker."""
    _ran(database, "failed", at=NOON - 4 * HOUR)
    ready = Barrier(2)

    def look(_: int) -> None:
        ready.wait()
        _look(database)

    with ThreadPoolExecutor(2) as both:
        list(both.map(look, range(2)))

    assert ada.titles == [f"Mise à jour en panne ({SOURCE})"]


def test_a_source_that_an_admin_stopped_is_no_trouble(sqlite_database: Engine, ada: Owner):
    """They know."""
    _ran(sqlite_database, "loaded", at=NOON - 9 * DAY)
    admin_etl.order("stop", actor="root", now=NOON)

    _look(sqlite_database)

    assert ada.titles == []


def test_what_nobody_took_is_told_later_and_what_is_over_by_then_never(
    sqlite_database: Engine, ada: Owner, caplog: pytest.LogCaptureFixture
):
    """Ten minutes later; the log has no key."""
    caplog.set_level("INFO")
    _ran(sqlite_database, "failed", at=NOON - 4 * HOUR)
    ada.answers = 500
    _look(sqlite_database)
    ada.answers = 200
    _look(sqlite_database, NOON + 5 * MINUTE)
    assert ada.titles == []
    _look(sqlite_database, NOON + 10 * MINUTE)
    assert ada.titles == [f"Mise à jour en panne ({SOURCE})"]

    with writing(sqlite_database) as session:
        session.execute(delete(OwnerNotice))
    ada.answers = 500
    _look(sqlite_database, NOON + HOUR)
    ada.answers = 200
    _ran(sqlite_database, "loaded", at=NOON + HOUR)
    _look(sqlite_database, NOON + HOUR + 20 * MINUTE)

    assert len(ada.titles) == 1
    with reading(sqlite_database) as session:
        assert session.query(OwnerNotice).all() == []
    assert "not one service" in caplog.text
    assert SECRET not in caplog.text


def test_backups_that_fail_or_grow_old_are_told(laptop: Place, ada: Owner):
    """None at all where some failed, a day and an hour where they fail now, two days in any case."""
    _look(laptop.base)
    assert ada.titles == []
    with writing(laptop.base) as session:
        counts.add(session, counts.BACKUP_FAILURES, now=NOON)
    _look(laptop.base)
    assert [words["message"] for words in ada.heard] == ["Aucune n’a pu être faite."]
    laptop.store.write("backups/000001-20261122T110000Z-aaaaaaaaaaaa.backup", b"x", if_version=None)
    _look(laptop.base)
    _look(laptop.base, NOON + 47 * HOUR)
    assert ada.titles[1:] == ["Rétabli\u00a0: Sauvegardes en panne"]

    _look(laptop.base, NOON + 48 * HOUR)

    assert ada.titles[2:] == ["Sauvegardes en panne"]
    assert "22 novembre 2026" in ada.heard[-1]["message"]


def test_a_store_that_is_away_is_told_when_it_stays_away(laptop: Place, ada: Owner, environment: pytest.MonkeyPatch):
    """One look in vain is nothing."""
    watching = Watchman(laptop.base, began=NOON)
    environment.setenv("CARBUROAM_STORE_URL", "s3://nowhere/x")
    environment.setenv("CARBUROAM_S3_ENDPOINT", "http://127.0.0.1:1")
    environment.setenv("AWS_ACCESS_KEY_ID", "x")
    environment.setenv("AWS_SECRET_ACCESS_KEY", "x")
    environment.setenv("AWS_MAX_ATTEMPTS", "1")
    settings.cache_clear()
    for minutes in range(0, 10, 5):
        watching.look(now=NOON, real_now=NOON + minutes * MINUTE)
    assert ada.titles == []
    watching.look(now=NOON, real_now=NOON + 10 * MINUTE)
    environment.delenv("CARBUROAM_STORE_URL")
    settings.cache_clear()
    open_store()

    watching.look(now=NOON, real_now=NOON + 15 * MINUTE)

    assert ada.titles == ["Stockage des comptes injoignable", "Rétabli\u00a0: Stockage des comptes injoignable"]


def test_a_disk_that_fills_up_is_told_of_this_machine(
    sqlite_database: Engine, ada: Owner, environment: pytest.MonkeyPatch
):
    """Until a good part of it is free again."""
    _set(environment, disk_mb=str(10**9))
    _look(sqlite_database)
    _look(sqlite_database)
    assert len(ada.titles) == 1
    assert ada.titles[0].startswith("Disque presque plein (")
    _set(environment, disk_mb="1")

    _look(sqlite_database)

    assert ada.titles[1].startswith("Rétabli\u00a0: Disque")


def test_registrations_are_told_as_a_number_where_that_is_wanted(
    laptop: Place, ada: Owner, environment: pytest.MonkeyPatch
):
    """Those before are no news; once an hour at most, nobody's name; what nobody took comes with the next."""
    register(laptop, "anna")
    _look(laptop.base, NOON - HOUR)
    _set(environment, registrations="true")
    _look(laptop.base, NOON)
    for name in ("marie", "jeanne"):
        register(laptop, name)
    _look(laptop.base, NOON + 59 * MINUTE)
    assert ada.titles == []
    ada.answers = 500
    _look(laptop.base, NOON + HOUR)
    ada.answers = 200
    register(laptop, "louise")
    _look(laptop.base, NOON + 2 * HOUR)
    _look(laptop.base, NOON + 4 * HOUR)

    assert [(words["title"], words["message"]) for words in ada.heard] == [
        ("Carburoam – Nouvelles inscriptions\u00a0: 3", "Comptes en tout\u00a0: 4.")
    ]


def test_a_base_that_is_away_is_told_without_it(tmp_path: Path, ada: Owner, environment: pytest.MonkeyPatch):
    """After three looks, once; and when it is back."""
    _set(environment, disk_mb=str(10**9))
    base = make_engine(f"sqlite:///{tmp_path / 'away' / 'base.sqlite3'}")
    watching = Watchman(base, began=NOON)
    for _ in range(5):
        watching.look(now=NOON, real_now=NOON)
    assert [title.partition(" (")[0] for title in ada.titles] == [
        "Base de données injoignable",
        "Disque presque plein",
    ]
    _set(environment, disk_mb="0")
    session_module.prepare(base)

    watching.look(now=NOON, real_now=NOON)

    assert ada.titles[2:] == ["Rétabli\u00a0: Base de données injoignable"]
    base.dispose()


def test_the_child_looks_by_itself_only_where_somebody_is_told(
    sqlite_database: Engine, ada: Owner, environment: pytest.MonkeyPatch
):
    """In a thread of its own."""
    environment.setattr(watchman, "FIRST_LOOK_S", 0.0)
    _ran(sqlite_database, "failed", at=NOON.replace(year=2020))
    stop = Event()
    thread = watchman.start(sqlite_database, stop=stop)
    until(lambda: ada.titles)
    stop.set()
    assert thread
    thread.join(10)
    _set(environment, urls="")

    assert watchman.start(sqlite_database, stop=stop) is None


def test_the_addresses_can_be_tried(ada: Owner, environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """`etl.py notify`, with the console's address where the site's is known."""
    environment.setenv("CARBUROAM_PUBLIC_URL", "https://carburoam.example.org/")
    settings.cache_clear()
    assert etl.main(["notify"]) == 0
    ada.answers = 500
    assert etl.main(["notify"]) == 1
    _set(environment, urls="")
    assert etl.main(["notify"]) == 2

    assert ada.titles == ["Essai"]
    assert ada.heard[0]["message"].endswith("\nhttps://carburoam.example.org/login?to=admin")
    assert SECRET not in "".join(capsys.readouterr())
