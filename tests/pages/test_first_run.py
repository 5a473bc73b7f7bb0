"""Every page as the first thing that a fresh process is asked for, by a stranger's deep link."""

import re
import shutil
from pathlib import Path

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from tests import scenes
from tests.serving import serving
from tests.visitor import connected, rerun

# Path, query, and what only that page says (a browser that names no language reads French, the default).
DEEP_LINKS = {
    "station": (f"id={scenes.CHEAPEST}", "10 rue de Paris"),
    "map": ("", "Touchez une station"),
    "demo": ("", "Trois stations et deux carburants pour essayer"),
    "about": ("", "Mentions légales"),
    "login": ("", "Les comptes arrivent bientôt"),
    "register": ("", "Les comptes arrivent bientôt"),
    "admin": ("", "Indiquez une ville"),
}


def words_of(sent: list[ForwardMsg]) -> tuple[str, set[str]]:
    """The HTML and the links of the last run among these messages."""
    starts = [place for place, message in enumerate(sent) if message.WhichOneof("type") == "new_session"]
    drawn = [message.delta.new_element for message in sent[starts[-1] :] if message.WhichOneof("type") == "delta"]
    return (
        " ".join(element.html.body for element in drawn if element.WhichOneof("type") == "html"),
        {link for element in drawn for link in re.findall(r"<span>([^<]+)</span></a>", element.html.body)},
    )


# server.py ends Streamlit's belief in its folder before the first visit, for all pages alike.
@pytest.mark.parametrize(
    ("script", "path"), [("server.py", "station"), ("server.py", "admin"), *(("home.py", path) for path in DEEP_LINKS)]
)
def test_a_deep_link_into_a_fresh_process(scene_file: Path, tmp_path: Path, path: str, script: str):
    """The page comes inside its frame, never the bare file; an unknown path gives the search page."""
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
