"""All that is kept of a person, as a file for them."""

import json

import pytest
from sqlalchemy import insert

from errors import AccountGone
from models import CustomStation, Mail, Station, UserGasType, VerificationCode
from records import Fuel
from services import personal_data, sessions
from session import writing
from tests.people import NOON, content, register
from tests.stores import Place


def test_everything_of_one_person_and_nothing_of_another(place: Place):
    """Stations and fuels by names that mean something elsewhere; no hash, no key of ours, no secret."""
    anna, eve = register(place), register(place, "eve")
    with writing(place.base) as session:
        begun = sessions.begin(session, user_id=anna.id, user_agent="Firefox", now=NOON)
        station = Station(
            source="fr", source_ref="75001", address="1 rue", zip_code="75001", town="Paris", area="FR-75",
            road_kind="road", amenities=0, is_open_24h=False, first_seen_at=NOON,
        )  # fmt: skip
        session.add(station)
        session.flush()
        for person, name in ((anna, "Mine"), (eve, "Hers")):
            session.add(CustomStation(user_id=person.id, station_id=station.id, custom_name=name))
            session.execute(insert(UserGasType).values(user_id=person.id, gastype_id=Fuel.DIESEL.value))
        session.add(
            VerificationCode(
                user_id=anna.id, purpose="reset", code_hmac="c" * 64, request_hash="r" * 64, created_at=NOON,
                expires_at=NOON,
            )
        )  # fmt: skip
        for to in (anna.mail, eve.mail):
            session.add(
                Mail(recipient=to, subject=f"to {to}", body_text="12345678", body_html="", created_at=NOON, due_at=NOON)
            )

    found = personal_data.personal_data(place.store, user_id=anna.id)

    assert found["account"].items() >= {"username": "anna", "mail": anna.mail, "uuid": str(anna.uuid)}.items()
    assert found["account"]["roles"] == []
    assert found["custom_stations"] == [{"custom_name": "Mine", "source": "fr", "source_ref": "75001", "town": "Paris"}]
    assert found["user_gas_types"] == [{"fuel": "Gazole", "alert_price": None}]
    assert [mail["subject"] for mail in found["mails"]] == [f"to {anna.mail}"]
    assert len(found["user_sessions"]) == len(found["verification_codes"]) == 1
    text = json.dumps(found)
    password = content(place, "anna").partition("password: ")[2].partition("\n")[0]
    for secret in (password, begun.token, begun.nonce, "c" * 64, "r" * 64, "12345678", "Hers", eve.mail):
        assert secret not in text


def test_it_names_every_table_of_people(place: Place):
    """A later feature is in the file without being told."""
    anna = register(place)

    found = personal_data.personal_data(place.store, user_id=anna.id)

    assert {table.name for table in personal_data.tables_of_people()} <= found.keys()
    assert {"custom_stations", "user_gas_types", "user_sessions"} <= found.keys()


def test_who_is_gone_has_none(place: Place):
    """The account ended in another tab."""
    with pytest.raises(AccountGone):
        personal_data.personal_data(place.store, user_id=1)
