"""How often something happened on a day (Paris): counted when it happens, without a word of who it was."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import DailyCount
from session import insert_into

DAYS_OF = ZoneInfo("Europe/Paris")

VISITS = "visits"
VISITORS = "visitors"
BOT_VISITS = "bot_visits"
REGISTRATIONS = "registrations"
SIGN_IN_FAILURES = "sign_in_failures"
BACKUPS = "backups"
BACKUP_FAILURES = "backup_failures"
RESTORES = "restores"


def day_of(moment: datetime) -> str:
    """The day in Paris, `2026-11-22`."""
    return moment.astimezone(DAYS_OF).date().isoformat()


def add(session: Session, what: str, *, now: datetime | None = None, day: str = "", by: int = 1) -> None:
    """Count it in the caller's transaction, on the day of `now` or on `day`. Two that count at once both count."""
    new = insert_into(DailyCount, session).values(day=day_of(now) if now else day, what=what, count=by)
    session.execute(
        new.on_conflict_do_update(
            index_elements=["day", "what"], set_={"count": DailyCount.count + new.excluded.count}
        ),
        execution_options={"synchronize_session": False},
    )


def per_day(session: Session, what: str, *, since: str) -> dict[str, int]:
    """The counts of the days from `since` on; a day without is left out."""
    rows = session.execute(
        select(DailyCount.day, DailyCount.count)
        .where(DailyCount.what == what, DailyCount.day >= since)
        .order_by(DailyCount.day)
    )
    return {row.day: row[1] for row in rows}


def has_any(session: Session, *what: str) -> bool:
    """Whether one of these was ever counted in this base."""
    return session.scalars(select(DailyCount.day).where(DailyCount.what.in_(what)).limit(1)).first() is not None
