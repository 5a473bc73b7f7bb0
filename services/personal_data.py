"""All that is kept of one person, as plain values: for the file they may take with them."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, RowMapping, Table, select

from adapters.storage import ObjectStore
from errors import AccountGone, CredentialsCorrupt
from models import Base, GasType, Mail, Station, User
from services import credentials
from services.credentials import Credentials
from session import engine, reading

# Of no use to anybody but us or a thief; our integers mean nothing outside of this base.
LEFT_OUT = {"user_id", "station_id", "gastype_id", "position"}
SECRET_ENDINGS = ("_hash", "_hmac")


def personal_data(store: ObjectStore, *, user_id: int, on: Engine | None = None) -> dict[str, Any]:
    """Everything that hangs on this person, by table; moments in ISO 8601, no password, hash or key.

    A table that a later feature hangs on users is in it without a line here. Raises AccountGone or StoreUnavailable.
    """
    base = on or engine()
    with reading(base) as session:
        person = session.execute(select(*User.__table__.columns).where(User.id == user_id)).mappings().first()
        if person is None:
            raise AccountGone(str(user_id))
        found: dict[str, Any] = {"account": _plain(person)}
        for table in tables_of_people():
            rows = session.execute(_with_names(table).where(table.c.user_id == user_id)).mappings()
            found[table.name] = [_plain(row) for row in rows]
        sent = session.execute(
            select(Mail.subject, Mail.created_at, Mail.sent_at).where(Mail.recipient == person["mail"])
        ).mappings()
        found["mails"] = [_plain(row) for row in sent]
    found["account"]["roles"] = list(_roles(store, person["username"]))
    return found


def tables_of_people() -> list[Table]:
    """The tables that hang on users."""
    users = User.__table__
    return [
        table
        for table in Base.metadata.sorted_tables
        if any(key.column.table is users and key.parent.name == "user_id" for key in table.foreign_keys)
    ]


def _with_names(table: Table) -> Any:
    """The rows with the names that mean something outside of this base, in place of our integers."""
    chosen = select(*table.columns)
    if "station_id" in table.c:
        stations = Station.__table__
        chosen = chosen.add_columns(stations.c.source, stations.c.source_ref, stations.c.town)
        chosen = chosen.join(stations, stations.c.id == table.c.station_id)
    if "gastype_id" in table.c:
        fuels = GasType.__table__
        chosen = chosen.add_columns(fuels.c.name.label("fuel"))
        chosen = chosen.join(fuels, fuels.c.id == table.c.gastype_id)
    return chosen


def _plain(row: RowMapping) -> dict[str, Any]:
    return {
        name: _value(value)
        for name, value in row.items()
        if name != "id" and name not in LEFT_OUT and not name.endswith(SECRET_ENDINGS)
    }


def _value(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value if isinstance(value, bool | int | float | str | None) else str(value)


def _roles(store: ObjectStore, username: str) -> tuple[str, ...]:
    try:
        found: Credentials | None = credentials.load(store, username)
    except CredentialsCorrupt:
        return ()
    return found.roles if found else ()
