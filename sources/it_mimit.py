"""Italy's fuel prices: two CSV files, prices and stations, joined on the ministry's number of the station."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urljoin
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from adapters.download import Download, Limits, Validators, download
from errors import SourceMalformed
from records import Fuel, PriceRecord, Reject, RoadKind, StationRecord
from settings import now
from sources import values
from sources.base import Attribution, Feed
from sources.values import Unusable

ROME = ZoneInfo("Europe/Rome")
REGISTRY = "anagrafica_impianti_attivi.csv"
SEPARATORS = "|;"
PRICE_COLUMNS = ("idImpianto", "descCarburante", "prezzo", "isSelf", "dtComu")
STATION_COLUMNS = (
    "idImpianto",
    "Gestore",
    "Bandiera",
    "Tipo Impianto",
    "Nome Impianto",
    "Indirizzo",
    "Comune",
    "Provincia",
    "Latitudine",
    "Longitudine",
)
PRODUCTS = {
    "benzina": Fuel.SP95,
    "gasolio": Fuel.DIESEL,
    "gpl": Fuel.LPG,
    "benzina plus 98": Fuel.SP98,
    "benzina 98 ottani": Fuel.SP98,
    "benzina speciale 98 ottani": Fuel.SP98,
}
# Sold under names of their own, and dearer: premium fuels, gas for other tanks, fuels from other oils.
OTHER_PRODUCTS = re.compile(
    r"metano|gnl|l-gnc|gnc|hvo.*|.*(?:premium|plus|special|super|excellium|v-power|v power|perform|hi-?q|blu|artico"
    r"|alpino|diesel|gasolio|100|102).*"
)
ROAD_KINDS = {"stradale": RoadKind.ROAD, "strada statale": RoadKind.ROAD, "autostradale": RoadKind.MOTORWAY}
BRANDS = {"agip eni": "Eni", "api-ip": "IP"}
# "White pumps": the publisher's word for stations without a brand.
UNBRANDED = frozenset(("", "pompe bianche"))
PARTICLES = frozenset(
    "a al alla alle ai d da dal dei del della delle dello degli di e ed in nel nella sul sulla su".split()  # noqa: SIM905
)
LAND = values.Land((35.2, 47.2), (6.5, 18.6), "position_outside_italy")
MOST_AHEAD_S = 3_600
LONGEST_LINE = 4_096
LONGEST_EXAMPLE = 80

_DATED = re.compile(r"Estrazione del \d{4}-\d\d-\d\d")
_ID = re.compile(r"\d{1,12}", re.ASCII)
_PROVINCE = re.compile(r"[A-Z]{2}")
_WORD = re.compile(r"[^\W\d_]+")


class ItMimit:
    """The daily list of the Italian ministry: https://www.mimit.gov.it/. What is made of it: docs/pipeline.md."""

    name = "it_mimit"
    area = "IT"
    currency = "EUR"
    attribution = Attribution(
        publisher="Ministero delle Imprese e del Made in Italy, Osservaprezzi carburanti",
        homepage="https://www.mimit.gov.it/it/open-data/elenco-dataset/carburanti-prezzi-praticati-e-anagrafica-degli-impianti",
        licence="IODL 2.0",
        licence_url="https://www.dati.gov.it/content/italian-open-data-license-v20",
    )
    feed = Feed(url="https://www.mimit.gov.it/images/exportCSV/prezzo_alle_8.csv", interval=timedelta(hours=6))

    def extract(
        self, url: str, into: Path, *, known: Validators, on_retry: Callable[[], None] | None = None
    ) -> Download | None:
        """Fetch the prices at `url` and the stations beside them; the folder `into` is the extract, its hash of both.

        Never conditional: one of two files may be new.
        """
        found = []
        for name, address in (("prices", url), ("stations", urljoin(url, REGISTRY))):
            folder = into / name
            folder.mkdir()
            file = download(
                address,
                folder,
                source=self.name,
                known=Validators(),
                on_retry=on_retry,
                limits=Limits.from_settings(),
            )
            if file is None:
                return None
            found.append(file)
        both = sha256("".join(file.sha256 for file in found).encode()).hexdigest()
        return Download(into, both, sum(file.size for file in found), None, None)

    def transform(self, extract: Path) -> Iterator[StationRecord | Reject]:
        """The stations of the register with their prices; the prices alone are kept in memory, as they come first.

        Raises SourceMalformed where one of the two is not that file. That one is cut short the download notices.
        """
        prices: dict[str, dict[int, _Offer]] = {}
        latest = int(now().timestamp()) + MOST_AHEAD_S
        yield from self._read_prices(extract / "prices" / "extract", prices, latest)
        with self._rows(extract / "stations" / "extract", STATION_COLUMNS) as rows:
            for row in rows:
                yield from _station(row, prices)
        for ref in prices:
            yield Reject(f"it-{ref}", "price_of_no_station", "")

    def _read_prices(self, file: Path, prices: dict[str, dict[int, "_Offer"]], latest: int) -> Iterator[Reject]:
        with self._rows(file, PRICE_COLUMNS) as rows:
            for row in rows:
                try:
                    _add_price(row, prices, latest)
                except Unusable as error:
                    yield Reject(f"it-{row[0][:20]}", str(error), " ".join(row)[:LONGEST_EXAMPLE])

    @contextmanager
    def _rows(self, file: Path, columns: tuple[str, ...]) -> Iterator[Iterator[list[str]]]:
        """The rows behind the two lines at the top."""
        try:
            # A letter that is not UTF-8 costs that letter, not the country.
            with file.open(encoding="utf-8-sig", errors="replace") as text:
                dated = text.readline(LONGEST_LINE).strip()
                header = text.readline(LONGEST_LINE).strip()
                separator = next((sign for sign in SEPARATORS if sign in header), "")
                if not _DATED.match(dated) or not separator or tuple(header.split(separator)) != columns:
                    raise SourceMalformed(self.name, f"this is not the file with {', '.join(columns[:3])}…")
                yield (
                    line.rstrip("\r\n").split(separator)
                    for line in iter(lambda: text.readline(LONGEST_LINE), "")
                    if line.strip()
                )
        except OSError as error:
            raise SourceMalformed(self.name, f"the file cannot be read ({error})") from error


