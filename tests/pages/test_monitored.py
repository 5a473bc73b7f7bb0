"""A page that fails is told to the error monitor under the number that the reader was given."""

import json
import re

import pytest

from adapters import monitor
from settings import settings
from tests.pages.conftest import OpenPage
from tests.sentry import sentry
from ui.frame import VISIT_KEY


@pytest.mark.usefixtures("country")
def test_the_monitor_gets_the_number_that_the_reader_sees(open_page: OpenPage, environment: pytest.MonkeyPatch):
    """Who answers a mail about it finds the place in the code; the message stays in the log."""

    def fail() -> None:
        raise ValueError("the position of marie@example.org")

    environment.setattr("ui.frame.now", fail)
    with sentry() as (dsn, told):
        environment.setenv("CARBUROAM_SENTRY_DSN", dsn)
        settings.cache_clear()
        app = open_page("about")
        monitor.end()

    number = re.search(r"([0-9a-f]{8})", app.error[0].value)
    assert number
    events = [json.loads(request.splitlines()[-1]) for request in told]
    (event,) = [event for event in events if event["tags"].get("error_id") == number[1]]
    assert event["exception"]["values"][0]["type"] == "ValueError"
    assert event["tags"]["visit"] == app.session_state[VISIT_KEY]
    assert "marie" not in "".join(told)
