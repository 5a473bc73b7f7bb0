"""The stations and fuels that a person follows: named, put in order, removed and brought back."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.orm import Session

from errors import AccountGone, StationUnknown, TooManyStations
from models import CustomStation, Station, User, UserGasType
from records import Fuel

MOST_STATIONS = 50
LONGEST_NAME = 80
JOINER = "\u200d"
"""Makes one emoji of several; nothing can be seen of it alone."""


# Written once: each page of a member asks them, and to put a statement together costs as much as to answer it.
FOLLOWED = (
    select(CustomStation.station_id, CustomStation.custom_name)
    .where(CustomStation.user_id == bindparam("user_id"))
    .order_by(CustomStation.position, CustomStation.station_id)
)
FUELS = select(UserGasType.gastype_id).where(UserGasType.user_id == bindparam("user_id"))


@dataclass(frozen=True)
class Followed:
    """A station under the name that its follower gave it."""

    station_id: int
    name: str
    """Cleaned; empty where the person gave none of their own."""


def clean_name(name: str) -> str:
    """A name as it may be shown: one line, no control characters, at most 80 characters."""
    printable = "".join(c if c.isprintable() or c == JOINER else " " for c in name)
    return " ".join(printable.split())[:LONGEST_NAME].strip(f" {JOINER}")


def followed(session: Session, user_id: int) -> list[Followed]:
    """The stations that a person follows, in the order they gave them."""
    return [Followed(station_id, name) for station_id, name in session.execute(FOLLOWED, {"user_id": user_id})]


def follow(session: Session, user_id: int, station_id: int, name: str) -> None:
    """Follow one station more, as the last; one that is followed already stays as it is.

    Raises TooManyStations, StationUnknown where there is no such station (any more), AccountGone.
    """
    restore(session, user_id, MOST_STATIONS, Followed(station_id, name))


def rename(session: Session, user_id: int, station_id: int, name: str) -> None:
    """Give a followed station another name; an empty one leaves the old."""
    if clean_name(name):
        _change(session, user_id, station_id, custom_name=clean_name(name))


def move(session: Session, user_id: int, station_id: int, to: int) -> None:
    """Put a followed station at position `to`, from 0; beyond the ends means at the end. Nothing where it is not."""
    listed = _locked(session, user_id)
    moved = next((each for each in listed if each.station_id == station_id), None)
    if moved is not None:
        others = [each for each in listed if each is not moved]
        others.insert(max(0, to), moved)
        _order(session, user_id, others)


def unfollow(session: Session, user_id: int, station_id: int) -> tuple[int, Followed] | None:
    """Stop following a station: what `restore` needs to undo it, or None where another tab was quicker."""
    listed = _locked(session, user_id)
    for position, each in enumerate(listed):
        if each.station_id == station_id:
            mine = CustomStation.user_id == user_id
            session.execute(delete(CustomStation).where(mine, CustomStation.station_id == station_id))
            return position, each
    return None


def restore(session: Session, user_id: int, position: int, station: Followed) -> None:
    """Follow a station again where it stood; one that is followed already stays as it is. Raises as `follow`."""
    listed = _locked(session, user_id)
    if any(each.station_id == station.station_id for each in listed):
        return
    if len(listed) >= MOST_STATIONS:
        raise TooManyStations(str(MOST_STATIONS))
    if session.execute(select(Station.id).where(Station.id == station.station_id)).first() is None:
        raise StationUnknown(str(station.station_id))
    _insert(session, user_id, [station])
    listed.insert(max(0, position), station)
    _order(session, user_id, listed)


def keep(session: Session, user_id: int, stations: Sequence[Followed], followed_fuels: Collection[Fuel]) -> int:
    """Carry what was followed without an account over to one, beside what it follows; how many stations are new.

    Those that there is no room for, or that are gone from the base, are left out. Raises AccountGone.
    """
    listed = _locked(session, user_id)
    known = {each.station_id for each in listed}
    wanted = {each.station_id: each for each in stations if each.station_id not in known}
    there = set(session.scalars(select(Station.id).where(Station.id.in_(wanted)))) if wanted else set()
    taken = [each for each in wanted.values() if each.station_id in there][: max(0, MOST_STATIONS - len(known))]
    _insert(session, user_id, taken)
    _order(session, user_id, [*listed, *taken])
    choose_fuels(session, user_id, {*fuels(session, user_id), *followed_fuels})
    return len(taken)


def fuels(session: Session, user_id: int) -> list[Fuel]:
    """The fuels that a person follows, in the order of `Fuel`."""
    return sorted(Fuel(fuel) for (fuel,) in session.execute(FUELS, {"user_id": user_id}))


def choose_fuels(session: Session, user_id: int, chosen: Collection[Fuel]) -> None:
    """Follow these fuels and no others. One that was followed keeps its alert. Raises AccountGone."""
    lock(session, user_id)
    before = set(fuels(session, user_id))
    gone = before - set(chosen)
    if gone:
        mine = UserGasType.user_id == user_id
        session.execute(delete(UserGasType).where(mine, UserGasType.gastype_id.in_([fuel.value for fuel in gone])))
    new = [{"user_id": user_id, "gastype_id": fuel.value} for fuel in sorted(set(chosen) - before)]
    if new:
        session.execute(insert(UserGasType), new)


def lock(session: Session, user_id: int) -> None:
    """Let no second tab of this person write until this transaction ends. Raises AccountGone."""
    # On SQLite a writing transaction is alone anyway, and the lock is left out of the statement.
    if session.scalars(select(User.id).where(User.id == user_id).with_for_update()).one_or_none() is None:
        raise AccountGone(str(user_id))


def _locked(session: Session, user_id: int) -> list[Followed]:
    lock(session, user_id)
    return followed(session, user_id)


def _insert(session: Session, user_id: int, stations: Sequence[Followed]) -> None:
    rows = [
        {"user_id": user_id, "station_id": each.station_id, "custom_name": clean_name(each.name)} for each in stations
    ]
    if rows:
        session.execute(insert(CustomStation), rows)


def _order(session: Session, user_id: int, listed: list[Followed]) -> None:
    stored = select(CustomStation.station_id, CustomStation.position).where(CustomStation.user_id == user_id)
    before = {row.station_id: row.position for row in session.execute(stored)}
    for position, each in enumerate(listed):
        if before.get(each.station_id) != position:
            _change(session, user_id, each.station_id, position=position)


def _change(session: Session, user_id: int, station_id: int, **values: object) -> None:
    mine = CustomStation.user_id == user_id
    session.execute(update(CustomStation).where(mine, CustomStation.station_id == station_id).values(**values))
