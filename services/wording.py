"""Stations and their addresses as people write them. Feeds shout: `20 RTE DE ST GILLES` is 20 route de Saint-Gilles."""

import re
from functools import lru_cache

# French postal abbreviations (La Poste, SNA 7, norm NF Z 10-011), as stations really write them, and words that lost
# an accent to capitals: only those that no other word could be (`MARCHE` may be a market or a region).
ABBREVIATIONS = {
    "all": "allée", "ave": "avenue", "bld": "boulevard", "bvd": "boulevard", "av": "avenue", "bd": "boulevard",
    "bvld": "boulevard", "blvd": "boulevard", "che": "chemin", "chem": "chemin", "ch": "chemin", "crs": "cours",
    "fbg": "faubourg", "fg": "faubourg", "gal": "général", "gén": "général", "imp": "impasse", "mal": "maréchal",
    "pl": "place", "pt": "pont", "qu": "quai", "r": "rue", "rt": "route", "rte": "route", "sq": "square", "st": "saint",
    "ste": "sainte", "cce": "commerce", "cial": "commercial", "ccial": "centre commercial", "pdt": "président",
    "nat": "nationale", "aut": "autoroute", "dr": "docteur", "cdt": "commandant", "cne": "capitaine", "col": "colonel",
    "prof": "professeur", "lieudit": "lieu-dit",
}  # fmt: skip
_MARKED = (
    "abbé activité activités aéroport aérodrome allée allées alliés andré armée besançon béziers château chêne "
    "chênes chaussée cité côte départemental départementale déportés échangeur école écoles édouard égalité "
    "église électricité émile épinal équipement étang étienne étoile étudiants évêché évreux félix forêt françois "
    "françoise frédéric fréjus frère frères général genève gérard hélène hôpital hôtel hypermarché intermarché "
    "isère jaurès jérôme joséphine kléber léon léonard liberté libération lozère maréchal mâcon mendès métiers "
    "métro montélimar musée nîmes océan océanie orléans péage péri périgueux périphérique pézenas poincaré préfecture "
    "président pyrénées rené république résistance rhône saône supermarché thérèse université vallée vallées "
    "vendée vendôme zénith"
)
_PLAIN = str.maketrans("àâçéèêëîïôöùûü", "aaceeeeiioouuu")
ACCENTED = {word.translate(_PLAIN): word for word in _MARKED.split()}
KINDS = frozenset(
    ("rue", "avenue", "boulevard", "route", "chemin", "place", "quai", "impasse", "allée", "allées", "cours", "square",
     "faubourg", "rocade", "voie", "zone", "aire", "rond-point", "quartier", "centre",
     "autoroute", "lieu-dit", "angle", "sortie", "sens")
)  # fmt: skip
# Behind a number the two that fill a line are written short, as on an envelope.
SHORT = {"avenue": "av.", "boulevard": "bd"}
PARTICLES = frozenset(("à", "au", "aux", "d", "de", "des", "du", "en", "et", "l", "la", "le", "les", "sous", "sur"))
INITIALS = frozenset(("ZA", "ZAC", "ZI", "ZAE", "ZC", "ZUP", "RN", "RD", "CD", "CC", "CS", "BP"))
MONTHS = (
    "janvier", "février", "fevrier", "mars", "avril", "mai", "juin", "juillet", "août", "aout", "septembre", "octobre",
    "novembre", "décembre", "decembre",
)  # fmt: skip
# A street named after somebody joins all of the name: rue du Général-de-Gaulle, rue Victor-Hugo
# (Imprimerie nationale, Lexique des règles typographiques, "Rue").
RANKS = ("Général", "Maréchal", "Président", "Docteur", "Colonel", "Commandant", "Capitaine", "Professeur", "Amiral",
         "Abbé", "Lieutenant", "Sergent", "Frères")  # fmt: skip
FIRST_NAMES = (
    "Albert", "Alexandre", "Alfred", "Alphonse", "Anatole", "André", "Antoine", "Aristide", "Auguste", "Blaise",
    "Charles", "Claude", "Denis", "Édouard", "Émile", "Étienne", "Eugène", "Félix", "Ferdinand", "Fernand", "Francis",
    "François", "Franklin", "Frédéric", "Gabriel", "Gaston", "Georges", "Gérard", "Gustave", "Guy", "Hector", "Henri",
    "Jacques", "Jean", "Jeanne", "Joseph", "Jules", "Léo", "Léon", "Louis", "Lucien", "Marcel", "Marie", "Marius",
    "Maurice", "Maxime", "Michel", "Paul", "Philippe", "Pierre", "Raymond", "René", "Robert", "Roger", "Romain",
    "Simone", "Victor", "Vincent", "Yves",
)  # fmt: skip

