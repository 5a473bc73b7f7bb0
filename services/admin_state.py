"""How the service fares, in the facts that whoever runs it looks at first."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from time import monotonic

from adapters.storage import open_store
from errors import StoreUnavailable
from services import admin_etl, admin_post, admin_shell, backups, hosting
from services.admin_etl import Work
from services.admin_post import Post
from services.backups import Kept
from session import reading
from settings import settings
from sources import configured

# A store far away is not asked at every tap.
STORE_LASTS_S = 30
OLD_BACKUP = timedelta(days=2)


@dataclass(frozen=True)
class State:
    """What is known at this moment."""

    works: list[Work]
    """One for each source that is switched on."""
    has_worker: bool
    """Whether a process that reads lives, on any machine."""
    is_deaf: bool
    """Whether an order waits that no child picks up."""
    post: Post
    backup: Kept | None
    """The newest one."""
    has_store: bool
    """Whether the store answers."""
    forgets: bool
    """Whether credentials and backups are lost with this machine."""
    has_shell: bool


def intervals() -> dict[str, timedelta]:
    """How often each source that is switched on is read."""
    return {one.source.name: one.interval for one in configured(settings())}


def look(*, now: datetime) -> State:
    """The facts. Raises DatabaseUnavailable; a store that is away is one of them."""
    with reading() as session:
        works = admin_etl.works(session, intervals=intervals(), now=now)
        has_worker = bool(admin_etl.workers(session))
        is_deaf = admin_etl.is_deaf(session, now=now)
        post = admin_post.post(session)
    has_store, backup = _newest(settings().store, int(monotonic() / STORE_LASTS_S))
    return State(works, has_worker, is_deaf, post, backup, has_store, hosting.forgets_its_people(), admin_shell.is_on())


def is_old(backup: Kept, *, now: datetime) -> bool:
    """Whether a backup that should have been made since was not. `now` is the real time."""
    return now - backup.made_at > OLD_BACKUP


def forget() -> None:
    """Ask the store anew: a backup was made here."""
    _newest.cache_clear()


@lru_cache(maxsize=4)
def _newest(address: str, moment: int) -> tuple[bool, Kept | None]:  # noqa: ARG001 - the key of a cache
    try:
        return True, next(iter(backups.kept(open_store())), None)
    except StoreUnavailable:
        return False, None
