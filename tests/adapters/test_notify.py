"""Telling the owner: through all services that are named, and without a word of their keys in any log."""

import pytest

from adapters import notify
from errors import NoticeNotSent
from settings import settings
from tests.owner import SECRET, owner


def test_one_service_that_takes_it_is_enough_and_no_log_holds_a_key(
    environment: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    """The others are named by their place; with none at all it is an error, which says as little."""
    caplog.set_level("DEBUG", "apprise")
    caplog.set_level("DEBUG", "adapters")
    with owner() as deaf, owner() as ada:
        deaf.answers = 500
        wrong = f"nosuch://{SECRET} discord://{SECRET} {deaf.address}"
        environment.setenv("CARBUROAM_NOTIFY_URLS", f"{wrong} {ada.address}")
        settings.cache_clear()

        notify.send("Panne", "Depuis hier.", kind="failure")
        environment.setenv("CARBUROAM_NOTIFY_URLS", wrong)
        settings.cache_clear()
        with pytest.raises(NoticeNotSent) as refused:
            notify.send("Panne", "Depuis hier.", kind="failure")

    assert [(said["title"], said["message"], said["type"]) for said in ada.heard] == [
        ("Panne", "Depuis hier.", "failure")
    ]
    assert [record.args for record in caplog.records if record.name == "adapters.notify"] == [(1,), (2,), (3,)] * 2
    assert SECRET not in caplog.text + str(refused.value)
