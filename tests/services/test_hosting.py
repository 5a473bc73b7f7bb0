"""Whether this host keeps what is written on it: guessed by what can be seen, or said by who knows."""

from pathlib import Path

import pytest

from services import hosting
from settings import settings


@pytest.mark.parametrize(
    ("said", "answer"), [("", "keeps"), ("true", "keeps"), ("false", "forgets")], ids=["not said", "keeps", "forgets"]
)
def test_who_knows_says_it(said: str, answer: str, environment: pytest.MonkeyPatch):
    """The setting has the last word; a machine like this one keeps its disk."""
    environment.setattr(hosting, "IN_CONTAINER", ())
    if said:
        environment.setenv("CARBUROAM_KEEPS_DISK", said)
    settings.cache_clear()

    assert hosting.forgets_its_disk() is (answer == "forgets")


def test_streamlits_cloud_forgets_and_s3_remembers(environment: pytest.MonkeyPatch, tmp_path: Path):
    """The warning is about people's data: it goes with a store that is elsewhere."""
    environment.setattr(hosting, "STREAMLIT_CLOUD", tmp_path / "src")
    environment.setattr(hosting, "ROOT", tmp_path / "src" / "carburoam")

    assert hosting.forgets_its_disk()
    assert hosting.forgets_its_people()

    environment.setenv("CARBUROAM_STORE_URL", "s3://bucket/people")
    settings.cache_clear()
    assert hosting.forgets_its_disk()
    assert not hosting.forgets_its_people()


@pytest.mark.parametrize("lies_in", ["a volume", "the container"])
def test_a_container_keeps_what_is_in_a_volume(lies_in: str, environment: pytest.MonkeyPatch, tmp_path: Path):
    """A volume is another device than the container's own file system."""
    mark = tmp_path / "containerenv"
    mark.touch()
    environment.setattr(hosting, "IN_CONTAINER", (mark,))
    environment.setattr(hosting, "SYSTEM", Path("/proc") if lies_in == "a volume" else tmp_path)
    environment.setenv("CARBUROAM_OUTPUTS_DIR", str(tmp_path / "not" / "made" / "yet"))
    settings.cache_clear()

    assert hosting.forgets_its_disk() is (lies_in == "the container")
