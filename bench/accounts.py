"""Signing in among ten people and among 100,000, on a folder and on S3; and reading who is signed in."""

import hashlib
import os
import sqlite3
import statistics
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import Engine

from adapters.folder_store import FolderStore
from adapters.s3_store import S3Store, s3_client
from adapters.storage import ObjectStore
from bench.report import Row, cpu_s, duration_s
from errors import SignInRefused
from services import accounts, identity, passwords, sessions
from services.credentials import Credentials, composed
from session import make_engine, prepare, reading, writing
from settings import settings

FEW, MANY = 10, 100_000
TIMES = 201
MOMENT = datetime(2026, 11, 22, 12, tzinfo=UTC)
PASSWORD = "correct horse battery"  # noqa: S105 - of people who do not exist
KEYS = {"AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": "bench", "AWS_EC2_METADATA_DISABLED": "true"}


@dataclass(frozen=True)
class Place:
    """A store and a base with so many people in both."""

    store: ObjectStore
    base: Engine
    people: int


def measure() -> list[Row]:
    """Sign-ins by turns in the small and the large place, so that a busy moment of the machine falls on both."""
    with tempfile.TemporaryDirectory() as folder, settings_in(folder), _moto() as endpoint:
        kept = passwords.hashed(PASSWORD)
        places: dict[str, list[Place]] = {"folder": [], "S3": []}
        for people in (FEW, MANY):
            bodies = [(name, _body(number, name, kept)) for number, name in enumerate(_names(people))]
            base = _base(Path(folder) / f"{people}.sqlite3", people)
            places["folder"].append(Place(_folder(Path(folder) / f"store{people}", bodies), base, people))
            places["S3"].append(Place(_bucket(endpoint, f"people{people}", bodies), base, people))
        rows = [_flatness(kind, *pair) for kind, pair in places.items()]
        rows.append(_reading(places["folder"][1]))
        rows.append(_known_and_unknown(places["folder"][1]))
        for place in places["folder"]:
            place.base.dispose()
    return rows


def _flatness(kind: str, small: Place, large: Place) -> Row:
    # The check itself is bcrypt's quarter of a second, whoever it is.
    check, passwords.is_right = passwords.is_right, lambda *_: True
    try:
        took: dict[int, list[float]] = {FEW: [], MANY: []}
        for turn in range(TIMES):
            for place in (small, large) if turn % 2 else (large, small):
                # A stride, so that no two are neighbours on disk.
                login = _name(turn * 7_919 % place.people)
                took[place.people].append(duration_s(_sign_in(place, login)) * 1_000)
    finally:
        passwords.is_right = check
    few, many = (statistics.median(took[people]) for people in (FEW, MANY))
    return Row(
        f"sign-in without bcrypt, 10 → 100,000, {kind}", many / few, 1.2, "×", f"{few:.1f} ms → {many:.1f} ms, medians"
    )


def _reading(place: Place) -> Row:
    """What ui/account.py asks once a run: who is behind this cookie."""
    with writing(place.base) as session:
        token = sessions.begin(session, user_id=50_000, user_agent="", now=MOMENT).token

    def read() -> None:
        with reading(place.base) as session:
            sessions.person(session, token, now=MOMENT)

    took = statistics.median(cpu_s(read) for _ in range(TIMES)) * 1_000
    return Row("reading the current account, 100,000 people", took, 1.0, "ms", "SQLite")


def _known_and_unknown(place: Place) -> Row:
    """With the real check: a stranger with a watch learns nothing."""
    took: dict[str, list[float]] = {"known": [], "unknown": []}
    for turn in range(15):
        for kind, login in (("known", _name(turn)), ("unknown", f"stranger{turn}")):
            # Days apart: nobody is slowed down.
            moment = MOMENT + timedelta(days=turn)
            took[kind].append(duration_s(_sign_in(place, login, password="wrong " * 3, now=moment)) * 1_000)
    known, unknown = (statistics.median(took[kind]) for kind in ("known", "unknown"))
    note = f"known {known:.0f} ms, unknown {unknown:.0f} ms, medians"
    return Row("a wrong password, known against unknown", max(known, unknown) / min(known, unknown), 1.1, "×", note)


def _sign_in(place: Place, login: str, password: str = PASSWORD, now: datetime = MOMENT) -> Callable[[], None]:
    def sign_in() -> None:
        with suppress(SignInRefused):
            # No address, which would slow down by itself who signs in two hundred times.
            accounts.authenticate(place.store, login=login, password=password, address="", now=now, on=place.base)

    return sign_in


def _name(number: int) -> str:
    return f"user{number}"


def _names(people: int) -> Iterator[str]:
    return (_name(number) for number in range(people))


def _uuid(number: int) -> UUID:
    return UUID(bytes=hashlib.sha256(str(number).encode()).digest()[:16])


def _body(number: int, name: str, kept: str) -> bytes:
    mail = f"{name}@example.org"
    return composed(Credentials(name, _uuid(number), mail, name, kept)) if number < FEW else _like(number, name, kept)


def _like(number: int, name: str, kept: str) -> bytes:
    # What `composed` writes, without a minute of YAML for all of them.
    return (
        f"email: {name}@example.org\nname: {name}\npassword: {kept}\nroles: []\nuuid: {_uuid(number)}\nlanguage: fr\n"
    ).encode()


def _folder(root: Path, bodies: list[tuple[str, bytes]]) -> FolderStore:
    (root / "users").mkdir(parents=True)
    for name, body in bodies:
        (root / identity.key_of(name)).write_bytes(body)
    return FolderStore(root)


def _bucket(endpoint: str, bucket: str, bodies: list[tuple[str, bytes]]) -> S3Store:
    from moto.core.models import DEFAULT_ACCOUNT_ID  # noqa: PLC0415
    from moto.s3.models import s3_backends  # noqa: PLC0415

    client = s3_client(endpoint)
    client.create_bucket(Bucket=bucket)
    # Inside its process: over the wire it takes two hundred a second.
    backend = s3_backends[DEFAULT_ACCOUNT_ID]["aws"]
    for name, body in bodies:
        backend.put_object(bucket, identity.key_of(name), body)
    return S3Store(client, bucket)


def _base(file: Path, people: int) -> Engine:
    made = make_engine(f"sqlite:///{file}")
    prepare(made)
    with sqlite3.connect(file) as connection:
        connection.executemany(
            "INSERT INTO users (id, uuid, username, mail, name, created_at) VALUES (?, ?, ?, ?, ?, 0)",
            (
                (number + 1, _uuid(number).hex, name, f"{name}@example.org", name)
                for number, name in enumerate(_names(people))
            ),
        )
    connection.close()
    return made


@contextmanager
def settings_in(folder: str) -> Iterator[None]:
    before = dict(os.environ)
    os.environ |= {**KEYS, "CARBUROAM_OUTPUTS_DIR": folder}
    settings.cache_clear()
    try:
        yield
    finally:
        os.environ.clear()
        os.environ |= before
        settings.cache_clear()


@contextmanager
def _moto() -> Iterator[str]:
    from tests.stores import moto  # noqa: PLC0415

    with moto() as endpoint:
        yield endpoint
