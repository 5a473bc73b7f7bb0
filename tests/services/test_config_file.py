"""The classic single file of streamlit-authenticator, in and out."""

import logging
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from streamlit_authenticator.controllers.authentication_controller import AuthenticationController
from streamlit_authenticator.utilities import Hasher

import etl
from errors import SettingsInvalid
from services import config_file
from tests.people import NOON, PASSWORD, content, in_base, in_store, register, sign_in
from tests.stores import Place


def _classic(folder: Path) -> Path:
    people = {
        "JSmith": {
            "email": "JSmith@gmail.com",
            "failed_login_attempts": 0,
            "first_name": "John",
            "last_name": "Smith",
            "logged_in": False,
            "password": Hasher.hash(PASSWORD),
            "roles": ["admin", "editor"],
        },
        "rbriggs": {"email": "rbriggs@gmail.com", "name": "Rebecca Briggs", "password": "in clear", "roles": None},
        "double": {"email": "JSMITH@gmail.com", "name": "Double", "password": "in clear"},
        "me@example.org": {"email": "me@example.org", "name": "Me", "password": "in clear"},
        "nomail": {"name": "No Mail", "password": "in clear"},
    }
    file = folder / "config.yaml"
    file.write_text(yaml.safe_dump({"cookie": {"key": "some_key"}, "credentials": {"usernames": people}}))
    return file


def test_a_classic_file_is_taken_over(place: Place, tmp_path: Path):
    """Passwords in clear are hashed, roles kept, and who cannot be taken over is named; a second time adds nobody."""
    file = _classic(tmp_path)

    done = config_file.import_file(place.store, file, now=NOON)

    assert (done.added, set(done.refused)) == (["jsmith", "rbriggs"], {"double", "me@example.org", "nomail"})
    john = sign_in(place, "JSmith@gmail.com")
    assert (john.username, john.name, john.is_admin) == ("jsmith", "John Smith", True)
    assert sign_in(place, "rbriggs", "in clear").is_admin is False
    assert "in clear" not in content(place, "rbriggs")
    assert "failed_login_attempts: 0" in content(place, "jsmith")
    again = config_file.import_file(place.store, file, now=NOON)
    assert (again.added, again.kept) == ([], ["jsmith", "rbriggs"])
    assert sign_in(place, "jsmith").uuid == john.uuid


def test_who_is_here_already_stays_as_they_are(place: Place, tmp_path: Path):
    """A file from elsewhere overwrites nobody's password, and takes nobody's mail."""
    john = register(place, "jsmith", mail="john@example.org")
    register(place, "rebecca", mail="rbriggs@gmail.com")
    before = content(place, "jsmith")

    done = config_file.import_file(place.store, _classic(tmp_path), now=NOON)

    assert done.kept == ["jsmith"]
    assert "rbriggs" in done.refused
    assert content(place, "jsmith") == before
    assert sign_in(place, "jsmith").id == john.id


def test_what_is_written_out_signs_in_there_and_comes_back(place: Place, tmp_path: Path):
    """streamlit-authenticator reads it, only the owner does, and nothing is lost on the way back."""
    register(place, "élodie", name="Élodie 'd''Arc: #1'")
    register(place)
    file = tmp_path / "out.yaml"

    assert config_file.export_file(place.store, file) == 2

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    read = yaml.safe_load(file.read_text(encoding="utf-8"))["credentials"]
    assert AuthenticationController(read, auto_hash=False).login("élodie", PASSWORD)
    before = {name: content(place, name) for name in in_store(place)}
    for name in before:
        found = place.store.read(f"users/{name}.yaml")
        assert found
        place.store.delete(f"users/{name}.yaml", if_version=found.version)
    config_file.import_file(place.store, file, now=NOON)
    assert {name: content(place, name) for name in in_store(place)} == before
    with pytest.raises(SettingsInvalid, match="cannot be written"):
        config_file.export_file(place.store, file)


@pytest.mark.parametrize("text", ["", "[]", "credentials: {usernames: 1}", "a: [", "a: " + "[" * 5_000, "\0"])
def test_another_file_is_refused(place: Place, tmp_path: Path, text: str):
    """Nothing is taken from what is no configuration."""
    file = tmp_path / "config.yaml"
    file.write_text(text)

    with pytest.raises(SettingsInvalid):
        config_file.import_file(place.store, file, now=NOON)
    with pytest.raises(SettingsInvalid, match="cannot be read"):
        config_file.import_file(place.store, tmp_path / "none.yaml", now=NOON)

    assert in_store(place) == set()


@pytest.fixture
def quiet_logging() -> Iterator[None]:
    """The command sends its log to the streams of this test, which are gone after it."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = before


@pytest.mark.usefixtures("quiet_logging")
def test_the_commands(place: Place, tmp_path: Path):
    """Import says by its exit code that somebody was left out; export and mirror follow."""
    assert etl.main(["credentials", "import", str(_classic(tmp_path))]) == 1
    assert set(in_base(place)) == {"jsmith", "rbriggs"}
    assert etl.main(["credentials", "export", str(tmp_path / "out.yaml")]) == 0
    assert etl.main(["credentials", "export", str(tmp_path / "out.yaml")]) == 1
    assert etl.main(["credentials", "mirror"]) == 0
    assert yaml.safe_load((tmp_path / "out.yaml").read_text())["credentials"]["usernames"].keys() == in_store(place)
