"""The form of a backup: a line of JSON that tells what follows, then one person a line as JSON, compressed by gzip.

    {"format": "carburoam-backup", "version": 1, "made_at": "…", "people": 2, "size": 812, "sha256": "…"}

`size` and `sha256` are those of the compressed rest. What is read is believed only where all of it agrees.
"""

import gzip
import hashlib
import json
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from errors import BackupRefused
from records import Fuel

FORMAT = "carburoam-backup"
VERSION = 1
LONGEST_HEADER = 1_000
# Half the time of the tightest, for a file a hundredth larger: the last backup is made while a host waits.
COMPRESSION = 6
# 100,000 people with a dozen stations each have 60 MB.
MOST_PLAIN_BYTES = 512 << 20
FUELS = frozenset(int(fuel) for fuel in Fuel)


@dataclass(frozen=True)
class Person:
    """What one person made, in words that mean the same in every base: no key of a table, no credentials."""

    uuid: str
    language: str = "fr"
    stations: list[list[str]] = field(default_factory=list)
    """`[source, source_ref, name]` in the person's order."""
    fuels: list[list[int | None]] = field(default_factory=list)
    """`[fuel, alert price]`, the price in thousandths of a euro a litre, or None."""
    car: dict[str, Any] | None = None
    car_fuels: list[list[float | None]] = field(default_factory=list)
    """`[fuel, litres a 100 km]`, the litres None where they are the car's."""
    home: dict[str, Any] | None = None
    alerts: dict[str, Any] | None = None

    @property
    def has_anything(self) -> bool:
        """Whether there is more to keep than a language."""
        return bool(self.stations or self.fuels or self.car or self.car_fuels or self.home or self.alerts)


KNOWN = frozenset(one.name for one in fields(Person))


@dataclass(frozen=True)
class Backup:
    """A backup that was read to its end and believed."""

    made_at: datetime
    people: list[Person]


def written(people: Iterable[Person], *, now: datetime) -> bytes:
    """The file. The same people in the same order have the same rest, whenever it is made."""
    lines = [json.dumps(_sparse(person), ensure_ascii=False, separators=(",", ":")) for person in people]
    packed = gzip.compress("\n".join(lines).encode(), COMPRESSION, mtime=0)
    header = {
        "format": FORMAT,
        "version": VERSION,
        "made_at": now.astimezone(UTC).isoformat(timespec="seconds"),
        "people": len(lines),
        "size": len(packed),
        "sha256": hashlib.sha256(packed).hexdigest(),
    }
    return json.dumps(header).encode() + b"\n" + packed


def content_mark(file: bytes) -> str:
    """What two files have in common that say the same."""
    return hashlib.sha256(file.partition(b"\n")[2]).hexdigest()[:12]


def read(file: bytes) -> Backup:
    """What the file says. Raises BackupRefused, with its reason, for all that this version did not write whole."""
    header, packed = _header(file)
    if len(packed) != header["size"]:
        raise BackupRefused("cut", f"{len(packed)} bytes where {header['size']} should be")
    if hashlib.sha256(packed).hexdigest() != header["sha256"]:
        raise BackupRefused("corrupt", "the checksum differs")
    try:
        people = [_person(json.loads(line)) for line in _unpacked(packed).decode().split("\n") if line]
        made_at = datetime.fromisoformat(header["made_at"])
    except (ValueError, TypeError, AttributeError, RecursionError, zlib.error) as error:
        raise BackupRefused("corrupt", str(error)) from error
    if len(people) != header["people"]:
        raise BackupRefused("corrupt", f"{len(people)} people where {header['people']} should be")
    return Backup(made_at if made_at.tzinfo else made_at.replace(tzinfo=UTC), people)


def _header(file: bytes) -> tuple[dict[str, Any], bytes]:
    line, end, _ = file[:LONGEST_HEADER].partition(b"\n")
    try:
        header = json.loads(line) if end else None
    except (ValueError, RecursionError):
        header = None
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise BackupRefused("foreign", "no backup of this application")
    version = header.get("version")
    if not isinstance(version, int) or version > VERSION:
        raise BackupRefused("newer", f"version {version}, this application knows {VERSION}")
    return header | {key: header.get(key) for key in ("made_at", "people", "size", "sha256")}, file[len(line) + 1 :]


def _unpacked(packed: bytes) -> bytes:
    # With a limit: a checksum proves that a file is whole, not that it is small.
    opened = zlib.decompressobj(wbits=31)
    plain = opened.decompress(packed, MOST_PLAIN_BYTES)
    if opened.unconsumed_tail or not opened.eof:
        raise ValueError("it does not end where it should")
    return plain


def _sparse(person: Person) -> dict[str, Any]:
    return {key: value for key, value in vars(person).items() if value not in (None, [])}


def _person(said: dict[str, Any]) -> Person:
    """One person; what a later version may have added beside is left aside."""
    person = Person(**{key: value for key, value in said.items() if key in KNOWN})
    UUID(person.uuid)
    for source, ref, name in person.stations:
        if not (source and ref and all(isinstance(part, str) for part in (source, ref, name))):
            raise ValueError("a station that is none")
    fuels = [fuel for fuel, _ in person.fuels] + [fuel for fuel, _ in person.car_fuels]
    if not FUELS.issuperset(fuels):
        raise ValueError(f"there is no such fuel: {fuels}")
    return person
