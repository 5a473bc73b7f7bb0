"""What was refused, in plain words: what the forms of an account have in common."""

from datetime import datetime

from errors import CarburoamError, FieldRefused, MailTaken, StoreUnavailable, TryLater, UsernameTaken, WeakPassword
from services.cars import BOUNDS
from services.passwords import Strength
from texts import formats
from ui.language import current, say


def in_words(error: CarburoamError, now: datetime) -> str:
    """What to tell the person. Raises the error itself where it is none of those."""
    match error:
        case FieldRefused():
            is_figure = error.field in BOUNDS and error.reason in {"form", "low", "high"}
            return _of_a_figure(error.field) if is_figure else _of_a_field(f"{error.field}_{error.reason}")
        case WeakPassword():
            return _of_a_field(f"password_{error.reason}")
        case UsernameTaken():
            return say("refused.username_taken")
        case MailTaken():
            return say("refused.mail_taken")
        case TryLater():
            return say("refused.later", wait=formats.wait(error.until, now, current()))
        case StoreUnavailable():
            return say("refused.store")
        case _:
            raise error


def strength_in_words(strength: Strength) -> str:
    """How hard a password is to guess."""
    return say("strength.label", word=_of_strength(strength.name.lower()))


def _of_a_field(what: str) -> str:
    return say(f"refused.{what}")


def _of_a_figure(field: str) -> str:
    low, high = (formats.number(round(bound), current()) for bound in BOUNDS[field])
    return say(f"refused.figure_{field}", low=low, high=high)


def _of_strength(name: str) -> str:
    return say(f"strength.{name}")
