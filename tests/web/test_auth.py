"""The routes that hand over and take away the cookie of a session: what they do, and for whom they do nothing."""

from datetime import datetime
from http.cookies import SimpleCookie
from typing import Any

import pytest
from sqlalchemy import Engine
from starlette.applications import Starlette

import session
from services import sessions
from services.session_cookie import COOKIE, SIGN_IN, SIGN_OUT
from settings import now, settings
from tests.loops import in_a_loop
from tests.members import a_member
from web import auth

OURS = {"x-req": "1", "sec-fetch-site": "same-origin"}


class Answer:
    """What came back."""

    def __init__(self, sent: list[Any]) -> None:
        self.status: int = sent[0]["status"]
        self.headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        self.cookie = SimpleCookie(self.headers.get("set-cookie", "")).get(COOKIE)
        self.body = b"".join(message.get("body", b"") for message in sent[1:])


def call(
    path: str, body: str = "", *, cookie: str = "", method: str = "POST", pieces: int = 1, **headers: str | None
) -> Answer:
    """What the route answers to a call of our own page, but for these headers (`_` is `-`, None leaves one out)."""
    named: dict[str, str | None] = {**OURS, **{name.replace("_", "-"): value for name, value in headers.items()}}
    named |= {"cookie": f"{COOKIE}={cookie}"} if cookie else {}
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "server": ("carburoam.example", 80),
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in named.items() if value is not None],
    }
    incoming = [{"type": "http.request", "body": body.encode(), "more_body": left > 1} for left in range(pieces, 0, -1)]
    sent: list[Any] = []

    async def receive() -> Any:
        return incoming.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    in_a_loop(Starlette(routes=auth.routes)(scope, receive, send))
    return Answer(sent)


@pytest.fixture
def user_id(sqlite_database: Engine) -> int:
    """Somebody with an account."""
    return a_member(sqlite_database)


def begun(user_id: int) -> sessions.Begun:
    """They have just signed in."""
    with session.writing() as opened:
        return sessions.begin(opened, user_id=user_id, user_agent="", now=now())


def who(token: str) -> int | None:
    """The person whom the base knows behind this cookie."""
    with session.reading() as opened:
        return sessions.current(opened, token, now=now())


def test_a_nonce_becomes_a_cookie_that_no_script_can_read(user_id: int):
    """For thirty days, for this site alone; and nothing keeps the answer."""
    handed = begun(user_id)

    answer = call(SIGN_IN, handed.nonce)

    assert (answer.status, answer.body) == (204, b"")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.cookie is not None
    assert answer.cookie.value == handed.token
    assert answer.cookie["httponly"] is True
    assert (answer.cookie["samesite"], answer.cookie["path"]) == ("lax", "/")
    assert answer.cookie["max-age"] == str(30 * 24 * 3600)
    assert answer.cookie["secure"] == ""
    assert who(answer.cookie.value) == user_id


def test_the_cookie_is_secure_where_there_is_https(user_id: int):
    """Also behind a proxy that ends TLS."""
    for said in ("https", "https, http"):
        cookie = call(SIGN_IN, begun(user_id).nonce, x_forwarded_proto=said).cookie

        assert cookie is not None
        assert cookie["secure"] is True


def test_a_nonce_that_is_replayed_gets_nothing(user_id: int):
    """Nor does one that was never given, or a text that is none."""
    nonce = begun(user_id).nonce
    call(SIGN_IN, nonce)

    for said in (nonce, "A" * 43, "x", "é" * 20, "\x00"):
        answer = call(SIGN_IN, said)
        assert (answer.status, answer.body, answer.cookie) == (403, b"Refused", None)


@pytest.mark.parametrize(
    "strange",
    [{"x_req": None}, {"x_req": "0"}, {"sec_fetch_site": "cross-site"}, {"sec_fetch_site": "same-site"},
     {"sec_fetch_site": "none"}],
    ids=str,
)  # fmt: skip
def test_a_call_that_is_not_of_our_page_does_nothing(user_id: int, strange: dict[str, Any]):
    """The nonce is still good afterwards, and who is signed in stays so."""
    waiting, signed_in = begun(user_id), begun(user_id)

    assert call(SIGN_IN, waiting.nonce, **strange).status == 403
    assert call(SIGN_OUT, cookie=signed_in.token, **strange).status == 403

    assert who(signed_in.token) == user_id
    assert call(SIGN_IN, waiting.nonce).status == 204


