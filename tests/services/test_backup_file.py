"""The form of a backup: what was written is read, what anything else wrote is refused with its reason."""

import gzip
import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import pytest

from errors import BackupRefused
from services import backup_file
from services.backup_file import Person

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
ANNA = Person(
    str(UUID(int=1)),
    language="en",
    stations=[["fr_prix_carburants", "1000001", "Chez Zoé\u2028=1+1"], ["fr_prix_carburants", "1000002", ""]],
    fuels=[[1, 1650], [5, None]],
    car={"tank_l": 50.0, "fill_l": None, "litres_100km": 5.5, "km_a_year": 12_000},
    car_fuels=[[1, 5.0]],
    home={"label": "Maison", "latitude": 48.85, "longitude": 2.35, "radius_km": 10},
    alerts={"is_on": True, "gain_cents": 200, "sent_on": None},
)
PEOPLE = [ANNA, Person(str(UUID(int=2)), fuels=[[1, None]])]
FILE = backup_file.written(PEOPLE, now=NOON)


def _forged(header: dict[str, object], plain: bytes) -> bytes:
    """A file whose checksum is right, whatever it says."""
    packed = gzip.compress(plain)
    facts = {
        "format": "carburoam-backup",
        "version": 1,
        "made_at": NOON.isoformat(),
        "people": 1,
        "size": len(packed),
        "sha256": hashlib.sha256(packed).hexdigest(),
    }
    return json.dumps(facts | header).encode() + b"\n" + packed


def test_what_was_written_is_read():
    """Names with odd characters, empty wishes and all; the same people have the same mark at any time."""
    found = backup_file.read(FILE)

    assert found.people == PEOPLE
    assert found.made_at == NOON
    assert backup_file.content_mark(FILE) == backup_file.content_mark(
        backup_file.written(PEOPLE, now=datetime.now(UTC))
    )
    assert backup_file.content_mark(FILE) != backup_file.content_mark(backup_file.written(PEOPLE[:1], now=NOON))


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda _: b"", "foreign"),
        (lambda _: b"PK\x03\x04 a zip of somebody's", "foreign"),
        (lambda _: b"[" * 900 + b"\n", "foreign"),
        (lambda _: b'{"format": "another"}\n', "foreign"),
        (lambda file: file.replace(b'"version": 1', b'"version": 2', 1), "newer"),
        (lambda file: file[:-1], "cut"),
        (lambda file: file[: file.index(b"\n") + 1], "cut"),
        (lambda file: file[:-9] + bytes([file[-9] ^ 1]) + file[-8:], "corrupt"),
        (lambda file: file.replace(b'"people": 2', b'"people": 3', 1), "corrupt"),
        (lambda _: _forged({}, b"no json"), "corrupt"),
        (lambda _: _forged({}, b'{"uuid": "no uuid"}'), "corrupt"),
        (lambda _: _forged({}, b"[]"), "corrupt"),
        (lambda _: _forged({}, f'{{"uuid": "{UUID(int=1)}", "fuels": [[99, null]]}}'.encode()), "corrupt"),
        (lambda _: _forged({}, f'{{"uuid": "{UUID(int=1)}", "stations": [["only one"]]}}'.encode()), "corrupt"),
        (lambda _: _forged({"made_at": None}, f'{{"uuid": "{UUID(int=1)}"}}'.encode()), "corrupt"),
    ],
)
def test_what_cannot_be_trusted_is_refused_with_its_reason(spoil: Callable[[bytes], bytes], reason: str):
    """Foreign, newer, cut short, changed on the way, or never right although its checksum is."""
    with pytest.raises(BackupRefused) as refused:
        backup_file.read(spoil(FILE))

    assert refused.value.reason == reason


def test_a_small_file_that_unpacks_to_a_huge_one_is_refused(monkeypatch: pytest.MonkeyPatch):
    """A checksum proves that a file is whole, not that it is small."""
    monkeypatch.setattr(backup_file, "MOST_PLAIN_BYTES", 1_000)

    with pytest.raises(BackupRefused, match="corrupt"):
        backup_file.read(_forged({}, b" " * 2_000))
