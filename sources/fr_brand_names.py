"""French brands as drivers say them, from the many ways in which mappers write them."""

import re
import unicodedata
from functools import lru_cache

from records import HOUSES

# What stays apart and what does not is argued in docs/adr/0015-brands-as-drivers-say-them.md.
# A brand, and the spellings that mean it, without case, accents and punctuation; its own spelling need not be told.
BRANDS = {
    "TotalEnergies": (
        "total", "total energie", "total contact", "total energies contact", "total excellium", "total automat", "elf",
        "fina", "total petrol",
    ),
    "Total Access": ("total energies access", "totalenergies access", "total petrol access"),
    "Elan": (),
    "E.Leclerc": ("leclerc", "e leclerc", "leclerc express", "e leclerc express", "leclerc drive"),
    "Super U": (
        "systeme u", "u", "station u", "la station u", "u la station", "u station", "u carburant", "magasins u",
        "superu", "systeme u poids lourds",
    ),
    "Hyper U": ("hyperu",),
    "U Express": (),
    "Utile": (),
    "Intermarché": (
        "intermarche super", "intermarche contact", "intermarche hyper", "intermarche express", "inter marche",
        "mousquetaire", "mousquetaires", "les mousquetaires", "groupement mousquetaires",
        "groupement des mousquetaires",
    ),
    "Netto": (),
    "Roady": (),
    "Carrefour": (),
    "Carrefour Market": ("carrefour supermarche", "champion"),
    "Carrefour Contact": (),
    "Carrefour Express": (),
    "Carrefour City": (),
    "Auchan": ("auchan supermarche", "auchan super", "simply", "simply market", "atac"),
    "Esso": (),
    "Esso Express": (),
    "Avia": ("avia xpress", "aviaxpress"),
    "BP": (),
    "Shell": ("shell express",),
    "Eni": ("agip", "eni agip", "agip eni"),
    "Casino": ("casino supermarche", "supermarche casino", "supercasino"),
    "Géant Casino": ("geant", "casino geant", "hyper casino"),
    "Cora": (),
    "Match": ("supermarche match", "supermarches match"),
    "Dyneff": ("dineff",),
    "Vito": (),
    "AS 24": ("as24",),
    "Aral": (),
    "Q8": ("q8 easy", "q8 oils"),
    "bi1": (),
    "Repsol": (),
    "Tamoil": (),
    "DATS 24": ("dats24",),
    "Spar": (),
    "Gulf": (),
    "Fulli": (),
    "Migrol": (),
    "Texaco": (),
    "Gabriëls": (),
    "Renault": (),
    "Coop": (),
    "G20": ("g 20",),
    "Leader Price": (),
    "V-Gas": (),
    "Lukoil": (),
    "Proxi": (),
    "8 à Huit": ("huit a 8",),
    "Coccinelle": (),
    "CocciMarket": ("cocci market",),
    "Monoprix": (),
    "Costco": (),
    "Aldi": (),
    "Ruedi Rüssel": ("rudi russel",),
    "Socar": ("soccar",),
    "Gaz’up": ("gazup",),
    "Engie": (),
    "Moeve": (),
    "Endesa": (),
    "Maximarché": ("maxi marche",),
    "Mini Prix": ("miniprix",),
    "Aire C": (),
    "Campus": (),
    "GME": (),
    "Gamm Vert": (),
}  # fmt: skip
# A name may tell more than the brand column does: mappers write `Total` beside `Total Access`.
REFINED = {
    **HOUSES,
    "Total Access": "TotalEnergies",
    "Elan": "TotalEnergies",
    "Netto": "Intermarché",
}
# Words that say "a filling station" and not which.
GENERIC = frozenset(
    ("station", "stations", "service", "services", "essence", "carburant", "carburants", "c", "le", "la", "les", "du",
     "de", "d", "l", "des", "au", "et", "centre", "commercial", "relais", "libre", "gas", "fuel", "petrol", "pompe",
     "pompes", "distributeur", "automate", "24", "h", "supermarche", "hypermarche", "magasin", "gazole", "gasoil",
     "marche", "independant", "independent", "sans", "marque", "inconnu", "unknown", "no", "brand")
)  # fmt: skip
# Shorter ones begin too many other names.
SHORTEST_BEGINNING = 4

