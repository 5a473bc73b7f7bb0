"""Choose one fuel."""

from records import Fuel
from ui.kept import kept_pills
from ui.language import say

# The order in which most drivers look for theirs.
ORDER = (Fuel.DIESEL, Fuel.E10, Fuel.SP98, Fuel.SP95, Fuel.E85, Fuel.LPG)
DEFAULT = Fuel.DIESEL


def fuel_picker(*, key: str) -> Fuel:
    """Draw the row of fuels and return the one chosen."""
    return kept_pills(say("fuel.label"), ORDER, key=key, default=DEFAULT, format_func=fuel_name)


def fuel_name(fuel: Fuel) -> str:
    """The fuel's name at the pump."""
    return say(f"fuel.{fuel.name.lower()}")
