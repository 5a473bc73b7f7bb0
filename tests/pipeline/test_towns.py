"""The list of towns on its way into the base, on SQLite and PostgreSQL."""

from pathlib import Path

from sqlalchemy import Engine, select

from models import KnownTown
from pipeline.run import RunResult, run_once
from session import reading
from sources.fr_communes import FrCommunes
from tests.communes import commune, written

SEVEN = [commune(f"9100{number}", f"Ville {number}") for number in range(7)]


def run(on: Engine, folder: Path, *rows: object) -> RunResult:
    """Load such a list."""
    return run_once(FrCommunes(), url=written(folder / "communes.json", *rows), on=on)


def kept(on: Engine) -> dict[str, str]:
    """The names in the base."""
    with reading(on) as session:
        return {town.ref: town.name for town in session.scalars(select(KnownTown))}


def test_the_base_follows_the_list(database: Engine, tmp_path: Path):
    """A town is renamed, one is merged into another, one is new: what differs is written and counted."""
    first = run(database, tmp_path, *SEVEN)
    renamed = commune("91000", "Ville-sur-Yvette")
    second = run(database, tmp_path, renamed, *SEVEN[1:6], commune("91009", "Ville 9"))

    assert (first.outcome, first.counts.stations_read, first.counts.stations_changed) == ("loaded", 7, 7)
    assert (second.counts.stations_changed, second.counts.gone) == (2, 1)
    assert kept(database) == {"91000": "Ville-sur-Yvette", "91009": "Ville 9"} | {
        f"9100{number}": f"Ville {number}" for number in range(1, 6)
    }


def test_a_list_that_lost_half_of_the_country_is_not_believed(sqlite_database: Engine, tmp_path: Path):
    """Nor one without any town; what is there stays."""
    run(sqlite_database, tmp_path, *SEVEN)

    assert run(sqlite_database, tmp_path, *SEVEN[:3]).outcome == "refused"
    assert run(sqlite_database, tmp_path, commune("91000", codes=[])).outcome == "refused"
    assert run(sqlite_database, tmp_path).outcome == "refused"
    assert len(kept(sqlite_database)) == 7


def test_of_two_with_one_number_the_first_counts(sqlite_database: Engine, tmp_path: Path):
    """And the second is counted."""
    result = run(sqlite_database, tmp_path, SEVEN[0], commune("91000", "Autre ville"))

    assert (result.counts.stations_read, result.counts.rejected) == (1, 1)
    assert kept(sqlite_database) == {"91000": "Ville 0"}
