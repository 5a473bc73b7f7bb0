"""What people made, out of the base and into it: stations with names and order, fuels, car, home, alerts."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, delete, literal, select, union_all
from sqlalchemy.orm import Session

from models import (
    Base,
    CustomStation,
    Station,
    User,
    UserAlert,
    UserCar,
    UserCarFuel,
    UserGasType,
    UserHome,
    WaitingStation,
)
from services import counts
from services.backup_file import Person
from session import insert_into
from tables import waiting

# Examples leave with the first feed: nothing that could be followed again.
SAMPLE = "sample"
CHUNK = 500
OF_ONE_ROW: dict[str, type[Base]] = {"car": UserCar, "home": UserHome, "alerts": UserAlert}
TABLES: tuple[type[Base], ...] = (CustomStation, WaitingStation, UserGasType, UserCarFuel, *OF_ONE_ROW.values())


@dataclass
class Changes:
    """What a restore does, or would do."""

    people: int = 0
    """In the file."""
    changed: int = 0
    """People who have something else afterwards."""
    unknown: int = 0
    """People of the file whom the base does not know: their credentials are gone."""
    stations_added: int = 0
    stations_removed: int = 0
    stations_renamed: int = 0
    """Or put in another order."""
    fuels: int = 0
    """People whose fuels or alert prices change."""
    others: int = 0
    """People whose car, home or alerts change."""


def is_settled(session: Session) -> bool:
    """Whether this base made or took in a backup before. One that did not was made just now, or lost and made anew."""
    return counts.has_any(session, counts.BACKUPS, counts.RESTORES)


def gather(session: Session) -> list[Person]:
    """Everybody who made something, in the order of their uuids."""
    made: dict[int, dict[str, Any]] = {}
    for row in session.execute(_stations()):
        station = [row.source, row.source_ref, row.custom_name]
        made.setdefault(row.user_id, {}).setdefault("stations", []).append(station)
    for key, columns in (
        ("fuels", (UserGasType.user_id, UserGasType.gastype_id, UserGasType.alert_price)),
        ("car_fuels", (UserCarFuel.user_id, UserCarFuel.gastype_id, UserCarFuel.litres_100km)),
    ):
        for row in session.execute(select(*columns).order_by(columns[0], columns[1])):
            made.setdefault(row.user_id, {}).setdefault(key, []).append(list(row[1:]))
    for key, model in OF_ONE_ROW.items():
        for row in session.execute(select(*model.__table__.columns)):
            made.setdefault(row.user_id, {})[key] = _facts(row)
    people = [
        Person(uuid=str(row.uuid), language=row.language, **made[row.id])
        for row in session.execute(select(User.id, User.uuid, User.language))
        if row.id in made
    ]
    return sorted(people, key=lambda person: person.uuid)


def differences(session: Session, people: Sequence[Person]) -> Changes:
    """What `replace` would change."""
    return _differences(people, {person.uuid: person for person in gather(session)}, _ids(session))


def replace(session: Session, people: Sequence[Person]) -> Changes:
    """Give everybody in `people` what they are said to have, and take the rest from them; others keep theirs."""
    ids, before = _ids(session), {person.uuid: person for person in gather(session)}
    changed = [one for one in people if one.uuid in ids and not _is_same(one, before.get(one.uuid))]
    users = [ids[one.uuid] for one in changed]
    for at in range(0, len(users), CHUNK):
        for model in TABLES:
            theirs = model.__table__.c.user_id.in_(users[at : at + CHUNK])
            session.execute(delete(model).where(theirs), execution_options={"synchronize_session": False})
    _enter(session, changed, ids)
    return _differences(people, before, ids)


def add(session: Session, people: Sequence[Person]) -> Changes:
    """Give everybody in `people` what they lack of it; what they have already stays as it is."""
    ids, before = _ids(session), {person.uuid: person for person in gather(session)}
    _enter(session, [one for one in people if one.uuid in ids], ids)
    return _differences(people, before, ids)


def _stations() -> Any:
    """Those that are there and those that wait, in each person's order."""
    there = select(
        CustomStation.user_id,
        Station.source,
        Station.source_ref,
        CustomStation.custom_name,
        CustomStation.position,
        literal(0).label("waits"),
    ).join(Station, Station.id == CustomStation.station_id)
    waits = select(
        WaitingStation.user_id,
        WaitingStation.source,
        WaitingStation.source_ref,
        WaitingStation.custom_name,
        WaitingStation.position,
        literal(1),
    )
    both = union_all(there.where(Station.source != SAMPLE), waits).subquery()
    columns = both.c
    return select(columns.user_id, columns.source, columns.source_ref, columns.custom_name).order_by(
        columns.user_id, columns.position, columns.waits, columns.source, columns.source_ref
    )


