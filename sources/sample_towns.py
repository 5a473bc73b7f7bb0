"""Forty French towns that the sample stands around: public facts, positions in degrees."""

from typing import NamedTuple


class Town(NamedTuple):
    """A real town. `inland` is a bearing in degrees; where the sea is near, stations lie on that side only."""

    name: str
    zip_code: str
    department: str
    latitude: float
    longitude: float
    stations: int
    inland: int | None = None


TOWNS = (
    Town("Paris", "75012", "75", 48.8566, 2.3522, 12),
    Town("Lyon", "69003", "69", 45.7640, 4.8357, 12),
    Town("Marseille", "13010", "13", 43.2965, 5.3698, 10, 70),
    Town("Toulouse", "31200", "31", 43.6045, 1.4442, 11),
    Town("Nantes", "44000", "44", 47.2184, -1.5536, 12),
    Town("Nice", "06200", "06", 43.7102, 7.2620, 7, 350),
    Town("Montpellier", "34070", "34", 43.6108, 3.8767, 9, 330),
    Town("Strasbourg", "67000", "67", 48.5734, 7.7521, 9, 270),
    Town("Bordeaux", "33300", "33", 44.8378, -0.5792, 11),
    Town("Lille", "59000", "59", 50.6292, 3.0573, 11, 200),
    Town("Rennes", "35000", "35", 48.1173, -1.6778, 10),
    Town("Reims", "51100", "51", 49.2583, 4.0317, 7),
    Town("Le Havre", "76600", "76", 49.4944, 0.1079, 6, 60),
    Town("Saint-Étienne", "42000", "42", 45.4397, 4.3872, 7),
    Town("Grenoble", "38100", "38", 45.1885, 5.7245, 8),
    Town("Dijon", "21000", "21", 47.3220, 5.0415, 8),
    Town("Angers", "49000", "49", 47.4784, -0.5632, 8),
    Town("Clermont-Ferrand", "63000", "63", 45.7772, 3.0870, 8),
    Town("Le Mans", "72000", "72", 48.0061, 0.1996, 7),
    Town("Brest", "29200", "29", 48.3904, -4.4861, 7, 20),
    Town("Tours", "37000", "37", 47.3941, 0.6848, 8),
    Town("Limoges", "87000", "87", 45.8336, 1.2611, 6),
    Town("Amiens", "80000", "80", 49.8941, 2.2958, 7),
    Town("Metz", "57000", "57", 49.1193, 6.1757, 7),
    Town("Besançon", "25000", "25", 47.2378, 6.0241, 6),
    Town("Perpignan", "66000", "66", 42.6887, 2.8948, 6, 280),
    Town("Orléans", "45000", "45", 47.9030, 1.9093, 8),
    Town("Rouen", "76100", "76", 49.4432, 1.0993, 8),
    Town("Caen", "14000", "14", 49.1829, -0.3707, 7, 180),
    Town("Nancy", "54000", "54", 48.6921, 6.1844, 7),
    Town("Avignon", "84000", "84", 43.9493, 4.8055, 6),
    Town("Poitiers", "86000", "86", 46.5802, 0.3404, 6),
    Town("La Rochelle", "17000", "17", 46.1603, -1.1511, 5, 70),
    Town("Pau", "64000", "64", 43.2951, -0.3708, 5),
    Town("Bourges", "18000", "18", 47.0810, 2.3988, 5),
    Town("Quimper", "29000", "29", 47.9960, -4.1024, 5, 20),
    Town("Valence", "26000", "26", 44.9334, 4.8924, 6),
    Town("Troyes", "10000", "10", 48.2973, 4.0744, 6),
    Town("La Roche-sur-Yon", "85000", "85", 46.6705, -1.4264, 5),
    Town("Ajaccio", "20000", "2A", 41.9192, 8.7386, 4, 50),
)