_SPOKEN = re.compile(r"[a-zà-ÿ]{2}")
_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*\.?")
_ELIDED = re.compile(r"\b([DL])[ .](?=[AEIOUYHÉÈ])")
_DOTTED = re.compile(r"\b(?:[A-Z]\.){2,}(?=[A-Z0-9 ]|$)")
_GLUED = re.compile(r"(?<=[A-Z]{2})\.(?=[A-Z])|,(?=[A-Z])")
_TWO_WORDS = re.compile(r"\b(ROND|LIEU) (?=POINT\b|DIT\b)")
# Small only behind these: route nationale, but rue Nationale.
_BEHIND = {
    "nationale": "route", "départementale": "route", "commercial": "centre", "commerciale": "zone",
    "industrielle": "zone", "artisanale": "zone",
}  # fmt: skip
_SAINT = re.compile(r"\b(Sainte?) (?=[A-ZÀ-Ý])")
_NUMBERED = re.compile(
    r"^(\d+(?:[- /]\d+)*(?: ?(?:bis|ter|[a-d]))?),? (rue|avenue|av\.?|boulevard|bd\.?|route|chemin|place|quai|impasse"
    r"|allées?|cours|square|faubourg)(?= )",
    re.IGNORECASE,
)
# A capital and a small letter at least: `RN` behind a name is a road, not its end.
_CAPITAL = r"(?!Prolong)[A-ZÀ-Ý][^\W\d_]*[a-zà-ÿ][^\W\d_]*"
_FIRST = rf"(?:{'|'.join(FIRST_NAMES)})"
_NAMED = re.compile(
    rf"(?<![-\w])(?:(?:{'|'.join(RANKS)})(?: (?:de|du|la|le))*(?: {_CAPITAL}(?: (?:de|du|la|le))*){{1,3}}"
    rf"|Charles de Gaulle|{_FIRST}(?: et {_FIRST})?(?: {_CAPITAL}){{1,2}})"
)
_DATED = re.compile(rf"\b(\d{{1,2}}|1er) ({'|'.join(MONTHS)})(?: (\d{{4}}))?\b", re.IGNORECASE)
_LOOSE_END = re.compile(r"(?: (?:de|du|des|la|le|les))+$")


def station_title(brand: str | None, name: str | None, address: str, town: str) -> str:
    """What to call a station: brand, else its own name, else its street, else its town; empty where nobody told.

    >>> station_title("Intermarché", None, "12 RUE HAUTE", "Orsay"), station_title(None, None, "12 RUE HAUTE", "Orsay")
    ('Intermarché', '12 rue Haute')
    """
    return brand or name or street(address) or town


def whereabouts(brand: str | None, name: str | None, address: str, town: str) -> str:
    """Where a station is, without what its title says already.

    >>> whereabouts("Intermarché", None, "12 RUE HAUTE", "Orsay"), whereabouts(None, None, "12 RUE HAUTE", "Orsay")
    ('12 rue Haute, Orsay', 'Orsay')
    """
    place = street(address)
    if brand or name:
        return ", ".join(part for part in (place, town) if part)
    return town if place else ""


def short_title(brand: str | None, name: str | None, address: str, town: str) -> str:
    """A title that stands alone, in a mail or in a list of one's own: `Intermarché, Orsay`."""
    title = station_title(brand, name, address, town)
    return f"{title}, {town}" if town and title != town else title


@lru_cache(maxsize=16_384)
def street(address: str) -> str:
    """An address for display. Of what is in mixed case only the kind of street and joined names are set.

    >>> street("27 AV DU GENERAL LECLERC"), street("RN 89"), street("12 Rue de l'Exemple")
    ('27 av. du Général-Leclerc', 'RN 89', "12 rue de l'Exemple")
    >>> street("A83 - AIRE DE ST GILLES"), street("BD.DU 11 NOVEMBRE")
    ('A83 - aire de Saint-Gilles', 'Boulevard du 11-Novembre')
    """
    words = " ".join(address.split())
    if words.islower() or (words.isupper() and not _SPOKEN.search(words)):
        words = _lowered(words.upper())
    numbered = _NUMBERED.sub(_kind, words)
    dated = _DATED.sub(lambda found: "-".join(part.capitalize() for part in found.groups() if part), numbered)
    return _NAMED.sub(_joined, dated)


def _lowered(words: str) -> str:
    # `R.N.7`, `AV.DE LA GARE`: what a clerk's full stop keeps together is taken apart, or it would read as one word.
    initials = _DOTTED.sub(lambda found: found[0].replace(".", "") + " ", words)
    apart = " ".join(_GLUED.sub(lambda found: f"{found[0]} ", initials).split())
    joined = _TWO_WORDS.sub(r"\1-", _ELIDED.sub(r"\1'", apart))
    spelt = _WORD.sub(lambda found: _word(found[0].removesuffix("."), joined[: found.start()]), joined)
    return _SAINT.sub(r"\1-", spelt)


def _kind(found: re.Match[str]) -> str:
    kind = found[2].lower().rstrip(".")
    kind = ABBREVIATIONS.get(kind, kind)
    number = re.sub("bis|ter", lambda word: word[0].lower(), found[1], flags=re.IGNORECASE)
    return f"{number} {SHORT.get(kind, kind)}"


def _joined(found: re.Match[str]) -> str:
    name = found[0]
    end = _LOOSE_END.search(name)
    kept = name[: end.start()] if end else name
    return kept.replace(" ", "-") + name[len(kept) :]


def _word(written: str, before: str) -> str:
    if written in INITIALS or (any(c.isdigit() for c in written) and len(written) < 6):  # noqa: PLR2004
        return written if written[-1:].isdigit() or written in INITIALS else written.lower()
    if "-" in written and written.lower() not in KINDS:
        return "-".join(_word(part, f"{before}-") for part in written.split("-"))
    lowered = written.lower()
    spelt = ABBREVIATIONS.get(lowered) or ACCENTED.get(lowered, lowered)
    is_first = not any(c.isalpha() for c in before)
    if spelt in _BEHIND:
        last = before.lower().split()[-1:]
        return spelt if last and ABBREVIATIONS.get(last[0], last[0]) == _BEHIND[spelt] else spelt.capitalize()
    # "12 rue", but "Rue" at the head of the line.
    is_small = spelt in KINDS if before.strip() else False
    if is_small or (spelt in PARTICLES and not is_first):
        return spelt
    return spelt.capitalize()
