"""The national map of a fuel, by address: loaded once by each browser and kept until prices change."""

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from errors import DatabaseUnavailable
from records import Fuel
from services import layer_address, shared
from services.filter_words import from_parts

YEAR_S = 365 * 24 * 3600


async def layer(request: Request) -> Response:
    """The points of `shared.map_layer`, with the filters of the query string in the words of a search's address.

    An address of another version gets today's points, not to be kept; what is open now is kept for one slot.
    """
    try:
        fuel = Fuel(request.path_params["fuel"])
    except ValueError:
        return Response(status_code=404)
    try:
        return await to_thread.run_sync(_answer, request, fuel)
    except DatabaseUnavailable:
        return Response(status_code=503, headers={"Cache-Control": "no-store", "Retry-After": "60"})


def _answer(request: Request, fuel: Fuel) -> Response:
    state = shared.state()
    filters, _ = from_parts(request.query_params, lambda: shared.all_brands(state.version))
    body = shared.map_layer(state.version, fuel, filters)
    keep = f"public, max-age={YEAR_S}, immutable"
    if filters.open_now:
        keep = f"public, max-age={shared.SLOT_S}"
    if request.path_params["tag"] != state.tag:
        keep = "no-store"
    return Response(body, media_type="application/json", headers={"Cache-Control": keep})


route = Route(layer_address.ROUTE, layer)
