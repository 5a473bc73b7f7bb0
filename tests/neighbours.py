"""Small lists of our own making in the forms of the Spanish and the Italian publisher."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

SPANISH = {
    "C.P.": "20301",
    "Dirección": "AVENIDA DE FRANCIA, 12",
    "Horario": "L-D: 06:00-22:00",
    "Latitud": "43,340000",
    "Localidad": "IRUN",
    "Longitud (WGS84)": "-1,790000",
    "Margen": "D",
    "Municipio": "Irun",
    "Precio Biodiesel": "",
    "Precio Gasoleo A": "1,439",
    "Precio Gasoleo B": "1,120",
    "Precio Gasolina 95 E10": "",
    "Precio Gasolina 95 E5": "1,529",
    "Precio Gasolina 98 E5": "",
    "Precio Gases licuados del petróleo": "",
    "Provincia": "GIPUZKOA",
    "Remisión": "dm",
    "Rótulo": "REPSOL",
    "Tipo Venta": "P",
    "% BioEtanol": "0,0",
    "IDEESS": "1001",
    "IDMunicipio": "3186",
    "IDProvincia": "20",
    "IDCCAA": "16",
}
PRICES = "idImpianto|descCarburante|prezzo|isSelf|dtComu"
STATIONS = "idImpianto|Gestore|Bandiera|Tipo Impianto|Nome Impianto|Indirizzo|Comune|Provincia|Latitudine|Longitudine"


def spanish(file: Path, *changes: Mapping[str, object], at: str = "07/02/2025 8:30:12", result: str = "OK") -> str:
    """The address of a list with a station for each of the changes to a sound one."""
    body = {
        "Fecha": at,
        "ListaEESSPrecio": [{**SPANISH, **each} for each in changes],
        "Nota": "Archivo de todos los productos en todas las estaciones de servicio.",
        "ResultadoConsulta": result,
    }
    file.write_text(json.dumps(body, ensure_ascii=False, indent=1), encoding="utf-8-sig")
    return file.as_uri()


def italian(folder: Path, prices: Iterable[str], stations: Iterable[str], *, separator: str = "|") -> str:
    """The address of the prices; both lists lie in the folder. Rows are written with `|` here."""
    lists = {"prezzo_alle_8.csv": (PRICES, prices), "anagrafica_impianti_attivi.csv": (STATIONS, stations)}
    for name, (header, rows) in lists.items():
        lines = [row.replace("|", separator) for row in (header, *rows)]
        folder.joinpath(name).write_text("\n".join(["Estrazione del 2025-02-06", *lines, ""]), encoding="utf-8")
    return (folder / "prezzo_alle_8.csv").as_uri()


def italian_station(number: object, *, town: str = "VENTIMIGLIA", province: str = "IM", **changes: str) -> str:
    """A row of the register."""
    facts = {"brand": "Agip Eni", "kind": "Stradale", "north": "43.7912", "east": "7.6076"} | changes
    return (
        f"{number}|GESTORE SRL|{facts['brand']}|{facts['kind']}|IMPIANTO {number}|VIA ROMA 1|{town}|{province}"
        f"|{facts['north']}|{facts['east']}"
    )
