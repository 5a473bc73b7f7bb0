"""The real server: its child, its headers, what it compresses, and how both end."""

import gzip
import os
import re
import signal
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests

from settings import ROOT
from tests.processes import free_port, is_gone, until
from tests.serving import Server, serving
from tests.visitor import arrived, connected, rerun

GZIP = {"accept-encoding": "gzip"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all tests that only ask it something."""
    with serving(tmp_path_factory.mktemp("server")) as made:
        yield made


@pytest.fixture(scope="module")
def script_path(server: Server) -> str:
    """The path of the application's largest script that the page loads first."""
    found = re.search(r'src="\./(static/js/[^"]+\.js)"', server.ask("/").text)
    assert found
    return f"/{found[1]}"


def test_one_child_before_the_first_visit_and_after_many(server: Server):
    """Whatever the number of visitors and reruns; and it has worked before anybody came."""
    until(lambda: server.ask("/healthz").json()["freshness"] == "fresh")
    before = [process.pid for process in server.children]

    with ExitStack() as visits:
        for _ in range(5):
            visits.enter_context(arrived(server.port))

        assert len(before) == 1
        assert [process.pid for process in server.children] == before


def test_healthz_says_how_old_the_data_is(server: Server):
    """A load balancer needs the status; a person gets the dates."""
    until(lambda: server.ask("/healthz").json()["freshness"] == "fresh")

    answer = server.ask("/healthz")

    assert answer.status_code == 200
    assert answer.json()["database"] == "ok"
    assert answer.json()["data_at"] == "2025-02-07T05:00:00+00:00"
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/", "/station", "/healthz", "/_stcore/health", "/_stcore/metrics", "/static/x.js"])
def test_every_answer_carries_the_security_headers(server: Server, path: str):
    """Pages, files, routes and refusals alike."""
    headers = server.ask(path).headers

    policy = dict(rule.split(" ", 1) for rule in headers["content-security-policy"].split("; "))
    assert policy["script-src"] == "'self' blob: 'wasm-unsafe-eval' 'unsafe-inline'"
    assert policy["frame-ancestors"] == "'none'"
    assert f"wss://127.0.0.1:{server.port}" in policy["connect-src"].split()
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "geolocation=(self)" in headers["permissions-policy"]
    assert "camera=()" in headers["permissions-policy"]


def test_it_can_be_put_on_the_home_screen(server: Server):
    """The manifest is JSON, begins at the site's own root, and each of its icons is there in the size it tells."""
    answer = server.ask("/app/static/manifest.json")
    facts = answer.json()

    assert answer.headers["content-type"] == "application/json"
    assert (facts["start_url"], facts["scope"], facts["display"]) == ("/", "/", "standalone")
    assert {icon["purpose"] for icon in facts["icons"]} == {"any", "maskable"}
    for icon in facts["icons"]:
        content = server.ask(f"/app/static/{icon['src']}").content
        if icon["type"] == "image/png":
            wide, tall = struct.unpack(">II", content[16:24])
            assert icon["sizes"] == f"{wide}x{tall}"
        else:
            assert b"<svg" in content


def test_https_is_asked_for_only_where_there_is_https(server: Server):
    """Behind a proxy that ends TLS; a laptop on plain http must not be locked out of localhost for two years."""
    assert "strict-transport-security" not in server.ask("/").headers
    assert "max-age=" in server.ask("/", x_forwarded_proto="https").headers["strict-transport-security"]


@pytest.mark.parametrize(
    "path", ["/_stcore/metrics", "/_stcore/agent/mcp", "/_stcore/agent/openapi.json", "/x/_stcore/metrics"]
)
def test_what_is_nobodys_business_is_closed(server: Server, path: str):
    """Figures of the process and an interface for programs."""
    answer = server.ask(path)

    assert answer.status_code == 404
    assert answer.text == "Not Found"


def test_a_script_is_compressed_once_and_kept_by_the_browser_for_ever(server: Server, script_path: str):
    """Hashed names never change their content."""
    plain = server.ask(script_path)
    first, second = server.ask(script_path, **GZIP), server.ask(script_path, **GZIP)

    assert "content-encoding" not in plain.headers
    assert first.headers["content-encoding"] == "gzip"
    assert "immutable" in first.headers["cache-control"]
    assert "permissions-policy" not in first.headers
    assert "accept-encoding" in first.headers["vary"].lower()
    body = first.raw.read(decode_content=False)
    assert gzip.decompress(body) == plain.content
    assert len(body) < len(plain.content) / 2
    assert second.raw.read(decode_content=False) == body
    assert dict(second.headers).keys() == dict(first.headers).keys()


@pytest.mark.parametrize("path", ["/", "script"])
def test_who_has_it_already_is_told_so(server: Server, path: str, script_path: str):
    """An entity tag that we gave for compressed bytes comes back and is known."""
    wanted = script_path if path == "script" else path
    tag = server.ask(wanted, **GZIP).headers["etag"]

    again = server.ask(wanted, if_none_match=tag, **GZIP)

    assert again.status_code == 304
    assert again.content == b""
    assert "content-security-policy" in again.headers


def test_the_page_itself_is_compressed_and_asked_for_again(server: Server):
    """Its name stays when its content changes."""
    answer = server.ask("/", **GZIP)

    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["cache-control"] == "no-cache"
    assert b"<title>" in gzip.decompress(answer.raw.read(decode_content=False))


def test_a_font_is_not_compressed_twice(server: Server):
    """It is compressed by its format."""
    css = next(path for path in re.findall(r'href="\./(static/css/[^"]+)"', server.ask("/").text))
    font = re.findall(r"url\(([^)]+?\.woff2)\)", server.ask(f"/{css}").text)[0].strip("\"'")

    answer = server.ask(f"/static/css/{font}", **GZIP)

    assert answer.status_code == 200
    assert "content-encoding" not in answer.headers


def test_a_foreign_page_cannot_open_the_websocket(server: Server):
    """Cross-origin requests stay refused by Streamlit under our settings."""
    answer = server.ask(
        "/_stcore/stream",
        origin="https://elsewhere.example",
        connection="Upgrade",
        upgrade="websocket",
        sec_websocket_version="13",
        sec_websocket_key="dGhlIHNhbXBsZSBub25jZQ==",
    )

    assert answer.status_code == 403


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_the_child_ends_with_the_server(end: signal.Signals, tmp_path: Path):
    """In every way in which a server can end, with a visitor still there."""
    with serving(tmp_path) as server:
        until(lambda: server.children)
        (child,) = server.children
        with arrived(server.port):
            server.process.send_signal(end)

            until(lambda: server.process.poll() is not None, within_s=60)
            until(lambda: is_gone(child.pid), within_s=30)


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_without_server_py_the_first_visit_starts_the_child(end: signal.Signals, tmp_path: Path):
    """As hosted Streamlit runs it; the thread of the visitor's script is long gone when the child still works."""
    with serving(tmp_path, "home.py") as server:
        assert server.children == []
        for _ in range(2):
            with arrived(server.port):
                until(lambda: server.children)
        (child,) = server.children

        server.process.send_signal(end)

        until(lambda: is_gone(child.pid), within_s=60)


def test_the_first_visitor_of_all_may_come_by_a_deep_link(tmp_path: Path):
    """Without our setting Streamlit runs the file in pages/ by itself, without home.py and so without its router."""
    with serving(tmp_path, CARBUROAM_START_ETL="false") as server, connected(server.port) as visit:
        sent = [message.navigation for message in rerun(visit, "about") if message.HasField("navigation")]

    (main,) = (page.page_name for page in sent[0].app_pages if page.is_default)
    assert main != "home", "the pages are the files of a folder, not what home.py lists"


def test_a_server_with_a_broken_base_still_answers(tmp_path: Path):
    """The operator reads 503 on /healthz, the visitor gets a page; no detail of the database in either."""
    tmp_path.joinpath("broken").write_text("no database " * 1000)
    with serving(
        tmp_path, CARBUROAM_DATABASE_URL=f"sqlite:///{tmp_path / 'broken'}", CARBUROAM_START_ETL="false"
    ) as server:
        answer = server.ask("/healthz")

        assert answer.status_code == 503
        assert answer.json() == {"app": "ok", "database": "unreadable"}
        assert server.ask("/").status_code == 200
        assert server.children == []


def test_a_page_that_fails_shows_a_number_and_no_detail(tmp_path: Path):
    """The visitor reads plain words; the log has the stack, under the same number."""
    (tmp_path / "failing.py").write_text("raise ValueError('the secret of the base')")
    (tmp_path / "failing_server.py").write_text(
        f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
import streamlit as st
from server import on_script_error
app = st.App({str(tmp_path / "failing.py")!r}, on_script_error=on_script_error)
"""
    )
    with serving(tmp_path, str(tmp_path / "failing_server.py")) as server, arrived(server.port) as visit:
        seen = " ".join(str(message) for message in rerun(visit))
        said = server.log.read_text()

    error_id = re.search(r"error_id=([0-9a-f]{8})", said)
    assert error_id
    assert "the secret of the base" in said
    assert "secret" not in seen
    assert "ValueError" not in seen
    assert re.findall(r"error_id=([0-9a-f]{8})", said)[-1] in seen


def test_make_run_says_where_the_application_is(tmp_path: Path):
    """One line, before anything else; a port that was asked for and is taken is an error in plain words."""
    port = str(free_port())
    ours = {"CARBUROAM_OUTPUTS_DIR": str(tmp_path / "outputs"), "CARBUROAM_START_ETL": "false", "PORT": port}
    command = [sys.executable, str(ROOT / "scripts" / "serve.py")]
    with subprocess.Popen(
        command, cwd=tmp_path, env=os.environ | ours, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout
        try:
            line = process.stdout.readline()
            until(lambda: _listens(int(port)), within_s=90)
            second = subprocess.run(command, env=os.environ | ours, capture_output=True, text=True, check=False)
            report = requests.get(f"http://127.0.0.1:{port}/healthz", timeout=60).json()
        finally:
            process.terminate()

    assert f"http://localhost:{port}" in line
    assert report["database"] == "ok"
    assert second.returncode == 1
    assert port in second.stderr


def _listens(port: int) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/_stcore/health", timeout=30).ok
    except requests.RequestException:
        return False
