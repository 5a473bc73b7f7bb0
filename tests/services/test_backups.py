"""Backups on both kinds of store and base: made, kept, refused, brought back; whatever the clock or the disk do."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, delete, func, select, update

from adapters.folder_store import FolderStore
from adapters.storage import ObjectStore, open_store
from errors import BackupRefused, StoreUnavailable
from models import (
    AuditEntry,
    CustomStation,
    DailyCount,
    Station,
    User,
    UserAlert,
    UserCar,
    UserCarFuel,
    UserGasType,
    UserHome,
    WaitingStation,
)
from services import backup_file, backup_keeper, backups, belongings
from services.backup_file import Person
from session import reading, writing
from settings import settings
from tests import quotes
from tests.builders import a_station
from tests.people import NOON, register, wipe
from tests.stores import Place

DAY = timedelta(days=1)
FEED = tuple(a_station(str(1_000_000 + number)) for number in range(3))


def furnish(place: Place, username: str = "anna", *, fuel: int = 1) -> int:
    """Somebody who follows three stations in an order of their own and has set all there is; their id."""
    quotes.store(place.base, *FEED)
    user_id = register(place, username).id
    with writing(place.base) as session:
        ids = list(session.scalars(select(Station.id).order_by(Station.source_ref.desc())))
        session.add_all(
            CustomStation(user_id=user_id, station_id=station_id, custom_name=f"n° {at}", position=at)
            for at, station_id in enumerate(ids)
        )
        session.add(UserGasType(user_id=user_id, gastype_id=fuel, alert_price=1650))
        session.add(UserCar(user_id=user_id, tank_l=50.0, fill_l=None, litres_100km=5.5, km_a_year=12_000))
        session.add(UserCarFuel(user_id=user_id, gastype_id=fuel, litres_100km=None))
        session.add(UserHome(user_id=user_id, label="Maison", latitude=48.85, longitude=2.35, radius_km=15))
        session.add(UserAlert(user_id=user_id, is_on=True, gain_cents=200, sent_on="2026-11-21"))
    return user_id


def made(place: Place) -> list[Person]:
    """What everybody has."""
    with reading(place.base) as session:
        return belongings.gather(session)


def lose(place: Place) -> None:
    """A base that was deleted and made anew, as far as this one can be: nobody in it, no station, no count."""
    with writing(place.base) as session:
        for model in (User, Station, DailyCount):
            session.execute(delete(model))


def back_up(place: Place, *, now=NOON) -> Any:
    """Once, at this moment."""
    return backups.make(place.store, place.base, now=now)


def names(place: Place) -> list[str]:
    """Of all backups, the newest first."""
    return [one.name for one in backups.kept(place.store)]


def overwrite(place: Place, name: str, body: bytes) -> None:
    """Write something else where a backup lay."""
    key = f"backups/{name}"
    found = place.store.read(key)
    place.store.write(key, body, if_version=found.version if found else None)


def touch(place: Place, user_id: int, price: int) -> None:
    """Change something, so that the next backup says something else."""
    with writing(place.base) as session:
        session.execute(update(UserGasType).where(UserGasType.user_id == user_id).values(alert_price=price))


def test_a_lost_base_gets_back_what_people_made_and_stations_when_the_feed_brings_them(place: Place):
    """Stations wait, keep their order and name, and are backed up even while they wait; all of it happens once."""
    furnish(place)
    before = made(place)
    assert [(one[1], one[2]) for one in before[0].stations] == [
        ("1000002", "n° 0"),
        ("1000001", "n° 1"),
        ("1000000", "n° 2"),
    ]
    assert back_up(place)
    lose(place)

    changes = backups.restore_where_new(place.store, place.base, now=NOON)

    assert changes == belongings.Changes(people=1, changed=1, stations_added=3, fuels=1, others=1)
    assert made(place) == before
    assert backups.restore_where_new(place.store, place.base, now=NOON) is None
    quotes.store(place.base, *FEED[:2])
    quotes.store(place.base, *FEED)
    with reading(place.base) as session:
        assert session.scalar(select(func.count()).select_from(WaitingStation)) == 0
        assert session.scalar(select(func.count()).select_from(CustomStation)) == 3
        done = session.scalars(select(AuditEntry)).one()
    assert made(place) == before
    assert (done.actor, done.action) == ("-", "restore.by_itself")


def test_the_emptiness_of_a_new_base_is_never_taken_for_news(place: Place):
    """A backup asked for at once takes in the old one first; the last one of a process leaves the store alone."""
    furnish(place)
    back_up(place)
    before, kept = made(place), names(place)
    lose(place)

    assert backups.make(place.store, place.base, now=NOON + DAY, is_last=True) is None
    assert names(place) == kept
    assert back_up(place, now=NOON + DAY)

    assert made(place) == before
    assert len(names(place)) == 1


def test_who_removed_everything_since_has_nothing_back(place: Place):
    """A base that made a backup knows what it holds: empty is then what its people want."""
    user_id = furnish(place)
    back_up(place)
    with writing(place.base) as session:
        for model in belongings.TABLES:
            session.execute(delete(model).where(model.__table__.c.user_id == user_id))

    assert backups.restore_where_new(place.store, place.base, now=NOON) is None
    assert back_up(place, now=NOON + DAY)
    assert backups.verify(place.store, names(place)[0]).people == []


def test_a_restore_says_what_it_would_change_then_does_it_and_twice_is_once(place: Place):
    """The one in the file gets theirs back, who came since keeps theirs, and who is gone stays gone."""
    anna = furnish(place)
    ben = register(place, "ben").id
    with writing(place.base) as session:
        session.add(UserGasType(user_id=ben, gastype_id=5, alert_price=None))
    name = back_up(place).name
    before = {one.uuid: one for one in made(place)}
    wipe(place, "ben")
    with writing(place.base) as session:
        session.execute(delete(User).where(User.id == ben))
        session.execute(delete(CustomStation).where(CustomStation.user_id == anna, CustomStation.position == 1))
        session.execute(update(CustomStation).where(CustomStation.position == 2).values(custom_name="mine"))
        session.execute(delete(UserHome))
    furnish(place, "cleo", fuel=6)
    expected = belongings.Changes(
        people=2, changed=1, unknown=1, stations_added=1, stations_removed=0, stations_renamed=1, others=1
    )

    assert backups.preview(place.store, place.base) == (name, expected)
    assert backups.restore(place.store, place.base, name, actor="root", now=NOON) == (name, expected)
    after = {one.uuid: one for one in made(place)}
    assert len(after) == 2
    assert {uuid: one for uuid, one in after.items() if uuid in before} == {
        uuid: one for uuid, one in before.items() if uuid in after
    }
    assert backups.restore(place.store, place.base, now=NOON)[1] == belongings.Changes(people=2, unknown=1)


def test_what_cannot_be_trusted_is_passed_over_for_the_next_older_one(place: Place):
    """The newest is of a newer version, the one before cut short: the third is taken; none at all is told."""
    anna = furnish(place)
    oldest = back_up(place)
    touch(place, anna, 1600)
    back_up(place, now=NOON + DAY)
    touch(place, anna, 1500)
    back_up(place, now=NOON + 2 * DAY)
    newest, middle, _ = names(place)
    found = place.store.read(f"backups/{newest}")
    assert found
    good = found.body
    overwrite(place, newest, good.replace(b'"version": 1', b'"version": 9'))
    overwrite(place, middle, good[:-5])

    assert backups.newest_good(place.store)[0] == oldest.name
    with pytest.raises(BackupRefused, match="newer"):
        backups.restore(place.store, place.base, newest, now=NOON)
    with pytest.raises(BackupRefused, match="missing"):
        backups.verify(place.store, "../users/anna.yaml")
    overwrite(place, oldest.name, b"")
    with pytest.raises(BackupRefused, match="none"):
        backups.preview(place.store, place.base)
    assert made(place)[0].fuels == [[1, 1500]]


def test_the_last_three_and_one_a_week_are_kept_whatever_the_clock_says(
    sqlite_database: Engine, folder_store: ObjectStore
):
    """Sixty days, then a day in another year by mistake, then the right clock again: nothing is lost by it."""
    place = Place(folder_store, sqlite_database, {})
    anna = furnish(place)
    for day in range(60):
        touch(place, anna, 1000 + day)
        back_up(place, now=NOON + day * DAY)
    before = backups.kept(place.store)
    weeks = [one.made_at.isocalendar()[1] for one in before]
    assert [one.number for one in before[:3]] == [60, 59, 58]
    assert len(before) == backups.KEPT_WEEKS + 3 - 1, "the first of this week is one of the last three"
    assert len(set(weeks)) == backups.KEPT_WEEKS

    touch(place, anna, 2000)
    back_up(place, now=NOON + 4000 * DAY)
    assert backup_keeper.is_due(place.store, now=NOON + 60 * DAY), "a backup of tomorrow is none of today"
    touch(place, anna, 2001)
    newest = back_up(place, now=NOON + 60 * DAY)

    after = backups.kept(place.store)
    assert after[0] == newest
    assert len(after) >= len(before) - 1
    assert backups.verify(place.store, newest.name).people[0].fuels == [[1, 2001]]


def test_what_says_the_same_takes_the_place_of_what_said_so(place: Place):
    """A service that is often restarted does not push out the backups that differ; a spoilt one is made anew."""
    furnish(place)
    first = back_up(place)

    assert back_up(place, now=NOON + timedelta(hours=1)) == first
    assert not backup_keeper.is_due(place.store, now=NOON + timedelta(hours=23))
    assert backup_keeper.is_due(place.store, now=NOON + DAY)
    next_day = back_up(place, now=NOON + DAY)
    assert names(place) == [next_day.name]
    overwrite(place, next_day.name, b"spoilt")
    anew = back_up(place, now=NOON + DAY + timedelta(hours=1))
    assert names(place) == [anew.name, next_day.name]


def test_a_store_that_is_away_costs_nothing_but_this_backup(place: Place, environment: pytest.MonkeyPatch):
    """The service answers no more: told, counted, and the base as it was."""
    furnish(place)
    back_up(place)
    before = made(place)
    broken = "s3://away/x" if place.store.__class__ is not FolderStore else "/dev/null/store"
    environment.setenv("CARBUROAM_STORE_URL", broken)
    environment.setenv("CARBUROAM_S3_ENDPOINT", "http://127.0.0.1:1")

    settings.cache_clear()

    with pytest.raises(StoreUnavailable):
        backups.make(open_store(), place.base, now=NOON + DAY)
    assert backup_keeper._work(place.base) is False
    assert made(place) == before
    with reading(place.base) as session:
        assert session.scalar(select(func.sum(DailyCount.count)).where(DailyCount.what == "backup_failures")) == 1


@contextmanager
def _disk_with(room: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_keeps_the_backups_that_there_are(sqlite_database: Engine, folder_store: ObjectStore):
    """No file may grow beyond 200 bytes: nothing half-written stays, nothing old goes."""
    place = Place(folder_store, sqlite_database, {})
    anna = furnish(place)
    back_up(place)
    kept = names(place)
    touch(place, anna, 1)

    with _disk_with(200), pytest.raises(StoreUnavailable):
        back_up(place, now=NOON + DAY)

    assert names(place) == kept
    assert [one.name for one in backups.kept(folder_store)] == kept
    assert backups.newest_good(folder_store)[0] == kept[0]


def test_no_word_of_credentials_is_in_a_backup(place: Place):
    """Neither names nor mails nor hashes nor the home of somebody who keeps none."""
    furnish(place)
    kept = back_up(place)

    found = place.store.read(f"backups/{kept.name}")
    assert found
    plain = backup_file._unpacked(found.body.partition(b"\n")[2]).decode()

    assert "Maison" in plain
    for word in ("anna", "example.org", "$2b$", "password", "admin"):
        assert word not in plain
    assert replace(made(place)[0], uuid="") != Person("")
