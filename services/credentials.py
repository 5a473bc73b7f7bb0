"""Credentials: one object a person in the store, in the record format of streamlit-authenticator, and our `uuid`.

The keys that we read are `email`, `name` (or `first_name` and `last_name`), `password`, `roles`, and our own `uuid`,
`created_at`, `mail_verified_at`, `language` and `disabled_at`. What else a record holds is kept as it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote
from uuid import NAMESPACE_URL, UUID, uuid5

import yaml

from adapters.storage import ObjectStore
from errors import CredentialsCorrupt, FieldRefused
from services import identity, passwords

ADMIN = "admin"
LANGUAGES = ("fr", "en")
MOST_BYTES = 64 << 10
FOLDER = "users/"
OURS = frozenset({
    "email", "name", "first_name", "last_name", "password", "roles",
    "uuid", "created_at", "mail_verified_at", "language", "disabled_at",
})  # fmt: skip


@dataclass(frozen=True)
class Credentials:
    """What the object of one person says."""

    username: str
    """Folded; the object's key is made of it."""
    uuid: UUID
    mail: str
    name: str
    password: str | None = field(repr=False)
    """A bcrypt hash; None where the object holds none that can be used."""
    roles: tuple[str, ...] = ()
    created_at: datetime | None = None
    mail_verified_at: datetime | None = None
    language: str = LANGUAGES[0]
    disabled_at: datetime | None = None
    """Since when an admin has kept this person out."""
    others: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """What others wrote into the record."""
    version: str | None = field(default=None, compare=False)
    """Of the object that this was read from; None while there is none."""

    @property
    def is_identified(self) -> bool:
        """Whether the object carries a uuid; where it has none, one is derived from the username."""
        return self.uuid != derived_uuid(self.username)

    @property
    def is_admin(self) -> bool:
        """Whether the role is one of this person's."""
        return ADMIN in self.roles


def load(store: ObjectStore, username: str) -> Credentials | None:
    """The credentials under a folded username, None where there are none.

    Raises CredentialsCorrupt, with the object's version in `version`, where nobody could make sense of it.
    """
    found = store.read(identity.key_of(username))
    if found is None:
        return None
    try:
        return replace(parsed(username, found.body), version=found.version)
    except CredentialsCorrupt as error:
        error.version = found.version
        raise


def save(store: ObjectStore, credentials: Credentials) -> Credentials:
    """Write them over the version that they were read from, or where none is yet; answer them as they are now.

    Raises StoreConflict where someone else wrote first.
    """
    key = identity.key_of(credentials.username)
    return replace(credentials, version=store.write(key, composed(credentials), if_version=credentials.version))


def username_of(key: str) -> str | None:
    """The username whose object has this key; None for a key that no sign-in would look under."""
    stem = key.removeprefix(FOLDER).removesuffix(".yaml")
    try:
        name = unquote(stem, errors="strict")
        return name if identity.username(name) == name and identity.key_of(name) == key else None
    except (FieldRefused, ValueError):
        return None


def derived_uuid(username: str) -> UUID:
    """The uuid of a person whose object carries none: the same on every server."""
    return uuid5(NAMESPACE_URL, identity.key_of(username))


def parsed(username: str, body: bytes) -> Credentials:
    """What an object says. Raises CredentialsCorrupt."""
    if len(body) > MOST_BYTES:
        raise CredentialsCorrupt(f"{username}: too large")
    try:
        record = yaml.safe_load(body.decode())
    # Not only YAMLError: an impossible date is a ValueError, and brackets without end are a RecursionError.
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise CredentialsCorrupt(f"{username}: no YAML") from error
    return from_record(username, record)


def from_record(username: str, record: object) -> Credentials:
    """What a record of streamlit-authenticator says. Raises CredentialsCorrupt."""
    if not isinstance(record, dict):
        raise CredentialsCorrupt(f"{username}: no record")
    try:
        mail = identity.mail(_text(record, "email"))
        name = identity.name(_name(record) or username)
        uuid = UUID(_text(record, "uuid")) if "uuid" in record else derived_uuid(username)
        password = _text(record, "password") if "password" in record else ""
        language = record.get("language")
        return Credentials(
            username=username,
            uuid=uuid,
            mail=mail,
            name=name,
            password=password if passwords.is_hash(password) else None,
            roles=_roles(record.get("roles")),
            created_at=_moment(record.get("created_at")),
            mail_verified_at=_moment(record.get("mail_verified_at")),
            language=language if language in LANGUAGES else LANGUAGES[0],
            disabled_at=_moment(record.get("disabled_at")),
            others={str(key): value for key, value in record.items() if key not in OURS},
        )
    except (FieldRefused, ValueError) as error:
        raise CredentialsCorrupt(f"{username}: {error}") from error


def composed(credentials: Credentials) -> bytes:
    """The object's content."""
    text: str = yaml.safe_dump(to_record(credentials), allow_unicode=True, sort_keys=False)
    return text.encode()


def to_record(credentials: Credentials) -> dict[str, Any]:
    """The record as streamlit-authenticator reads it."""
    ours = {
        "email": credentials.mail,
        "name": credentials.name,
        "password": credentials.password,
        "roles": list(credentials.roles),
        "uuid": str(credentials.uuid),
        "created_at": _written(credentials.created_at),
        "mail_verified_at": _written(credentials.mail_verified_at),
        "language": credentials.language,
        "disabled_at": _written(credentials.disabled_at),
    }
    return {key: value for key, value in ours.items() if value is not None} | dict(credentials.others)


def _text(record: dict[Any, Any], key: str) -> str:
    value = record.get(key)
    if not isinstance(value, str):
        raise ValueError(f"{key} is no text")  # noqa: TRY004 - told as one with the other reasons
    return value


def _name(record: dict[Any, Any]) -> str:
    # The order of the library's own choice.
    parts = [record.get("first_name"), record.get("last_name")]
    together = " ".join(part for part in parts if isinstance(part, str)).strip()
    alone = record.get("name")
    return together or (alone if isinstance(alone, str) else "")


def _roles(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    # A text would do as a list of letters, and `"admin" in "administrative"` is true.
    if not isinstance(value, list) or not all(isinstance(role, str) for role in value):
        raise ValueError("roles is no list of words")
    return tuple(value)


def _moment(value: object) -> datetime | None:
    if value is None:
        return None
    read = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def _written(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat(timespec="seconds") if moment else None
