"""Every page as the first thing that a fresh process is asked for, by a stranger's deep link."""

import re
import shutil
import time
from pathlib import Path

import jwt
import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

import session
from services import sessions
from services.session_cookie import COOKIE, PLAIN_COOKIE
from settings import now, settings
from tests import scenes
from tests.members import a_member
from tests.serving import serving
from tests.visitor import connected, rerun
from ui import plain_cookie

# Path, query, and what only that page says (a browser that names no language reads French, the default).
DEEP_LINKS = {
    "station": (f"id={scenes.CHEAPEST}", "10 rue de Paris"),
    "map": ("", "Touchez une station"),
    "demo": ("", "Quelques stations et deux carburants pour essayer"),
    "about": ("", "Mentions légales"),
    "login": ("", "Mot de passe ou identifiant oublié"),
    "register": ("", "Carburants à suivre"),
    "forgot": ("", "ne peut pas envoyer d’e-mail"),
    "profile": ("", "Connectez-vous pour voir cette page."),
    "stations": ("", "Connectez-vous pour voir cette page."),
    "mine": ("", "Cette page n’existe pas"),
    "admin": ("", "Cette page n’existe pas"),
}


def words_of(sent: list[ForwardMsg]) -> tuple[str, set[str]]:
    """The HTML and the links of the last run among these messages."""
    starts = [place for place, message in enumerate(sent) if message.WhichOneof("type") == "new_session"]
    drawn = [message.delta.new_element for message in sent[starts[-1] :] if message.WhichOneof("type") == "delta"]
    return (
        " ".join(element.html.body for element in drawn if element.WhichOneof("type") == "html"),
        {link for element in drawn for link in re.findall(r"<span>([^<]+)</span></a>", element.html.body)},
    )


# Each is a process of its own; those that guard something, or draw most, are tried every time, the others by trials.
OFTEN = {"station", "map", "profile", "admin"}
HOSTED = [pytest.param("home.py", path, marks=() if path in OFTEN else pytest.mark.long) for path in DEEP_LINKS]


# server.py ends Streamlit's belief in its folder before the first visit, for all pages alike.
@pytest.mark.parametrize(("script", "path"), [("server.py", "station"), ("server.py", "admin"), *HOSTED])
def test_a_deep_link_into_a_fresh_process(scene_file: Path, tmp_path: Path, path: str, script: str):
    """The page comes inside its frame, never the bare file; an address of no page is told so."""
    query, own = DEEP_LINKS[path]
    base = tmp_path / "country.sqlite3"
    shutil.copyfile(scene_file, base)
    with (
        serving(
            tmp_path,
            script,
            CARBUROAM_DATABASE_URL=f"sqlite:///{base}",
            CARBUROAM_CLOCK=scenes.CLOCK,
            CARBUROAM_START_ETL="false",
        ) as server,
        connected(server.port) as visit,
    ):
        html, links = words_of(rerun(visit, path, query))

    assert own in html
    assert {"Prix", "Carte", "Démo", "À propos"} <= links
    assert "<style>" in html


@pytest.mark.parametrize("script", ["server.py", "home.py"])
def test_a_deep_link_of_a_member_into_a_fresh_process(
    scene_file: Path, tmp_path: Path, noon: pytest.MonkeyPatch, script: str
):
    """The cookie of either carrier says who they are, to the very first run."""
    base = tmp_path / "country.sqlite3"
    shutil.copyfile(scene_file, base)
    address = f"sqlite:///{base}"
    noon.setenv("CARBUROAM_DATABASE_URL", address)
    noon.setenv("CARBUROAM_SECRET", "x" * 40)
    settings.cache_clear()
    session.engine.cache_clear()
    member = a_member(session.engine())
    with session.writing() as opened:
        token = sessions.begin(opened, user_id=member, user_agent="", now=now()).token
    signed = jwt.encode({"username": token, "exp_date": time.time() + 60}, plain_cookie._key(), algorithm="HS256")
    cookie = f"{COOKIE}={token}" if script == "server.py" else f"{PLAIN_COOKIE}={signed}"
    with (
        serving(
            tmp_path,
            script,
            CARBUROAM_DATABASE_URL=address,
            CARBUROAM_CLOCK=scenes.CLOCK,
            CARBUROAM_SECRET="x" * 40,
            CARBUROAM_START_ETL="false",
        ) as server,
        connected(server.port, cookie) as visit,
    ):
        html, links = words_of(rerun(visit, "profile"))

    assert "Connectez-vous" not in html
    assert "Profil" in links
