"""The ASGI application: pages, routes, headers, compression, and the ETL child that lives as long as the server.

`streamlit run server.py` starts it. `streamlit run home.py` works too, without what only a server can give.
"""

import contextlib
import logging
from collections.abc import AsyncIterator

import streamlit as st
from anyio import to_thread
from starlette.middleware import Middleware
from streamlit.runtime.pages_manager import PagesManager

import child
import session
from adapters import monitor
from errors import DatabaseUnavailable
from services import layer_address, session_cookie, visits
from settings import now
from ui import frame
from web import auth, health, layers, unsubscribe
from web.compression import StaticCompression
from web.headers import ClosedPaths, SecurityHeaders
from web.nested import NestedAddresses

log = logging.getLogger("server")

# Private, and tested: else a deep link in a fresh process runs a file of pages/ by itself, without home.py.
PagesManager.uses_pages_directory = False
layer_address.served_by_route()
session_cookie.set_by_route()


@contextlib.asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    """The base is made ready, and the ETL child runs from before the first visit until the server ends.

    A base that cannot be opened keeps nobody out: pages say so, the child tries again, `/healthz` tells the operator.
    """
    monitor.begin("server")
    try:
        await to_thread.run_sync(session.prepare)
    except DatabaseUnavailable:
        log.exception("the database is not usable")
    child.start()
    try:
        yield
    finally:
        await to_thread.run_sync(child.stop)
        await to_thread.run_sync(lambda: visits.write_waiting(now=now()))


def on_script_error(error: Exception) -> bool:
    """What goes wrong outside a page (in home.py, in a fragment) is answered as what goes wrong in one."""
    frame.failure(error)
    return True


app = st.App(
    "home.py",
    routes=[health.route, layers.route, unsubscribe.route, *auth.routes],
    middleware=[
        Middleware(SecurityHeaders),
        Middleware(ClosedPaths),
        Middleware(NestedAddresses),
        Middleware(StaticCompression),
    ],
    lifespan=lifespan,
    on_script_error=on_script_error,
)
