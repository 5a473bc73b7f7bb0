"""Two routes that only our own pages may call: one gives the browser the cookie of its session, one takes it away.

What a page hands over is a nonce: good once, for a minute. The secret itself never comes near a page or its scripts.
"""

import logging
from typing import Any

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services import session_cookie, sessions
from services.session_cookie import COOKIE
from session import reading, writing
from settings import now

log = logging.getLogger(__name__)

MOST_BYTES = 128
"""A nonce has 43; what is longer is not read to its end."""
NEVER_KEPT = {"cache-control": "no-store"}


async def sign_in(request: Request) -> Response:
    """Exchange the nonce in the body for the cookie. Without one, the cookie that came is renewed, if it is good."""
    nonce = await _said(request)
    if nonce is None:
        return _refusal()
    brought = request.cookies.get(COOKIE, "")
    try:
        token = await to_thread.run_sync(_exchanged, nonce) if nonce else await to_thread.run_sync(_good, brought)
    except Exception:  # noqa: BLE001 - whatever the base says, the browser reads the same
        return _broken()
    if token is None:
        return _refusal()
    answer = _done()
    answer.set_cookie(COOKIE, token, max_age=int(sessions.LASTS.total_seconds()), **_attributes(request))
    return answer


async def sign_out(request: Request) -> Response:
    """End the session of the cookie, and remove it."""
    if await _said(request) is None:
        return _refusal()
    brought = request.cookies.get(COOKIE, "")
    try:
        await to_thread.run_sync(_end, brought)
    except Exception:  # noqa: BLE001 - as above
        return _broken()
    answer = _done()
    answer.delete_cookie(COOKIE, **_attributes(request))
    return answer


async def _said(request: Request) -> str | None:
    """The body of a call of our own page; None for every other one, and for a body that no page of ours sends."""
    # A foreign page cannot send the first without asking leave, which nobody gives, and the second is the browser's.
    if request.headers.get("x-req") != "1" or request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        return None
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > MOST_BYTES:
            return None
    return body.decode("ascii", "replace")


def _exchanged(nonce: str) -> str | None:
    with writing() as session:
        return sessions.exchange(session, nonce, now=now())


def _good(token: str) -> str | None:
    with reading() as session:
        return token if sessions.current(session, token, now=now()) else None


def _end(token: str) -> None:
    with writing() as session:
        sessions.sign_out(session, token)


def _attributes(request: Request) -> dict[str, Any]:
    # Of a proxy that ends TLS, whoever it is: a cookie that is Secure for nothing is only lost. Of several in a row
    # the first names what the browser speaks.
    forwarded = request.headers.get("x-forwarded-proto", "").partition(",")[0].strip()
    return {
        "path": "/",
        "httponly": True,
        "samesite": "lax",
        "secure": "https" in {request.url.scheme, forwarded},
    }


def _done() -> Response:
    return Response(status_code=204, headers=NEVER_KEPT)


def _refusal() -> Response:
    return Response("Refused", status_code=403, headers=NEVER_KEPT, media_type="text/plain")


def _broken() -> Response:
    log.exception("a session could not be handed over or ended")  # noqa: LOG004 - called by who caught it
    return Response("Try again", status_code=503, headers=NEVER_KEPT, media_type="text/plain")


routes = [
    Route(session_cookie.SIGN_IN, sign_in, methods=["POST"]),
    Route(session_cookie.SIGN_OUT, sign_out, methods=["POST"]),
]
