"""Passwords: what one may be, how hard it is to guess, and its hash in streamlit-authenticator's own kind (bcrypt)."""

import re
import unicodedata
from collections.abc import Sequence
from enum import IntEnum

import bcrypt

from errors import WeakPassword

SHORTEST = 10
MOST_BYTES = 72
"""What bcrypt takes; it would ignore, or now refuse, the rest."""
COST = 12
"""bcrypt's own measure: 2^12 rounds, a quarter of a second. Tests lower it."""
DEAREST = 15
"""A hash written by hand with a higher cost would hold a core for minutes."""
HASH = re.compile(r"\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}")
# The library's own lists are English.
COMMON_HERE = (
    "motdepasse", "azerty", "azertyuiop", "qsdfghjklm", "wxcvbn", "bonjour", "soleil", "doudou", "loulou", "jetaime",
    "chouchou", "carburoam", "carburant", "essence", "gazole",
)  # fmt: skip


class Strength(IntEnum):
    """How hard a password is to guess; a page has a word for each."""

    COMMON = 0
    WEAK = 1
    FAIR = 2
    GOOD = 3
    STRONG = 4


def strength(password: str, *, about: Sequence[str] = ()) -> Strength:
    """How hard it is to guess for someone who knows `about` (username, mail, name)."""
    if not password:
        return Strength.COMMON
    # Imported here: its word lists take memory that only a form for a new password needs.
    from zxcvbn import zxcvbn  # noqa: PLC0415

    hints = [part for text in about for part in (text, *re.split(r"\W+", text)) if len(part) > 2]  # noqa: PLR2004
    # The longest that it takes; what is longer was refused, or is as strong as its beginning.
    found = zxcvbn(_normalised(password)[:MOST_BYTES], user_inputs=[*COMMON_HERE, *hints])
    return Strength(found["score"])


def check(password: str, *, about: Sequence[str] = ()) -> None:
    """Raise WeakPassword for what cannot be a new password."""
    text = _normalised(password[: 4 * MOST_BYTES])
    if len(text) < SHORTEST:
        raise WeakPassword("short")
    if len(text.encode(errors="replace")) > MOST_BYTES:
        raise WeakPassword("long")
    if any(unicodedata.category(sign) in {"Cc", "Cs"} for sign in text):
        raise WeakPassword("characters")
    if strength(text, about=about) <= Strength.WEAK:
        raise WeakPassword("common")


def hashed(password: str) -> str:
    """The hash to keep; a quarter of a second of work."""
    return bcrypt.hashpw(_normalised(password).encode(), bcrypt.gensalt(COST)).decode()


def is_hash(text: str) -> bool:
    """Whether a password can be checked against this at a bearable cost."""
    found = HASH.fullmatch(text)
    return found is not None and 4 <= int(found[1]) <= DEAREST  # noqa: PLR2004 - bcrypt's own least


def is_right(password: str, kept: str | None) -> bool:
    """Whether the password belongs to this hash. Without a hash the answer is no, after the same work."""
    tried = _normalised(password[: 4 * MOST_BYTES]).encode(errors="replace")
    is_possible = kept is not None and len(tried) <= MOST_BYTES
    against = kept if kept is not None else f"$2b${COST:02}${'.' * 53}"
    # Nothing of bcrypt's answer counts where the question was not the person's own.
    return bcrypt.checkpw(tried[:MOST_BYTES], against.encode()) and is_possible


def _normalised(password: str) -> str:
    # An é is one character on one keyboard and two on another.
    return unicodedata.normalize("NFC", password)
