"""The shell of the console: off by default, never without password and role, bounded, told, and blind to secrets."""

from typing import Any

import pytest
from sqlalchemy import func, select

from errors import ShellRefused, TryLater
from models import GasType
from services import account_changes, admin_shell, audit
from services.admin_shell import Done
from session import reading
from settings import settings
from tests.people import NOON, PASSWORD, register
from tests.stores import Place


@pytest.fixture
def root(place: Place, environment: pytest.MonkeyPatch) -> int:
    """An admin of a host that has it switched on, and whose environment holds a secret."""
    user_id = register(place, "root").id
    account_changes.set_admin(place.store, user_id=user_id, is_admin=True)
    environment.setenv("CARBUROAM_ADMIN_SHELL", "true")
    environment.setenv("SOMETHING_SECRET", "hush")
    settings.cache_clear()
    return user_id


def do(place: Place, user_id: int, command: str, *, password: str = PASSWORD, **limits: Any) -> Done:
    """As the page does."""
    return admin_shell.run(place.store, command, user_id=user_id, password=password, address="", now=NOON, **limits)


def test_it_is_off_and_asks_for_password_and_role_each_time(place: Place, root: int, environment: pytest.MonkeyPatch):
    """A wrong password, a role that was taken while the page was open, a host that did not switch it on."""
    with pytest.raises(ShellRefused, match="password"):
        do(place, root, "true", password="wrong")
    register(place, "other")
    account_changes.set_admin(place.store, user_id=root + 1, is_admin=True)
    account_changes.set_admin(place.store, user_id=root, is_admin=False)
    with pytest.raises(ShellRefused, match="no admin"):
        do(place, root, "true")
    environment.delenv("CARBUROAM_ADMIN_SHELL")
    settings.cache_clear()
    with pytest.raises(ShellRefused, match="switched off"):
        do(place, root + 1, "true")
    with reading(place.base) as session:
        assert audit.entries(session) == []


def test_a_guesser_is_slowed_down(sqlite_database, folder_store, environment: pytest.MonkeyPatch):
    """An open console is no leave to guess the password."""
    place = Place(folder_store, sqlite_database, {})
    user_id = register(place, "root").id
    environment.setenv("CARBUROAM_ADMIN_SHELL", "true")
    settings.cache_clear()

    refused = []
    for _ in range(9):
        with pytest.raises((ShellRefused, TryLater)) as told:
            do(place, user_id, "true", password="wrong")
        refused.append(told.type)

    assert refused[0] is ShellRefused
    assert refused[-1] is TryLater


def test_a_command_is_bounded_stripped_and_told(place: Place, root: int):
    """No secret of the environment, an end for what has none, with all that it started; the log has each command."""
    assert do(place, root, "echo out; echo err >&2; exit 3").output == "out\nerr\n"
    assert do(place, root, "exit 3").code == 3
    assert "hush" not in do(place, root, "env; cat /proc/self/environ").output
    endless = do(place, root, "(sleep 600; echo late) & sleep 600", most_s=0.3)
    assert (endless.code, endless.output) == (None, "")
    flood = do(place, root, "yes", most_s=20)
    assert flood.is_cut
    assert len(flood.output) == admin_shell.MOST_BYTES
    for nonsense in ("", "x" * 5_000, "echo \0"):
        with pytest.raises(ShellRefused):
            do(place, root, nonsense)

    with reading(place.base) as session:
        told = audit.entries(session)
    assert {one.action for one in told} == {"shell"}
    assert told[-1].details == {"command": "echo out; echo err >&2; exit 3"}
    assert PASSWORD not in str(told)


def test_writing_sql_is_whole_or_not_at_all_and_told(place: Place, root: int):
    """One statement; one that fails changes nothing."""

    def write(sql: str) -> Done:
        return admin_shell.write_sql(place.store, sql, user_id=root, password=PASSWORD, address="", now=NOON)

    assert write("UPDATE gas_types SET name = 'B7:x' WHERE id = 1").output == "1 rows"
    assert "B7:x" in write("SELECT id, name FROM gas_types ORDER BY id").output
    for broken in ("UPDATE gas_types SET name = 'same'", "NONSENSE", "DELETE FROM audit_log"):
        with pytest.raises(ShellRefused):
            write(broken)

    with reading(place.base) as session:
        assert session.scalar(select(func.count()).where(GasType.name == "same")) == 0
        assert len(audit.entries(session)) == 5
