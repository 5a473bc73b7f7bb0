"""What a person told of their car and of where they set out from; what they did not tell has a default."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

from sqlalchemy import BindParameter, bindparam, delete, insert, select
from sqlalchemy.orm import Session

from errors import FieldRefused
from models import Station, UserCar, UserCarFuel, UserHome
from records import Fuel
from services.data_state import SAMPLE
from services.following import clean_name, lock
from services.geography import box_around
from services.savings import Fill
from session import insert_into

TANK_L = 50.0
FILL_L = 50.0
LITRES_100KM = 6.5
KM_A_YEAR = 12_000
RADIUS_KM = 10
BOUNDS: Mapping[str, tuple[float, float]] = {
    "tank_l": (3, 200),
    "fill_l": (1, 200),
    "litres_100km": (1, 30),
    "km_a_year": (100, 300_000),
    "radius_km": (1, 50),
}
"""What a field may hold, ends included: what lies outside is a slip of the thumb."""
CONSUMPTION = {Fuel.E85: 1.25, Fuel.LPG: 1.2}
"""How many litres do the work of one of petrol; 1 for the others (docs/savings.md)."""
POSITION_DECIMALS = 3
"""About 100 metres."""
COVERED_KM = 50
"""Farther from every station than this there is nothing to advise."""


@dataclass(frozen=True)
class Car:
    """A car, complete: what was not told has its default, and is named in `defaults`."""

    fuels: tuple[Fuel, ...] = ()
    """In the order of `Fuel`; empty where the person did not say."""
    tank_l: float = TANK_L
    fill_l: float = FILL_L
    litres_100km: float = LITRES_100KM
    km_a_year: int = KM_A_YEAR
    per_fuel: tuple[tuple[Fuel, float], ...] = ()
    """Litres per 100 km with a fuel, where the person told them."""
    defaults: frozenset[str] = frozenset({"tank_l", "fill_l", "litres_100km", "km_a_year"})
    """The fields that nobody told."""

    def consumption(self, fuel: Fuel) -> float:
        """Litres per 100 km with `fuel`: as told, else from the car's own figure.

        That figure holds for the thriftiest kind of fuel that the car takes: of one that takes E85 alone it is that
        of E85.
        """
        told = dict(self.per_fuel).get(fuel)
        if told is not None:
            return told
        is_told = "litres_100km" not in self.defaults
        own = min((CONSUMPTION.get(each, 1.0) for each in self.fuels), default=1.0) if is_told else 1.0
        return self.litres_100km * CONSUMPTION.get(fuel, 1.0) / own

    def fill(self, fuel: Fuel) -> Fill:
        """The usual fill with `fuel`."""
        return Fill(self.fill_l, self.consumption(fuel))


DEFAULT_CAR = Car()
# Written once: each page of a member asks them, and to put a statement together costs as much as to answer it.
OF_USERS: BindParameter[Any] = bindparam("user_ids", expanding=True)
CARS = select(UserCar.user_id, UserCar.tank_l, UserCar.fill_l, UserCar.litres_100km, UserCar.km_a_year).where(
    UserCar.user_id.in_(OF_USERS)
)
CAR_FUELS = (
    select(UserCarFuel.user_id, UserCarFuel.gastype_id, UserCarFuel.litres_100km)
    .where(UserCarFuel.user_id.in_(OF_USERS))
    .order_by(UserCarFuel.gastype_id)
)
HOME = select(UserHome.label, UserHome.latitude, UserHome.longitude, UserHome.radius_km).where(
    UserHome.user_id == bindparam("user_id")
)


@dataclass(frozen=True)
class Home:
    """Where a person sets out from, to about 100 m."""

    label: str
    latitude: float
    longitude: float
    radius_km: int

    @property
    def position(self) -> tuple[float, float]:
        """Latitude and longitude, degrees."""
        return self.latitude, self.longitude


def car(session: Session, user_id: int) -> Car:
    """The car of a person; all defaults where they told nothing."""
    return cars(session, [user_id]).get(user_id, DEFAULT_CAR)


def cars(session: Session, user_ids: Collection[int]) -> dict[int, Car]:
    """The cars of those who told anything: two queries."""
    asked = {"user_ids": list(user_ids)}
    told = {user_id: figures for user_id, *figures in session.execute(CARS, asked)}
    taken: dict[int, list[Any]] = {}
    for row in session.execute(CAR_FUELS, asked):
        taken.setdefault(row.user_id, []).append(row)
    return {user_id: _car(told.get(user_id), taken.get(user_id, [])) for user_id in told.keys() | taken.keys()}


def _car(told: Sequence[Any] | None, rows: Sequence[Any]) -> Car:
    tank_l, fill_l, litres_100km, km_a_year = told or (None, None, None, None)
    facts = {"tank_l": tank_l, "fill_l": fill_l, "litres_100km": litres_100km, "km_a_year": km_a_year}
    return Car(
        fuels=tuple(Fuel(row.gastype_id) for row in rows),
        # A tank holds the usual fill, and a fill is not more than the tank.
        tank_l=max(TANK_L, fill_l or 0.0) if tank_l is None else tank_l,
        fill_l=min(FILL_L, tank_l or FILL_L) if fill_l is None else fill_l,
        litres_100km=LITRES_100KM if litres_100km is None else litres_100km,
        km_a_year=KM_A_YEAR if km_a_year is None else km_a_year,
        per_fuel=tuple((Fuel(row.gastype_id), row.litres_100km) for row in rows if row.litres_100km is not None),
        defaults=frozenset(name for name, value in facts.items() if value is None),
    )


def save_car(
    session: Session,
    user_id: int,
    *,
    fuels: Collection[Fuel],
    tank_l: float | None = None,
    fill_l: float | None = None,
    litres_100km: float | None = None,
    km_a_year: int | None = None,
    per_fuel: Mapping[Fuel, float] | None = None,
) -> None:
    """Keep what a person tells of their car; None is what they leave to us.

    Raises FieldRefused (`form`, `low`, `high`, or `above_tank` for a fill that the tank does not hold), AccountGone.
    """
    told = {"tank_l": tank_l, "fill_l": fill_l, "litres_100km": litres_100km, "km_a_year": km_a_year}
    for refused in refused_figures(told, per_fuel or {}).values():
        raise refused
    lock(session, user_id)
    kept = insert_into(UserCar, session).values(user_id=user_id, **told)
    session.execute(kept.on_conflict_do_update(index_elements=["user_id"], set_=told))
    session.execute(delete(UserCarFuel).where(UserCarFuel.user_id == user_id))
    rows = [
        {"user_id": user_id, "gastype_id": fuel.value, "litres_100km": (per_fuel or {}).get(fuel)}
        for fuel in sorted(set(fuels))
    ]
    if rows:
        session.execute(insert(UserCarFuel), rows)


def refused_figures(told: Mapping[str, float | None], per_fuel: Mapping[Fuel, float]) -> dict[str | Fuel, FieldRefused]:
    """Why figures of a car cannot be, all of them: each by its name in BOUNDS, or by the fuel it was told for."""
    found = {name: _refused(name, value) for name, value in told.items()}
    by_fuel = {fuel: _refused("litres_100km", litres) for fuel, litres in per_fuel.items()}
    tank_l, fill_l = told.get("tank_l"), told.get("fill_l")
    if tank_l is not None and fill_l is not None and fill_l > tank_l:
        found["fill_l"] = found["fill_l"] or FieldRefused("fill_l", "above_tank")
    return {where: refused for where, refused in (found | by_fuel).items() if refused is not None}


def home(session: Session, user_id: int) -> Home | None:
    """Where a person sets out from; None for who told nothing."""
    row = session.execute(HOME, {"user_id": user_id}).first()
    return None if row is None else Home(*row)


def save_home(
    session: Session, user_id: int, label: str, latitude: float, longitude: float, radius_km: int = RADIUS_KM
) -> Home:
    """Keep where a person sets out from, rounded to about 100 m, and answer what is kept.

    Raises FieldRefused: `position` (`form`, or `outside` where there is no station for fifty kilometres) or
    `radius_km` (`low`, `high`); AccountGone.
    """
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):  # noqa: PLR2004 - also refuses NaN
        raise FieldRefused("position", "form")
    _check("radius_km", radius_km)
    lock(session, user_id)
    kept = Home(
        clean_name(label), round(latitude, POSITION_DECIMALS), round(longitude, POSITION_DECIMALS), int(radius_km)
    )
    if not is_covered(session, kept.latitude, kept.longitude):
        raise FieldRefused("position", "outside")
    facts = {
        "label": kept.label, "latitude": kept.latitude, "longitude": kept.longitude, "radius_km": kept.radius_km,
    }  # fmt: skip
    saved = insert_into(UserHome, session).values(user_id=user_id, **facts)
    session.execute(saved.on_conflict_do_update(index_elements=["user_id"], set_=facts))
    return kept


def forget_home(session: Session, user_id: int) -> None:
    """Forget where a person sets out from. Can be called again."""
    session.execute(delete(UserHome).where(UserHome.user_id == user_id))


def is_covered(session: Session, latitude: float, longitude: float) -> bool:
    """Whether there is a station in reach. While the base holds examples only, nobody knows: true."""
    real = select(Station.id).where(Station.source != SAMPLE).limit(1)
    box = box_around(latitude, longitude, COVERED_KM)
    near = real.where(Station.latitude.between(box.south, box.north), Station.longitude.between(box.west, box.east))
    return session.execute(near).first() is not None or session.execute(real).first() is None


def _check(name: str, value: float) -> None:
    if refused := _refused(name, value):
        raise refused


def _refused(name: str, value: float | None) -> FieldRefused | None:
    if value is None:
        return None
    low, high = BOUNDS[name]
    if not isfinite(value):
        return FieldRefused(name, "form")
    if value < low:
        return FieldRefused(name, "low")
    return FieldRefused(name, "high") if value > high else None
