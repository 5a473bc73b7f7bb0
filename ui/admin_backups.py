"""Backups in the console: made, read to their end, taken away, brought back after a look at what would change."""

import tempfile
from datetime import UTC, datetime
from pathlib import Path

import streamlit as st

from adapters.storage import BACKUPS, open_store
from errors import BackupRefused
from services import admin_state, audit, backups, base_copy
from services.accounts import Account
from services.backups import Kept
from services.belongings import Changes
from session import engine, writing
from ui.admin_download import download
from ui.admin_words import back, begin_anew, heading, is_sure, note, number, table, tried, way, ways, when
from ui.frame import Visit
from ui.language import say

CHANGES = ("people", "changed", "unknown", "stations_added", "stations_removed", "stations_renamed", "fuels", "others")


def backups_part(person: Account, visit: Visit) -> None:
    """The list, or the backup that the address names."""
    name = st.query_params.get("file")
    if name is None:
        _list(person, visit)
        return
    back(say("admin.backups"), part="backups")
    tried(lambda: _sheet(name, person, visit), visit)


def _list(person: Account, visit: Visit) -> None:
    note(say("admin.backup_why"))
    if st.button(
        say("admin.backup_make"), key="admin_backup_make", icon=":material/backup:", type="primary", width="stretch"
    ):
        made: list[Kept | None] = []
        with st.spinner(say("admin.backup_making")):
            is_done = tried(lambda: made.append(_make(person)), visit)
        admin_state.forget()
        if is_done:
            begin_anew(say("admin.backup_made", name=made[0].name) if made[0] else say("admin.backup_nothing"))
    heading(say("admin.backups_kept"))
    found: list[Kept] = []
    if tried(lambda: found.extend(backups.kept(open_store())), visit):
        if found:
            ways(_way(one, visit) for one in found)
        else:
            note(say("admin.backup_none_yet"))
    _copy(person, visit)


def _way(one: Kept, visit: Visit) -> str:
    return way(say("admin.backup_of", when=when(one.made_at, visit)), one.name, part="backups", file=one.name)


def _make(person: Account) -> Kept | None:
    real = datetime.now(UTC)
    made = backups.make(open_store(), engine(), now=real)
    with writing() as session:
        audit.record(session, actor=person.username, action="backup", target=made.name if made else "-", now=real)
    return made


def _sheet(name: str, person: Account, visit: Visit) -> None:
    store, base = open_store(), engine()
    _, changes = backups.preview(store, base, name)
    heading(say("admin.backup_one"))
    st.success(say("admin.backup_good"), icon=":material/verified:")
    note(name)
    download(
        say("admin.backup_download"),
        lambda: _file(name, person),
        file_name=name,
        mime="application/octet-stream",
        key="admin_backup_download",
    )
    st.html(table(say("admin.restore_would"), [], _changes(changes, visit)))
    if not _is_news(changes):
        note(say("admin.restore_nothing"))
        return
    if is_sure(
        "restore",
        ask=say("admin.restore"),
        warning=say("admin.restore_warn"),
        yes=say("admin.restore_yes"),
        icon=":material/settings_backup_restore:",
    ):
        _, done = backups.restore(store, base, name, actor=person.username, now=datetime.now(UTC))
        begin_anew(say("admin.restored", count=number(done.changed, visit)))


def _is_news(changes: Changes) -> bool:
    return bool(changes.changed)


def _changes(changes: Changes, visit: Visit) -> list[tuple[str, str]]:
    return [(visit.say(f"admin.change_{name}"), number(getattr(changes, name), visit)) for name in CHANGES]


def _file(name: str, person: Account) -> bytes:
    found = open_store().read(BACKUPS + name) if backups.NAME.fullmatch(name) else None
    if found is None:
        raise BackupRefused("missing", name)
    with writing() as session:
        audit.record(session, actor=person.username, action="backup.download", target=name, now=datetime.now(UTC))
    return found.body


def _copy(person: Account, visit: Visit) -> None:
    heading(say("admin.copy"))
    if engine().dialect.name != "sqlite":
        note(say("admin.copy_postgres"))
        return
    if base_copy.is_too_large():
        note(say("admin.copy_large"))
        return
    note(say("admin.copy_why"))
    download(
        say("admin.copy_download"),
        lambda: copied(person.username),
        file_name=f"carburoam-{visit.now:%Y%m%d}.sqlite3.gz",
        mime="application/gzip",
        key="admin_copy",
    )


def copied(actor: str) -> bytes:
    """The base as it is at one moment, compressed."""
    with tempfile.TemporaryDirectory(prefix="carburoam-copy-") as folder:
        file = base_copy.copy_of_base(Path(folder), actor=actor, now=datetime.now(UTC))
        return base_copy.compressed(file)
