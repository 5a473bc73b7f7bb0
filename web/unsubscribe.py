"""The mail box's own button "unsubscribe" (RFC 8058): a POST to the address whose GET is the page that asks.

Whoever calls, and with whatever token, reads the same.
"""

import logging

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services import alerts
from session import writing

log = logging.getLogger(__name__)

NEVER_KEPT = {"cache-control": "no-store"}


async def unsubscribe(request: Request) -> Response:
    """End the mails of whom the token was made for."""
    try:
        await to_thread.run_sync(_end, request.query_params.get("t", ""))
    except Exception:
        # Whatever the base says, the mail box may come again.
        log.exception("a mail box could not end its mails")
        return Response("Try again", status_code=503, headers=NEVER_KEPT, media_type="text/plain")
    return Response("Done", headers=NEVER_KEPT, media_type="text/plain")


def _end(token: str) -> None:
    with writing() as session:
        alerts.end(session, token)


# A GET finds no route here and goes on to the page: who only looks, as scanners of mails do, changes nothing.
route = Route(alerts.PATH, unsubscribe, methods=["POST"])
