"""The route behind a mail box's own button "unsubscribe": whoever calls reads the same, and looking changes nothing."""

from typing import Any

import pytest
from sqlalchemy import Engine
from starlette.applications import Starlette

import session
from models import User
from services import alerts
from tests.loops import in_a_loop
from tests.members import a_member
from web import unsubscribe


def call(token: str, *, method: str = "POST") -> tuple[int, bytes]:
    """Status and body of an answer to a mail box."""
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "scheme": "https",
        "server": ("carburoam.example", 443),
        "path": alerts.PATH,
        "raw_path": alerts.PATH.encode(),
        "query_string": f"t={token}".encode(),
        "headers": [(b"content-type", b"application/x-www-form-urlencoded")],
    }
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"List-Unsubscribe=One-Click"}

    async def send(message: Any) -> None:
        sent.append(message)

    in_a_loop(Starlette(routes=[unsubscribe.route])(scope, receive, send))
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])


def test_a_post_ends_them_and_tells_nothing(sqlite_database: Engine, caplog: pytest.LogCaptureFixture):
    """A forged token, an unknown person, the right one, again: one answer; a base that is away: come again."""
    ada = a_member(sqlite_database)
    with session.writing() as opened:
        alerts.save_wishes(opened, ada, is_on=True, gain_cents=100, prices={})
        uuid = opened.get_one(User, ada).uuid

    def is_on() -> bool:
        with session.reading() as opened:
            return alerts.wishes(opened, ada).is_on

    good = alerts.token(uuid)
    assert call(good, method="GET")[0] == 405  # below server.py it goes on to the page
    wrong = [call(token) for token in ("", "x" * 10_000, good[:-1] + "g", "0" * 64)]
    assert is_on()
    right = [call(good), call(good)]

    assert not is_on()
    assert {*wrong, *right} == {(200, b"Done")}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(alerts, "end", None)
        assert call(good) == (503, b"Try again")
    assert good not in caplog.text
