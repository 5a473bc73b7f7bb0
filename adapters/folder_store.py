"""The object store as a folder: its files can be read by their owner only, and two processes may write at once."""

import contextlib
import fcntl
import hashlib
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from adapters.storage import Stored, checked, most_bytes
from errors import StoreConflict, StoreUnavailable

LOCK_PATIENCE_S = 10.0
LOCK_POLL_S = 0.005


class FolderStore:
    """Objects as files that only their owner may read. Safe between the processes of one machine."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def read(self, key: str) -> Stored | None:
        path = self._path(key)
        with _plain_errors():
            return _content(path, most_bytes(key))

    def write(self, key: str, body: bytes, *, if_version: str | None) -> str:
        path = self._path(key)
        with _plain_errors():
            self._make(path.parent)
            # Hidden from `names`, whole before it takes the object's name.
            draft = path.with_name(f".{secrets.token_hex(8)}")
            try:
                _write_through(draft, body)
                with self._locked():
                    _check(key, path, if_version)
                    draft.replace(path)
            finally:
                draft.unlink(missing_ok=True)
            _sync(path.parent)
        return _version(body)

    def delete(self, key: str, *, if_version: str) -> None:
        path = self._path(key)
        with _plain_errors():
            if not path.exists():
                raise StoreConflict(key)
            with self._locked():
                _check(key, path, if_version)
                path.unlink()
            _sync(path.parent)

    def names(self, prefix: str) -> Iterator[tuple[str, str]]:
        folder = self._path(prefix.rstrip("/"))
        with _plain_errors(), contextlib.suppress(FileNotFoundError), os.scandir(folder) as entries:
            for entry in entries:
                with contextlib.suppress(FileNotFoundError):
                    if not entry.name.startswith(".") and entry.is_file():
                        facts = entry.stat()
                        yield f"{prefix}{entry.name}", f"{facts.st_mtime_ns}-{facts.st_ino}-{facts.st_size}"

    def _path(self, key: str) -> Path:
        return self._root / checked(key)

    def _make(self, folder: Path) -> None:
        if folder.is_dir():
            return
        self._root.parent.mkdir(parents=True, exist_ok=True)
        between = reversed(folder.relative_to(self._root).parents)
        for level in [*(self._root / part for part in between), folder]:
            level.mkdir(mode=0o700, exist_ok=True)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        # One lock for all: it is held for a read and a rename, after the slow part.
        descriptor = os.open(self._root / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            until = time.monotonic() + LOCK_PATIENCE_S
            while True:
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError as error:
                    if time.monotonic() > until:
                        raise StoreUnavailable("the store is busy: another process holds its lock") from error
                    time.sleep(LOCK_POLL_S)
            yield
        finally:
            os.close(descriptor)


@contextmanager
def _plain_errors() -> Iterator[None]:
    """Say in our words what the file system answered."""
    try:
        yield
    except OSError as error:
        raise StoreUnavailable(f"the credentials store cannot be used: {error.strerror or error}") from error


def _content(path: Path, most: int) -> Stored | None:
    try:
        with path.open("rb") as file:
            body = file.read(most)
    except FileNotFoundError:
        return None
    return Stored(body, _version(body))


def _version(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def _check(key: str, path: Path, if_version: str | None) -> None:
    found = _content(path, most_bytes(key))
    if (found and found.version) != if_version:
        raise StoreConflict(key)


def _write_through(path: Path, body: bytes) -> None:
    """Write a file that only its owner reads, down to the disk."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(body)
        file.flush()
        os.fsync(descriptor)


def _sync(folder: Path) -> None:
    # The new name, too, has to survive a power cut.
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
