"""Log files: only ours are read, from their end, however large; none of the tricks of names leads elsewhere."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from errors import LogUnknown
from services import audit, logs
from session import reading
from settings import settings
from tests.people import NOON

OURS = "stdout_20261122T091447.590390Z-14005.txt"


@pytest.fixture
def folder(sqlite_database: Engine) -> Path:  # noqa: ARG001 - the log of removals is there
    """The outputs folder with one log of three lines and things that are no logs."""
    made = settings().outputs_dir
    (made / "store").mkdir(parents=True)
    (made / "store" / "secret").write_text("the key")
    (made / OURS).write_text("first\nsource=x stage=Load\nlast é\n")
    return made


def test_a_log_is_listed_read_searched_and_removed(folder: Path):
    """The end, any piece, the lines with some words; its removal is told."""
    (folder / "notes.txt").write_text("mine")

    assert [(one.name, one.size) for one in logs.files()] == [(OURS, 34)]
    assert logs.files()[0].changed_at <= datetime.now(UTC)
    assert logs.tail(OURS) == ["first", "source=x stage=Load", "last é"]
    assert logs.tail(OURS, most_bytes=12) == ["last é"]
    assert logs.piece(OURS, start=6, most_bytes=8) == b"source=x"
    assert logs.piece(OURS, start=10_000) == b""
    assert logs.search(OURS, " STAGE=load ") == ["source=x stage=Load"]
    assert logs.search(OURS, " ") == []
    logs.remove(OURS, actor="root", now=NOON)
    assert logs.files() == []
    with reading() as session:
        assert [(one.action, one.target) for one in audit.entries(session)] == [("log.remove", OURS)]


@pytest.mark.parametrize(
    "name",
    [
        "store/secret",
        "../outputs/" + OURS,
        "/etc/passwd",
        "stdout_../../../../etc/passwd.txt",
        "stdout_..%2f..%2fetc.txt",
        OURS + "\n",
        OURS + "\0.txt",
        "stdout_20261122T091447Z-1.txt",
        "stdout_20261122T091447Z-2.txt",
        "stdout_20261122T091447Z-3.txt",
        "stdout_20261122T091447Z-4.txt",
        "",
        "notes.txt",
    ],
)
def test_no_name_leads_elsewhere(folder: Path, name: str):
    """Ways up, absolute paths, links, pipes, folders, and what is not there."""
    (folder / "stdout_20261122T091447Z-1.txt").symlink_to(folder / "store" / "secret")
    os.mkfifo(folder / "stdout_20261122T091447Z-2.txt")
    (folder / "stdout_20261122T091447Z-3.txt").mkdir()

    for deed in (
        logs.tail,
        lambda name: logs.piece(name, start=0),
        lambda name: logs.search(name, "key"),
        lambda name: logs.remove(name, actor="root", now=NOON),
    ):
        with pytest.raises(LogUnknown):
            deed(name)
    assert [one.name for one in logs.files()] == [OURS]
    assert (folder / "store" / "secret").exists()


def test_a_log_of_a_gigabyte_is_read_from_its_end(folder: Path, monkeypatch: pytest.MonkeyPatch):
    """A sparse file of that size with a line at its end: little of it is read, and a line without end is no trap."""
    with (folder / OURS).open("ab") as file:
        file.truncate(1 << 30)
        file.seek(0, os.SEEK_END)
        file.write(b"\nneedle here\nlast\n")
    read: list[int] = []
    pread = os.pread

    def counting(descriptor: int, count: int, at: int) -> bytes:
        read.append(count)
        return pread(descriptor, count, at)

    monkeypatch.setattr(os, "pread", counting)
    monkeypatch.setattr(logs, "MOST_SEARCHED", 4 << 20)

    assert logs.tail(OURS)[-1] == "last"
    assert logs.search(OURS, "needle") == ["needle here"]
    assert sum(read) < 5 << 20
