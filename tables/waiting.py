"""Followed stations of a backup that the feed had not brought: they become followed ones as soon as it does.

Here, below the pipeline and the services, as both bring stations and people together.
"""

from sqlalchemy import delete, exists, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from tables.people import CustomStation, WaitingStation
from tables.stations import Station


def attach(session: Session) -> None:
    """Let those follow their stations whose stations are there. Called in the transaction that brought the stations.

    Who follows the station already keeps the name given since.
    """
    if session.scalars(select(WaitingStation.user_id).limit(1)).first() is None:
        return
    is_the_same = (Station.source == WaitingStation.source, Station.source_ref == WaitingStation.source_ref)
    columns = ["user_id", "station_id", "custom_name", "position"]
    arrived = select(WaitingStation.user_id, Station.id, WaitingStation.custom_name, WaitingStation.position).join(
        Station, is_the_same[0] & is_the_same[1]
    )
    # Without a condition SQLite would take ON CONFLICT for that of the join.
    arrived = arrived.where(WaitingStation.user_id > 0)
    # Unlike values(), from_select() forgets the dialect in its type: the conflict first.
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    new = insert(CustomStation).on_conflict_do_nothing().from_select(columns, arrived)
    session.execute(new, execution_options={"synchronize_session": False})
    session.execute(
        delete(WaitingStation).where(exists().where(*is_the_same)), execution_options={"synchronize_session": False}
    )
