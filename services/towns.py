"""The towns one can search around, and completing what a person types of one."""

import difflib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import KnownTown, Station

MOST_MATCHES = 20
MOST_ALIKE = 3
# Orsai is Orsay, Marsielle is Marseille; Lyon is not Lion-sur-Mer.
LEAST_ALIKE = 0.75
SHORTEST_ALIKE = 4
WHOLE_POSTCODE = 5
NO_MATCH = 3
# `15e`, `1er`: how people write the part of a large town that its postcodes end in.
ARRONDISSEMENT = re.compile(r"^(\d{1,2})(?:er|e|eme)$")
# Of a department, or of a territory; 98000 is Monaco.
OVERSEAS = ("971", "972", "973", "974", "975", "976", "977", "978", "986", "987", "988")
STREETS = frozenset(
    (
        "allee", "allees", "av", "avenue", "bd", "blvd", "boulevard", "bld", "centre", "ch", "chemin", "cours",
        "esplanade", "faubourg", "hameau", "impasse", "lieu", "passage", "pl", "place", "quai", "residence", "rond",
        "route", "rte", "rue", "sentier", "square", "voie", "za", "zac", "zi", "zone",
    )
)  # fmt: skip
ARTICLES = frozenset({"de", "du", "des", "d", "la", "le", "les", "l"})
LONGEST_END = 6
LEAST_SPACES = 2
HOME = "FR"
SAINTS = {"st": "saint", "ste": "sainte"}


@dataclass(frozen=True)
class Town:
    """A place to search around: the middle of its stations, or its own where it has none."""

    name: str
    zip_codes: tuple[str, ...]
    latitude: float
    longitude: float
    stations: int
    key: str
    """The name without case, accents and punctuation."""
    area: str = HOME
    """Where it lies, `FR-91`; of a town of several areas, the first."""
    population: int = 0
    """Of a town without a station; 0 where nobody told."""
    middles: tuple[tuple[str, float, float], ...] = ()
    """Of a town with several postcodes, the middle of the stations of each."""

    @cached_property
    def postcodes(self) -> str:
        """The postcodes with a space before and behind each: one look for all of them."""
        return f" {'  '.join(self.zip_codes)} "

    @property
    def label(self) -> str:
        """`Orsay (91400)`, or the department where a town has several postcodes: `Lyon (69)`.

        Abroad with the country, `Irun (20301, ES)`; Italy tells no postcodes, but its provinces: `Genova (GE, IT)`.
        """
        code = self.zip_codes[0] if len(self.zip_codes) == 1 else self.zip_codes[0][:2]
        country, _, part = self.area.partition("-")
        if country not in {"", HOME}:
            code = f"{code or part}, {country}".lstrip(", ")
        return f"{self.name} ({code})" if code else self.name


def folded(words: str) -> str:
    """What two spellings of a name share.

    >>> folded("  L'Haÿ-les-Roses ")
    'l hay les roses'
    >>> folded("ST ETIENNE") == folded("Saint-Étienne")
    True
    """
    return " ".join(SAINTS.get(word, word) for word in _words(words))


def towns(session: Session) -> tuple[Town, ...]:
    """Every town that has a station with a position, the ones with most stations first."""
    rows = session.execute(
        select(
            Station.town,
            Station.zip_code,
            Station.area,
            func.avg(Station.latitude).label("latitude"),
            func.avg(Station.longitude).label("longitude"),
            func.count().label("stations"),
        )
        .where(Station.latitude.is_not(None), Station.gone_at.is_(None), Station.town != "")
        .group_by(Station.town, Station.zip_code, Station.area)
    ).all()
    groups = defaultdict(list)
    for row in rows:
        # One town may be spelt in several ways, and a large one has several postcodes.
        groups[folded(row.town), row.area[:2], row.zip_code[:2] or row.area].append(row)
    made = [_town(key, group) for (key, _, _), group in groups.items()]
    return tuple(sorted(made, key=lambda town: (-town.stations, town.key)))


