"""The classic single `config.yaml` of streamlit-authenticator, into the store and out of it."""

import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import yaml
from sqlalchemy import Engine, select

from adapters.storage import ObjectStore
from errors import CredentialsCorrupt, FieldRefused, SettingsInvalid, StoreConflict
from models import User
from services import credentials, identity, mirror, passwords
from services.credentials import Credentials
from session import engine, reading

log = logging.getLogger(__name__)


@dataclass
class Imported:
    """What became of the people in a file."""

    added: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    """Those who are in the store already; they stay as they are."""
    refused: dict[str, str] = field(default_factory=dict)
    """Those who cannot be taken over, and why."""


def import_file(
    store: ObjectStore,
    path: Path,
    *,
    now: datetime,
    on: Engine | None = None,
    progress: mirror.Progress | None = None,
) -> Imported:
    """Take over the people of a file; nobody who is here already is touched, so it may be called again.

    Passwords in clear are hashed. Raises SettingsInvalid where the file is none of streamlit-authenticator's.
    """
    base = on or engine()
    people = _people(path)
    done = Imported()
    with reading(base) as session:
        mails = {row.mail: row.username for row in session.execute(select(User.mail, User.username))}
    for count, (name, record) in enumerate(people.items(), start=1):
        try:
            _import_one(store, str(name), record, mails, done, now)
        except (CredentialsCorrupt, FieldRefused) as error:
            done.refused[str(name)] = str(error)
        if progress:
            progress(count, len(people))
    mirror.Mirror(store, base).look(now=now)
    return done


def export_file(store: ObjectStore, path: Path) -> int:
    """Write everybody in the store into a new file that only its owner may read; how many they are.

    Raises SettingsInvalid where the file cannot be written, or is there already.
    """
    people = {found.username: credentials.to_record(found) for found in _everybody(store)}
    text = yaml.safe_dump({"credentials": {"usernames": people}}, allow_unicode=True, sort_keys=False)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise SettingsInvalid(f"{path} cannot be written: {error.strerror}") from error
    return len(people)


def _import_one(
    store: ObjectStore, name: str, record: object, mails: dict[str, str], done: Imported, now: datetime
) -> None:
    username = identity.username(name)
    found = credentials.from_record(username, record)
    # Nobody's yet: who is in the store already keeps the mail there, this file's second one has to do without.
    if mails.get(found.mail, username) != username:
        done.refused[name] = f"the mail is that of {mails[found.mail]}"
        return
    if found.password is None:
        found = replace(found, password=_hash_of_clear(record))
    new = replace(found, uuid=found.uuid if found.is_identified else uuid4(), created_at=found.created_at or now)
    try:
        credentials.save(store, replace(new, version=None))
    except StoreConflict:
        done.kept.append(username)
        return
    mails[found.mail] = username
    done.added.append(username)


def _hash_of_clear(record: object) -> str:
    clear = record.get("password") if isinstance(record, dict) else None
    # What begins like a hash and is none was broken on its way: nobody's password.
    if not isinstance(clear, str) or not clear or clear.startswith("$2"):
        raise CredentialsCorrupt("no password and no hash that can be used")
    if len(clear.encode()) > passwords.MOST_BYTES:
        raise CredentialsCorrupt("a password of more than 72 bytes")
    return passwords.hashed(clear)


def _people(path: Path) -> dict[Any, Any]:
    try:
        read = yaml.safe_load(path.read_text(encoding="utf-8"))
        people = read["credentials"]["usernames"]
    except OSError as error:
        raise SettingsInvalid(f"{path} cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise SettingsInvalid(f"{path} is no configuration of streamlit-authenticator") from error
    if not isinstance(people, dict):
        raise SettingsInvalid(f"{path} names nobody under credentials, usernames")
    return people


def _everybody(store: ObjectStore) -> Iterator[Credentials]:
    for key, _mark in sorted(store.names(credentials.FOLDER)):
        name = credentials.username_of(key)
        if name is None:
            continue
        try:
            found = credentials.load(store, name)
        except CredentialsCorrupt as error:
            log.warning("left out, it cannot be read: %s", error)
            continue
        if found:
            yield found
