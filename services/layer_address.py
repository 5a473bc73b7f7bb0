"""Where a browser finds the national map of a fuel: a route of server.py, or a static file without it."""

from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlencode

from records import Fuel
from services import shared
from services.data_state import DataState
from services.filter_words import to_parts
from services.filters import NO_FILTERS, Filters
from services.ranking import Sort
from settings import ROOT

ROUTE = "/layers/{tag}/{fuel:int}.json"
STATIC = ROOT / "static" / "layers"
KEPT_VERSIONS = 2
KEPT_FILTERED = 12
FILTERED = "only-"
SLOT = "at"
"""The part of an address that is new with each slot of "open now"; nobody reads it."""

_served: set[str] = set()


def served_by_route() -> None:
    """Say that this process answers ROUTE; called by server.py."""
    _served.add(ROUTE)


def layer_address(state: DataState, fuel: Fuel, filters: Filters = NO_FILTERS) -> str:
    """The address of the map layer of a fuel, new with each version of the data so that it can be cached for ever."""
    if _served:
        asked = _asked(filters)
        return f"/layers/{state.tag}/{fuel.value}.json{'?' if asked else ''}{asked}"
    return f"/app/static/layers/{_written(state, fuel, filters).name}"


def _asked(filters: Filters) -> str:
    """The filters as the search has them in its address, and the slot of "open now"."""
    slot = shared.open_slot(filters)
    parts = to_parts(filters, Sort.PRICE) | ({} if slot is None else {SLOT: str(slot)})
    return urlencode(parts, safe=",")


def _written(state: DataState, fuel: Fuel, filters: Filters) -> Path:
    """The static file of a layer, written where it is missing; older ones are removed."""
    name, others, kept = f"{state.tag}-{fuel.value}", f"*-{fuel.value}.json", KEPT_VERSIONS
    if filters != NO_FILTERS:
        # Hashed: a brand may be called anything.
        digest = sha256(f"{name}?{_asked(filters)}".encode()).hexdigest()[:32]
        name, others, kept = f"{FILTERED}{digest}", f"{FILTERED}*.json", KEPT_FILTERED
    file = STATIC / f"{name}.json"
    if not file.exists():
        STATIC.mkdir(parents=True, exist_ok=True)
        draft = file.with_suffix(".draft")
        draft.write_bytes(shared.map_layer(state.version, fuel, filters))
        draft.replace(file)
        for old in sorted(STATIC.glob(others), key=_written_at)[:-kept]:
            old.unlink(missing_ok=True)
    return file


def _written_at(file: Path) -> float:
    # Another visit may have removed it since it was listed.
    with suppress(FileNotFoundError):
        return file.stat().st_mtime
    return 0.0
