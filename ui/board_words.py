"""What a board says in words: how prices moved, what the best saves and against what, who near by does better."""

from services.advice import Alternative, Beside, FuelBoard, Movement
from services.cars import Car
from services.savings import Running
from texts import formats
from ui.area_words import by_area
from ui.cards import full_name
from ui.frame import Visit
from ui.fuel_picker import fuel_name

LEAST_EUROS = 0.01
MINUS = "−"


def signed_cents(thousandths: int, language: str) -> str:
    """A difference in cents with its sign."""
    sign = MINUS if thousandths < 0 else "+"
    return f"{sign}{formats.cents(thousandths, language)}{formats.NO_BREAK_SPACE}c"


def movement_words(movement: Movement, visit: Visit) -> tuple[str, str]:
    """How a price moved and the class of its colour: since yesterday, else within a week; empty where nobody knows."""
    for moved, key in ((movement.day, "mine.since_yesterday"), (movement.week, "mine.since_a_week")):
        if moved:
            return visit.say(key, cents=signed_cents(moved, visit.language)), "down" if moved < 0 else "up"
    return ("", "") if movement.week is None else (visit.say("mine.steady"), "flat")


def saving_words(board: FuelBoard, visit: Visit) -> str:
    """What the best saves on a fill and in a year, and against what; empty where that is nothing."""
    saved, against = board.saving, board.reference
    if saved is None or against is None or saved.fill < LEAST_EUROS:
        return ""
    fact = visit.say(
        "mine.saving",
        fill=formats.euros(saved.fill, visit.language),
        litres=formats.number(round(board.fill.litres), visit.language),
        year=formats.euros_whole(saved.year, visit.language),
    )
    return f"{fact} {against_words(board, visit)}"


def against_words(board: FuelBoard, visit: Visit) -> str:
    """What somebody would otherwise pay."""
    against = board.reference
    if against is None:
        return ""
    key = "mine.against_around" if against.is_around else "mine.against_mine"
    # Half a thousandth goes up, as on paper; `round` takes the even neighbour.
    price = formats.price(int(against.price + 0.5), visit.language)
    return visit.say(key, count=against.stations, price=price)


def beside_words(beside: Beside | None, area: str, visit: Visit) -> str:
    """Where a price stands in its department or province, else in the country; empty where nobody knows."""
    if beside is None:
        return ""
    above = beside.department
    at = by_area(area, "mine.at_department", "mine.at_province")
    below = by_area(area, "mine.below_department", "mine.below_province")
    over = by_area(area, "mine.above_department", "mine.above_province")
    if above is None:
        above, at, below, over = beside.nation, "mine.at_nation", "mine.below_nation", "mine.above_nation"
    if above is None:
        return ""
    if above == 0:
        return visit.say(at)
    return visit.say(below if above < 0 else over, cents=formats.cents(above, visit.language))


def alternative_words(other: Alternative, name: str, visit: Visit, *, from_home: bool) -> str:
    """One plain sentence; `name` is what the station is compared with where nobody knows from where one sets out."""
    quote = other.quote
    facts = {
        "away": formats.distance(quote.distance_km or 0.0, visit.language),
        "station": full_name(quote),
        "name": name,
        "fuel": fuel_name(quote.fuel),
    }
    if other.gain is None:
        return visit.say("mine.elsewhere", price=formats.price(quote.price or 0, visit.language), **facts)
    key = "mine.alternative" if from_home else "mine.alternative_from"
    return visit.say(key, gain=formats.euros(other.gain, visit.language), **facts)


def car_words(car: Car, visit: Visit) -> str:
    """What the figures are computed for, and how far that is a guess of ours."""
    key = "mine.car_default" if car.defaults else "mine.car"
    return visit.say(
        key,
        litres=formats.number(round(car.fill_l), visit.language),
        consumption=formats.tenth(car.litres_100km, visit.language),
        km=formats.number(car.km_a_year, visit.language),
    )


def running_words(line: Running, visit: Visit) -> tuple[str, str, str]:
    """A line of the comparison: fuel, euros for a hundred kilometres, and what it is made of."""
    made_of = visit.say(
        "mine.running_of",
        price=formats.price(line.price, visit.language),
        litres=formats.tenth(line.litres_100km, visit.language),
    )
    return fuel_name(line.fuel), formats.euros(line.euros_100km, visit.language), made_of
