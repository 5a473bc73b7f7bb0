"""Addresses as people write them. Feeds shout: `20 RTE DE ST GILLES` is 20 route de Saint-Gilles."""

import re
from functools import lru_cache

# French postal abbreviations (La Poste, SNA 7, norm NF Z 10-011), as stations really write them.
ABBREVIATIONS = {
    "all": "allée", "av": "avenue", "ave": "avenue", "bd": "boulevard", "bld": "boulevard", "bvd": "boulevard",
    "bvld": "boulevard", "blvd": "boulevard", "che": "chemin", "chem": "chemin", "ch": "chemin", "crs": "cours",
    "fbg": "faubourg", "fg": "faubourg", "gal": "général", "gén": "général", "imp": "impasse", "mal": "maréchal",
    "pl": "place", "pt": "pont", "qu": "quai", "r": "rue", "rte": "route", "sq": "square", "st": "saint",
    "ste": "sainte", "cce": "commerce", "cial": "commercial", "ccial": "centre commercial", "pdt": "président",
    "marechal": "maréchal", "general": "général", "president": "président", "allee": "allée", "allees": "allées",
    "republique": "république", "liberation": "libération", "resistance": "résistance", "eglise": "église",
    "ecole": "école", "prefecture": "préfecture", "peage": "péage", "cote": "côte",
    "nat": "nationale", "departementale": "départementale",
}  # fmt: skip
KINDS = frozenset(
    ("rue", "avenue", "boulevard", "route", "chemin", "place", "quai", "impasse", "allée", "allées", "cours", "square",
     "faubourg", "rocade", "voie", "zone", "aire", "rond-point", "quartier", "centre", "nationale", "départementale")
)  # fmt: skip
PARTICLES = frozenset(("à", "au", "aux", "d", "de", "des", "du", "en", "et", "l", "la", "le", "les", "sous", "sur"))
INITIALS = frozenset(("ZA", "ZAC", "ZI", "ZAE", "ZUP", "RN", "RD", "CD", "CC", "CS", "BP"))

_SPOKEN = re.compile(r"[a-zà-ÿ]{2}")
_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*\.?")
_ELIDED = re.compile(r"\b([DL]) (?=[AEIOUYHÉÈ])")
_SAINT = re.compile(r"\b(Sainte?) (?=[A-ZÀ-Ý])")


@lru_cache(maxsize=16_384)
def street(address: str) -> str:
    """An address for display. What is not all capitals was written with care and stays as it is.

    >>> street("24 AV DU GENERAL LECLERC"), street("RN 89"), street("12 Rue de l'Exemple")
    ('24 avenue du Général Leclerc', 'RN 89', "12 Rue de l'Exemple")
    >>> street("A83 - AIRE DE ST GILLES")
    'A83 - aire de Saint-Gilles'
    """
    words = " ".join(address.split())
    if not words.isupper() or _SPOKEN.search(words):
        return words
    joined = _ELIDED.sub(r"\1'", words)
    spelt = _WORD.sub(lambda found: _word(found[0].removesuffix("."), joined[: found.start()]), joined)
    return _SAINT.sub(r"\1-", spelt)


def _word(written: str, before: str) -> str:
    if written in INITIALS or (any(c.isdigit() for c in written) and len(written) < 6):  # noqa: PLR2004
        return written if written[-1:].isdigit() or written in INITIALS else written.lower()
    if "-" in written:
        return "-".join(_word(part, f"{before}-") for part in written.split("-"))
    lowered = written.lower()
    spelt = ABBREVIATIONS.get(lowered, lowered)
    is_first = not any(c.isalpha() for c in before)
    # "12 rue", but "Rue" at the head of the line.
    is_small = spelt in KINDS if before.strip() else False
    if is_small or (spelt in PARTICLES and not is_first):
        return spelt
    return spelt.capitalize()