def test_an_older_browser_that_does_not_say_where_it_calls_from_is_served(user_id: int):
    """The header that a foreign page cannot send is there."""
    assert call(SIGN_IN, begun(user_id).nonce, sec_fetch_site=None).status == 204


def test_a_body_without_end_is_not_read(user_id: int):
    """A megabyte in one piece; and one of a thousand pieces, of which two are taken."""
    assert call(SIGN_IN, "x" * 1_000_000).status == 403
    assert call(SIGN_IN, "x" * 100, pieces=1_000).status == 403
    assert call(SIGN_OUT, "x" * 1_000_000, cookie=begun(user_id).token).status == 403


@pytest.mark.parametrize("method", ["GET", "PUT", "OPTIONS"])
@pytest.mark.parametrize("path", [SIGN_IN, SIGN_OUT])
def test_there_is_nothing_but_to_post(path: str, method: str):
    """A link or an image cannot call it, and a foreign page that asks leave to gets none."""
    answer = call(path, method=method, origin="https://elsewhere.example")

    assert answer.status == 405
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_a_good_cookie_is_renewed(user_id: int):
    """As the session in the base, it lasts thirty days since it was last used."""
    token = begun(user_id).token

    cookie = call(SIGN_IN, cookie=token).cookie

    assert cookie is not None
    assert (cookie.value, cookie["max-age"]) == (token, str(30 * 24 * 3600))


def test_a_bad_cookie_is_not_renewed(user_id: int):
    """Forged, cut short, long, of somebody who signed out, of somebody who is gone."""
    token = begun(user_id).token
    signed_out = begun(user_id).token
    call(SIGN_OUT, cookie=signed_out)

    for bad in ("A" * 43, token[:-1], token + "A", "x" * 5_000, signed_out, ""):
        assert call(SIGN_IN, cookie=bad).status == 403


def test_signing_out_ends_the_session_and_removes_the_cookie(user_id: int):
    """The old cookie is refused; the person's other browsers go on. Once more does no harm."""
    here, elsewhere = begun(user_id).token, begun(user_id).token

    for _ in range(2):
        answer = call(SIGN_OUT, cookie=here)
        assert answer.status == 204
        assert answer.cookie is not None
        assert (answer.cookie.value, answer.cookie["max-age"]) == ("", "0")
    assert (who(here), who(elsewhere)) == (None, user_id)
    assert call(SIGN_OUT).status == 204


@pytest.mark.parametrize("path", [SIGN_IN, SIGN_OUT])
def test_a_base_that_is_away_is_answered_plainly(
    environment: pytest.MonkeyPatch, tmp_path: Any, path: str, caplog: pytest.LogCaptureFixture
):
    """No detail for the browser; the log has it."""
    broken = tmp_path / "broken"
    broken.write_text("no database " * 1000)
    environment.setenv("CARBUROAM_DATABASE_URL", f"sqlite:///{broken}")
    settings.cache_clear()
    session.engine.cache_clear()

    answer = call(path, "A" * 43 if path == SIGN_IN else "", cookie="A" * 43)

    assert (answer.status, answer.body, answer.cookie) == (503, b"Try again", None)
    assert "file is not a database" in caplog.text


def test_a_late_nonce_gets_nothing(user_id: int, environment: pytest.MonkeyPatch):
    """A minute, by the clock of the application."""
    environment.setenv("CARBUROAM_CLOCK", "2026-11-22T12:00:00+00:00")
    settings.cache_clear()
    nonce = begun(user_id).nonce
    environment.setenv("CARBUROAM_CLOCK", "2026-11-22T12:01:00+00:00")
    settings.cache_clear()

    assert now() == datetime.fromisoformat("2026-11-22T12:01:00+00:00")
    assert call(SIGN_IN, nonce).status == 403
