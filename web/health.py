"""`/healthz`: what a load balancer asks before it sends visitors here."""

from http import HTTPStatus

import anyio
from anyio import to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from services.health import health, is_able

# A database that does not answer is one that cannot be read; who asks will not wait longer.
PATIENCE_S = 5.0


async def answer(_request: Request) -> JSONResponse:
    """200 where pages can be served, 503 where the database cannot be read."""
    report: dict[str, str | None] = {"app": "ok", "database": "silent"}
    with anyio.move_on_after(PATIENCE_S):
        report = await to_thread.run_sync(health, abandon_on_cancel=True)
    status = HTTPStatus.OK if is_able(report) else HTTPStatus.SERVICE_UNAVAILABLE
    return JSONResponse(report, status_code=status, headers={"cache-control": "no-store"})


route = Route("/healthz", answer)
