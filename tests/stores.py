"""Real object stores for tests: a folder, and the S3 protocol spoken by moto's server."""

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import uuid4

from sqlalchemy import Engine

from adapters.s3_store import s3_client
from adapters.storage import ObjectStore


@dataclass(frozen=True)
class Place:
    """A store and a base that belong together, as an installation has them."""

    store: ObjectStore
    base: Engine
    environment: dict[str, str]
    """What another process needs to work on the same two."""


@contextmanager
def moto() -> Iterator[str]:
    """The address of an S3 service. One thread answers: its conditional writes are not atomic with several."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
        from werkzeug.serving import WSGIRequestHandler, make_server

    class Quiet(WSGIRequestHandler):
        def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - its name there
            """A line for each request helps nobody."""

    application = DomainDispatcherApplication(create_backend_app)
    server = make_server("127.0.0.1", 0, application, threaded=False, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join(5)
        server.server_close()


def s3_environment(endpoint: str) -> dict[str, str]:
    """The variables of an installation that keeps credentials in a new bucket there."""
    return {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "CARBUROAM_S3_ENDPOINT": endpoint,
        "CARBUROAM_STORE_URL": f"s3://b{uuid4().hex}/people",
    }


def make_bucket(environment: dict[str, str]) -> None:
    """The bucket of `s3_environment`, whose keys are set already."""
    bucket = environment["CARBUROAM_STORE_URL"].removeprefix("s3://").partition("/")[0]
    s3_client(environment["CARBUROAM_S3_ENDPOINT"]).create_bucket(Bucket=bucket)
