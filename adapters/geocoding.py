"""What stands at a position, by France's national address service (Base Adresse Nationale)."""

import json
import tempfile
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

from adapters.download import Limits, Validators, download
from errors import SourceMalformed
from settings import settings

NAME = "geocoding"
POINTS_A_DEGREE = 10_000
# One question is worth little: it is asked once, and not waited for.
LIMITS = Limits(connect_s=3.0, read_s=3.0, total_s=5.0, tries=1, most_bytes=1 << 20)
# The service gives the nearest thing it knows, however far that is.
ADDRESS_WITHIN_M = 200
TOWN_WITHIN_M = 2_000
WITH_A_STREET = {"housenumber", "street", "locality"}
LONGEST_ADDRESS = 400
LONGEST_TOWN = 120

Point = tuple[int, int]
"""Latitude and longitude in ten-thousandths of a degree: eleven metres."""


class Place(NamedTuple):
    """What is known of a position; both None where nothing is."""

    address: str | None
    town: str | None


NOWHERE = Place(None, None)


def place_at(point: Point) -> Place:
    """What the service says of a position. Raises SourceUnreachable or SourceMalformed: then leave it in peace.

    The answer is GeoCodeJSON: https://geoservices.ign.fr/documentation/services/services-geoplateforme/geocodage
    """
    asked = urlencode({"lon": point[1] / POINTS_A_DEGREE, "lat": point[0] / POINTS_A_DEGREE, "limit": 1})
    url = settings().geocoding_url
    with tempfile.TemporaryDirectory(prefix="carburoam-") as folder:
        found = download(
            f"{url}{'&' if '?' in url else '?'}{asked}", Path(folder), source=NAME, known=Validators(), limits=LIMITS
        )
        if found is None:
            raise SourceMalformed(NAME, "an answer without a content")
        try:
            answer = json.loads(found.path.read_bytes())
        except (ValueError, RecursionError) as error:
            raise SourceMalformed(NAME, "the answer is no JSON") from error
    return _place(answer)


def _place(answer: Any) -> Place:
    features = answer.get("features") if isinstance(answer, dict) else None
    if not isinstance(features, list):
        raise SourceMalformed(NAME, "the answer has no features")
    if not features:
        return NOWHERE
    facts = features[0].get("properties") if isinstance(features[0], dict) else None
    if not isinstance(facts, dict):
        raise SourceMalformed(NAME, "the answer has a feature without properties")
    far_m = facts.get("distance", 0)
    if not isinstance(far_m, int | float):
        raise SourceMalformed(NAME, "the answer has a distance that is no number")
    has_street = facts.get("type") in WITH_A_STREET and far_m <= ADDRESS_WITHIN_M
    return Place(
        _text(facts.get("name"), LONGEST_ADDRESS) if has_street else None,
        _text(facts.get("city"), LONGEST_TOWN) if far_m <= TOWN_WITHIN_M else None,
    )


def _text(value: object, longest: int) -> str | None:
    return " ".join(value.split())[:longest] or None if isinstance(value, str) else None
