"""A person's car on the profile: what savings and detours are computed with; what they do not tell has a default."""

import streamlit as st

from errors import CarburoamError
from records import Fuel
from services import cars
from services.accounts import Account
from services.cars import DEFAULT_CAR, Car
from session import changing, reading
from texts import formats
from ui.figures import Place, figure
from ui.frame import Visit
from ui.fuel_picker import ORDER, fuel_name
from ui.language import current, say
from ui.profile_section import explained, field, go_on, note, refuse, section

FIGURES = ("tank_l", "fill_l", "litres_100km", "km_a_year")


def car_section(person: Account, visit: Visit) -> None:
    """One form: what was typed stays until all of it can be kept."""
    with reading() as session:
        kept = cars.car(session, person.id)
    with section("car", icon="directions_car", title=say("car.title"), value=_in_short(kept)) as is_open:
        if not is_open:
            return
        note(say("car.why"))
        key = field("car_fuels")
        st.session_state.setdefault(key, [fuel for fuel in ORDER if fuel in kept.fuels])
        fuels = st.pills(
            say("car.fuels"), ORDER, selection_mode="multi", format_func=fuel_name, key=key, width="stretch"
        )
        places: dict[str | Fuel, Place] = {name: _figure(name, kept) for name in FIGURES}
        # With one fuel the car's own figure says it.
        several = [fuel for fuel in ORDER if fuel in fuels] if len(fuels) > 1 else []
        if several:
            note(say("car.per_fuel_why"))
        for fuel in several:
            places[fuel] = _of_fuel(fuel, kept)
        if st.button(say("profile.save"), key=field("car_save"), type="primary", width="stretch"):
            _save(person, visit, fuels, places)


def _figure(name: str, kept: Car) -> Place:
    """A number to type, and where to say that it cannot be."""
    told = None if name in kept.defaults else float(getattr(kept, name))
    usual = getattr(DEFAULT_CAR, name)
    shown = formats.number(usual, current()) if isinstance(usual, int) else formats.tenth(usual, current())
    default = say("car.default", value=shown)
    return figure(_label(name), key=f"car_{name}", told=told, empty=default)


def _of_fuel(fuel: Fuel, kept: Car) -> Place:
    default = say("car.default", value=formats.tenth(kept.consumption(fuel), current()))
    told = dict(kept.per_fuel).get(fuel)
    label = say("car.per_fuel", fuel=fuel_name(fuel))
    return figure(label, key=f"car_with_{fuel.value}", told=told, empty=default)


def _save(
    person: Account,
    visit: Visit,
    fuels: list[Fuel],
    places: dict[str | Fuel, Place],
) -> None:
    typed = {where: value for where, (value, _) in places.items()}
    told = {name: typed[name] for name in FIGURES}
    per_fuel = {fuel: value for fuel in fuels if (value := typed.get(fuel)) is not None}
    refused = cars.refused_figures(told, per_fuel)
    for where, error in refused.items():
        places[where][1].error(explained(error, visit))
    if refused:
        return
    km_a_year = told["km_a_year"]
    try:
        with changing() as session:
            cars.save_car(
                session,
                person.id,
                fuels=fuels,
                tank_l=told["tank_l"],
                fill_l=told["fill_l"],
                litres_100km=told["litres_100km"],
                km_a_year=None if km_a_year is None else round(km_a_year),
                per_fuel=per_fuel,
            )
    except CarburoamError as error:
        refuse(error, visit)
    else:
        go_on("car", say("profile.saved"))


def _in_short(kept: Car) -> str:
    language = current()
    shown = say(
        "car.value", fill=formats.tenth(kept.fill_l, language), litres=formats.tenth(kept.litres_100km, language)
    )
    is_told = not {"fill_l", "litres_100km"} <= kept.defaults
    return shown if is_told else f"{shown} ({say('car.by_default')})"


def _label(name: str) -> str:
    return say(f"car.{name}")
