"""Brands and names of French stations from OpenStreetMap's list: a CSV, plain or bzip2."""

import csv
import re
from bz2 import BZ2File
from collections.abc import Callable, Iterator
from datetime import timedelta
from io import BufferedReader, TextIOWrapper
from pathlib import Path
from typing import IO, cast

from adapters.download import Download, Limits, Validators, download
from errors import SourceMalformed
from records import NameRecord, Reject
from sources.base import Attribution, Feed
from sources.fr_brand_names import brand_of, own_name

REF = "ref:FR:prix-carburants"
COLUMNS = (REF, "brand", "name", "operator", "branch")
# What mappers write where an id is no longer valid; the rest of the value is their note.
WITHDRAWN = "DELETE TAG"
BZIP2 = b"BZh"
# The list has half a megabyte unpacked; a bomb is none.
MOST_BYTES = 64 << 20
LONGEST_BRAND = 60
LONGEST_NAME = 120
LONGEST_EXAMPLE = 80

_ID = re.compile(r"[0-9]{1,32}")


class FrBrands:
    """The stations of OpenStreetMap that carry an id of prix-carburants.gouv.fr, as data.gouv.fr exports them."""

    name = "fr_brands"
    of = "fr_prix_carburants"
    attribution = Attribution(
        publisher="OpenStreetMap",
        homepage="https://www.openstreetmap.org/copyright",
        licence="ODbL",
        licence_url="https://opendatacommons.org/licenses/odbl/",
    )
    feed = Feed(
        url="https://www.data.gouv.fr/api/1/datasets/r/fcab3bd4-6c6d-4b73-95d2-cfd5e04ee651",
        interval=timedelta(days=7),
    )

    def extract(
        self, url: str, into: Path, *, known: Validators, on_retry: Callable[[], None] | None = None
    ) -> Download | None:
        """Fetch the list; None where the server says that nothing changed since `known`."""
        return download(url, into, source=self.name, known=known, on_retry=on_retry, limits=Limits.from_settings())

    def names(self, extract: Path) -> Iterator[NameRecord | Reject]:
        """What each station of the list is called.

        Raises SourceMalformed for what is not this list, or not the whole of it.
        """
        try:
            with extract.open("rb") as file:
                yield from self._rows(file)
        except (OSError, EOFError, UnicodeError, csv.Error) as error:
            raise SourceMalformed(self.name, f"the list is damaged or cut short ({error})") from error

    def _rows(self, file: BufferedReader) -> Iterator[NameRecord | Reject]:
        is_packed = file.peek(len(BZIP2)).startswith(BZIP2)
        unpacked = cast("IO[bytes]", BZ2File(file)) if is_packed else file
        with TextIOWrapper(unpacked, encoding="utf-8-sig", newline="") as text:
            rows = csv.reader(self._bounded(text), strict=True)
            header = next(rows, None)
            if header is None:
                raise SourceMalformed(self.name, "the list is empty")
            missing = [column for column in COLUMNS if column not in header]
            if missing:
                raise SourceMalformed(self.name, f"the list has no column {', '.join(missing)}")
            places = [header.index(column) for column in COLUMNS]
            for row in rows:
                if len(row) == len(header):
                    yield from _named(*(row[place] for place in places))
                elif row:
                    yield Reject("?", "row_incomplete", ",".join(row)[:LONGEST_EXAMPLE])

    def _bounded(self, lines: IO[str]) -> Iterator[str]:
        """The lines, one by one, as long as there are not absurdly many."""
        left = MOST_BYTES
        while line := lines.readline(left):
            left -= len(line)
            yield line
            if left <= 0:
                raise SourceMalformed(self.name, f"the list has more than {MOST_BYTES >> 20} MB")


def _named(refs: str, brand: str, name: str, operator: str, branch: str) -> Iterator[NameRecord | Reject]:
    """A record for each id of a row; a station of OpenStreetMap without an id is none of the feed's."""
    refs = refs.strip()
    if not refs or refs.startswith(WITHDRAWN):
        return
    spelt = brand_of(brand, name, operator)
    own = own_name(name, spelt) or own_name(branch, spelt) or (None if spelt else own_name(operator, None))
    for written in refs.split(";"):
        ref = written.strip()
        if ref.startswith(WITHDRAWN):
            continue
        if not _ID.fullmatch(ref):
            if ref:
                yield Reject(ref[:32], "ref_malformed", refs[:LONGEST_EXAMPLE])
        elif spelt or own:
            yield NameRecord(ref, spelt and spelt[:LONGEST_BRAND].rstrip(), own and own[:LONGEST_NAME].rstrip())
        else:
            yield Reject(ref, "name_missing", operator[:LONGEST_EXAMPLE])
