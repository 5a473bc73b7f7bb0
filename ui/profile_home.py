"""Where a person sets out from, on the profile: kept only for who wants it, to about 100 m, and forgotten at a tap."""

from html import escape

import streamlit as st

from errors import CarburoamError
from services import cars
from services.accounts import Account
from session import changing, reading
from ui.device import Place
from ui.frame import Visit
from ui.language import say
from ui.place_picker import place_picker
from ui.profile_section import choice, field, go_on, note, refuse, section, tapped, turn
from ui.search_state import RADII_KM


def home_section(person: Account, visit: Visit) -> None:
    """The place, its radius, and the way out; each tap is kept at once."""
    with reading() as session:
        kept = cars.home(session, person.id)
    # A position without a name is one of its own making: the picker names it after the nearest town.
    value = say("start.none") if kept is None else kept.label
    with section("home", icon="home_pin", title=say("start.title"), value=value) as is_open:
        if not is_open:
            return
        note(say("start.why"))
        shown = None if kept is None else Place(kept.label, kept.latitude, kept.longitude)
        chosen = place_picker(visit.state.version, shown, key=f"profile_home_{turn()}_where")
        radius_km = cars.RADIUS_KM if kept is None else kept.radius_km
        if chosen is not None and chosen is not shown:
            _keep(person, visit, chosen, radius_km)
        elif kept is not None:
            st.html(f"<p class='cb-small'>{escape(say('start.kept', label=kept.label))}</p>")
            _radius(person, visit, kept)
            if st.button(say("start.forget"), key=field("home_forget"), icon=":material/delete:", width="stretch"):
                with changing() as session:
                    cars.forget_home(session, person.id)
                go_on("home", say("start.forgotten"))


def _radius(person: Account, visit: Visit, kept: cars.Home) -> None:
    key = field("home_radius")
    # One that a backup or another version kept is shown beside ours.
    radii = sorted({*RADII_KM, kept.radius_km})
    wanted = choice(key, kept.radius_km)
    st.pills(
        say("start.radius"),
        radii,
        required=True,
        format_func=lambda km: f"{km} km",
        key=key,
        on_change=tapped,
        args=(key,),
        width="stretch",
    )
    if wanted is not None and wanted != kept.radius_km:
        _keep(person, visit, Place(kept.label, kept.latitude, kept.longitude), wanted)


def _keep(person: Account, visit: Visit, place: Place, radius_km: int) -> None:
    try:
        with changing() as session:
            cars.save_home(session, person.id, place.label, place.latitude, place.longitude, radius_km)
    except CarburoamError as error:
        refuse(error, visit)
    else:
        go_on("home", say("profile.saved"))
