"""Choose how far to look."""

from ui.kept import kept_pills
from ui.language import say
from ui.search_state import DEFAULT_RADIUS_KM, RADII_KM


def radius_picker(*, key: str) -> int:
    """Draw the choice and return the radius in kilometres."""
    return kept_pills(
        say("search.radius"), RADII_KM, key=key, default=DEFAULT_RADIUS_KM, format_func=lambda km: f"{km} km"
    )
