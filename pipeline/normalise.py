"""The transform that all sources share: names of towns for display, prices that are typing errors, medians."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

# Lower case inside a French place name, whatever stands around them.
PARTICLES = frozenset(
    "à au aux d de des du en et l la le les lès lez près sous sur devant deçà delà ès".split()  # noqa: SIM905
)
ARTICLES = frozenset(("la", "le", "les"))
ABBREVIATIONS = {"st": "saint", "ste": "sainte", "sts": "saints", "stes": "saintes", "s/": "sur", "s/s": "sous"}
SAINTS = frozenset(("saint", "sainte", "saints", "saintes"))

_BREAKS = re.compile(r"[\s-]+")
_SHOUTED = re.compile(r"[A-Z]")
_SPOKEN = re.compile(r"[a-z]")
_ELIDED = re.compile(r"\b([dl])\s*['’´`]\s*", re.IGNORECASE)
_SLASHED = re.compile(r"\b(s/s|s/)\s*", re.IGNORECASE)

# How far from the median a price may lie, in median absolute deviations; measured in docs/pipeline.md.
MOST_BELOW = 10
MOST_ABOVE = 14
# Where all stations agree the deviation tends to nothing, and a cent would look like a typing error.
LEAST_DEVIATION = 0.015
# Below this many prices their spread says nothing: a fixed band about the median has to do.
FEWEST_PRICES = 30
FIXED_BAND = (0.6, 1.6)


class Band(NamedTuple):
    """The prices of a fuel that can be believed on one day, thousandths of a euro, both ends included."""

    low: int
    high: int


@lru_cache(maxsize=16_384)
def town_name(written: str) -> str:
    """A French town spelt for display: `LA ROCHE SUR YON` is La Roche-sur-Yon, `L'HAY LES ROSES` L'Hay-les-Roses.

    What is in mixed case was written with care and stays as it is. Accents that capitals lost are not guessed.
    """
    text = " ".join(written.split())
    # Upper-casing by machine often leaves accented letters small (`CHâTILLON`): only plain letters tell.
    if _SHOUTED.search(text) and _SPOKEN.search(text):
        return text
    lowered = _SLASHED.sub(lambda found: f"{ABBREVIATIONS[found[1].lower()]} ", text.lower())
    # "d'ascq" is one word to the rules below.
    words = [word for word in _BREAKS.split(_ELIDED.sub(r"\1'", lowered)) if word]
    if not words:
        return ""
    words = [ABBREVIATIONS.get(word.rstrip("."), word) for word in words]
    article = words.pop(0).capitalize() if words[0] in ARTICLES and len(words) > 1 else ""
    # A name of several words is hyphenated where a saint or a particle says that it is one name; `OS MARSILLON`
    # may be two places, and stays two words unless it was hyphenated.
    is_one_name = words[0] in SAINTS or any(_is_inner(word) for word in words[1:]) or "-" in text.strip("-")
    joined = ("-" if is_one_name else " ").join(_cased(word, is_first=i == 0) for i, word in enumerate(words))
    return f"{article} {joined}".strip()


def _is_inner(word: str) -> bool:
    return word in PARTICLES or word[:2] in {"d'", "l'"}


def _cased(word: str, *, is_first: bool) -> str:
    if word[:2] in {"d'", "l'"}:
        letter = word[0].upper() if is_first else word[0]
        return f"{letter}'{word[2:].capitalize()}"
    return word if word in PARTICLES and not is_first else word.capitalize()


def bands(prices: Mapping[int, Iterable[int]]) -> dict[int, Band]:
    """For each fuel the band outside of which a price is suspect, from all the fuel's prices of the day.

    A price p is suspect where ln(p / median) is below -10 or above +14 times the median absolute deviation of
    ln(p / median), taken as 0.015 at least. Motorways make the upper side longer than the lower.
    """
    return {fuel: _band(sorted(found)) for fuel, found in prices.items()}


def _band(ordered: Sequence[int]) -> Band:
    middle = median(ordered)
    if len(ordered) < FEWEST_PRICES:
        return Band(math.ceil(middle * FIXED_BAND[0]), math.floor(middle * FIXED_BAND[1]))
    # Distances to the median rise from it to both sides: of each distinct price the logarithm is taken once.
    distance = {price: abs(math.log(price / middle)) for price in set(ordered)}
    deviations = sorted([distance[price] for price in ordered])
    deviation = max(LEAST_DEVIATION, deviations[len(deviations) // 2])
    return Band(
        math.ceil(middle * math.exp(-MOST_BELOW * deviation)), math.floor(middle * math.exp(MOST_ABOVE * deviation))
    )


def median(ordered: Sequence[int]) -> int:
    """The middle of prices in order; between two middles their mean, half a thousandth rounded down."""
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) // 2
