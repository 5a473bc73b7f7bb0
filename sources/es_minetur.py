"""Spain's fuel prices: one JSON of all stations of the country, by the ministry that collects them."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from adapters.download import Download, Limits, Validators, download
from errors import SourceMalformed
from records import DayHours, Fuel, PriceRecord, Reject, RoadKind, StationRecord
from settings import now
from sources import values
from sources.base import Attribution, Feed
from sources.jsonlists import members
from sources.values import Unusable

MADRID = ZoneInfo("Europe/Madrid")
LIST = "ListaEESSPrecio"
# The first column that has a price wins: petrol of 98 octane with 10 % ethanol only where the usual one is not sold.
PRODUCTS = {
    "Precio Gasoleo A": Fuel.DIESEL,
    "Precio Gasolina 95 E5": Fuel.SP95,
    "Precio Gasolina 95 E10": Fuel.E10,
    "Precio Gasolina 95 E85": Fuel.E85,
    "Precio Gasolina 98 E5": Fuel.SP98,
    "Precio Gasolina 98 E10": Fuel.SP98,
    "Precio Gases licuados del petróleo": Fuel.LPG,
}
OTHER_PRODUCTS = frozenset(
    f"Precio {product}"
    for product in (
        "Adblue",
        "Amoniaco",
        "Biodiesel",
        "Bioetanol",
        "Biogas Natural Comprimido",
        "Biogas Natural Licuado",
        "Diésel Renovable",
        "Gas Natural Comprimido",
        "Gas Natural Licuado",
        "Gasoleo B",
        "Gasoleo Premium",
        "Gasolina 95 E25",
        "Gasolina 95 E5 Premium",
        "Gasolina Renovable",
        "Hidrogeno",
        "Metanol",
    )
)
# `R`: cooperatives and firms that sell to their own.
RESTRICTED = "R"
# Two provinces of islands keep a clock of their own, an hour behind; ours has one for all.
CANARIES = frozenset(("35", "38"))
BRANDS = {
    name.upper(): name
    for name in (
        "Alcampo",
        "Avia",
        "Ballenoil",
        "bonÀrea",
        "BP",
        "Campsa",
        "Carrefour",
        "Cepsa",
        "Costco",
        "Disa",
        "Eroski",
        "Esclatoil",
        "Galp",
        "Meroil",
        "Moeve",
        "Petronor",
        "Petroprix",
        "Plenoil",
        "Q8",
        "Repsol",
        "Shell",
        "Tamoil",
        "Valcarce",
    )
}
DAYS = "LMXJVSD"
LAND = values.Land((27.0, 44.2), (-18.5, 4.6), "position_outside_spain")
MOST_AHEAD_S = 3_600
LONGEST_EXAMPLE = 80

_DAYS_OF = re.compile(r"\s*([LMXJVSD])(?:-([LMXJVSD]))?\s*:\s*(.+?)\s*")
_MOTORWAY = re.compile(r"\b(?:AUTOPISTA|AP-?\s?\d)", re.IGNORECASE)
_POSTCODE = re.compile(r"\d{5}", re.ASCII)
_PROVINCE = re.compile(r"0[1-9]|[1-4]\d|5[0-2]", re.ASCII)
_NOT_A_NAME = re.compile(r"[\W\d_]*|N[º°.]?\s*[\d.]+|\(?\s*SIN R[OÓ]TULO\s*\)?", re.IGNORECASE)


class EsMinetur:
    """The list of the Spanish ministry: https://geoportalgasolineras.es/. What is made of it: docs/pipeline.md."""

    name = "es_minetur"
    area = "ES"
    currency = "EUR"
    confirms_after = timedelta(days=7)
    attribution = Attribution(
        publisher="Ministerio para la Transición Ecológica y el Reto Demográfico, geoportalgasolineras.es",
        homepage="https://geoportalgasolineras.es/",
        licence="reutilización con mención de la fuente (Ley 37/2007)",
        licence_url="https://www.boe.es/buscar/act.php?id=BOE-A-2007-19814",
    )
    feed = Feed(
        url="https://sedeaplicaciones.minetur.gob.es/ServiciosRESTCarburantes/PreciosCarburantes/EstacionesTerrestres/",
        interval=timedelta(hours=1),
    )

    def extract(
        self, url: str, into: Path, *, known: Validators, on_retry: Callable[[], None] | None = None
    ) -> Download | None:
        """Fetch the list; None where the server says that nothing changed since `known`."""
        return download(url, into, source=self.name, known=known, on_retry=on_retry, limits=Limits.from_settings())

    def transform(self, extract: Path) -> Iterator[StationRecord | Reject]:
        """The stations, each with the moment of the whole list: Spain tells no other.

        Raises SourceMalformed for what is no such list, has no moment before its stations, or says that it failed.
        """
        moment: int | None = None
        unknown: set[str] = set()
        is_listed = False
        for name, value in members(extract, listed=LIST, source=self.name):
            if name == "Fecha":
                moment = self._moment(value)
            elif name == "ResultadoConsulta" and value != "OK":
                raise SourceMalformed(self.name, f"the publisher says that it failed: {str(value)[:LONGEST_EXAMPLE]}")
            elif name == LIST:
                if moment is None:
                    raise SourceMalformed(self.name, "the list has no moment before its stations")
                is_listed = True
                yield from _read(value, moment, unknown)
        if moment is None or not is_listed:
            raise SourceMalformed(self.name, f"the JSON has no {LIST} with a moment")

    def _moment(self, written: object) -> int:
        try:
            moment = datetime.strptime(str(written), "%d/%m/%Y %H:%M:%S").replace(tzinfo=MADRID)
        except ValueError:
            raise SourceMalformed(self.name, f"no moment: {str(written)[:LONGEST_EXAMPLE]!r}") from None
        seconds = int(moment.timestamp())
        if seconds > now().timestamp() + MOST_AHEAD_S:
            raise SourceMalformed(self.name, f"the list is of a moment to come: {written}")
        return seconds


