"""People with an account, for tests of what hangs on one."""

from datetime import UTC, datetime
from uuid import uuid4

from sqlalchemy import Engine

from models import User
from session import writing

NOW = datetime(2026, 3, 14, 9, 26, tzinfo=UTC)


def a_member(on: Engine, username: str = "ada") -> int:
    """The id of a new user row."""
    with writing(on) as session:
        user = User(uuid=uuid4(), username=username, mail=f"{username}@example.org", name="Ada", created_at=NOW)
        session.add(user)
        session.flush()
        return user.id
