"""What this device remembers between visits, without an account: a search and a language. One plain cookie."""

import json
from dataclasses import asdict, dataclass, field, replace
from typing import Any
from urllib.parse import quote, unquote

import streamlit as st

from records import Fuel
from services.filter_words import kept_parts
from texts import LANGUAGES

COOKIE = "carburoam_search"
YEAR_S = 365 * 24 * 3600
KEY = "remembered"
OWED = "remember_owed"
LONGEST_LABEL = 80


@dataclass(frozen=True)
class Place:
    """A point to search around, and what to call it."""

    label: str
    latitude: float
    longitude: float


@dataclass(frozen=True)
class Remembered:
    """What the cookie holds; each part may be missing."""

    fuel: Fuel | None = None
    place: Place | None = None
    radius_km: int | None = None
    language: str | None = None
    filters: dict[str, str] = field(default_factory=dict)
    """As services.filter_words writes them."""


def remembered() -> Remembered:
    """What this device remembers. A cookie that was tampered with counts as none."""
    if KEY not in st.session_state:
        st.session_state[KEY] = parse(dict(st.context.cookies).get(COOKIE, ""))
    found: Remembered = st.session_state[KEY]
    return found


def remember(**facts: Any) -> None:
    """Keep these facts on the device. The cookie is written when `write_owed()` next draws."""
    changed = replace(remembered(), **facts)
    if changed != st.session_state[KEY]:
        st.session_state[KEY] = changed
        st.session_state[OWED] = f"{COOKIE}={serialise(changed)};max-age={YEAR_S}"


def forget() -> None:
    """Remove all that this device remembers."""
    st.session_state[KEY] = Remembered()
    st.session_state[OWED] = f"{COOKIE}=;max-age=0"


def write_owed() -> None:
    """Hand the browser a cookie that is owed to it; draws nothing visible."""
    owed = st.session_state.pop(OWED, None)
    if owed:
        # Percent-encoded by serialise(): no quote, angle bracket or semicolon of a person's text gets in here.
        st.html(f"<script>document.cookie='{owed};path=/;samesite=lax'</script>", unsafe_allow_javascript=True)


def serialise(facts: Remembered) -> str:
    """A cookie's value: percent-encoded JSON."""
    kept = asdict(facts) | {"filters": kept_parts(facts.filters)}
    return quote(json.dumps(kept, ensure_ascii=False, separators=(",", ":")), safe="")


def parse(cookie: str) -> Remembered:
    """What a cookie's value says; whatever does not fit is left out."""
    try:
        facts = json.loads(unquote(cookie))
    except (ValueError, RecursionError):
        return Remembered()
    if not isinstance(facts, dict):
        return Remembered()
    language, radius = facts.get("language"), facts.get("radius_km")
    return Remembered(
        fuel=fuel_of(facts.get("fuel")),
        place=_place(facts.get("place")),
        radius_km=radius if isinstance(radius, int) else None,
        language=language if language in LANGUAGES else None,
        filters=kept_parts(facts.get("filters")),
    )


def fuel_of(value: object) -> Fuel | None:
    """The fuel with this number, or None."""
    try:
        return Fuel(int(str(value)))
    except ValueError:
        return None


def place_of(label: object, latitude: object, longitude: object) -> Place | None:
    """A place from untrusted values, or None where they are none."""
    try:
        north, east = float(str(latitude)), float(str(longitude))
    except ValueError:
        return None
    if not (-90 <= north <= 90 and -180 <= east <= 180):  # noqa: PLR2004  # also refuses NaN
        return None
    # Half a surrogate pair cannot be written anywhere: not to the cookie, not to the page.
    words = str(label).encode(errors="ignore").decode()
    return Place(words[:LONGEST_LABEL], north, east)


def _place(facts: object) -> Place | None:
    if not isinstance(facts, dict):
        return None
    return place_of(facts.get("label", ""), facts.get("latitude"), facts.get("longitude"))
