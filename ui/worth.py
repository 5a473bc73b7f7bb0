"""What a price of a search is worth: against the others around, with the way there, and beside its department."""

from services import cars, shared
from services.advice import ADVISABLE, Beside
from services.cars import DEFAULT_CAR, Car
from services.medians import nation_of
from services.quotes import Quote
from services.ranking import Ranking, is_reliable
from services.savings import ROAD_FACTOR, Fill, reference, saving
from session import reading
from texts import formats
from ui.board_words import LEAST_EUROS, beside_words
from ui.frame import Visit


def known_car(visit: Visit) -> Car:
    """The car of who is signed in; a stranger's is all defaults."""
    if visit.account is None:
        return DEFAULT_CAR
    with reading() as session:
        return cars.car(session, visit.account.id)


def is_advisable(visit: Visit) -> bool:
    """Whether the prices are of now: of older ones nothing is advised."""
    return visit.now - visit.as_of <= ADVISABLE


def saving_words(best: Quote, ranking: Ranking, car: Car, visit: Visit) -> str:
    """What the best saves on a fill against the middle of the others around; empty where there is little to compare."""
    if best.price is None or not is_reliable(best) or not is_advisable(visit):
        return ""
    against = reference([best.price], ranking.reliable_prices)
    if against is None:
        return ""
    fill = car.fill(best.fuel)
    saved = saving(best.price, against, fill=fill, km_a_year=car.km_a_year).fill
    if saved < LEAST_EUROS:
        return ""
    return visit.say(
        "results.worth",
        saved=formats.euros(saved, visit.language),
        litres=formats.number(round(fill.litres), visit.language),
        count=against.stations,
    )


def net_words(quote: Quote, fill: Fill, visit: Visit, *, is_worth: bool) -> str:
    """What the fill costs with the way there and back; empty without a price."""
    if quote.price is None:
        return ""
    cost = formats.euros(fill.cost(quote.price, quote.distance_km), visit.language)
    words = visit.say("results.net", cost=cost)
    return words if is_worth else f"{words} {visit.say('mine.not_worth')}"


def fill_words(fill: Fill, car: Car, place: str, visit: Visit) -> str:
    """What net costs are computed for, and how far that is a guess of ours."""
    is_guess = bool({"fill_l", "litres_100km"} & car.defaults)
    return visit.say(
        "results.net_for_anybody" if is_guess else "results.net_for",
        litres=formats.number(round(fill.litres), visit.language),
        consumption=formats.tenth(fill.litres_100km, visit.language),
        place=place,
        factor=formats.tenth(ROAD_FACTOR, visit.language),
    )


def beside_area(quote: Quote, visit: Visit) -> str:
    """Where a price stands in its department, else in the country, on the day of the prices."""
    if quote.price is None or not is_reliable(quote):
        return ""
    found = shared.medians_beside(visit.state.version, quote.area)
    department, nation = (found.get(area, {}).get(quote.fuel) for area in (quote.area, nation_of(quote.area)))
    return beside_words(
        Beside(
            department=quote.price - department.price if department else None,
            nation=quote.price - nation.price if nation else None,
        ),
        quote.area,
        visit,
    )
