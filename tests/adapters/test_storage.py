"""The two object stores keep the same promises."""

import multiprocessing
import os
import stat
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from adapters import folder_store as folder_module
from adapters.folder_store import FolderStore
from adapters.s3_store import S3Store, s3_client
from adapters.storage import ObjectStore, open_store
from errors import SettingsInvalid, StoreConflict, StoreUnavailable
from settings import settings
from tests.processes import free_port

KEY = "users/anna.yaml"


def test_an_absent_object_reads_as_none(store: ObjectStore):
    """Nobody has that name yet."""
    assert store.read(KEY) is None


def test_what_is_written_is_read_back_with_its_version(store: ObjectStore):
    """The version of a write is the one that the next reader gets."""
    version = store.write(KEY, b"one", if_version=None)

    assert store.read(KEY) == (b"one", version)


def test_a_second_creation_is_told(store: ObjectStore):
    """The first keeps the name."""
    store.write(KEY, b"one", if_version=None)

    with pytest.raises(StoreConflict):
        store.write(KEY, b"two", if_version=None)

    assert (store.read(KEY) or [b""])[0] == b"one"


def test_the_second_of_two_writers_is_told(store: ObjectStore):
    """Two servers read the same version; the later write must not bury the earlier one."""
    version = store.write(KEY, b"one", if_version=None)
    store.write(KEY, b"two", if_version=version)

    with pytest.raises(StoreConflict):
        store.write(KEY, b"three", if_version=version)

    assert (store.read(KEY) or [b""])[0] == b"two"


def test_a_change_of_what_is_gone_is_told(store: ObjectStore):
    """An account that was deleted does not come back by a late save."""
    version = store.write(KEY, b"one", if_version=None)
    store.delete(KEY, if_version=version)

    with pytest.raises(StoreConflict):
        store.write(KEY, b"two", if_version=version)

    assert store.read(KEY) is None


def test_a_deletion_names_its_version(store: ObjectStore):
    """What changed since is not deleted, and what is gone cannot be."""
    version = store.write(KEY, b"one", if_version=None)
    newer = store.write(KEY, b"two", if_version=version)

    with pytest.raises(StoreConflict):
        store.delete(KEY, if_version=version)
    store.delete(KEY, if_version=newer)
    with pytest.raises(StoreConflict):
        store.delete(KEY, if_version=newer)

    assert store.read(KEY) is None


def test_a_listing_names_what_lies_there_and_marks_what_changed(store: ObjectStore):
    """Only the folder that was asked for; an object that changed has another mark, one that did not the same."""
    versions = {name: store.write(f"users/{name}.yaml", b"one", if_version=None) for name in ("a", "b")}
    store.write("others/c.yaml", b"one", if_version=None)
    before = dict(store.names("users/"))
    store.write("users/a.yaml", b"other", if_version=versions["a"])
    after = dict(store.names("users/"))

    assert before.keys() == after.keys() == {"users/a.yaml", "users/b.yaml"}
    assert before["users/a.yaml"] != after["users/a.yaml"]
    assert before["users/b.yaml"] == after["users/b.yaml"]


def test_an_empty_store_lists_nothing(store: ObjectStore):
    """The first start."""
    assert list(store.names("users/")) == []


@pytest.mark.parametrize(
    "key", ["../x", "users/../../x", "/etc/passwd", "users/.x", "", "a//b", "a\0b", "a\nb", "a/", "é"]
)
def test_no_key_leads_out(store: ObjectStore, key: str):
    """Whatever a username was made of, a key stays below the store."""
    with pytest.raises(ValueError, match="no key"):
        store.read(key)
    with pytest.raises(ValueError, match="no key"):
        store.write(key, b"x", if_version=None)


def test_of_many_who_create_at_once_one_wins(store: ObjectStore):
    """Twenty threads, one name: one is told yes, and what it wrote is what lies there."""

    def create(number: int) -> int | None:
        try:
            store.write(KEY, str(number).encode(), if_version=None)
        except StoreConflict:
            return None
        return number

    with ThreadPoolExecutor(10) as threads:
        won = [number for number in threads.map(create, range(20)) if number is not None]

    assert len(won) == 1
    assert (store.read(KEY) or [b""])[0] == str(won[0]).encode()


