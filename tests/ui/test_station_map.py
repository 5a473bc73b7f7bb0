"""What the map can do without a browser."""

from services.layers import Shade
from ui.station_map import COLOUR_BY_SHADE, COLOURS


def test_every_shade_has_a_colour_of_its_own():
    """In the legend, and in what the browser evaluates."""
    assert COLOURS.keys() == set(Shade)
    assert len(set(COLOURS.values())) == len(Shade)
    for value in Shade:
        assert f"c == {value.value} ? {list(COLOURS[value])} :" in COLOUR_BY_SHADE
