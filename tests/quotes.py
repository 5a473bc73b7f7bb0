"""A base filled with records through the real load, and quotes for what needs no base."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, event

from pipeline.gather import gather
from pipeline.harvest import Harvest
from pipeline.load import load
from records import Fuel, StationRecord
from services.opening import Opening, OpenState
from services.quotes import Quote
from session import writing
from tests import builders

NOON = datetime.fromtimestamp(builders.NOON, UTC)
DAY = timedelta(days=1)


def store(on: Engine, *records: StationRecord, source: str = "test") -> None:
    """Bring the base to these stations and no others of this source."""
    harvest = Harvest()
    gather(iter(records), source=source, into=harvest)
    with writing(on) as session:
        load(session, harvest, source=source, area="FR", now=builders.NOON, run_id=1)


def a_quote(**facts: Any) -> Quote:
    """A sound quote of Gazole, declared today at a station that is open, but for these facts."""
    sound: dict[str, Any] = {
        "station_id": 1,
        "source_ref": "1000001",
        "brand": None,
        "name": None,
        "address": "596 avenue de Trévoux",
        "zip_code": "01000",
        "town": "Bourg-en-Bresse",
        "area": "FR-01",
        "latitude": 46.2,
        "longitude": 5.2,
        "is_motorway": False,
        "is_gone": False,
        "fuel": Fuel.DIESEL,
        "price": 1_749,
        "updated_at": NOON,
        "is_suspect": False,
        "is_stale": False,
        "out_since": None,
        "opening": Opening(OpenState.OPEN),
        "distance_km": 1.0,
    }
    return Quote(**(sound | facts))


@contextmanager
def counted(on: Engine) -> Iterator[list[str]]:
    """The statements that are sent to the base meanwhile."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        sent.append(statement)

    event.listen(on, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(on, "before_cursor_execute", note)
