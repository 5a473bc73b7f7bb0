"""The French government's fuel prices: https://www.prix-carburants.gouv.fr/rubrique/opendata/."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from zipfile import ZipInfo

from lxml import etree
from pydantic import ValidationError

from adapters.download import Download, Limits, Validators, download
from records import OutageKind, OutageRecord, PriceRecord, Reject, RoadKind, StationRecord
from settings import now
from sources import fr_archives
from sources import fr_values as values
from sources.base import Archive, Attribution, Declarations, Feed
from sources.extracts import elements, xml_members
from sources.fr_details import amenities, declared_hours
from sources.fr_values import Unusable

ROAD_KINDS = {"R": RoadKind.ROAD, "A": RoadKind.MOTORWAY}
OUTAGE_KINDS = {"temporaire": OutageKind.TEMPORARY, "definitive": OutageKind.PERMANENT}

# A declaration may be a little ahead of our clock, never an hour.
MOST_AHEAD_S = 3_600
# Unpacked: the current file has 12 MB, a year 386 MB.
MOST_BYTES = 2 << 30
LONGEST_ADDRESS = 400
LONGEST_TOWN = 120
LONGEST_EXAMPLE = 80


# What PriceRecord(…) does behind a function of its own: a year holds five million prices.
_record: Callable[[tuple[int, int, int]], PriceRecord] = partial(tuple.__new__, PriceRecord)


class FrPrixCarburants:
    """The feed of prix-carburants.gouv.fr. What it needs to be read is told in docs/pipeline.md."""

    name = "fr_prix_carburants"
    area = "FR"
    currency = "EUR"
    attribution = Attribution(
        publisher="Ministère de l'Économie, prix-carburants.gouv.fr",
        homepage="https://www.prix-carburants.gouv.fr/rubrique/opendata/",
        licence="Licence Ouverte 2.0",
        licence_url="https://www.etalab.gouv.fr/licence-ouverte-open-licence/",
    )
    feed = Feed(url="https://donnees.roulez-eco.fr/opendata/instantane_ruptures", interval=timedelta(minutes=10))
    day_archives = fr_archives.DAY_ARCHIVES

    def extract(
        self, url: str, into: Path, *, known: Validators, on_retry: Callable[[], None] | None = None
    ) -> Download | None:
        """Fetch the zip; None where the server says that nothing changed since `known`."""
        return download(url, into, source=self.name, known=known, on_retry=on_retry, limits=Limits.from_settings())

    def transform(self, extract: Path) -> Iterator[StationRecord | Reject]:
        """The stations of a current, day or year file: with several prices of a fuel, the newest is the price."""
        latest = int(now().timestamp()) + MOST_AHEAD_S
        members = xml_members(extract, source=self.name)
        for surplus in members[1:]:
            yield Reject("?", "xml_surplus", surplus.filename[:LONGEST_EXAMPLE])
        for pdv in self._stations_of(extract, members[0]):
            rejects: list[Reject] = []
            found = station(pdv, latest, rejects)
            yield from rejects
            if found is not None:
                yield found

    def archive_of_day(self, day: date, *, feed_url: str) -> Archive:
        """One of the last thirty days."""
        return fr_archives.of_day(day, feed_url)

    def archive_of_year(self, year: int, *, feed_url: str) -> Archive:
        """Any year from 2007 on."""
        return fr_archives.of_year(year, feed_url)

    def history(self, extract: Path) -> Iterator[Declarations | Reject]:
        """Every price declared in a day or year file, station by station, in flat memory."""
        latest = int(now().timestamp()) + MOST_AHEAD_S
        member = xml_members(extract, source=self.name)[0]
        for pdv in self._stations_of(extract, member):
            ref = pdv.get("id", "").strip()
            rejects: list[Reject] = []
            prices = _prices(ref or "?", pdv.iterchildren("prix"), latest, rejects)
            outages = _past_outages(ref or "?", pdv.iterchildren("rupture"), latest, rejects)
            yield from rejects
            if not ref:
                yield Reject("?", "station_without_id", _shown(pdv))
            elif prices or outages:
                yield Declarations(ref, prices, outages)

    def _stations_of(self, extract: Path, member: ZipInfo) -> Iterator[etree._Element]:
        return elements(extract, member, root="pdv_liste", tag="pdv", source=self.name, most_bytes=MOST_BYTES)


def station(pdv: etree._Element, latest: int, rejects: list[Reject]) -> StationRecord | None:
    """The station of an element, with its newest prices; what cannot be used of it is added to `rejects`."""
    facts: dict[str, str] = dict(pdv.items())  # type: ignore[arg-type]
    ref = facts.get("id", "").strip()
    if not ref:
        rejects.append(Reject("?", "station_without_id", _shown(pdv)))
        return None
    address = town = ""
    declared, services, horaires, ruptures = [], [], [], []
    for child in pdv:
        tag = child.tag
        if tag == "prix":
            declared.append(child)
        elif tag == "adresse":
            address = values.repaired((child.text or "").strip())
        elif tag == "ville":
            town = values.repaired((child.text or "").strip())
        elif tag == "services":
            services.append(child)
        elif tag == "horaires":
            horaires.append(child)
        elif tag == "rupture":
            ruptures.append(child)
    prices = _newest(_prices(ref, declared, latest, rejects))
    latitude, longitude = _position(ref, facts, rejects)
    postcode = values.zip_code(facts.get("cp", ""))
    bits = amenities(ref, services, rejects)
    is_open_24h, hours = declared_hours(ref, horaires, bits, rejects)
    try:
        return StationRecord(
            source_ref=ref,
            latitude=latitude,
            longitude=longitude,
            address=address[:LONGEST_ADDRESS],
            zip_code=postcode,
            town=town[:LONGEST_TOWN],
            area=values.area(postcode),
            road_kind=ROAD_KINDS.get(facts.get("pop", ""), RoadKind.OTHER),
            amenities=bits,
            is_open_24h=is_open_24h,
            opening_hours=hours,
            prices=prices,
            outages=_outages(ref, ruptures, prices, latest, rejects) if ruptures else (),
        )
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        rejects.append(Reject(ref[:32], "station_invalid", f"{field}: {first['msg']}"[:LONGEST_EXAMPLE]))
        return None


def _prices(ref: str, declared: Iterable[etree._Element], latest: int, rejects: list[Reject]) -> list[PriceRecord]:
    usable = []
    fuel_of, price_of, moment_of = values.fuel, values.price, values.moment
    for prix in declared:
        try:
            # Nearly every line has these four in this order, and no value could pass for its neighbour: to take them
            # at once and let the checks decide costs half of asking for each by name.
            name, number, at, euros = prix.values()
            found = _record((fuel_of(number, name), price_of(euros), moment_of(at)))  # type: ignore[arg-type]
        except ValueError:
            try:
                found = _price(prix)
            except Unusable as error:
                # Archives write `<prix/>` where a station declared none: nothing was lost.
                if len(prix.attrib):
                    rejects.append(Reject(ref, str(error), _shown(prix)))
                continue
        if found.updated_at > latest:
            rejects.append(Reject(ref, "date_in_future", _shown(prix)))
        else:
            usable.append(found)
    return usable


def _price(prix: etree._Element) -> PriceRecord:
    return PriceRecord(
        values.fuel(prix.get("id", ""), prix.get("nom") or prix.get("fuel", "")),
        values.price(prix.get("valeur", "")),
        values.moment(prix.get("maj", "").strip()),
    )


def _newest(prices: list[PriceRecord]) -> tuple[PriceRecord, ...]:
    fuels = [price.fuel for price in prices]
    if len(set(fuels)) == len(fuels):
        return tuple(sorted(prices))
    by_fuel: dict[int, PriceRecord] = {}
    for found in prices:
        held = by_fuel.get(found.fuel)
        if held is None or found.updated_at >= held.updated_at:
            by_fuel[found.fuel] = found
    return tuple(sorted(by_fuel.values()))


def _position(ref: str, facts: dict[str, str], rejects: list[Reject]) -> tuple[float, float] | tuple[None, None]:
    latitude, longitude = facts.get("latitude", ""), facts.get("longitude", "")
    try:
        return values.position(latitude, longitude)
    except Unusable as error:
        rejects.append(Reject(ref, str(error), f"{latitude}, {longitude}"[:LONGEST_EXAMPLE]))
        return None, None


def _outages(
    ref: str,
    declared: Iterable[etree._Element],
    prices: tuple[PriceRecord, ...],
    latest: int,
    rejects: list[Reject],
) -> tuple[OutageRecord, ...]:
    priced = {found.fuel for found in prices}
    usable: dict[tuple[int, int], OutageRecord] = {}
    for rupture in declared:
        try:
            found = _outage(rupture, latest)
        except Unusable as error:
            if len(rupture.attrib):
                rejects.append(Reject(ref, str(error), _shown(rupture)))
            continue
        # A declared price beats "no longer sold here"; being out of stock for now beats a price.
        if found.kind is OutageKind.TEMPORARY or found.fuel not in priced:
            usable[found.fuel, found.started_at] = found
    return tuple(usable.values())


def _past_outages(
    ref: str, declared: Iterable[etree._Element], latest: int, rejects: list[Reject]
) -> tuple[OutageRecord, ...]:
    usable: dict[tuple[int, int], OutageRecord] = {}
    for rupture in declared:
        if not rupture.get("fin", "").strip():
            # Whether it lasts is for the current feed to say.
            continue
        try:
            found = _outage(rupture, latest)
        except Unusable as error:
            rejects.append(Reject(ref, str(error), _shown(rupture)))
            continue
        if found.ended_at is not None:
            usable[found.fuel, found.started_at] = found
    return tuple(usable.values())


def _outage(rupture: etree._Element, latest: int) -> OutageRecord:
    kind = OUTAGE_KINDS.get(rupture.get("type", "").strip().lower())
    if kind is None:
        raise Unusable("outage_kind_unknown")
    fuel = values.fuel(rupture.get("id", ""), rupture.get("nom") or rupture.get("fuel", ""))
    started_at = values.moment(rupture.get("debut", "").strip())
    ended = rupture.get("fin", "").strip()
    ended_at = values.moment(ended) if ended else None
    if started_at > latest:
        raise Unusable("date_in_future")
    if ended_at is not None and ended_at < started_at:
        raise Unusable("outage_ends_before_it_starts")
    # An end that is announced is no end yet.
    return OutageRecord(fuel, kind, started_at, ended_at if ended_at is None or ended_at <= latest else None)


def _shown(element: etree._Element) -> str:
    return " ".join(f'{name!s}="{value!s}"' for name, value in element.items())[:LONGEST_EXAMPLE]
