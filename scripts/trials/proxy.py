"""The nginx of compose.yaml for real, before two real servers: who stays where, websockets, compression, addresses."""

import sys
import uuid
from pathlib import Path

import requests
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

from scripts.cluster import nginx
from scripts.trials.doing import TrialFailed, Worker, free_port, kept_running
from settings import ROOT

DEPLOY = ROOT / "deploy"
VISITORS = 16


def trial(folder: Path) -> None:
    """Both files of ours are good nginx; a visitor stays with one server, and the servers share the visitors."""
    program = nginx.find_or_install()
    ports = (free_port(), free_port())
    worker = Worker(
        folder, environment={"CARBUROAM_OUTPUTS_DIR": str(folder / "outputs"), "CARBUROAM_START_ETL": "false"}
    )
    worker.run([sys.executable, "etl.py", "prepare"], ROOT)
    _site_is_good(program, folder, worker)
    listen = free_port()
    conf = _conf(folder, ports, listen)
    worker.run([program, "-t", "-p", folder, "-c", conf], folder)
    first, second = ([sys.executable, "-m", "streamlit", "run", str(ROOT / "server.py"), "--server.port", str(port)]
                     for port in ports)  # fmt: skip
    proxy: list[str | Path] = [program, "-p", folder, "-c", conf, "-g", "daemon off;"]
    with (
        kept_running(worker, first, ROOT, port=ports[0]),
        kept_running(worker, second, ROOT, port=ports[1]),
        kept_running(worker, proxy, folder, port=listen),
    ):
        _holds(f"127.0.0.1:{listen}")


def _holds(host: str) -> None:
    at = f"http://{host}"
    visit = requests.Session()
    answers = [visit.get(f"{at}/_stcore/health", timeout=20) for _ in range(5)]
    cookies = [answer.headers.get("set-cookie", "") for answer in answers]
    _check(
        "the first answer alone gives the cookie", "carburoam_at=" in cookies[0] and "at=" not in "".join(cookies[1:])
    )
    _check("who has the cookie stays", len({answer.headers["x-served-by"] for answer in answers[1:]}) == 1)
    _check("the first answer was of the same", answers[0].headers["x-served-by"] == answers[1].headers["x-served-by"])
    others = {
        requests.get(f"{at}/_stcore/health", cookies={"carburoam_at": uuid.uuid4().hex}, timeout=20).headers[
            "x-served-by"
        ]
        for _ in range(VISITORS)
    }
    _check("both servers have visitors", len(others) == 2)
    page = visit.get(f"{at}/", headers={"accept-encoding": "gzip"}, timeout=20)
    _check("the page comes, compressed", page.headers.get("content-encoding") == "gzip" and "<title>" in page.text)
    secure = visit.get(f"{at}/", headers={"x-forwarded-proto": "https"}, timeout=20)
    _check("the servers know that TLS ended before", "strict-transport-security" in secure.headers)
    for path in ("/_stcore/metrics", "/_stcore/agent/mcp", "/x/_stcore/metrics"):
        _check(f"{path} is closed", requests.get(at + path, timeout=20).status_code == 404)
    with connect(
        f"ws://{host}/_stcore/stream", origin=Origin(at), subprotocols=[Subprotocol("streamlit")], open_timeout=20
    ) as socket:
        _check("a websocket passes", socket.subprotocol == "streamlit")


def _conf(folder: Path, ports: tuple[int, int], listen: int) -> Path:
    """The file of compose.yaml with the addresses of this trial, and the name of the server in each answer."""
    conf = folder / "nginx.conf"
    conf.write_text(nginx.configuration(folder, listen, ports, ports), encoding="utf-8")
    return conf


def _site_is_good(program: str, folder: Path, worker: Worker) -> None:
    """The site for a plain server, with a certificate of our own, as part of a file like Debian's."""
    openssl = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=carburoam.test"]
    worker.run([*openssl, "-keyout", folder / "privkey.pem", "-out", folder / "fullchain.pem"], folder)
    site = (DEPLOY / "nginx-site.conf").read_text(encoding="utf-8")
    site = site.replace("/etc/letsencrypt/live/carburoam.example.org", str(folder))
    whole = folder / "site.conf"
    whole.write_text(f"pid {folder}/site.pid;\nevents {{}}\nhttp {{\n{site}\n}}\n", encoding="utf-8")
    worker.run([program, "-t", "-q", "-p", folder, "-c", whole], folder)


def _check(what: str, is_so: bool) -> None:  # noqa: FBT001 - read as a sentence
    if not is_so:
        raise TrialFailed(f"not so: {what}")
