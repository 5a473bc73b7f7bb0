"""Where a browser finds the national map of a fuel: a route of server.py, or a static file without it."""

from pathlib import Path

from records import Fuel
from services import shared
from services.data_state import DataState
from settings import ROOT

ROUTE = "/layers/{tag}/{fuel:int}.json"
STATIC = ROOT / "static" / "layers"
KEPT_VERSIONS = 2

_served: set[str] = set()


def served_by_route() -> None:
    """Say that this process answers ROUTE; called by server.py."""
    _served.add(ROUTE)


def layer_address(state: DataState, fuel: Fuel) -> str:
    """The address of the map layer of a fuel, new with each version of the data so that it can be cached for ever."""
    if _served:
        return f"/layers/{state.tag}/{fuel.value}.json"
    return f"/app/static/layers/{_written(state, fuel).name}"


def _written(state: DataState, fuel: Fuel) -> Path:
    """The static file of a layer, written where it is missing; older versions are removed."""
    file = STATIC / f"{state.tag}-{fuel.value}.json"
    if not file.exists():
        STATIC.mkdir(parents=True, exist_ok=True)
        draft = file.with_suffix(".draft")
        draft.write_bytes(shared.map_layer(state.version, fuel))
        draft.replace(file)
        for old in sorted(STATIC.glob(f"*-{fuel.value}.json"), key=lambda path: path.stat().st_mtime)[:-KEPT_VERSIONS]:
            old.unlink(missing_ok=True)
    return file
