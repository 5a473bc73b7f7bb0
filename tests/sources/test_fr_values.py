"""The parsers of single values, on what the feed holds and on anything at all."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records import Fuel
from sources import fr_values as values
from sources.fr_values import Unusable

# Without a zone on purpose: what a clock on a wall in Paris shows.
WALL_TIMES = datetime(2007, 1, 1), datetime(2099, 1, 1)  # noqa: DTZ001


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1.754", 1754), ("1,754", 1754), ("0.679", 679), ("1328", 1328), ("1754.0", 1754), (" 2.77 ", 2770), ("2", 2000)],
)
def test_a_price_is_read_in_thousandths(text: str, expected: int):
    """Euros with a point or a comma, and the thousandths of older archives."""
    assert values.price(text) == expected


@pytest.mark.parametrize("text", ["0", "-1", "99", "0.0", "5.001", "0.199", "100", "9999999"])
def test_a_price_that_no_pump_shows_is_out_of_range(text: str):
    """Nothing, less than nothing, and what a missing decimal point makes."""
    with pytest.raises(Unusable, match=r"^price_out_of_range$"):
        values.price(text)


@pytest.mark.parametrize("text", ["", "abc", "nan", "inf", "1e0", "1_7", "1.7.5", "١.٧", "1.754 €"])
def test_a_price_that_is_no_number_is_malformed(text: str):
    """Also what Python, but no publisher, takes for a number."""
    with pytest.raises(Unusable, match=r"^price_malformed$"):
        values.price(text)


@given(st.integers(values.LOWEST_PRICE, values.HIGHEST_PRICE))
def test_every_price_survives_being_written(thousandths: int):
    """Euros with three decimals lose nothing, with either sign of decimals."""
    euros = f"{thousandths // 1000}.{thousandths % 1000:03d}"

    assert values.price(euros) == values.price(euros.replace(".", ",")) == thousandths


@given(st.text())
def test_any_text_gives_a_price_in_range_or_a_reason(text: str):
    """No text crashes the parser or slips through it."""
    reason, found = "", values.LOWEST_PRICE
    try:
        found = values.price(text)
    except Unusable as error:
        reason = str(error)

    assert values.LOWEST_PRICE <= found <= values.HIGHEST_PRICE
    assert reason in {"", "price_malformed", "price_out_of_range"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-02-03 06:54:27", datetime(2025, 2, 3, 5, 54, 27, tzinfo=UTC)),
        ("2019-01-04T10:53:48", datetime(2019, 1, 4, 9, 53, 48, tzinfo=UTC)),
        ("2026-07-01 08:30:00", datetime(2026, 7, 1, 6, 30, tzinfo=UTC)),
        ("2026-01-01 00:01:00", datetime(2025, 12, 31, 23, 1, tzinfo=UTC)),
        # The hour that comes twice, and the one that never comes.
        ("2025-10-26 02:30:00", datetime(2025, 10, 26, 0, 30, tzinfo=UTC)),
        ("2025-10-26 03:00:00", datetime(2025, 10, 26, 2, 0, tzinfo=UTC)),
        ("2025-03-30 01:59:59", datetime(2025, 3, 30, 0, 59, 59, tzinfo=UTC)),
        ("2025-03-30 02:30:00", datetime(2025, 3, 30, 1, 30, tzinfo=UTC)),
        ("2025-03-30 03:00:00", datetime(2025, 3, 30, 1, 0, tzinfo=UTC)),
    ],
)
def test_a_moment_is_paris_wall_time(text: str, expected: datetime):
    """Summer and winter, both forms, and the two nights when the clock jumps."""
    assert values.moment(text) == expected.timestamp()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hier",
        "2025-02-30 10:00:00",
        "2025-02-03 24:00:00",
        "2025-02-03 10:60:00",
        "2025-02-03 10:00:60",
        "2025-02-03 10:00",
        "2025-02-03",
        "2025-02-03 10:00:00+01:00",
        "0001-01-01 00:00:00",
        "9999-12-31 23:59:59x",
        "1970-01-01 00:00:00",
        "03/02/2025 10:00:00",
        "２０２５-02-03 10:00:00",
    ],
)
def test_a_moment_that_is_none_is_malformed(text: str):
    """Impossible dates, other forms, and dates before anyone declared a price."""
    with pytest.raises(Unusable, match=r"^date_malformed$"):
        values.moment(text)


@given(st.datetimes(*WALL_TIMES), st.sampled_from(" T"))
def test_every_moment_survives_being_written(wall: datetime, between: str):
    """The quick way over hours agrees with the calendar, to the second."""
    whole = wall.replace(microsecond=0)

    assert values.moment(whole.isoformat(between)) == int(whole.replace(tzinfo=values.PARIS).timestamp())


@given(st.text(max_size=25))
def test_any_text_gives_a_moment_or_a_reason(text: str):
    """No text crashes the parser."""
    reason, found = "", values.EARLIEST
    try:
        found = values.moment(text)
    except Unusable as error:
        reason = str(error)

    assert found >= values.EARLIEST
    assert reason in {"", "date_malformed"}


@pytest.mark.parametrize(
    ("latitude", "longitude", "expected"),
    [
        ("4620114", "519791", (46.20114, 5.19791)),
        ("4462287.3062239", "-78671.493393182", (44.622873, -0.786715)),
        ("46.20114", "5.19791", (46.20114, 5.19791)),
        ("46,20114", "5,19791", (46.20114, 5.19791)),
        ("519791", "4620114", (46.20114, 5.19791)),
        ("5.19791", "46.20114", (46.20114, 5.19791)),
        ("4885000", "0", (48.85, 0.0)),
    ],
)
def test_a_position_is_normalised_to_degrees(latitude: str, longitude: str, expected: tuple[float, float]):
    """Hundred-thousandths, whole or not, plain degrees, commas, swapped; the Greenwich meridian is in France."""
    assert values.position(latitude, longitude) == expected


@pytest.mark.parametrize(
    ("latitude", "longitude", "reason"),
    [
        ("", "", "position_missing"),
        ("4620114", "", "position_missing"),
        ("0", "0", "position_missing"),
        ("nord", "est", "position_malformed"),
        ("nan", "nan", "position_outside_france"),
        ("inf", "5", "position_outside_france"),
        ("4040000", "-370000", "position_outside_france"),
        ("-2110000", "5550000", "position_outside_france"),
    ],
)
def test_a_position_that_is_of_no_use_says_why(latitude: str, longitude: str, reason: str):
    """Empty, zero, words, Madrid, Réunion."""
    with pytest.raises(Unusable, match=f"^{reason}$"):
        values.position(latitude, longitude)


@given(st.floats(41.3, 51.1), st.floats(-5.2, 9.6))
def test_any_way_of_writing_a_place_in_france_gives_that_place(north: float, east: float):
    """Four notations, one position."""
    hundred_thousandths = f"{north * 100_000:.3f}", f"{east * 100_000:.3f}"
    degrees = f"{north:.8f}", f"{east:.8f}"

    for latitude, longitude in (hundred_thousandths, degrees, hundred_thousandths[::-1], degrees[::-1]):
        assert values.position(latitude, longitude) == pytest.approx((north, east), abs=2e-6)


@pytest.mark.parametrize(
    ("number", "name", "expected"),
    [
        ("1", "Gazole", Fuel.DIESEL),
        ("", "GPLc", Fuel.LPG),
        ("5", "", Fuel.E10),
        ("77", "SP98", Fuel.SP98),
        ("3", "Superéthanol", Fuel.E85),
        ("", "sp95", Fuel.SP95),
    ],
)
def test_a_fuel_is_known_by_its_number_or_its_name(number: str, name: str, expected: Fuel):
    """Either may be missing or new."""
    assert values.fuel(number, name) == expected


@pytest.mark.parametrize(
    ("number", "name", "reason"),
    [("7", "H2", "fuel_unknown"), ("", "", "fuel_unknown"), ("1", "SP98", "fuel_contradicts_itself")],
)
def test_a_fuel_that_cannot_be_told_says_why(number: str, name: str, reason: str):
    """A price for the wrong fuel is worse than none."""
    with pytest.raises(Unusable, match=f"^{reason}$"):
        values.fuel(number, name)


@pytest.mark.parametrize(
    ("written", "postcode", "area"),
    [
        ("91120", "91120", "FR-91"),
        ("1000", "01000", "FR-01"),
        ("20000", "20000", "FR-2A"),
        ("20137", "20137", "FR-2A"),
        ("20200", "20200", "FR-2B"),
        ("20620", "20620", "FR-2B"),
        ("20900", "20900", ""),
        ("97400", "97400", "FR-974"),
        ("00100", "00100", ""),
        ("99999", "99999", ""),
        ("", "", ""),
        ("F-75001 Paris", "F-75001 Pa", ""),
    ],
)
def test_a_postcode_tells_the_department(written: str, postcode: str, area: str):
    """The lost leading zero, the two of Corsica, and what is none."""
    assert values.zip_code(written) == postcode
    assert values.area(postcode) == area


@pytest.mark.parametrize(
    ("text", "minutes"), [("07.00", 420), ("7.30", 450), ("07:15", 435), ("7h05", 425), ("24.00", 1440), ("00.00", 0)]
)
def test_an_hour_is_read_in_minutes(text: str, minutes: int):
    """The feed writes a point; people write anything."""
    assert values.minute_of_day(text) == minutes


@pytest.mark.parametrize("text", ["", "7", "25.00", "24.01", "07.60", "x.00", "-1.00", "07.0"])
def test_an_hour_that_is_none_is_malformed(text: str):
    """Never guess when a station opens."""
    with pytest.raises(Unusable, match=r"^hours_malformed$"):
        values.minute_of_day(text)


@pytest.mark.parametrize(
    ("text", "meant"), [("ForÃªt", "Forêt"), ("Forêt", "Forêt"), ("SÃO", "SÃO"), ("Â", "Â"), ("", "")]
)
def test_utf_8_declared_as_latin_1_is_repaired(text: str, meant: str):
    """A text that is right as it is stays."""
    assert values.repaired(text) == meant
