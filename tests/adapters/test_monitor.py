"""What an error monitor is told: that it happened and where, and nothing about whom."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters import monitor
from settings import settings, version
from tests.processes import etl
from tests.sentry import sentry

PRIVATE = ("marie@example.org", "cookie-of-marie", "48.69871", "Marie-Claude")


@pytest.fixture
def told(environment: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What a Sentry service was told, each request as text; the application is set to tell it."""
    with sentry() as (dsn, heard):
        environment.setenv("CARBUROAM_SENTRY_DSN", dsn)
        settings.cache_clear()
        yield heard
        monitor.end()


def _fail(said: str) -> None:
    cookie, position = "cookie-of-marie", 48.69871
    try:
        Path(f"/nowhere/{said}/{cookie}/{position}").read_bytes()
    except FileNotFoundError as error:
        raise ValueError(f"Marie-Claude {said}") from error


def test_an_error_is_told_without_anybodys_data(told: list[str]):
    """Type, place in the code, number and version arrive; messages, arguments, variables and the machine do not."""
    monitor.begin("server")
    for _ in range(3):
        try:
            _fail("marie@example.org")
        except ValueError:
            logging.getLogger("ui.frame").exception("a page failed, error_id=%s", "1a2b3c4d")
    logging.getLogger("elsewhere").error("no such person: marie@example.org")
    monitor.end()

    # The second and third of the same within the minute are not told.
    assert len(told) == 2
    assert [words for words in PRIVATE if words in "".join(told)] == []
    event = json.loads(told[0].splitlines()[-1])
    assert [value["type"] for value in event["exception"]["values"]] == ["FileNotFoundError", "ValueError"]
    assert "_fail" in {frame["function"] for frame in event["exception"]["values"][1]["stacktrace"]["frames"]}
    assert event["tags"]["error_id"] == "1a2b3c4d"
    assert event["tags"]["said"] == "a page failed, error_id=%s"
    assert event["release"] == f"carburoam@{version()}"
    assert not {"user", "request", "breadcrumbs", "server_name", "extra", "contexts", "modules"} & event.keys()


def test_nothing_is_told_where_no_service_is_named(told: list[str], environment: pytest.MonkeyPatch):
    """The default: not a byte leaves."""
    environment.delenv("CARBUROAM_SENTRY_DSN")
    settings.cache_clear()

    monitor.begin("server")
    logging.getLogger("etl").error("a run failed")
    monitor.end()

    assert told == []


def test_the_etl_tells_of_its_errors(told: list[str], tmp_path: Path):
    """As a process of its own; its last error is sent before it ends."""
    with etl("run", "no-such-source", log=tmp_path / "log") as process:
        assert process.wait(60) == 2

    (event,) = (json.loads(request.splitlines()[-1]) for request in told)
    assert event["tags"]["process"] == "etl"
    assert event["logger"] == "etl"
