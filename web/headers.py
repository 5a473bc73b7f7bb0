"""The security headers of every answer, and the paths that are nobody's business."""

import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Tiles, glyphs and styles of the base map are all that a page asks of others.
MAP_HOSTS = "https://basemaps.cartocdn.com https://*.basemaps.cartocdn.com"

# Streamlit's own start-up needs 'unsafe-inline', the map's workers blob: and wasm; 'unsafe-eval' nobody needs.
CONTENT_SECURITY_POLICY = {
    "default-src": "'self'",
    "script-src": "'self' blob: 'wasm-unsafe-eval' 'unsafe-inline'",
    "worker-src": "'self' blob:",
    "style-src": "'self' 'unsafe-inline'",
    "font-src": "'self' data:",
    "img-src": f"'self' data: blob: {MAP_HOSTS}",
    "media-src": "'self' data: blob:",
    "connect-src": f"'self' data: blob: {MAP_HOSTS}",
    "frame-src": "'self'",
    "manifest-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}

# The page asks where its visitor is and shares a link; the rest it shall not be able to ask for.
PERMISSIONS = {
    "geolocation": "(self)",
    "clipboard-write": "(self)",
    "fullscreen": "(self)",
    **dict.fromkeys(
        (
            "accelerometer",
            "autoplay",
            "browsing-topics",
            "camera",
            "clipboard-read",
            "display-capture",
            "encrypted-media",
            "gyroscope",
            "magnetometer",
            "microphone",
            "midi",
            "payment",
            "publickey-credentials-get",
            "screen-wake-lock",
            "serial",
            "usb",
            "xr-spatial-tracking",
        ),
        "()",
    ),
}

FOR_DOCUMENTS = "permissions-policy"
FIXED = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    FOR_DOCUMENTS: ", ".join(f"{feature}={who}" for feature, who in PERMISSIONS.items()),
}
TWO_YEARS_S = 63_072_000

# Frames of components are pages of ours inside pages of ours.
FRAMED = "/component/"
# Figures about the process and an interface for programs: not for visitors.
CLOSED = ("/_stcore/metrics", "/_stcore/agent", "/_stcore/script-health-check")
HOST = re.compile(r"[A-Za-z0-9.\-]+(:\d+)?|\[[0-9A-Fa-f:.]+\](:\d+)?")


class SecurityHeaders:
    """Adds the headers to every HTTP answer of the application inside, errors included.

    Streamlit's immutable scripts and fonts go without the one that no browser reads there.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        ours = FIXED | {"content-security-policy": policy(scope)}
        # Of a proxy that ends TLS, whoever it is: browsers ignore the header where it came over plain http.
        if "https" in {scope["scheme"], Headers(scope=scope).get("x-forwarded-proto")}:
            ours["strict-transport-security"] = f"max-age={TWO_YEARS_S}"

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in ours.items():
                    headers[name] = value
                # A page is many small files; what only a document could use would be a thirtieth of all its bytes.
                if "immutable" in headers.get("cache-control", ""):
                    del headers[FOR_DOCUMENTS]
            await send(message)

        await self.app(scope, receive, send_with_headers)


def policy(scope: Scope) -> str:
    """The content security policy for the page that this request asks for."""
    rules = dict(CONTENT_SECURITY_POLICY)
    host = Headers(scope=scope).get("host", "")
    # Older Safari does not count the page's own websocket among 'self'.
    if HOST.fullmatch(host):
        rules["connect-src"] += f" ws://{host} wss://{host}"
    if scope["path"].startswith(FRAMED):
        rules["frame-ancestors"] = "'self'"
    return "; ".join(f"{what} {where}" for what, where in rules.items())


class ClosedPaths:
    """Answers 404 where the application inside would tell strangers about itself."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and any(path in scope["path"] for path in CLOSED):
            await PlainTextResponse("Not Found", status_code=404)(scope, receive, send)
            return
        await self.app(scope, receive, send)