def _read(row: object, moment: int, unknown: set[str]) -> Iterator[StationRecord | Reject]:
    if not isinstance(row, dict):
        yield Reject("?", "row_malformed", str(row)[:LONGEST_EXAMPLE])
        return
    facts = {str(key): value.strip() for key, value in row.items() if isinstance(value, str)}
    number = facts.get("IDEESS", "")
    if not number:
        yield Reject("?", "station_without_id", facts.get("Dirección", "")[:LONGEST_EXAMPLE])
        return
    # Numbers as short as these are given by more than one country, and an id is an address of ours.
    ref = f"es-{number}"[:32]
    if facts.get("Tipo Venta", "") == RESTRICTED:
        yield Reject(ref, "not_open_to_the_public", facts.get("Rótulo", "")[:LONGEST_EXAMPLE])
        return
    for product in facts.keys() - PRODUCTS.keys() - OTHER_PRODUCTS - unknown:
        if product.startswith("Precio"):
            # Once a list: every row names every product.
            unknown.add(product)
            yield Reject("?", "fuel_unknown", product[:LONGEST_EXAMPLE])
    rejects: list[Reject] = []
    station = _station(ref, facts, moment, rejects)
    yield from rejects
    if station is not None:
        yield station


def _station(ref: str, facts: dict[str, str], moment: int, rejects: list[Reject]) -> StationRecord | None:
    postcode = facts.get("C.P.", "")
    province = facts.get("IDProvincia", "") or postcode[:2]
    latitude, longitude = _position(ref, facts, rejects)
    hours: tuple[DayHours, ...] | None = None
    try:
        hours = week(facts.get("Horario", ""))
    except Unusable as error:
        rejects.append(Reject(ref, str(error), facts["Horario"][:LONGEST_EXAMPLE]))
    # Not `is_open_24h`: that is a card machine, and the list does not tell of any.
    is_always = hours is not None and all(day == ((0, 1440),) for day in hours)
    brand, name = called(facts.get("Rótulo", ""))
    address = facts.get("Dirección", "")
    try:
        return StationRecord(
            source_ref=ref,
            latitude=latitude,
            longitude=longitude,
            address=address[:400],
            zip_code=postcode if _POSTCODE.fullmatch(postcode) else postcode[:10],
            town=(facts.get("Municipio") or facts.get("Localidad", ""))[:120],
            area=f"ES-{province}" if _PROVINCE.fullmatch(province) else "",
            road_kind=RoadKind.MOTORWAY if _MOTORWAY.search(address) else RoadKind.ROAD,
            opening_hours=None if province in CANARIES and not is_always else hours,
            prices=_prices(ref, facts, moment, rejects),
            brand=brand,
            name=name,
        )
    except ValidationError as error:
        rejects.append(Reject(ref, "station_invalid", str(error.errors()[0]["msg"])[:LONGEST_EXAMPLE]))
        return None


