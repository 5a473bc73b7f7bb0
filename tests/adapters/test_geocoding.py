"""Questions to an address service on this machine, and what is made of its answers."""

import threading
from collections.abc import Iterator

import pytest

from adapters import geocoding
from adapters.download import Limits
from adapters.geocoding import NOWHERE, Place, place_at
from errors import SourceMalformed, SourceUnreachable
from settings import settings
from tests.addresses import NOTHING, AddressService, address_service, answer

AMIENS = (498_974, 22_901)


@pytest.fixture
def service(environment: pytest.MonkeyPatch) -> Iterator[AddressService]:
    """A service that the settings name."""
    with address_service(answer()) as made:
        environment.setenv("CARBUROAM_GEOCODING_URL", made.url)
        settings.cache_clear()
        yield made


def test_a_position_has_an_address_and_a_town(service: AddressService):
    """Asked in degrees, of the one nearest thing."""
    assert place_at(AMIENS) == Place("8 Boulevard du Port", "Amiens")
    assert service.asked == [{"lon": "2.2901", "lat": "49.8974", "limit": "1"}]


def test_an_address_with_a_query_of_its_own_keeps_it(service: AddressService, environment: pytest.MonkeyPatch):
    """A key that a service of one's own wants, for instance."""
    environment.setenv("CARBUROAM_GEOCODING_URL", f"{service.url}?index=address")
    settings.cache_clear()

    place_at(AMIENS)

    assert service.asked[0]["index"] == "address"
    assert service.asked[0]["lat"] == "49.8974"


@pytest.mark.parametrize(
    ("body", "place"),
    [
        (NOTHING, NOWHERE),
        (answer(type="municipality", name="Amiens"), Place(None, "Amiens")),
        (answer(distance=900), Place(None, "Amiens")),
        (answer(distance=40_000), NOWHERE),
        (answer(name="  8  Boulevard\ndu Port "), Place("8 Boulevard du Port", "Amiens")),
        (answer(name=None, city=7), NOWHERE),
        (answer(name="x" * 1_000, city="y" * 1_000), Place("x" * 400, "y" * 120)),
    ],
)
def test_what_is_no_address_is_not_taken_for_one(service: AddressService, body: bytes, place: Place):
    """Nothing there, only a town, too far away, a text of several lines, none at all, one without an end."""
    service.answers = [(200, body)]

    assert place_at(AMIENS) == place


@pytest.mark.parametrize(
    "body",
    [
        b"<!DOCTYPE html><title>Maintenance</title>",
        b"",
        b"[" * 100_000,
        b"[]",
        b'{"features": null}',
        b'{"features": [7]}',
        b'{"features": [{"properties": "x"}]}',
        answer(distance="near"),
        b"\xff\xfe",
    ],
)
def test_an_answer_in_another_form_is_malformed(service: AddressService, body: bytes):
    """HTML, nothing, brackets without an end, JSON of something else."""
    service.answers = [(200, body)]

    with pytest.raises(SourceMalformed):
        place_at(AMIENS)


@pytest.mark.parametrize("status", [400, 403, 429, 500, 503])
def test_a_refusal_is_no_answer_and_is_not_asked_again(service: AddressService, status: int):
    """A service that is tired of us is left in peace."""
    service.answers = [(status, b"")]

    with pytest.raises(SourceUnreachable):
        place_at(AMIENS)

    assert len(service.asked) == 1


def test_a_huge_answer_is_not_read_to_its_end(service: AddressService):
    """An address has no megabyte."""
    service.answers = [(200, b" " * (3 << 20))]

    with pytest.raises(SourceUnreachable, match="larger than 1 MB"):
        place_at(AMIENS)


def test_a_slow_answer_is_not_waited_for(service: AddressService, environment: pytest.MonkeyPatch):
    """The limit is a moment; here a shorter one."""
    environment.setattr(geocoding, "LIMITS", Limits(connect_s=1, read_s=0.2, total_s=1, tries=1))
    answered = threading.Event()
    service.before = lambda: answered.wait(30)

    with pytest.raises(SourceUnreachable, match="did not answer"):
        place_at(AMIENS)

    answered.set()
