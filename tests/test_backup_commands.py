"""`etl.py backup`, `list`, `verify`, `restore` and `reader-grants`, as somebody at the host's terminal uses them."""

import pytest
from sqlalchemy import delete, select

import etl
from models import UserGasType
from services import backups
from session import reading, writing
from tests.people import register
from tests.stores import Place


def _fuels(place: Place) -> list[int]:
    with reading(place.base) as session:
        return list(session.scalars(select(UserGasType.gastype_id)))


def test_a_backup_is_made_listed_verified_and_brought_back(
    place: Place, capsys: pytest.CaptureFixture[str], environment: pytest.MonkeyPatch
):
    """Told before it is done; without a yes nothing is; a spoilt file makes the exit code speak."""
    assert etl.main(["backup"]) == 0
    assert etl.main(["verify"]) == 1, "there is none to trust"
    anna = register(place).id
    with writing(place.base) as session:
        session.add(UserGasType(user_id=anna, gastype_id=5, alert_price=None))
    assert etl.main(["backup"]) == 0
    capsys.readouterr()
    assert etl.main(["list"]) == 0
    name = capsys.readouterr().out.strip()
    assert [one.name for one in backups.kept(place.store)] == [name]
    assert etl.main(["verify"]) == etl.main(["verify", name]) == 0
    with writing(place.base) as session:
        session.execute(delete(UserGasType))

    assert etl.main(["restore", "--dry-run"]) == 0
    environment.setattr("sys.stdin.isatty", lambda: False)
    assert etl.main(["restore"]) == 1
    assert _fuels(place) == []
    assert "changed=1" in capsys.readouterr().out
    assert etl.main(["restore", name, "--yes"]) == 0
    assert _fuels(place) == [5]

    assert etl.main(["restore", "nothing", "--yes"]) == 1
    key = f"backups/{name}"
    found = place.store.read(key)
    assert found
    place.store.write(key, b"spoilt", if_version=found.version)
    assert etl.main(["verify"]) == 1
    assert etl.main(["restore", "--yes"]) == 1
    assert "foreign" in capsys.readouterr().err
    assert etl.main(["reader-grants", 'od"d']) == 0
    printed = capsys.readouterr().out
    assert 'TO "od""d";' in printed
    assert "token_hash" not in printed
