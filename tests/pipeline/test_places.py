"""A run beside the address service: what it asks, when, what it remembers, and that no load depends on it."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from errors import LeaseLost, Stopped
from models import EtlRun, GeocodedPlace, Station
from pipeline import places
from pipeline.run import RunResult, run_once
from records import Derived
from session import reading, writing
from settings import now, settings
from sources.fr_prix_carburants import FrPrixCarburants
from sources.it_mimit import ItMimit
from tests.addresses import NOTHING, AddressService, address_service, answer
from tests.feeds import feed, pdv, prix, zipped
from tests.neighbours import italian, italian_station

Runner = Callable[..., RunResult]
TOWN_OF_NEIGHBOUR, FROM_POSITION = "town_of_neighbour", "filled_from_position"


@pytest.fixture(autouse=True)
def quick(environment: pytest.MonkeyPatch) -> None:
    """A service on this machine may be asked without a pause."""
    environment.setattr(places, "PAUSE_S", 0.0)


@pytest.fixture
def service(environment: pytest.MonkeyPatch) -> Iterator[AddressService]:
    """A service that the settings name."""
    with address_service(answer()) as made:
        environment.setenv("CARBUROAM_GEOCODING_URL", made.url)
        settings.cache_clear()
        yield made


@pytest.fixture
def run(database: Engine, tmp_path: Path) -> Runner:
    """Runs the French source on a feed of these stations."""

    def once(*stations: str, **options: Any) -> RunResult:
        extract = zipped(tmp_path / "feed.zip", feed(*stations))
        return run_once(FrPrixCarburants(), url=extract.as_uri(), on=database, **options)

    return once


def silent(ref: str = "1", *, east: int = 519_791, price: str = "1.749", **facts: str) -> str:
    """A station that declares neither its address nor its town."""
    return pdv(prix(valeur=price), id=ref, longitude=str(east), **{"address": "", "town": "", **facts})


def told(database: Engine, ref: str = "1") -> tuple[str, str, int]:
    """Address, town and how they came about, of a station in the base."""
    with reading(database) as session:
        row = session.execute(
            select(Station.address, Station.town, Station.derived).where(Station.source_ref == ref)
        ).one()
        return row[0], row[1], row[2]


def remembered(database: Engine) -> list[tuple[str | None, str | None]]:
    """The answers in the base."""
    with reading(database) as session:
        rows = session.execute(select(GeocodedPlace.address, GeocodedPlace.town).order_by(GeocodedPlace.longitude_e4))
        return [(row[0], row[1]) for row in rows]


def test_the_counts_of_every_step_stand_on_the_run(database: Engine, run: Runner):
    """In their order, for whoever looks at the run later; nobody is asked for anything unless settings say so."""
    result = run(silent(), pdv(prix(), id="2", town="Peronnas"), pdv(prix(valeur="0.500"), id="3"))

    assert result.outcome == "loaded"
    with reading(database) as session:
        steps = session.scalars(select(EtlRun.steps)).one()
    assert steps == result.steps
    assert list(steps.items()) == [
        ("position_incomplete", 0),
        ("town_spelt", 1),
        ("position_misplaced", 0),
        (FROM_POSITION, 0),
        (TOWN_OF_NEIGHBOUR, 1),
        ("price_suspect", 1),
    ]
    assert told(database)[1:] == ("Bourg-en-Bresse", Derived.TOWN_OF_NEIGHBOUR)
    assert remembered(database) == []


def test_a_file_that_is_refused_tells_its_steps_too(database: Engine, run: Runner):
    """They were taken; nothing of it was written."""
    assert run(pdv()).outcome == "refused"

    with reading(database) as session:
        steps = session.scalars(select(EtlRun.steps)).one()
    assert steps is not None
    assert steps["town_spelt"] == 1


def test_what_the_service_said_is_used_by_the_next_load_and_never_asked_again(
    database: Engine, run: Runner, service: AddressService
):
    """The first load goes its way with the neighbour's town; the next has the answer; a third asks nobody."""
    declared = pdv(prix(), id="2")
    run(silent(), declared)
    first = told(database)
    result = run(silent(price="1.750"), declared)
    second = told(database)
    again = run(silent(price="1.751"), declared)

    assert first == ("", "Bourg-en-Bresse", Derived.TOWN_OF_NEIGHBOUR)
    both = Derived.TOWN_OF_POSITION | Derived.ADDRESS_OF_POSITION
    assert second == told(database) == ("8 Boulevard du Port", "Amiens", both)
    assert (result.steps[FROM_POSITION], result.steps[TOWN_OF_NEIGHBOUR]) == (1, 0)
    assert result.counts.stations_changed == 1
    assert (again.counts.stations_changed, again.steps) == (0, result.steps)
    assert service.asked == [{"lon": "5.1979", "lat": "46.2011", "limit": "1"}]


def test_what_the_feed_declares_replaces_what_was_derived(database: Engine, run: Runner, service: AddressService):
    """The publisher's own word stands, and no mark is left."""
    run(silent())
    run(silent(price="1.750"))

    run(silent(price="1.751", address="1 RUE NEUVE", town="PERONNAS"))

    assert told(database) == ("1 RUE NEUVE", "Peronnas", 0)
    assert len(service.asked) == 1


