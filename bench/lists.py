"""Lists of a whole country in the forms of the Spanish and the Italian publisher, of our own making."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from tests import neighbours

SPANISH_STATIONS = 12_000
ITALIAN_STATIONS = 22_000
ITALIAN_PRICES = 90_000
TOWNS = 3_000
SIGNS = ("REPSOL", "CEPSA", "BALLENOIL", "PLENOIL", "GALP", "COOPERATIVA DEL CAMPO")
HOURS = ("L-D: 24H", "L-D: 06:00-22:00", "L-V: 07:00-14:00 y 16:00-21:00; S: 08:00-14:00")
# Not among the products of tests/neighbours.py: names that each row of the real list has, nearly all without a price.
OTHER_PRODUCTS = (
    "Adblue",
    "Amoniaco",
    "Bioetanol",
    "Biogas Natural Comprimido",
    "Biogas Natural Licuado",
    "Diésel Renovable",
    "Gas Natural Comprimido",
    "Gas Natural Licuado",
    "Gasolina 95 E25",
    "Gasolina 95 E5 Premium",
    "Gasolina 95 E85",
    "Gasolina 98 E10",
    "Gasolina Renovable",
    "Hidrogeno",
    "Metanol",
)
BRANDS = ("Agip Eni", "Api-Ip", "Q8", "Tamoil", "Esso", "Pompe Bianche")
PRODUCTS = ("Benzina", "Gasolio", "GPL")
PROVINCES = ("IM", "TO", "MI", "RM", "NA", "BA", "PA", "CA")
MOMENT = "06/02/2025 20:15:00"


def spanish(file: Path) -> str:
    """The address of a list of Spain: some fourteen megabytes."""
    return neighbours.spanish(file, *_spanish_changes())


def italian(folder: Path) -> str:
    """The address of Italy's prices, with the register beside them."""
    return neighbours.italian(folder, _italian_prices(), _italian_stations())


def _spanish_changes() -> Iterator[Mapping[str, object]]:
    others = {f"Precio {product}": "" for product in OTHER_PRODUCTS}
    for number in range(SPANISH_STATIONS):
        province, town = 1 + number % 50, number * 7 % TOWNS
        cents = number * 7_919 % 200
        yield others | {
            "IDEESS": f"{1_000 + number}",
            "C.P.": f"{province:02d}{town % 1_000:03d}",
            "IDProvincia": f"{province:02d}",
            "Municipio": f"Villanueva {town}",
            "Localidad": f"VILLANUEVA {town}",
            "Dirección": f"CARRETERA N-{number % 700} KM. {number % 97}",
            "Horario": HOURS[number % len(HOURS)],
            "Rótulo": SIGNS[number % len(SIGNS)],
            "Latitud": f"{36.8 + number % 601 * 0.01:.6f}".replace(".", ","),
            "Longitud (WGS84)": f"{-6.9 + number % 907 * 0.01:.6f}".replace(".", ","),
            "Precio Gasoleo A": f"1,{400 + cents:03d}",
            "Precio Gasolina 95 E5": f"1,{480 + cents:03d}",
            "Precio Gasolina 98 E5": f"1,{620 + cents:03d}" if number % 5 else "",
            "Precio Gases licuados del petróleo": f"0,{920 + cents % 70:03d}" if number % 12 == 0 else "",
        }


def _italian_stations() -> Iterator[str]:
    for number in range(ITALIAN_STATIONS):
        yield neighbours.italian_station(
            10_000 + number,
            town=f"BORGO {number * 7 % TOWNS}",
            province=PROVINCES[number % len(PROVINCES)],
            brand=BRANDS[number % len(BRANDS)],
            kind="Autostradale" if number % 50 == 0 else "Stradale",
            north=f"{37.2 + number % 811 * 0.011:.6f}",
            east=f"{8.0 + number % 997 * 0.009:.6f}",
        )


def _italian_prices() -> Iterator[str]:
    """Petrol and diesel of each station, served and not, and gas at some of them."""
    for at in range(ITALIAN_PRICES):
        offer, number = divmod(at, ITALIAN_STATIONS)
        product = PRODUCTS[offer // 2]
        mills = 1_600 + at * 7_919 % 250 - (900 if product == "GPL" else 0)
        yield f"{10_000 + number}|{product}|{mills / 1_000:.3f}|{offer % 2}|{MOMENT}"