class _Offer(NamedTuple):
    """A price, and whether drivers fill up themselves for it."""

    is_self: bool
    price: PriceRecord


def _add_price(row: list[str], prices: dict[str, dict[int, _Offer]], latest: int) -> None:
    if len(row) != len(PRICE_COLUMNS):
        raise Unusable("row_incomplete")
    number, product, euros, is_self, at = (value.strip() for value in row)
    if not _ID.fullmatch(number):
        raise Unusable("station_without_id")
    fuel = _fuel(product)
    if fuel is None:
        return
    moment = _moment(at)
    if moment > latest:
        raise Unusable("date_in_future")
    offer = _Offer(is_self == "1", PriceRecord(fuel, values.price(euros), moment))
    offers = prices.setdefault(number, {})
    held = offers.get(fuel)
    # Self-service is what most people pay, and what the other countries' prices are; of two of a kind the newer.
    if held is None or (offer.is_self, moment) > (held.is_self, held.price.updated_at):
        offers[fuel] = offer


def _station(row: list[str], prices: dict[str, dict[int, _Offer]]) -> Iterator[StationRecord | Reject]:
    number = row[0].strip()
    ref = f"it-{number}"[:32]
    if len(row) < len(STATION_COLUMNS) or not _ID.fullmatch(number):
        yield Reject(ref, "row_incomplete", " ".join(row)[:LONGEST_EXAMPLE])
        return
    brand, kind, address = row[2], row[3], row[5]
    if len(row) > len(STATION_COLUMNS):
        # A separator within a name: what stands before and behind the names can still be told.
        yield Reject(ref, "row_with_surplus", " ".join(row)[:LONGEST_EXAMPLE])
        brand = kind = address = ""
    town, province, latitude, longitude = (value.strip() for value in row[-4:])
    north: float | None = None
    east: float | None = None
    try:
        north, east = values.position(latitude, longitude, LAND)
    except Unusable as error:
        yield Reject(ref, str(error), f"{latitude}, {longitude}"[:LONGEST_EXAMPLE])
    offers = prices.pop(number, {})
    try:
        yield StationRecord(
            source_ref=ref,
            latitude=north,
            longitude=east,
            address=" ".join(address.split())[:400],
            zip_code="",
            town=town_name(town)[:120],
            area=f"IT-{province}" if _PROVINCE.fullmatch(province) else "",
            road_kind=ROAD_KINDS.get(kind.strip().lower(), RoadKind.OTHER),
            prices=tuple(sorted(offer.price for offer in offers.values())),
            brand=brand_of(brand),
        )
    except ValidationError as error:
        yield Reject(ref, "station_invalid", str(error.errors()[0]["msg"])[:LONGEST_EXAMPLE])


@lru_cache(maxsize=1_024)
def _fuel(product: str) -> int | None:
    """Our fuel; None for those that we do not list. Raises Unusable for a name never heard of."""
    name = " ".join(product.lower().split())
    known = PRODUCTS.get(name)
    if known is None and not OTHER_PRODUCTS.fullmatch(name):
        raise Unusable("fuel_unknown")
    return None if known is None else known.value


@lru_cache(maxsize=16_384)
def _moment(text: str) -> int:
    try:
        return int(datetime.strptime(text, "%d/%m/%Y %H:%M:%S").replace(tzinfo=ROME).timestamp())
    except (ValueError, OverflowError):
        raise Unusable("date_malformed") from None


@lru_cache(maxsize=16_384)
def town_name(written: str) -> str:
    """An Italian town spelt for display; the generic transform knows the French rules only.

    >>> town_name("REGGIO NELL'EMILIA"), town_name("SAN LAZZARO DI SAVENA"), town_name("L'AQUILA")
    ("Reggio nell'Emilia", 'San Lazzaro di Savena', "L'Aquila")
    """
    text = " ".join(written.split())
    if not text.isupper():
        return text

    def cased(found: re.Match[str]) -> str:
        word = found[0].lower()
        is_elided = text[found.end() : found.end() + 1] in {"'", "’"} and len(word) > 1
        is_inner = found.start() > 0 and (word in PARTICLES or (is_elided and f"{word}a" in PARTICLES))
        return word if is_inner else word.capitalize()

    return _WORD.sub(cased, text)


@lru_cache(maxsize=1_024)
def brand_of(sign: str) -> str | None:
    """The brand of a `Bandiera`; None where there is none.

    >>> brand_of("Agip Eni"), brand_of("Q8"), brand_of("Pompe Bianche")
    ('Eni', 'Q8', None)
    """
    text = " ".join(sign.split())
    return None if text.lower() in UNBRANDED else BRANDS.get(text.lower(), text[:60])