def test_no_change_is_lost_between_processes(folder_store: ObjectStore, tmp_path: Path):
    """Two processes count in one object, each conflict tried again: every step is in the sum."""
    folder_store.write("users/count.yaml", b"0", if_version=None)
    spawn = multiprocessing.get_context("spawn")
    counting = [spawn.Process(target=_count, args=(str(tmp_path / "store"), 30)) for _ in range(2)]
    for process in counting:
        process.start()
    for process in counting:
        process.join(60)

    assert [process.exitcode for process in counting] == [0, 0]
    assert (folder_store.read("users/count.yaml") or [b""])[0] == b"60"


def _count(folder: str, steps: int) -> None:
    store = FolderStore(Path(folder))
    while steps:
        found = store.read("users/count.yaml")
        assert found
        try:
            store.write("users/count.yaml", str(int(found.body) + 1).encode(), if_version=found.version)
        except StoreConflict:
            continue
        steps -= 1


def test_a_folder_is_its_owners_alone(folder_store: ObjectStore, tmp_path: Path):
    """Hashes are nobody else's to read, whatever the umask says."""
    before = os.umask(0)
    try:
        folder_store.write(KEY, b"one", if_version=None)
    finally:
        os.umask(before)

    modes = {
        path.name: stat.S_IMODE(path.stat().st_mode) for path in [tmp_path / "store", *(tmp_path / "store").rglob("*")]
    }
    assert modes == {"store": 0o700, "users": 0o700, "anna.yaml": 0o600, ".lock": 0o600}


def test_opening_a_store_touches_nothing(tmp_path: Path):
    """A page that asks for nobody leaves no folder behind."""
    store = open_store(str(tmp_path / "new"))

    assert store.read(KEY) is None
    assert list(store.names("users/")) == []
    assert not (tmp_path / "new").exists()


def test_a_folder_that_cannot_be_used_is_said_plainly(tmp_path: Path):
    """Another file stands where the folder should be."""
    (tmp_path / "store").write_text("a file")
    store = FolderStore(tmp_path / "store")

    with pytest.raises(StoreUnavailable, match="cannot be used"):
        store.read(KEY)
    with pytest.raises(StoreUnavailable, match="cannot be used"):
        store.write(KEY, b"x", if_version=None)
    with pytest.raises(StoreUnavailable, match="cannot be used"):
        list(store.names("users/"))


def test_a_lock_that_is_not_given_back_is_not_waited_for_long(
    folder_store: FolderStore, environment: pytest.MonkeyPatch
):
    """A stopped process holds it: the others say so instead of hanging, and nothing is half-written."""
    version = folder_store.write(KEY, b"one", if_version=None)
    environment.setattr(folder_module, "LOCK_PATIENCE_S", 0.1)

    with folder_store._locked(), pytest.raises(StoreUnavailable, match="busy"):
        folder_store.write(KEY, b"two", if_version=version)

    assert folder_store.read(KEY) == (b"one", version)
    assert [key for key, _ in folder_store.names("users/")] == [KEY]


@pytest.mark.usefixtures("s3_store")
def test_a_service_that_is_gone_is_said_soon(environment: pytest.MonkeyPatch):
    """Nobody listens there: every deed ends within seconds, in words."""
    environment.setenv("CARBUROAM_S3_ENDPOINT", f"http://127.0.0.1:{free_port()}")
    settings.cache_clear()
    gone = open_store()

    started = time.monotonic()
    with pytest.raises(StoreUnavailable, match="cannot be reached"):
        gone.read(KEY)
    with pytest.raises(StoreUnavailable, match="cannot be reached"):
        gone.write(KEY, b"x", if_version=None)
    with pytest.raises(StoreUnavailable, match="cannot be reached"):
        list(gone.names("users/"))
    assert time.monotonic() - started < 15


@pytest.mark.usefixtures("s3_store")
def test_a_bucket_that_is_not_there_is_no_empty_store(s3_endpoint: str):
    """A misspelt name must not look like a store without anybody."""
    store = S3Store(s3_client(s3_endpoint), "nosuchbucket")

    with pytest.raises(StoreUnavailable, match="NoSuchBucket"):
        list(store.names("users/"))
    with pytest.raises(StoreUnavailable, match="NoSuchBucket"):
        store.read(KEY)


def test_a_write_whose_answer_was_lost_is_no_conflict(s3_store: ObjectStore):
    """The first try arrived, the second finds what it wrote: that is success, not somebody else's name."""
    version = s3_store.write(KEY, b"ours alone", if_version=None)

    assert s3_store.write(KEY, b"ours alone", if_version=None) == version


def test_an_address_that_is_none_is_said_at_once():
    """A typing error in the settings."""
    with pytest.raises(SettingsInvalid, match="s3://bucket/prefix"):
        open_store("s3:bucket")
