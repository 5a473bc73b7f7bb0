"""Objects outside of the database: a write says which version it replaces, and no lost race is silent."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple, Protocol
from urllib.parse import urlsplit

from errors import SettingsInvalid
from settings import ROOT, settings

# A credentials object has half a kilobyte; what is larger than this was not written by us, and is cut off here.
MOST_BYTES = 1 << 20
# What everybody made, compressed: 100,000 people have less than a tenth of this.
MOST_BYTES_OF_A_BACKUP = 64 << 20
BACKUPS = "backups/"
# Segments of safe characters that do not begin with a dot: no way up, no hidden file, nothing a service would rewrite.
KEY = re.compile(r"(?!\.)[\w%.@+-]+(/(?!\.)[\w%.@+-]+)*", re.ASCII)


class Stored(NamedTuple):
    """An object as it was read."""

    body: bytes
    version: str
    """Opaque; handed to a write, it makes the write conditional."""


class ObjectStore(Protocol):
    """Every method raises StoreUnavailable where the store cannot be used; a key of a strange form is a ValueError."""

    def read(self, key: str) -> Stored | None:
        """The object, or None where there is none."""
        ...

    def write(self, key: str, body: bytes, *, if_version: str | None) -> str:
        """Store `body` if the object is still at `if_version` (None: still absent), or raise StoreConflict.

        Answers the new version. The object is on disk, whole, when this returns.
        """
        ...

    def delete(self, key: str, *, if_version: str) -> None:
        """Remove the object if it is still at `if_version`, or raise StoreConflict."""
        ...

    def names(self, prefix: str) -> Iterator[tuple[str, str]]:
        """Every key below the folder `prefix` (`users/`), each with a mark that changes when the object does.

        A mark is for comparing listings; the version that a write asks for comes from `read`.
        """
        ...


def checked(key: str) -> str:
    """The key itself; a ValueError where it has a form that no key of ours has."""
    if not KEY.fullmatch(key):
        raise ValueError(f"{key!r} is no key of the store")
    return key


def most_bytes(key: str) -> int:
    """How much of the object under this key is read."""
    return MOST_BYTES_OF_A_BACKUP if key.startswith(BACKUPS) else MOST_BYTES


def open_store(url: str | None = None) -> ObjectStore:
    """The store at this address, the configured one where left out. Nothing is touched yet.

    Raises SettingsInvalid where the address is none.
    """
    return _opened(url or settings().store, settings().s3_endpoint)


@lru_cache(maxsize=8)
def _opened(address: str, endpoint: str) -> ObjectStore:
    # Imported here: each of the two knows this module.
    from adapters.folder_store import FolderStore  # noqa: PLC0415
    from adapters.s3_store import S3Store, s3_client  # noqa: PLC0415

    if not address.startswith("s3:"):
        return FolderStore(ROOT / address.removeprefix("file://"))
    parts = urlsplit(address)
    prefix = parts.path.strip("/")
    if not parts.netloc or (prefix and not KEY.fullmatch(prefix)):
        raise SettingsInvalid(f"CARBUROAM_STORE_URL: {address} should read s3://bucket/prefix")
    return S3Store(s3_client(endpoint), parts.netloc, prefix)
