"""What a French station offers and when it is open: the `services` and `horaires` of the feed."""

from collections.abc import Iterable
from typing import NamedTuple

from lxml import etree

from records import Amenity, DayHours, Reject
from sources import fr_values as values
from sources.fr_values import Unusable

AMENITIES = {
    "Vente de gaz domestique (Butane, Propane)": Amenity.HOUSEHOLD_GAS,
    "Station de gonflage": Amenity.TYRE_INFLATION,
    "Automate CB 24/24": Amenity.CARD_AUTOMAT_24H,
    "DAB (Distributeur automatique de billets)": Amenity.CASH_DISPENSER,
    "Boutique alimentaire": Amenity.FOOD_SHOP,
    "Piste poids lourds": Amenity.LORRY_LANE,
    "Boutique non alimentaire": Amenity.SHOP,
    "Carburant additivé": Amenity.ADDITIVE_FUEL,
    "Lavage automatique": Amenity.CAR_WASH_AUTOMATIC,
    "Toilettes publiques": Amenity.TOILETS,
    "Lavage manuel": Amenity.CAR_WASH_MANUAL,
    "Restauration à emporter": Amenity.TAKEAWAY,
    "Location de véhicule": Amenity.VEHICLE_HIRE,
    "Relais colis": Amenity.PARCEL_PICKUP,
    "Laverie": Amenity.LAUNDRY,
    "Vente d'additifs carburants": Amenity.FUEL_ADDITIVES,
    "Services réparation / entretien": Amenity.REPAIRS,
    "Wifi": Amenity.WIFI,
    "Restauration sur place": Amenity.RESTAURANT,
    "Vente de fioul domestique": Amenity.HEATING_OIL,
    "Vente de pétrole lampant": Amenity.LAMP_OIL,
    "Bornes électriques": Amenity.ELECTRIC_CHARGING,
    "Bar": Amenity.BAR,
    "Espace bébé": Amenity.BABY_AREA,
    "Douches": Amenity.SHOWERS,
    "Aire de camping-cars": Amenity.CAMPERVAN_AREA,
    "GNV": Amenity.NATURAL_GAS,
}
# Plain integers: adding up flags of an enum takes ten times as long, and a feed has 64,000 of them.
_BITS = {label: amenity.value for label, amenity in AMENITIES.items()}

DAYS = {str(day): day - 1 for day in range(1, 8)}
MIDNIGHT = 24 * 60
MOST_WEEKS = 8_192
LONGEST_EXAMPLE = 80


def amenities(ref: str, declared: Iterable[etree._Element], rejects: list[Reject]) -> int:
    """A sum of `Amenity` bits; a label that this version does not know is counted and left out."""
    bits = 0
    for services in declared:
        for service in services:
            label = service.text or ""
            bit = _BITS.get(label) or _BITS.get(values.repaired(label.strip()))
            if bit is not None:
                bits |= bit
            elif label.strip():
                rejects.append(Reject(ref, "amenity_unknown", label.strip()[:LONGEST_EXAMPLE]))
    return bits


def declared_hours(
    ref: str, declared: Iterable[etree._Element], bits: int, rejects: list[Reject]
) -> tuple[bool, tuple[DayHours, ...] | None]:
    """Whether a card machine sells day and night, and the hours of the week, None where none were declared.

    21 stations name the machine among their services and not here: either counts.
    """
    is_open_24h = bool(bits & Amenity.CARD_AUTOMAT_24H.value)
    hours = None
    for horaires in declared:
        week = _week_of(horaires)
        is_open_24h = is_open_24h or week.is_automat
        hours = week.hours
        for reason, example in week.problems:
            rejects.append(Reject(ref, reason, example))
    # A pump that sells is not shut all week; where a machine sells, the shop may well be.
    if hours is not None and not is_open_24h and all(day == () for day in hours):
        hours = None
    return is_open_24h, hours


class _Week(NamedTuple):
    is_automat: bool
    hours: tuple[DayHours, ...] | None
    problems: tuple[tuple[str, str], ...]


# 10,000 stations keep 1,900 different weeks: comparing their XML is five times as quick as reading it.
_weeks: dict[bytes, _Week] = {}


def _week_of(horaires: etree._Element) -> _Week:
    written = etree.tostring(horaires, with_tail=False)
    week = _weeks.get(written)
    if week is None:
        if len(_weeks) >= MOST_WEEKS:
            _weeks.clear()
        week = _weeks[written] = _read_week(horaires)
    return week


def _read_week(horaires: etree._Element) -> _Week:
    hours: list[DayHours] = [None] * len(DAYS)
    problems: list[tuple[str, str]] = []
    for jour in horaires:
        day = DAYS.get(jour.get("id", ""))
        if day is None:
            problems.append(("hours_day_unknown", (jour.get("id") or "")[:LONGEST_EXAMPLE]))
        else:
            hours[day] = _hours_of(jour, problems)
    is_void = all(day is None for day in hours)
    return _Week(horaires.get("automate-24-24") == "1", None if is_void else tuple(hours), tuple(problems))


def _hours_of(jour: etree._Element, problems: list[tuple[str, str]]) -> DayHours:
    if jour.get("ferme") == "1":
        return ()
    spans = []
    for horaire in jour:
        opening, closing = horaire.get("ouverture", ""), horaire.get("fermeture", "")
        try:
            start, end = values.minute_of_day(opening), values.minute_of_day(closing)
        except Unusable as error:
            problems.append((str(error), f"{opening}-{closing}"[:LONGEST_EXAMPLE]))
            continue
        if start != end:
            spans.append((start % MIDNIGHT, end))
        elif start == 0:
            # `00.00`-`00.00` is how 190 stations say "all day"; `01.00`-`01.00` and its like mean nothing.
            spans.append((0, MIDNIGHT))
    return tuple(sorted(spans)) or None
