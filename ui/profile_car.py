"""A person's car on the profile: what savings and detours are computed with; what they do not tell has a default."""

import streamlit as st

from errors import CarburoamError
from records import Fuel
from services import cars
from services.accounts import Account
from services.cars import DEFAULT_CAR, Car
from session import changing, reading
from texts import formats
from ui.frame import Visit
from ui.fuel_picker import ORDER, fuel_name
from ui.language import current, say
from ui.profile_section import explained, field, go_on, note, refuse, section

STEPS = {"tank_l": 5.0, "fill_l": 5.0, "litres_100km": 0.5, "km_a_year": 1000.0}
Place = tuple[float | None, st.delta_generator.DeltaGenerator]
"""What was typed in a field, and where to say that it cannot be."""


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
        places: dict[str | Fuel, Place] = {name: _figure(name, kept) for name in STEPS}
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
    return number(_label(name), key=f"car_{name}", told=told, step=STEPS[name], empty=default)


def _of_fuel(fuel: Fuel, kept: Car) -> Place:
    default = say("car.default", value=formats.tenth(kept.consumption(fuel), current()))
    told = dict(kept.per_fuel).get(fuel)
    label = say("car.per_fuel", fuel=fuel_name(fuel))
    return number(label, key=f"car_with_{fuel.value}", told=told, step=0.5, empty=default)


def number(label: str, *, key: str, told: float | None, step: float, empty: str, form: str = "%g") -> Place:
    """A number that may be left out: what is typed, and a place under it to say why it cannot be.

    `told` is what the person said before, `empty` what stands in an empty field.
    """
    key = field(key)
    # Set once: what was typed stays, whatever another tab keeps meanwhile.
    st.session_state.setdefault(key, told)
    typed = st.number_input(label, value=None, step=step, format=form, key=key, placeholder=empty)
    return typed, st.container()


def _save(
    person: Account,
    visit: Visit,
    fuels: list[Fuel],
    places: dict[str | Fuel, Place],
) -> None:
    typed = {where: value for where, (value, _) in places.items()}
    told = {name: typed[name] for name in STEPS}
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
