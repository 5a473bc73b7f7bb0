"""The vocabulary: how long a price is believed."""

import pytest

from records import STALE_AFTER_DAYS, Fuel, is_stale
from tests.builders import DAY, NOON


@pytest.mark.parametrize("fuel", list(Fuel))
def test_a_price_is_stale_after_its_fuel_s_days(fuel: Fuel):
    """To the second, and every fuel has a limit."""
    limit = STALE_AFTER_DAYS[fuel] * DAY

    assert not is_stale(fuel, NOON - limit, NOON)
    assert is_stale(fuel, NOON - limit - 1, NOON)