def _facts(row: Row[Any]) -> dict[str, Any]:
    return {name: value for name, value in row._mapping.items() if name != "user_id"}  # noqa: SLF001 - its public name


def _ids(session: Session) -> dict[str, int]:
    return {str(row.uuid): row.id for row in session.execute(select(User.uuid, User.id))}


def _enter(session: Session, people: Collection[Person], ids: dict[str, int]) -> None:
    rows: dict[type[Base], list[dict[str, Any]]] = {model: [] for model in TABLES}
    for person in people:
        user_id = ids[person.uuid]
        rows[WaitingStation].extend(
            {"user_id": user_id, "source": source, "source_ref": ref, "custom_name": name, "position": position}
            for position, (source, ref, name) in enumerate(person.stations)
        )
        rows[UserGasType].extend(
            {"user_id": user_id, "gastype_id": fuel, "alert_price": price} for fuel, price in person.fuels
        )
        rows[UserCarFuel].extend(
            {"user_id": user_id, "gastype_id": fuel, "litres_100km": litres} for fuel, litres in person.car_fuels
        )
        for key, model in OF_ONE_ROW.items():
            if facts := getattr(person, key):
                known = {name: facts[name] for name in model.__table__.columns.keys() if name in facts}  # noqa: SIM118
                rows[model].append({"user_id": user_id, **known})
    for model, new in rows.items():
        if new:
            session.execute(insert_into(model, session).on_conflict_do_nothing(), new)
    # All of them waited for a moment: those whose stations are there become followed ones.
    waiting.attach(session)


def _differences(people: Iterable[Person], before: dict[str, Person], ids: dict[str, int]) -> Changes:
    found = Changes()
    for person in people:
        found.people += 1
        if person.uuid not in ids:
            found.unknown += 1
            continue
        had = before.get(person.uuid, Person(person.uuid))
        if _is_same(person, had):
            continue
        found.changed += 1
        new, old = ({(one[0], one[1]): one[2] for one in who.stations} for who in (person, had))
        found.stations_added += len(new.keys() - old.keys())
        found.stations_removed += len(old.keys() - new.keys())
        found.stations_renamed += sum(1 for key in new.keys() & old.keys() if new[key] != old[key])
        found.fuels += _sorted(person.fuels) != _sorted(had.fuels)
        found.others += (person.car, person.home, person.alerts, _sorted(person.car_fuels)) != (
            had.car,
            had.home,
            had.alerts,
            _sorted(had.car_fuels),
        )
    return found


def _is_same(one: Person, other: Person | None) -> bool:
    if other is None:
        return not one.has_anything
    return _comparable(one) == _comparable(other)


def _comparable(person: Person) -> tuple[Any, ...]:
    fuels = _sorted(person.fuels), _sorted(person.car_fuels)
    return person.stations, *fuels, person.car, person.home, person.alerts


def _sorted(rows: Iterable[list[Any]]) -> list[list[Any]]:
    return sorted(rows, key=lambda row: row[0])
