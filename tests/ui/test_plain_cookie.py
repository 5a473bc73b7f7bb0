"""The cookie of plain `streamlit run home.py`: what is taken from it, and from what poses as one."""

import time

import jwt
import pytest
import streamlit as st

from services.session_cookie import PLAIN_COOKIE
from settings import settings
from ui import plain_cookie

SECRET = "x" * 40
TOKEN = "A" * 43


@pytest.fixture
def brought(environment: pytest.MonkeyPatch) -> dict[str, str]:
    """The cookies of the visit, to be filled in."""
    environment.setenv("CARBUROAM_SECRET", SECRET)
    settings.cache_clear()
    cookies: dict[str, str] = {}

    class Context:
        def __init__(self) -> None:
            self.cookies = cookies

    environment.setattr(st, "context", Context())
    return cookies


def _cookie(key: str = "", algorithm: str = "HS256", **facts: object) -> str:
    whole = {"username": TOKEN, "exp_date": time.time() + 60, **facts}
    return jwt.encode(whole, key or plain_cookie._key(), algorithm=algorithm)


def test_the_secret_is_read_from_a_cookie_of_ours(brought: dict[str, str]):
    """As Streamlit-Authenticator writes it."""
    assert plain_cookie.token() == ""
    brought[PLAIN_COOKIE] = _cookie()

    assert plain_cookie.token() == TOKEN


def test_what_poses_as_one_is_none(brought: dict[str, str]):
    """Another key, no key, late, cut short, of other facts, no cookie at all."""
    good = _cookie()
    unsigned = jwt.encode({"username": TOKEN, "exp_date": time.time() + 60}, "", algorithm="none")
    for forged in (
        _cookie(key="some_key" * 8),
        unsigned,
        _cookie(exp_date=time.time() - 1),
        _cookie(exp_date="never"),
        _cookie(exp_date=None),
        _cookie(username=7),
        good[:-1],
        good.rpartition(".")[0],
        "x",
        "." * 10_000,
        "é",
    ):
        brought[PLAIN_COOKIE] = forged
        assert plain_cookie.token() == "", forged
