"""What a person with the publishers' files, a pencil and patience knows of a driver's stations.

Another reader and other formulas than the application's; nothing of the base.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import acos, cos, radians, sin
from statistics import mean, median
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
# Around Aubagne, open day and night; the last of them leaves the feed during the week, its price is of November.
CLOSING = "13780007"
FOLLOWED = ("13400015", "13390002", "83330001", "13600013", CLOSING)
STALE_DAYS = 14
LITRES, LITRES_100KM, KM_A_YEAR = 50, 6.5, 12_000
HOME, RADIUS_KM = (43.292, 5.57), 10
"""In Aubagne."""
ROAD, LEAST_GAIN, EARTH_KM = 1.3, 0.50, 6371.0088
CLUB = "Costco"


@dataclass
class Pump:
    """What one file tells of a station."""

    at: tuple[float, float]
    is_motorway: bool
    town: str
    hours: ET.Element | None
    price: int
    declared_at: datetime

    @property
    def away_km(self) -> float:
        """From home, as the crow flies: by the law of cosines."""
        (north, east), (other_north, other_east) = (map(radians, point) for point in (HOME, self.at))
        cosine = sin(north) * sin(other_north) + cos(north) * cos(other_north) * cos(other_east - east)
        return EARTH_KM * acos(cosine)

    @property
    def net(self) -> float:
        """Euros for a fill, the way there and back included."""
        return self.price / 1000 * (LITRES + 2 * ROAD * self.away_km * LITRES_100KM / 100)

    def is_open(self, moment: datetime) -> bool:
        """By card, by the hours of the day, or where it tells none, by day."""
        if self.hours is not None and self.hours.get("automate-24-24") == "1":
            return True
        days = [] if self.hours is None else self.hours.findall("jour")
        today = next((day for day in days if day.get("id") == str(moment.isoweekday())), None)
        spans = [] if today is None else today.findall("horaire")
        if today is None or not (spans or today.get("ferme") == "1"):
            return 7 <= moment.hour < 20
        now = f"{moment:%H.%M}"
        return any(str(span.get("ouverture")) <= now < str(span.get("fermeture")) for span in spans)


@dataclass
class Hand:
    """What a person with the files, a pencil and patience knows."""

    declared: dict[str, dict[datetime, int]] = field(default_factory=dict)
    """By station every price of Gazole that any of the files told, in thousandths."""
    present: set[str] = field(default_factory=set)
    dry: set[str] = field(default_factory=set)
    pumps: dict[str, Pump] = field(default_factory=dict)
    """By station, of those that ask a price for Gazole in the last file."""
    brands: dict[str, str] = field(default_factory=dict)
    as_of: datetime = field(default_factory=lambda: datetime.now(PARIS))
    department: dict[str, str] = field(default_factory=dict)
    median: dict[str, float] = field(default_factory=dict)
    """By department, of all prices of Gazole that are fresh enough."""

    def read(self, document: bytes) -> None:
        """One more file."""
        newest = []
        prices = []
        self.present, self.dry, self.pumps = set(), set(), {}
        for station in ET.fromstring(document):  # noqa: S314 - the publisher's own file
            ref = str(station.get("id"))
            self.present.add(ref)
            self.department[ref] = str(station.get("cp"))[:2]
            for price in station.findall("prix"):
                at = datetime.fromisoformat(str(price.get("maj"))).replace(tzinfo=PARIS)
                newest.append(at)
                if price.get("nom") == "Gazole":
                    thousandths = round(float(str(price.get("valeur"))) * 1000)
                    self.declared.setdefault(ref, {})[at] = thousandths
                    prices.append((self.department[ref], at, thousandths))
                    here = (float(station.get("latitude") or 0) / 1e5, float(station.get("longitude") or 0) / 1e5)
                    self.pumps[ref] = Pump(
                        at=here,
                        is_motorway=station.get("pop") == "A",
                        town=str(station.findtext("ville")),
                        hours=station.find("horaires"),
                        price=thousandths,
                        declared_at=at,
                    )
            if any(out.get("nom") == "Gazole" and not out.get("fin") for out in station.findall("rupture")):
                self.dry.add(ref)
        self.as_of = max(newest)
        fresh = self.as_of - timedelta(days=STALE_DAYS)
        for wanted in {self.department[ref] for ref in FOLLOWED}:
            self.median[wanted] = median(price for where, at, price in prices if where == wanted and at >= fresh)

    def price(self, ref: str, at: datetime) -> int | None:
        """The last one declared by then."""
        known = [when for when in self.declared.get(ref, {}) if when <= at]
        return self.declared[ref][max(known)] if known else None

    def now(self, ref: str) -> int:
        """The price of today."""
        found = self.price(ref, self.as_of)
        assert found
        return found

    @property
    def order(self) -> list[str]:
        """The followed stations as the board should have them: to be had, dry, gone, each cheapest first."""

        def standing(ref: str) -> int:
            if ref not in self.present:
                return 4
            if ref in self.dry:
                return 3
            return 2 if max(self.declared[ref]) < self.as_of - timedelta(days=STALE_DAYS) else 0

        return sorted(FOLLOWED, key=lambda ref: (standing(ref), self.now(ref)))

    @property
    def reliable(self) -> list[str]:
        """Those that one can fill up at."""
        return [ref for ref in FOLLOWED if ref != CLOSING and ref not in self.dry]

    def moved(self, ref: str) -> str:
        """How its price moved, in words."""
        for days, words in ((1, "depuis hier"), (7, "en 7 jours")):
            before = self.price(ref, self.as_of - timedelta(days=days))
            if before is not None and before != self.now(ref):
                cents = f"{abs(self.now(ref) - before) / 10:g}".replace(".", ",")
                return f"{'−' if self.now(ref) < before else '+'}{cents} c {words}"
        return "stable sur 7 jours" if self.price(ref, self.as_of - timedelta(days=7)) is not None else ""

    @property
    def saving(self) -> str:
        """What the best saves, in words."""
        prices = [self.now(ref) for ref in self.reliable]
        less = (mean(prices) - min(prices)) / 1000
        fill, year = less * LITRES, less * LITRES_100KM / 100 * KM_A_YEAR
        words = f"{fill:.2f} € de moins sur {LITRES} L, {year:.0f} € par an".replace(".", ",")
        middle = f"{mean(prices) / 1000:.3f}".replace(".", ",")
        return f"{words}, face à la moyenne de vos {len(prices)} stations, {middle} €."

    def alternative(self, moment: datetime) -> tuple[str, str, str] | None:
        """What a better place that is not followed gains, how far it is and its name; None for too little."""
        fresh = self.as_of - timedelta(days=STALE_DAYS)
        usual = min(self.pumps[ref].net for ref in self.reliable)
        others = {
            ref: pump
            for ref, pump in self.pumps.items()
            if pump.away_km <= RADIUS_KM
            and ref not in {*FOLLOWED, *self.dry}
            and not pump.is_motorway
            and self.brands.get(ref) != CLUB
            and pump.declared_at >= fresh
            and pump.is_open(moment)
        }
        ref, other = min(others.items(), key=lambda each: each[1].net)
        gain = usual - other.net
        if gain < LEAST_GAIN:
            return None
        return f"{gain:.2f}".replace(".", ","), distance(other.away_km), f"{self.brands[ref]}, {other.town}"

    @property
    def not_worth(self) -> set[str]:
        """Those that ask less than the nearest, and cost more with the way."""
        known = {ref: self.pumps[ref] for ref in self.reliable}
        nearest = min(known.values(), key=lambda pump: pump.away_km)
        return {ref for ref, pump in known.items() if pump.price < nearest.price and pump.net >= nearest.net}

    @property
    def beside(self) -> str:
        """Where the best stands in its department."""
        best = self.order[0]
        below = self.median[self.department[best]] - self.now(best)
        side = "sous" if below > 0 else "au-dessus de"
        cents = f"{abs(below) / 10:g}".replace(".", ",")
        return f"{cents} c {side} la médiane du département." if below else "Au prix médian du département."

    def trend(self, ref: str) -> str:
        """The words of the line: from the first price known of the last thirty days to the last."""
        first = (self.as_of - timedelta(days=29)).replace(hour=0, minute=0, second=0)
        at_first = self.price(ref, first)
        inside = {at: price for at, price in self.declared[ref].items() if first < at <= self.as_of}
        begin = at_first if at_first is not None else inside[min(inside)]
        words = f"Sur 30 jours : de {begin / 1000:.3f} à {self.now(ref) / 1000:.3f} €/L".replace(".", ",")
        return words if len({begin, *inside.values()}) > 1 else ""


def euros(thousandths: int) -> str:
    """A price of a litre."""
    return f"{thousandths / 1000:.3f}".replace(".", ",")


def distance(km: float) -> str:
    """In metres by fifties below one kilometre, to a tenth below ten, whole above."""
    if (metres := round(km * 20) * 50) < 1000:
        return f"{metres} m"
    return (f"{km:.1f}".removesuffix(".0").replace(".", ",") if km < 10 else f"{km:.0f}") + " km"


def ago(then: datetime, now: datetime) -> str:
    """How long ago, in the largest unit that fits once."""
    elapsed = now - then
    for unit, length in (("mois", 30 * 1440), ("jour", 1440), ("heure", 60), ("minute", 1)):
        count = elapsed // timedelta(minutes=length)
        if count and not (unit == "mois" and elapsed < timedelta(days=60)):
            return f"il y a {count} {unit}{'s' if count > 1 and unit != 'mois' else ''}"
    return "à l’instant"
