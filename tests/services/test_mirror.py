"""The base mirrors the store, and loses nobody to a store that is not itself."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import delete

from adapters.storage import ObjectStore
from errors import StoreUnavailable
from models import User
from services.mirror import Mirror
from session import writing
from tests.people import NOON, content, in_base, overwrite, register, sign_in, wipe
from tests.stores import Place

RECORD = "email: {name}@example.org\nname: {name}\npassword: $2b$04${dots}\n"


def _record(name: str) -> str:
    return RECORD.format(name=name, dots="." * 53)


def _add(place: Place, *names: str) -> None:
    for name in names:
        overwrite(place, name, _record(name))


def _forget_everybody(place: Place) -> None:
    with writing(place.base) as session:
        session.execute(delete(User))


def test_an_empty_base_is_filled_again(place: Place):
    """Usernames, mails, names, roles and ids are those of before; progress is told."""
    anna, eve = register(place, name="Anna Müller"), register(place, "eve")
    _forget_everybody(place)
    told: list[tuple[int, int | None]] = []

    found = Mirror(place.store, place.base).look(now=NOON, progress=lambda done, total: told.append((done, total)))

    assert (found.added, found.refused) == (2, 0)
    assert told == [(2, 2)]
    back = sign_in(place)
    assert (back.uuid, back.name, back.mail) == (anna.uuid, "Anna Müller", anna.mail)
    assert sign_in(place, "eve").uuid == eve.uuid


def test_what_is_done_by_hand_is_mirrored(place: Place):
    """Added, changed, renamed and removed; what did not change is not read again."""
    _add(place, "anna", "eve", "ida", "ugo")
    mirror = Mirror(place.store, place.base)
    assert mirror.look(now=NOON).added == 4

    _add(place, "zoe")
    overwrite(place, "eve", _record("eve").replace("eve@", "new@"))
    wipe(place, "ida")
    found = mirror.look(now=NOON)

    assert (found.added, found.changed, found.removed) == (1, 1, 1)
    assert in_base(place) == {
        "anna": "anna@example.org", "eve": "new@example.org", "ugo": "ugo@example.org", "zoe": "zoe@example.org",
    }  # fmt: skip
    quiet = mirror.look(now=NOON)
    assert (quiet.added, quiet.changed, quiet.removed) == (0, 0, 0)


def test_a_rename_by_hand_keeps_the_person(place: Place):
    """The uuid in the object says who it is."""
    anna = register(place)
    register(place, "eve")
    mirror = Mirror(place.store, place.base)
    mirror.look(now=NOON)
    overwrite(place, "anne", content(place, "anna"))
    assert mirror.look(now=NOON).refused == 1, "a copy is nobody's"
    wipe(place, "anna")

    mirror.look(now=NOON)

    assert set(in_base(place)) == {"anne", "eve"}
    assert sign_in(place, "anne").id == anna.id


def test_a_record_without_our_uuid_stays_the_same_person(place: Place):
    """Somebody wrote the object anew with an editor and left out what they did not know."""
    anna = register(place)
    overwrite(
        place,
        "anna",
        content(place, "anna").replace(str(anna.uuid), "").replace("uuid: ''", "").replace("uuid:", "note:"),
    )

    Mirror(place.store, place.base).look(now=NOON)

    assert sign_in(place).id == anna.id


def test_a_name_given_to_another_person_by_hand_is_theirs(place: Place):
    """The former person's stations are not the new one's to see."""
    anna = register(place)
    overwrite(place, "anna", content(place, "anna").replace(str(anna.uuid), str(uuid4())))

    Mirror(place.store, place.base).look(now=NOON)

    assert sign_in(place).uuid != anna.uuid
    assert set(in_base(place)) == {"anna"}


def test_an_empty_listing_removes_nobody(place: Place):
    """The folder was not mounted, the bucket is another one."""
    register(place)
    mirror = Mirror(place.store, place.base)
    mirror.look(now=NOON)
    wipe(place, "anna")

    assert mirror.look(now=NOON).kept == 1
    assert mirror.look(now=NOON, accept_losses=True).kept == 1
    assert set(in_base(place)) == {"anna"}


def test_an_unreadable_listing_removes_nobody(place: Place, environment: pytest.MonkeyPatch):
    """It breaks off after the first name."""
    register(place)
    register(place, "eve")

    def broken(_self: object, prefix: str):
        yield f"{prefix}anna.yaml", "1"
        raise StoreUnavailable("gone in the middle")

    environment.setattr(type(place.store), "names", broken)
    with pytest.raises(StoreUnavailable):
        Mirror(place.store, place.base).look(now=NOON)

    assert set(in_base(place)) == {"anna", "eve"}


def test_a_strange_store_removes_nobody_unless_it_is_meant(place: Place):
    """Most are gone at once: another store sooner than a person tidying up."""
    names = ["ann", "bob", "cid", "dan", "eve", "fay"]
    _add(place, *names)
    mirror = Mirror(place.store, place.base)
    mirror.look(now=NOON)
    for name in names[:5]:
        wipe(place, name)

    assert mirror.look(now=NOON).kept == 5
    assert len(in_base(place)) == 6
    assert mirror.look(now=NOON, accept_losses=True).removed == 5
    assert set(in_base(place)) == {"fay"}


def test_who_registers_during_a_look_is_not_removed_by_it(place: Place, environment: pytest.MonkeyPatch):
    """The listing was taken before they came."""
    _add(place, "eve", "ida")
    mirror = Mirror(place.store, place.base)
    mirror.look(now=NOON)
    real = type(place.store).names

    def listing_then_registration(self: ObjectStore, prefix: str):
        found = list(real(self, prefix))
        register(place)
        yield from found

    environment.setattr(type(place.store), "names", listing_then_registration)
    mirror.look(now=NOON)

    assert set(in_base(place)) == {"anna", "eve", "ida"}


def test_objects_that_make_no_sense_are_counted_and_left(place: Place):
    """Broken ones, a second one with the same mail, a name in capitals; the others are mirrored."""
    anna = register(place)
    _add(place, "eve")
    overwrite(place, "bob", "{")
    overwrite(place, "cid", _record("anna"))
    overwrite(place, "DAN", _record("dan"))
    mirror = Mirror(place.store, place.base)

    assert mirror.look(now=NOON).refused == 2
    assert set(in_base(place)) == {"anna", "eve"}
    assert sign_in(place).id == anna.id
    overwrite(place, "cid", _record("cid"))
    assert mirror.look(now=NOON + timedelta(minutes=1)).added == 1


def test_a_broken_object_keeps_its_person(place: Place):
    """They are told to reset, not forgotten."""
    register(place)
    register(place, "eve")
    overwrite(place, "anna", "{")

    assert Mirror(place.store, place.base).look(now=NOON).refused == 1
    assert set(in_base(place)) == {"anna", "eve"}