def without_station(session: Session) -> tuple[Town, ...]:
    """The towns that a publisher of towns tells, the largest first, as if none of them had a station."""
    rows = session.execute(
        select(
            KnownTown.name, KnownTown.zip_codes, KnownTown.latitude, KnownTown.longitude, KnownTown.population
        ).order_by(KnownTown.population.desc(), KnownTown.ref)
    )
    return tuple(
        Town(name, tuple(zip_codes.split()), latitude, longitude, 0, folded(name), population=population)
        for name, zip_codes, latitude, longitude, population in rows
    )


def merged(with_station: Sequence[Town], others: Sequence[Town]) -> tuple[Town, ...]:
    """All towns, those with stations first, by the name of the other list and the postcodes that either tells.

    Without those of a long name that the other list knows, but in another department alone.
    """
    homes: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for town in others:
        homes[town.key, town.area[:2]].update(code[:2] for code in town.zip_codes)
    found = {
        (town.key, town.area[:2], town.zip_codes[0][:2]): town
        for town in with_station
        if not _is_elsewhere(town, homes.get((town.key, town.area[:2]), ()))
    }
    added = []
    for town in others:
        place = (town.key, town.area[:2], town.zip_codes[0][:2])
        if (same := found.get(place)) is None:
            added.append(town)
        else:
            codes = {*same.zip_codes, *town.zip_codes}
            found[place] = replace(same, name=town.name, zip_codes=tuple(sorted(codes)))
    return (*found.values(), *added)


def _is_elsewhere(town: Town, homes: Collection[str]) -> bool:
    """Whether a station names the town of its owner: Gif-sur-Yvette is not near Orange.

    Short names are left alone: Saint-Ouen is what people call Saint-Ouen-sur-Seine, and others bear it alone.
    """
    is_long = town.key.count(" ") >= LEAST_SPACES
    return is_long and len(homes) == 1 and town.zip_codes[0][:2] not in homes


def matches(all_towns: tuple[Town, ...], typed: str, *, most: int = MOST_MATCHES) -> list[Town]:
    """The towns that `typed` may mean, best first: whole name, beginning, beginning of a later word; at most `most`.

    A number, alone or beside a name, is a postcode or its beginning; beside a name also an arrondissement.
    """
    words = [ARRONDISSEMENT.sub(r"\1", word) for word in _words(typed)]
    codes = [word for word in words if word.isdigit()]
    if len(whole := "".join(codes)) <= WHOLE_POSTCODE:  # 91 400
        codes = [whole] if whole else []
    key = " ".join(word for word in words if not word.isdigit())
    if not codes and not key:
        return []
    # "st" may be a saint, or the beginning of Strasbourg.
    typed_keys = {key, folded(key)}
    one, other = min(typed_keys), max(typed_keys)
    found = [town for town in all_towns if one in town.key or other in town.key] if key else list(all_towns)
    for code in codes:
        found = [town for town in found if _is_meant(town.postcodes, code, beside_a_name=bool(key))]
    scored = [(score, town) for town in found if (score := _score(town.key, typed_keys)) < NO_MATCH]
    scored.sort(key=lambda pair: pair[0])  # stable: within a score the larger town first
    found = [town for _, town in scored]
    is_part = any(len(code) == WHOLE_POSTCODE or key for code in codes)
    return ([_narrowed(town, codes) for town in _parts_of(found)] if is_part else found)[:most]


def alike(all_towns: tuple[Town, ...], typed: str, *, most: int = MOST_ALIKE) -> list[Town]:
    """The towns that are spelt nearly as `typed`, the likeliest first; none for a number or a few letters."""
    key = folded(typed)
    if len(key) < SHORTEST_ALIKE or not key.replace(" ", "").isalpha():
        return []
    by_key: dict[str, Town] = {}
    for town in all_towns:
        # Of two of one name the larger, which comes first. Of the many without a station those that begin alike.
        if town.stations or town.key[:1] == key[0]:
            by_key.setdefault(town.key, town)
    return [by_key[found] for found in difflib.get_close_matches(key, by_key, n=most, cutoff=LEAST_ALIKE)]


