"""The key: configured, or made once, by whichever process is first."""

import os
import subprocess
import sys

import pytest

from errors import SettingsInvalid
from services import secrets
from settings import ROOT, settings

SCRIPT = "from services import secrets; print(secrets.key().decode())"


def test_the_key_is_made_once_and_for_its_owner_alone():
    """Nobody else on the machine reads it, and the next start finds it."""
    first = secrets.key()
    file = settings().outputs_dir / "store" / "secret"
    secrets._kept_key.cache_clear()

    assert secrets.key() == first == file.read_bytes()
    assert len(first) == 64
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert [found.name for found in file.parent.iterdir()] == ["secret"]


def test_processes_that_start_at_once_share_one_key():
    """Server and child, on the first start of all."""
    starting = [
        subprocess.Popen([sys.executable, "-c", SCRIPT], cwd=ROOT, env=os.environ, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    keys = {process.communicate()[0] for process in starting}

    assert [process.returncode for process in starting] == [0] * 4
    assert len(keys) == 1
    assert len(keys.pop().strip()) == 64


def test_a_configured_key_is_used_and_none_is_made(environment: pytest.MonkeyPatch):
    """Several servers share it through their environment."""
    environment.setenv("CARBUROAM_SECRET", "s" * 32)
    settings.cache_clear()

    assert secrets.key() == b"s" * 32
    assert not settings().outputs_dir.exists()


def test_a_damaged_key_is_told():
    """An empty file must not become a key that everybody knows."""
    file = settings().outputs_dir / "store" / "secret"
    file.parent.mkdir(parents=True)
    file.touch()

    with pytest.raises(SettingsInvalid, match="holds no key"):
        secrets.key()


def test_a_key_that_cannot_be_kept_is_told():
    """The operator reads what to do."""
    settings().outputs_dir.write_text("in the way")

    with pytest.raises(SettingsInvalid, match="set CARBUROAM_SECRET"):
        secrets.key()


def test_a_hash_is_for_one_purpose_and_one_key(environment: pytest.MonkeyPatch):
    """What one table gives away opens nothing elsewhere, and parts cannot be shifted into one another."""
    hashes = [
        secrets.keyed_hash("a", "b", "c"),
        secrets.keyed_hash("b", "b", "c"),
        secrets.keyed_hash("a", "bc", ""),
        secrets.keyed_hash("a", "", "bc"),
        secrets.keyed_hash("a", "\ud800"),
    ]
    environment.setenv("CARBUROAM_SECRET", "s" * 32)
    settings.cache_clear()
    hashes.append(secrets.keyed_hash("a", "b", "c"))

    assert len(set(hashes)) == 6
    assert {len(made) for made in hashes} == {64}