def test_a_place_that_nobody_knows_is_remembered_for_a_month(database: Engine, run: Runner, service: AddressService):
    """It is asked about anew afterwards: it may have got an address."""
    service.answers = [(200, NOTHING), (200, answer())]
    run(silent())
    run(silent(price="1.750"))
    assert (remembered(database), len(service.asked)) == ([(None, None)], 1)

    with writing(database) as session:
        session.execute(update(GeocodedPlace).values(asked_at=now() - timedelta(days=31)))
    run(silent(price="1.751"))

    assert (remembered(database), len(service.asked)) == ([("8 Boulevard du Port", "Amiens")], 2)


def test_an_answer_is_forgotten_after_a_year(database: Engine, run: Runner, service: AddressService):
    """Streets are renamed; that of a station that is gone is removed."""
    run(silent())
    with writing(database) as session:
        session.execute(update(GeocodedPlace).values(asked_at=now() - timedelta(days=366)))

    run(silent(east=530_000))

    assert told(database) == ("", "", 0)
    assert len(service.asked) == 2
    assert len(remembered(database)) == 1


@pytest.mark.parametrize("bad", [(429, b""), (503, b""), (200, b"<html>")])
def test_at_the_first_failure_the_service_is_left_in_peace(
    sqlite_database: Engine, tmp_path: Path, service: AddressService, bad: tuple[int, bytes]
):
    """The load stands, the answers that came are kept, the next run goes on where this one ended."""
    service.answers = [(200, answer()), bad]
    stations = [silent(str(ref), east=500_000 + 10_000 * ref) for ref in range(4)]

    def once(extract: Path) -> RunResult:
        return run_once(FrPrixCarburants(), url=extract.as_uri(), on=sqlite_database)

    assert once(zipped(tmp_path / "1.zip", feed(*stations))).outcome == "loaded"
    assert (len(service.asked), len(remembered(sqlite_database))) == (2, 1)

    service.answers = [(200, answer())]
    assert once(zipped(tmp_path / "2.zip", feed(*stations, pdv(prix(), id="9")))).outcome == "loaded"
    assert (len(service.asked), len(remembered(sqlite_database))) == (5, 4)


@pytest.mark.usefixtures("sqlite_database")
def test_a_service_that_is_not_there_harms_no_load(
    sqlite_database: Engine, tmp_path: Path, environment: pytest.MonkeyPatch
):
    """Nobody listens at the address."""
    with address_service(answer()) as gone:
        environment.setenv("CARBUROAM_GEOCODING_URL", gone.url)
    settings.cache_clear()
    extract = zipped(tmp_path / "feed.zip", feed(silent(), pdv(prix(), id="2")))

    assert run_once(FrPrixCarburants(), url=extract.as_uri(), on=sqlite_database).outcome == "loaded"

    assert told(sqlite_database)[1] == "Bourg-en-Bresse"


def test_the_load_is_over_before_anybody_is_asked(sqlite_database: Engine, tmp_path: Path, service: AddressService):
    """While the service thinks, readers have the new prices and others may write."""
    seen: list[str] = []

    def look() -> None:
        with writing(sqlite_database) as session:
            seen.append(session.scalars(select(EtlRun.outcome)).one())

    service.before = look
    extract = zipped(tmp_path / "feed.zip", feed(silent()))
    run_once(FrPrixCarburants(), url=extract.as_uri(), on=sqlite_database)

    assert seen == ["loaded"]


@pytest.mark.parametrize("why", [Stopped("enough"), LeaseLost("another process holds the lease")])
def test_a_run_asks_a_few_questions_and_ends_when_told_to(
    sqlite_database: Engine, tmp_path: Path, service: AddressService, environment: pytest.MonkeyPatch, why: Exception
):
    """The rest waits for the next run; what was loaded is no failure, and was not written in vain."""
    environment.setattr(places, "MOST_A_RUN", 3)
    stations = [silent(str(ref), east=500_000 + 10_000 * ref) for ref in range(5)]

    def stop(stage: str, done: int, _total: int | None) -> None:
        if stage == "places" and done == 1:
            raise why

    for number, options in enumerate([{}, {"progress": stop}]):
        extract = zipped(tmp_path / f"{number}.zip", feed(*stations, pdv(prix(), id=f"9{number}")))
        outcome = run_once(FrPrixCarburants(), url=extract.as_uri(), on=sqlite_database, **options).outcome  # type: ignore[arg-type]
        assert outcome == "loaded"

    assert len(service.asked) == len(remembered(sqlite_database)) == 4


def test_neighbours_are_not_asked_about(sqlite_database: Engine, tmp_path: Path, service: AddressService):
    """The service knows France; abroad the nearest station's town stands in."""
    url = italian(
        tmp_path,
        ["7|Gasolio|1.6|1|05/02/2025 08:00:00", "8|Gasolio|1.7|1|05/02/2025 08:00:00"],
        [italian_station(7, town=""), italian_station(8)],
    )

    assert run_once(ItMimit(), url=url, on=sqlite_database).outcome == "loaded"

    assert told(sqlite_database, "it-7")[1:] == ("Ventimiglia", Derived.TOWN_OF_NEIGHBOUR)
    assert service.asked == []
