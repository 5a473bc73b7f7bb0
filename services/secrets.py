"""The key that codes, addresses and names are hashed with, so that a stolen base tells nothing about them."""

import hashlib
import hmac
import os
import secrets
from functools import lru_cache
from pathlib import Path

from errors import SettingsInvalid
from settings import SHORTEST_SECRET, settings


def keyed_hash(purpose: str, *values: str) -> str:
    """HMAC-SHA256 of the values as 64 hex digits; a hash made for one purpose is worth nothing for another."""
    # Each part with its length: ("ab", "c") must not be ("a", "bc").
    message = "".join(f"{len(part)}:{part}" for part in (purpose, *values))
    return hmac.new(key(), message.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def digest(secret: str) -> str:
    """SHA-256 of a long random secret as 64 hex digits: nothing to guess, so no key is needed."""
    return hashlib.sha256(secret.encode()).hexdigest()


def key() -> bytes:
    """The key of this installation: `CARBUROAM_SECRET`, else one made once and kept below the outputs folder.

    Raises SettingsInvalid where it can neither be read nor kept.
    """
    configured = settings().secret.get_secret_value()
    return configured.encode() if configured else _kept_key(settings().outputs_dir / "store" / "secret")


@lru_cache(maxsize=4)
def _kept_key(file: Path) -> bytes:
    try:
        if not file.exists():
            _make(file)
        found = file.read_bytes().strip()
    except OSError as error:
        raise SettingsInvalid(f"the key cannot be kept in {file} ({error.strerror}): set CARBUROAM_SECRET") from error
    if len(found) < SHORTEST_SECRET:
        raise SettingsInvalid(f"{file} holds no key: remove it, and a new one is made; codes on their way are lost")
    return found


def _make(file: Path) -> None:
    """Write a new key, whole or not at all; where another process was quicker, its key stays."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = file.with_name(f".secret-{secrets.token_hex(8)}")
    try:
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as opened:  # noqa: PTH123 - a mode from the first moment on
            opened.write(secrets.token_hex(32))
            opened.flush()
            os.fsync(opened.fileno())
        # Unlike a rename, a link never replaces what is there.
        os.link(draft, file)
    except FileExistsError:
        pass
    finally:
        draft.unlink(missing_ok=True)
