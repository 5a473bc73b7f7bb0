"""The policy that a page gets, by what was asked. That every answer carries it: tests/test_server.py."""

import pytest

from web.headers import policy


def _rules(path: str = "/", host: str = "carburoam.example") -> dict[str, str]:
    text = policy({"type": "http", "path": path, "headers": [(b"host", host.encode())]})
    return dict(rule.split(" ", 1) for rule in text.split("; "))


@pytest.mark.parametrize("host", ["carburoam.example", "localhost:8501", "[::1]:8501"])
def test_older_browsers_are_told_where_the_websocket_is(host: str):
    """For them 'self' means http alone."""
    assert f"ws://{host} wss://{host}" in _rules(host=host)["connect-src"]


@pytest.mark.parametrize("host", ["x; script-src *", "x *", "", "évil", "a\tb"])
def test_a_forged_host_adds_nothing_to_the_policy(host: str):
    """The name comes from the request."""
    assert _rules(host=host) == _rules(host="")
    assert "ws:" not in _rules(host=host)["connect-src"]


def test_only_frames_of_components_may_be_framed_and_only_by_us():
    """A foreign page must not lay itself over our buttons."""
    assert _rules("/")["frame-ancestors"] == "'none'"
    assert _rules("/component/x/index.html")["frame-ancestors"] == "'self'"


def test_nobody_but_the_map_is_asked_for_anything():
    """Nothing leaves the browser for third parties but map tiles."""
    others = {word for where in _rules(host="").values() for word in where.split() if "://" in word}

    assert others == {"https://basemaps.cartocdn.com", "https://*.basemaps.cartocdn.com"}
