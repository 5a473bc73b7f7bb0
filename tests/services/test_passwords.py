"""What a password may be, and its hash."""

import time

import bcrypt
import pytest
from streamlit_authenticator.utilities import Hasher

from errors import WeakPassword
from services import passwords
from services.passwords import Strength

GOOD = "correct horse battery"


@pytest.fixture(autouse=True)
def cheap(environment: pytest.MonkeyPatch):
    """Hashes that take no time."""
    environment.setattr(passwords, "COST", 4)


@pytest.mark.parametrize(
    "password", [GOOD, "Грузовик у моря", "れいぞうこのなか猫舌", "zu viele Köche & 3 Töpfe", "x7!kQ9#mB2"]
)
def test_passphrases_of_any_script_are_welcome(password: str):
    """No rule about capitals and digits."""
    passwords.check(password)

    assert passwords.strength(password) > Strength.WEAK


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("", "short"),
        ("Ab3!efghi", "short"),
        ("é" * 37, "long"),
        ("x7!kQ9#mB2" * 8, "long"),
        ("a" * 1_000_000, "long"),
        ("horse\0battery staple", "characters"),
        ("horse\nbattery staple", "characters"),
        ("aaaaaaaaaa", "common"),
        ("1234567890", "common"),
        ("password123", "common"),
        ("motdepasse1", "common"),
        ("azertyuiop", "common"),
        ("bonjour123", "common"),
        ("carburoam2026", "common"),
    ],
)
def test_a_password_that_will_not_do_says_why(password: str, reason: str):
    """Too short, more than bcrypt takes, or among the first that anybody tries."""
    with pytest.raises(WeakPassword) as weak:
        passwords.check(password)

    assert weak.value.reason == reason


def test_what_is_known_of_the_person_makes_it_weak():
    """One's own name with a digit is the first that somebody tries who knows one."""
    passwords.check("bartholomew77q")

    with pytest.raises(WeakPassword):
        passwords.check("bartholomew7", about=("bartholomew", "b@example.org", "Bartholomew K"))


def test_strength_is_answered_in_time_for_anything():
    """The meter runs while people type."""
    for text in ("ab" * 36, "a" * 500, "é" * 72, "qwerty" * 12, "", "1a" * 36):
        started = time.perf_counter()
        passwords.strength(text)
        assert time.perf_counter() - started < 1


def test_a_hash_is_streamlit_authenticators_own():
    """Either may check what the other made."""
    assert Hasher.is_hash(passwords.hashed(GOOD))
    assert Hasher.check_pw(GOOD, passwords.hashed(GOOD))
    assert passwords.is_right(GOOD, Hasher.hash(GOOD))
    assert not passwords.is_right(GOOD + "x", passwords.hashed(GOOD))


def test_a_password_may_come_from_another_keyboard():
    """The é of a phone is one sign, that of a Mac may be two."""
    assert passwords.is_right("the\u0301 a\u0300 quatre", passwords.hashed("th\u00e9 \u00e0 quatre"))


@pytest.mark.parametrize("cut", [72, 73, 80, 100_000])
def test_beyond_what_bcrypt_takes_nothing_matches(cut: int):
    """A longer password must not be right because its beginning is."""
    kept = passwords.hashed("x" * 72)

    assert passwords.is_right("x" * cut, kept) is (cut == 72)


@pytest.mark.parametrize("password", [GOOD, "", "\0", "é" * 80, "\ud800abcdefghij"])
def test_without_a_hash_the_same_work_says_no(password: str, environment: pytest.MonkeyPatch):
    """One look by bcrypt, at the same cost, whoever is asked for."""
    looked: list[bytes] = []
    real = bcrypt.checkpw

    def spy(tried: bytes, against: bytes) -> bool:
        looked.append(against[:7])
        return real(tried, against)

    environment.setattr(bcrypt, "checkpw", spy)

    assert not passwords.is_right(password, None)
    assert looked == [b"$2b$04$"]


@pytest.mark.parametrize("text", ["", "secret", "$2b$31$" + "a" * 53, "$2b$12$short", "$2b$12$" + "a" * 53 + "\n"])
def test_what_is_no_hash_is_never_checked(text: str):
    """A word in clear, or a hash so dear that it would hold the server."""
    assert not passwords.is_hash(text)
