"""Whether this server can do its work: for a load balancer and for whoever looks after it."""

from errors import DatabaseUnavailable
from services.data_state import DataKind, DataState, data_state
from session import reading
from settings import now, settings, version


def health() -> dict[str, str | None]:
    """The state of application, database and data as plain words. Never raises for a database that cannot be read."""
    try:
        with reading() as session:
            state = data_state(session, now=now(), interval=settings().etl_interval)
    except DatabaseUnavailable:
        # No detail: the answer is open to everybody.
        return {"app": "ok", "database": "unreadable"}
    return {
        "app": "ok",
        "database": "ok",
        "version": version(),
        "freshness": _freshness(state),
        "data_at": state.extract_at.isoformat() if state.extract_at else None,
        "confirmed_at": state.confirmed_at.isoformat() if state.confirmed_at else None,
    }


def is_able(report: dict[str, str | None]) -> bool:
    """Whether a server that says this can serve pages."""
    return report["database"] == "ok"


def _freshness(state: DataState) -> str:
    if state.kind is DataKind.REAL:
        return "late" if state.is_late else "fresh"
    return state.kind.value
