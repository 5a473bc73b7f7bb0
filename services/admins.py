"""The last admin stays one: nobody can demote, disable or remove them, whoever tries at the same moment."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from errors import LastAdmin
from models import User
from session import writing


@contextmanager
def changing(on: Engine, user_id: int, *, stays: bool) -> Iterator[Session]:
    """A transaction in which this person becomes an admin, or stops being one. Raises LastAdmin.

    Two at once are one after the other: of two admins who demote each other, the second is told. The change in the
    store comes last in it, so that all is undone where the store refuses.
    """
    with writing(on) as session:
        able = select(User.id).where(User.is_admin, User.disabled_at.is_(None)).order_by(User.id).with_for_update()
        if list(session.scalars(able)) == [user_id] and not stays:
            raise LastAdmin(str(user_id))
        yield session
