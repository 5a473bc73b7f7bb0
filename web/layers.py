"""The national map of a fuel, by address: loaded once by each browser and kept until prices change."""

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from errors import DatabaseUnavailable
from records import Fuel
from services import layer_address, shared

YEAR_S = 365 * 24 * 3600


async def layer(request: Request) -> Response:
    """The points of `shared.map_layer`. An address of another version gets today's points, not to be kept."""
    try:
        fuel = Fuel(request.path_params["fuel"])
    except ValueError:
        return Response(status_code=404)
    try:
        state = await to_thread.run_sync(shared.state)
        body = await to_thread.run_sync(shared.map_layer, state.version, fuel)
    except DatabaseUnavailable:
        return Response(status_code=503, headers={"Cache-Control": "no-store", "Retry-After": "60"})
    is_current = request.path_params["tag"] == state.tag
    keep = f"public, max-age={YEAR_S}, immutable" if is_current else "no-store"
    return Response(body, media_type="application/json", headers={"Cache-Control": keep})


route = Route(layer_address.ROUTE, layer)
