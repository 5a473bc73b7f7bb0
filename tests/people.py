"""People for tests: registered as the page would, and seen as the base and the store have them."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from models import User
from services import accounts
from services.accounts import Account
from session import reading
from tests.stores import Place

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
PASSWORD = "correct horse battery"


def register(place: Place, username: str = "anna", **facts: Any) -> Account:
    """An account with a sound password, `<username>@example.org` unless told otherwise."""
    return accounts.register(
        place.store,
        **{
            "name": username.title(),
            "mail": f"{username}@example.org",
            "username": username,
            "password": PASSWORD,
            "language": "fr",
            "now": NOON,
            **facts,
        },
    )


def sign_in(place: Place, login: str = "anna", password: str = PASSWORD, **facts: Any) -> Account:
    """What the sign-in page does."""
    return accounts.authenticate(
        place.store, **{"login": login, "password": password, "address": "192.0.2.1", "now": NOON, **facts}
    )


def in_base(place: Place) -> dict[str, str]:
    """Username and mail of everybody in the base."""
    with reading(place.base) as session:
        return {row.username: row.mail for row in session.scalars(select(User))}


def in_store(place: Place) -> set[str]:
    """The names of all objects in the store."""
    return {key.removeprefix("users/").removesuffix(".yaml") for key, _ in place.store.names("users/")}


def overwrite(place: Place, username: str, body: str) -> None:
    """Write an object by hand, as somebody with an editor would."""
    key = f"users/{username}.yaml"
    found = place.store.read(key)
    place.store.write(key, body.encode(), if_version=found.version if found else None)


def wipe(place: Place, username: str) -> None:
    """Remove an object by hand."""
    key = f"users/{username}.yaml"
    found = place.store.read(key)
    assert found
    place.store.delete(key, if_version=found.version)


def content(place: Place, username: str) -> str:
    """An object as it lies there."""
    found = place.store.read(f"users/{username}.yaml")
    assert found
    return found.body.decode()