_UNSPOKEN = re.compile(r"[^\w]+|_")
_ALL_SMALL = re.compile(r"^[^A-ZÀ-Þ]*$")


@lru_cache(maxsize=16_384)
def key(written: str) -> str:
    """What two spellings of a name share.

    >>> key(" E. Leclerc"), key("TotalÉnergies Access")
    ('e leclerc', 'total energies access')
    """
    plain = unicodedata.normalize("NFKD", written.replace("œ", "oe").replace("’", "'"))
    words = _UNSPOKEN.sub(" ", "".join(c for c in plain.casefold() if not unicodedata.combining(c)))
    return re.sub(r"\btotal ?energie(s?)\b", r"total energie\1", words).strip()


_BY_KEY = {key(spelling): brand for brand, others in BRANDS.items() for spelling in (brand, *others)}
_BEGINNINGS = sorted((known for known in _BY_KEY if len(known) >= SHORTEST_BEGINNING), key=len, reverse=True)


def brand_of(brand: str, name: str = "", operator: str = "") -> str | None:
    """The brand as drivers say it: of the brand column, else told by the name, else by who runs the station.

    >>> brand_of("Total", "Total Access - Pont de Clichy"), brand_of("", "Station Service E. Leclerc")
    ('Total Access', 'E.Leclerc')
    """
    told = next(filter(None, map(_spelt, brand.split(";"))), None)
    by_name = known_brand(name) or _begins_with(name)
    if told is None:
        return by_name or known_brand(operator) or _begins_with(operator)
    return by_name if by_name is not None and REFINED.get(by_name) == told else told


@lru_cache(maxsize=4_096)
def known_brand(written: str) -> str | None:
    """The brand that this is a spelling of, words like `station` aside; None where it is none of the table."""
    whole = key(written)
    return _BY_KEY.get(whole) or _BY_KEY.get(" ".join(_telling(whole)))


@lru_cache(maxsize=16_384)
def own_name(written: str, brand: str | None) -> str | None:
    """The name where it tells more than the brand, and more than that it is a filling station.

    >>> own_name("Station Total", "TotalEnergies"), own_name("Relais Total du Quercy", "TotalEnergies")
    (None, 'Relais Total du Quercy')
    """
    name = tidy(written)
    head, _, rest = name.partition(" - ")
    if known_brand(head) is not None:
        name = tidy(rest)
    telling = _telling(key(name))
    if brand is not None and (known_brand(name) is not None or set(telling) <= set(key(brand).split())):
        return None
    return name if any(len(word) > 1 for word in telling) else None


def tidy(written: str) -> str:
    """A spelling that no table knows, made presentable: one line, no characters without a form, no shouting.

    >>> tidy(" GARAGE  DU LAC"), tidy("rousseau carburant"), tidy("PMO")
    ('Garage du Lac', 'Rousseau carburant', 'PMO')
    """
    text = " ".join("".join(c if c.isprintable() else " " for c in written).split())
    if text.isupper() and len(text) > SHORTEST_BEGINNING:
        text = " ".join(_cased(word) for word in text.split())
    return text[:1].upper() + text[1:] if _ALL_SMALL.match(text) else text


def _cased(word: str) -> str:
    if "." in word:
        return word
    is_small = len(word) < SHORTEST_BEGINNING and key(word) in GENERIC
    return word.lower() if is_small else word.capitalize()


def _spelt(written: str) -> str | None:
    """The brand as the table spells it, else tidied; None where the words name nobody."""
    known = known_brand(written)
    if known is not None:
        return known
    return tidy(written) if any(len(word) > 1 for word in _telling(key(written))) else None


def _begins_with(name: str) -> str | None:
    """The brand that the telling part of a name begins with, the longest first."""
    telling = " ".join(_telling(key(name)))
    return next((_BY_KEY[known] for known in _BEGINNINGS if f"{telling} ".startswith(f"{known} ")), None)


def _telling(whole: str) -> list[str]:
    """The words, without those at either end that any station may have."""
    words = whole.split()
    while words and words[0] in GENERIC:
        words.pop(0)
    while words and words[-1] in GENERIC:
        words.pop()
    return words