def in_address(all_towns: tuple[Town, ...], typed: str, *, most: int = MOST_MATCHES) -> list[Town]:
    """The towns that an address ends in, by name or postcode: `12 rue de Chartres, Orsay`.

    A name behind an article is taken for the street's: `12 rue de Paris` is of no town.
    """
    words = _words(typed)
    if not any(word.isdigit() or word in STREETS for word in words):
        return []
    for start in range(max(1, len(words) - LONGEST_END), len(words)):
        if words[start - 1] in ARTICLES and not words[start].isdigit():
            continue
        end = " ".join(words[start:])
        name = folded(" ".join(word for word in words[start:] if not word.isdigit()))
        found = [town for town in matches(all_towns, end) if town.key == name or (not name and _is_postcode(end))]
        if found:
            return found[:most]
    return []


def is_overseas(typed: str) -> bool:
    """Whether this is a postcode of a department or territory overseas: no price of theirs is published."""
    return any(_is_postcode(word) and word.startswith(OVERSEAS) for word in _words(typed))


def _is_postcode(word: str) -> bool:
    return len(word) == WHOLE_POSTCODE and word.isdigit()


def _parts_of(found: list[Town]) -> list[Town]:
    """Without a town that an arrondissement of its own stands beside: 75015 is Paris 15e, not the middle of Paris."""
    parents = {town.key.rpartition(" ")[0] for town in found if ARRONDISSEMENT.match(town.key.rpartition(" ")[2])}
    return [town for town in found if town.key not in parents]


def _narrowed(town: Town, codes: Sequence[str]) -> Town:
    """The part of a town around the stations of the postcode that is meant, where there are any."""
    meant = [
        middle
        for middle in town.middles
        if all(_is_meant(f" {middle[0]} ", code, beside_a_name=True) for code in codes)
    ]
    if len(meant) != 1:
        return town
    zip_code, latitude, longitude = meant[0]
    return replace(town, zip_codes=(zip_code,), latitude=latitude, longitude=longitude, middles=())


def _is_meant(postcodes: str, typed: str, *, beside_a_name: bool) -> bool:
    """Whether these digits begin a postcode, or, beside a name, are its arrondissement: Paris 15 is 75015."""
    is_part = beside_a_name and len(typed) in {1, 2} and f"{typed.zfill(2)} " in postcodes
    return f" {typed}" in postcodes or is_part


def _words(written: str) -> list[str]:
    """The words without case, accents and punctuation."""
    plain = unicodedata.normalize("NFKD", written.replace("œ", "oe").replace("Œ", "oe"))
    return "".join(c if c.isalnum() else " " for c in plain.casefold() if not unicodedata.combining(c)).split()


def _score(name: str, typed: Collection[str]) -> int:
    """0 for the whole name, 1 for its beginning, 2 for that of a later word."""
    if name in typed:
        return 0
    if any(name.startswith(each) for each in typed):
        return 1
    return 2 if any(f" {each}" in name for each in typed) else NO_MATCH


def _town(key: str, rows: Sequence[Any]) -> Town:
    stations = sum(row.stations for row in rows)
    parts = {row.zip_code: row for row in sorted(rows, key=lambda row: row.stations)}
    # Mixed case before capitals, accents before those that capitals lost, then the spelling of most stations.
    name = max(rows, key=lambda row: (not row.town.isupper(), not row.town.isascii(), row.stations, row.town)).town
    return Town(
        name=name,
        zip_codes=tuple(sorted({row.zip_code for row in rows})),
        latitude=sum(row.latitude * row.stations for row in rows) / stations,
        longitude=sum(row.longitude * row.stations for row in rows) / stations,
        stations=stations,
        key=key,
        area=min(row.area for row in rows),
        middles=tuple((zip_code, row.latitude, row.longitude) for zip_code, row in sorted(parts.items()))
        if len(parts) > 1
        else (),
    )