def _prices(ref: str, facts: dict[str, str], moment: int, rejects: list[Reject]) -> tuple[PriceRecord, ...]:
    found: dict[int, PriceRecord] = {}
    for product, fuel in PRODUCTS.items():
        written = facts.get(product, "")
        if not written or fuel in found:
            continue
        try:
            found[fuel] = PriceRecord(fuel.value, values.price(written), moment)
        except Unusable as error:
            rejects.append(Reject(ref, str(error), f"{product}: {written}"[:LONGEST_EXAMPLE]))
    return tuple(sorted(found.values()))


def _position(ref: str, facts: dict[str, str], rejects: list[Reject]) -> tuple[float, float] | tuple[None, None]:
    written = facts.get("Latitud", ""), facts.get("Longitud (WGS84)", "")
    try:
        return values.position(*written, LAND)
    except Unusable as error:
        rejects.append(Reject(ref, str(error), ", ".join(written)[:LONGEST_EXAMPLE]))
        return None, None


@lru_cache(maxsize=8_192)
def week(written: str) -> tuple[DayHours, ...] | None:
    """The hours of a `Horario`, Monday first; None where there are none. Raises Unusable.

    >>> week("L-V: 07:00-14:00 y 16:00-21:00; S: 24H")[4:]
    (((420, 840), (960, 1260)), ((0, 1440),), None)
    """
    if not written:
        return None
    hours: list[DayHours] = [None] * len(DAYS)
    for part in written.split(";"):
        found = _DAYS_OF.fullmatch(part)
        if found is None:
            raise Unusable("hours_malformed")
        first, last, told = found.groups()
        spans = _spans(told)
        begin, end = DAYS.index(first), DAYS.index(last or first)
        # `S-L` runs over the end of the week.
        for day in range(begin, end + 1 if end >= begin else end + 1 + len(DAYS)):
            hours[day % len(DAYS)] = spans
    return tuple(hours)


def _spans(told: str) -> DayHours:
    if told.upper().replace(" ", "") == "24H":
        return ((0, 1440),)
    spans = []
    for span in told.split(" y "):
        opening, _, closing = span.partition("-")
        start, end = values.minute_of_day(opening), values.minute_of_day(closing)
        if start != end:
            spans.append((start % 1440, end))
    return tuple(sorted(spans)) or None


@lru_cache(maxsize=8_192)
def called(sign: str) -> tuple[str | None, str | None]:
    """Brand and name of a `Rótulo`: a known brand, alone or at the beginning; else the sign as the name.

    >>> called("REPSOL"), called("CEPSA - EL PINAR"), called("Nº 10.935"), called("Gasóleos Ruiz")
    (('Repsol', None), ('Cepsa', None), (None, None), (None, 'Gasóleos Ruiz'))
    """
    text = " ".join(sign.split())
    if _NOT_A_NAME.fullmatch(text):
        return None, None
    brand = BRANDS.get(re.split(r"[^\w]", text.upper(), maxsplit=1)[0])
    return (brand, None) if brand else (None, text[:120])
