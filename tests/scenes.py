"""A small country of our own making, loaded through the real pipeline: one station for each case a page must handle.

The moment is Friday 7 February 2025, noon in Paris; the place is Orsay, whose first ten stations lie side by side.
"""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from pipeline.run import RunResult, run_once
from sources.fr_prix_carburants import FrPrixCarburants
from tests.feeds import element, feed, pdv, prix, rupture, zipped

NOON = datetime(2025, 2, 7, 12, 0, tzinfo=ZoneInfo("Europe/Paris"))
CLOCK = NOON.isoformat()
ORSAY = (48.6987, 2.1875)
DAY_KM = 0.01  # degrees of latitude between two neighbours: 1.1 km

CHEAPEST = "91400001"
NEAR_TIE = "91400006"
FAR_TIE = "91400002"
MOTORWAY = "91120001"
CLOSED = "91440001"
STALE = "91400003"
OUT = "91400004"
SUSPECT = "91400005"
WITHOUT_PRICE = "91400007"
OPEN_24H = "91400001"
LYON = "69003001"
NANTES = "44000001"


def at(steps: float, *, east: float = 0.0) -> dict[str, str]:
    """A position so many steps north of the middle of Orsay, as the feed writes it."""
    latitude, longitude = ORSAY[0] + steps * DAY_KM, ORSAY[1] + east
    return {"latitude": f"{latitude * 100_000:.0f}", "longitude": f"{longitude * 100_000:.0f}"}


def hours(opens: str = "07.00", closes: str = "21.00", *, automat: str = "", closed_days: tuple[int, ...] = ()) -> str:
    """The week of a station, the same every day but for the closed ones (1 is Monday)."""
    names = ("Lundi", "Mardi", "Mercredi", "Jeudi", "Vendredi", "Samedi", "Dimanche")
    days = [
        element("jour", id=str(number), nom=name, ferme="1")
        if number in closed_days
        else element("jour", element("horaire", ouverture=opens, fermeture=closes), id=str(number), nom=name, ferme="")
        for number, name in enumerate(names, start=1)
    ]
    return element("horaires", *days, **{"automate-24-24": automat})


def diesel(price: str, moment: str = "2025-02-07 09:00:00") -> str:
    """A price of Gazole."""
    return prix(valeur=price, maj=moment)


def e10(price: str, moment: str = "2025-02-07 09:00:00") -> str:
    """A price of E10."""
    return prix(nom="E10", id="5", valeur=price, maj=moment)


def stations() -> list[str]:
    """The stations of the country."""
    orsay = {"cp": "91400", "town": "ORSAY"}
    services = element("services", element("service", "Lavage automatique"), element("service", "Wifi"))
    return [
        pdv(
            hours(automat="1"), services, diesel("1.659"), e10("1.749"),
            id=CHEAPEST, address="10 RUE DE PARIS", **at(1), **orsay,
        ),
        pdv(diesel("1.699"), e10("1.729"), id=FAR_TIE, address="ROUTE DE CHARTRES", **at(4), **orsay),
        pdv(diesel("1.609", "2024-12-20 09:00:00"), id=STALE, address="3 RUE VIEILLE", **at(2), **orsay),
        pdv(
            diesel("1.639"), rupture(debut="2025-02-05 12:00:00"), e10("1.739"),
            id=OUT, address="4 RUE SECHE", **at(2.5), **orsay,
        ),
        pdv(diesel("0.900"), id=SUSPECT, address="5 RUE DE L'ERREUR", **at(0.5), **orsay),
        pdv(diesel("1.699"), hours(), id=NEAR_TIE, address="6 RUE PROCHE", **at(3), **orsay),
        pdv(id=WITHOUT_PRICE, address="7 RUE MUETTE", **at(0.1), **orsay),
        pdv(diesel("1.899"), e10("1.999"), id=MOTORWAY, address="A10 - AIRE DE PALAISEAU", town="PALAISEAU",
            pop="A", **(at(2, east=0.05) | {"cp": "91120"})),
        pdv(diesel("1.649"), hours(closed_days=(5,)), id=CLOSED, address="1 PLACE FERMEE", town="BURES-SUR-YVETTE",
            **(at(-1) | {"cp": "91440"})),
        pdv(diesel("1.710"), e10("1.790"), id=LYON, address="1 COURS LAFAYETTE", town="LYON", cp="69003",
            latitude="4576400", longitude="483570"),
        pdv(diesel("1.720"), e10("1.780"), id=NANTES, address="1 QUAI DE LA FOSSE", town="NANTES", cp="44000",
            latitude="4721840", longitude="-155360"),
    ]  # fmt: skip


def write(folder: Path, *changed: str, name: str = "scene.zip") -> Path:
    """The country as a feed file; `changed` stations stand in place of those with the same id."""
    replaced = {station.split(' id="', 1)[-1].split('"', 1)[0]: station for station in changed}
    kept = [replaced.get(station.split(' id="', 1)[-1].split('"', 1)[0], station) for station in stations()]
    return zipped(folder / name, feed(*kept))


def load(on: Engine, folder: Path, *changed: str) -> RunResult:
    """Load the country into a base. The test must have set CARBUROAM_CLOCK to CLOCK."""
    return run_once(FrPrixCarburants(), url=write(folder, *changed).as_uri(), on=on)
