"""The tables keep their promises on both databases."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import uuid4

import pytest
from sqlalchemy import Engine, delete, func, insert, select, text
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.orm import Session

from models import CustomStation, GasType, Price, PriceHistory, Station, User, UserGasType
from session import reading, writing

NOON = datetime(2025, 2, 7, 12, tzinfo=UTC)


def a_station(ref: str = "1", **facts: object) -> Station:
    return Station(
        **{
            "source": "test",
            "source_ref": ref,
            "latitude": 47.2184,
            "longitude": -1.5536,
            "address": "1 quai de l'Exemple",
            "zip_code": "44000",
            "town": "Nantes",
            "area": "FR-44",
            "road_kind": "road",
            "amenities": 0,
            "is_open_24h": False,
            "first_seen_at": NOON,
            **facts,
        }
    )


def a_user(name: str) -> User:
    return User(uuid=uuid4(), username=name, mail=f"{name}@example.org", name=name.title(), created_at=NOON)


def _added(session: Session, *rows: Station | User) -> list[int]:
    session.add_all(rows)
    session.flush()
    return [row.id for row in rows]


def test_many_users_may_follow_one_station(database: Engine):
    """The classic mistake is a key on the station alone: then one user only can follow it."""
    with writing(database) as session:
        station, zoe, yann = _added(session, a_station(), a_user("zoe"), a_user("yann"))
        session.add_all(
            CustomStation(user_id=user, station_id=station, custom_name=name)
            for user, name in ((zoe, "Bureau"), (yann, "Maison"))
        )

    with reading(database) as session:
        assert sorted(session.scalars(select(CustomStation.custom_name))) == ["Bureau", "Maison"]


def test_a_user_follows_a_station_once(database: Engine):
    """Following again is a change of name, not a second row."""
    with writing(database) as session:
        station, zoe = _added(session, a_station(), a_user("zoe"))
        follows = {"user_id": zoe, "station_id": station, "custom_name": "Bureau"}
        session.execute(insert(CustomStation).values(**follows))

        with pytest.raises(IntegrityError), session.begin_nested():
            session.execute(insert(CustomStation).values(**follows))


def test_two_stations_may_share_their_position(database: Engine):
    """52 pairs of real stations do."""
    with writing(database) as session:
        _added(session, a_station("1"), a_station("2"))

    with reading(database) as session:
        assert session.scalar(select(func.count()).select_from(Station)) == 2


def test_a_station_is_known_by_source_and_reference(database: Engine):
    """Two publishers may use the same number; one publisher may not use it twice."""
    with writing(database) as session:
        _added(session, a_station("1"), a_station("1", source="other"))

        with pytest.raises(IntegrityError), session.begin_nested():
            _added(session, a_station("1"))


def test_a_station_without_position_is_kept(database: Engine):
    """Some have `0` or nothing in the feed; they are still shown in lists by town."""
    with writing(database) as session:
        _added(session, a_station(latitude=None, longitude=None, opening_hours=None))

    with reading(database) as session:
        station = session.scalars(select(Station)).one()
        assert (station.latitude, station.longitude, station.opening_hours) == (None, None, None)
        assert session.scalar(text("SELECT opening_hours IS NULL FROM stations")) == 1


def test_opening_hours_come_back_as_they_went(database: Engine):
    """Monday to Sunday: two spans, closed all day, not declared."""
    hours = [[[420, 720], [840, 1140]], [], None, [], [], [], []]
    with writing(database) as session:
        _added(session, a_station(opening_hours=hours))

    with reading(database) as session:
        assert session.scalars(select(Station.opening_hours)).one() == hours


def test_a_moment_comes_back_aware_in_utc(database: Engine):
    """Whatever zone it was given in, to the second."""
    paris = timezone(timedelta(hours=1))
    with writing(database) as session:
        _added(session, a_station(first_seen_at=datetime(2025, 2, 7, 8, 29, 30, 999_999, tzinfo=paris)))

    with reading(database) as session:
        assert session.scalars(select(Station.first_seen_at)).one() == datetime(2025, 2, 7, 7, 29, 30, tzinfo=UTC)
        assert session.scalar(text("SELECT first_seen_at FROM stations")) == 1_738_913_370


def test_moments_are_compared_as_moments(database: Engine):
    """A query may ask with any aware moment."""
    with writing(database) as session:
        _added(session, a_station("1"), a_station("2", first_seen_at=NOON - timedelta(days=1), gone_at=NOON))

    with reading(database) as session:
        recent = select(Station.source_ref).where(Station.first_seen_at > NOON - timedelta(hours=1))
        assert session.scalars(recent).all() == ["1"]
        assert session.scalars(select(Station.source_ref).where(Station.gone_at.is_(None))).all() == ["1"]


def test_a_moment_without_zone_is_refused(database: Engine):
    """Paris or UTC? Nobody could tell an hour later."""
    naive = NOON.replace(tzinfo=None)
    with writing(database) as session, pytest.raises(StatementError, match="time zone"), session.begin_nested():
        _added(session, a_station(first_seen_at=naive))


def test_what_belongs_to_a_user_goes_with_the_user(database: Engine):
    """A deleted account leaves no trace of what it followed; the station stays."""
    with writing(database) as session:
        station, zoe = _added(session, a_station(), a_user("zoe"))
        session.add(CustomStation(user_id=zoe, station_id=station, custom_name="Bureau"))
        session.add(UserGasType(user_id=zoe, gastype_id=1))
        session.flush()
        session.execute(delete(User))

    with reading(database) as session:
        left = [session.scalar(select(func.count()).select_from(t)) for t in (CustomStation, UserGasType, Station)]
    assert left == [0, 0, 1]


@pytest.mark.parametrize("facts", [{"station_id": 7, "gastype_id": 1}, {"station_id": 1, "gastype_id": 7}])
def test_a_price_needs_its_station_and_its_fuel(database: Engine, facts: dict[str, int]):
    """Keys hold on SQLite as on PostgreSQL."""
    with writing(database) as session:
        _added(session, a_station(id=1))

        with pytest.raises(IntegrityError), session.begin_nested():
            session.execute(insert(Price).values(price=1749, updated_at=NOON, **facts))


def test_history_holds_one_row_a_declaration(database: Engine):
    """The same station, fuel and moment again is the same declaration."""
    with writing(database) as session:
        (station,) = _added(session, a_station())
        row = {"station_id": station, "gastype_id": 1, "price": 1749}
        session.execute(insert(PriceHistory).values(updated_at=NOON, **row))
        session.execute(insert(PriceHistory).values(updated_at=NOON + timedelta(days=1), **row))

        with pytest.raises(IntegrityError), session.begin_nested():
            session.execute(insert(PriceHistory).values(updated_at=NOON, **row))


def test_a_price_is_not_suspect_unless_said(database: Engine):
    """The default is the database's, so that bulk inserts need not name it."""
    with writing(database) as session:
        (station,) = _added(session, a_station())
        session.execute(insert(Price).values(station_id=station, gastype_id=1, price=1749, updated_at=NOON))

    with reading(database) as session:
        assert session.scalars(select(Price.is_suspect)).all() == [False]


def test_rows_with_a_key_of_the_feed_have_no_hidden_one(sqlite_database: Engine):
    """WITHOUT ROWID keeps the days of one station and fuel side by side on disk."""
    with reading(sqlite_database) as session:
        tables = session.execute(text("SELECT name, wr FROM pragma_table_list WHERE schema = 'main'")).all()

    clustered = {name for name, without_rowid in tables if without_rowid}
    feed = {"prices", "price_history", "price_medians", "outages", "station_names", "known_towns"}
    assert clustered == feed | {"daily_counts", "visit_marks", "geocoded_places"}


def test_fuels_have_the_numbers_of_the_feed(database: Engine):
    """`gas_types.id` is the French feed's own id, so a price needs no look-up."""
    with reading(database) as session:
        assert session.execute(select(GasType.id, GasType.xml_id).order_by(GasType.id)).all() == [
            (number, number) for number in range(1, 7)
        ]
