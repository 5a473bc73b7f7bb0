"""Filters and order of a search as short words, for an address or a cookie: whatever does not fit is left out."""

from collections.abc import Callable, Collection, Iterable, Mapping

from records import Amenity
from services.filters import CAR_WASH, Filters
from services.ranking import Sort

ONLY, BRAND, SORT = "only", "brand", "sort"
NAMES = (ONLY, BRAND, SORT)
BETWEEN_WORDS, BETWEEN_BRANDS = ",", "|"
LONGEST = 300
MOST_BRANDS = 10
# These words are in addresses that people have shared: none ever gets another meaning.
SWITCHES = {
    "open": "open_now",
    "24h": "open_24h",
    "road": "no_motorway",
    "stock": "hide_out",
    "fresh": "hide_stale",
}
AMENITIES = {
    "wash": CAR_WASH,
    "air": Amenity.TYRE_INFLATION,
    "shop": Amenity.SHOP | Amenity.FOOD_SHOP,
    "toilets": Amenity.TOILETS,
    "cash": Amenity.CASH_DISPENSER,
    "meals": Amenity.RESTAURANT | Amenity.TAKEAWAY,
    "charging": Amenity.ELECTRIC_CHARGING,
    "showers": Amenity.SHOWERS,
    "lorries": Amenity.LORRY_LANE,
    "campers": Amenity.CAMPERVAN_AREA,
}
"""What is asked for most, first; of one with several bits any is enough."""


def to_parts(filters: Filters, sort: Sort) -> dict[str, str]:
    """The parts of an address; none for what is not chosen.

    >>> to_parts(Filters(brands=frozenset({"Esso"}), open_now=True, amenities=frozenset({CAR_WASH})), Sort.NET)
    {'only': 'open,wash', 'brand': 'Esso', 'sort': 'net'}
    >>> to_parts(Filters(), Sort.PRICE)
    {}
    """
    parts = {
        ONLY: BETWEEN_WORDS.join(words_of(filters)),
        BRAND: BETWEEN_BRANDS.join(sorted(filters.brands)),
        SORT: "" if sort is Sort.PRICE else sort.value,
    }
    return {name: value for name, value in parts.items() if value}


def from_parts(parts: Mapping[str, str], brands: Callable[[], Collection[str]]) -> tuple[Filters, Sort]:
    """What such parts ask for. `brands` are those there are, asked only where a brand is told."""
    words = _cut(parts.get(ONLY, ""), BETWEEN_WORDS)
    told = _cut(parts.get(BRAND, ""), BETWEEN_BRANDS)
    known = set(brands()) if told else set()
    chosen = [brand for brand in told if brand in known][:MOST_BRANDS]
    return filters_of(words, chosen), next((sort for sort in Sort if sort.value == parts.get(SORT)), Sort.PRICE)


def filters_of(words: Iterable[str], brands: Iterable[str]) -> Filters:
    """The filters that these words and brands ask for."""
    told = set(words)
    return Filters(
        brands=frozenset(brands),
        amenities=frozenset(wanted for word, wanted in AMENITIES.items() if word in told),
        **{switch: True for word, switch in SWITCHES.items() if word in told},
    )


def words_of(filters: Filters) -> list[str]:
    """The words of these filters, all but their brands."""
    switches = [word for word, switch in SWITCHES.items() if getattr(filters, switch)]
    return switches + [word for word, wanted in AMENITIES.items() if wanted in filters.amenities]


def kept_parts(facts: object) -> dict[str, str]:
    """The parts that may come from a cookie, or go into one: texts under our names, none of them long."""
    if not isinstance(facts, dict):
        return {}
    return {name: value for name, value in facts.items() if name in NAMES and _is_short(value)}


def _is_short(value: object) -> bool:
    # In bytes, as a browser drops a long cookie. What is not printable cannot be written either.
    return isinstance(value, str) and value.isprintable() and 0 < len(value.encode()) <= LONGEST


def _cut(value: str, between: str) -> list[str]:
    return value.split(between) if _is_short(value) else []
