"""Completing what a person types of a town."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, insert

from models import KnownTown
from records import StationRecord
from services.towns import (
    MOST_MATCHES,
    Town,
    alike,
    folded,
    in_address,
    is_overseas,
    matches,
    merged,
    towns,
    without_station,
)
from session import reading, writing
from tests import scenes
from tests.builders import a_station
from tests.quotes import counted, store


def a_town(name: str, *zip_codes: str, stations: int = 1) -> Town:
    """A town somewhere."""
    return Town(name, zip_codes or ("01000",), 46.2, 5.2, stations, folded(name))


# In the order of `towns()`: the ones with most stations first.
ALL = (
    a_town("Paris", *(f"750{number:02d}" for number in range(1, 21)), stations=80),
    a_town("Lyon", "69003", "69007", stations=30),
    a_town("Strasbourg", "67000", "67100", stations=20),
    a_town("Saint-Étienne", "42000", "42100", stations=15),
    a_town("Saint-Denis", "93200", stations=9),
    a_town("Orsay", "91400", stations=8),
    a_town("Saint-Denis", "97400", stations=7),
    a_town("L'Haÿ-les-Roses", "94240", stations=3),
    a_town("Parigny", "42120", stations=2),
    a_town("Le Touquet-Paris-Plage", "62520", stations=2),
    a_town("Œuilly", "02160"),
)


def labels(typed: str) -> list[str]:
    """What is offered for these words."""
    return [town.label for town in matches(ALL, typed)]


def spelt(on: Engine, *places: tuple[str, str]) -> tuple[Town, ...]:
    """The towns of a base with one station for each of these names and postcodes."""
    store(on, *(_station(n, town, zip_code) for n, (town, zip_code) in enumerate(places)))
    with reading(on) as session:
        return towns(session)


def _station(number: int, town: str, zip_code: str) -> StationRecord:
    return a_station(str(1_000_000 + number), town=town, zip_code=zip_code, latitude=46.0 + number)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ST ETIENNE", "Saint-Étienne"),
        ("Ste Geneviève-des-Bois", "SAINTE GENEVIEVE DES BOIS"),
        ("St. Denis", "saint denis"),
        ("L’Haÿ-les-Roses", "l'hay les roses"),
        ("  Le   Mans ", "le mans"),
        ("Œuilly", "oeuilly"),
        ("CHÂTEAU-D'OLONNE", "chateau d olonne"),
        ("ﬁrminy", "Firminy"),
    ],
)
def test_two_spellings_of_a_town_are_one(one: str, other: str):
    """Case, accents, ligatures, hyphens, both apostrophes and the abbreviated saint make no difference."""
    assert folded(one) == folded(other)


@given(st.text())
def test_folding_twice_is_folding_once(words: str):
    """A key is its own key, whatever was typed."""
    assert folded(folded(words)) == folded(words)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("ors", ["Orsay (91400)"]),
        ("ORSAY", ["Orsay (91400)"]),
        ("st et", ["Saint-Étienne (42)"]),
        ("saint-denis", ["Saint-Denis (93200)", "Saint-Denis (97400)"]),
        ("l'hay", ["L'Haÿ-les-Roses (94240)"]),
        ("l’haÿ", ["L'Haÿ-les-Roses (94240)"]),
        ("roses", ["L'Haÿ-les-Roses (94240)"]),
        ("oeui", ["Œuilly (02160)"]),
        ("914", ["Orsay (91400)"]),
        ("75012", ["Paris (75)"]),
        ("97", ["Saint-Denis (97400)"]),
        ("saint denis 93", ["Saint-Denis (93200)"]),
        ("97400 Saint-Denis", ["Saint-Denis (97400)"]),
        ("Lyon (69)", ["Lyon (69)"]),
        ("75 012", ["Paris (75)"]),
        ("Orsay 75", []),
        ("rsay", []),
        ("Bruxelles", []),
    ],
)
def test_what_a_person_types_finds_what_is_meant(typed: str, expected: list[str]):
    """Beginnings of names, of later words and of postcodes, or both at once."""
    assert labels(typed) == expected


@pytest.mark.parametrize("typed", ["Paris 15", "paris 15e", "Paris 15ème", "75015", "Paris 75015"])
def test_an_arrondissement_is_part_of_its_town(typed: str):
    """Written as people write it; the other towns that begin like Paris have no such postcode."""
    assert labels(typed) == ["Paris (75)"]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [("Orsai", ["Orsay"]), ("marsielle", ["Marseille"]), ("Lyno", ["Lyon"]), ("Lyo", []), ("75015", []), ("xyzzy", [])],
)
def test_a_slip_of_the_finger_finds_what_is_spelt_nearly_so(typed: str, expected: list[str]):
    """A number, a few letters and what is like nothing find nothing."""
    all_towns = tuple(
        Town(name, ("01000",), 46.0, 5.0, 3, folded(name)) for name in ("Lyon", "Marseille", "Orsay", "Saint-Étienne")
    )

    assert [town.name for town in alike(all_towns, typed)] == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("12 rue de Paris, Orsay", ["Orsay (91400)"]),
        ("avenue Foch, Saint-Denis", ["Saint-Denis (93200)", "Saint-Denis (97400)"]),
        ("rue de l'Église L'Haÿ-les-Roses", ["L'Haÿ-les-Roses (94240)"]),
        ("12, rue de Paris 91400", ["Orsay (91400)"]),
        ("1 bd de la Liberté 91400 ORSAY", ["Orsay (91400)"]),
        ("4 rue des Roses Saint-Denis 93", ["Saint-Denis (93200)"]),
        ("12 rue de Paris", []),
        ("avenue de Lyon", []),
        ("Fontenai sous Orsay", []),
        ("12 rue de la Soif", []),
        ("12 rue des Ros", []),
        ("Orsay", []),
        ("12 rue de Lyon 75", []),
        ("", []),
    ],
)
def test_an_address_ends_in_a_town(typed: str, expected: list[str]):
    """Its whole name, its postcode, or both; what is still being typed is none."""
    assert [town.label for town in in_address(ALL, typed)] == expected


@pytest.mark.parametrize(
    ("typed", "is_so"),
    [
        ("97400", True),
        ("Saint-Denis 97400", True),
        ("98800", True),
        ("98000", False),
        ("91400", False),
        ("97", False),
        ("197400", False),
    ],
)
def test_a_postcode_overseas_is_known_as_one(typed: str, is_so: bool):  # noqa: FBT001 - a column of the table
    """Whole, alone or beside a name."""
    assert is_overseas(typed) is is_so


def test_a_town_that_is_elsewhere_alone_is_none_here():
    """A station in Orange that gives Gif-sur-Yvette as its town makes no Gif of the south; homonyms both stay.

    So does the short name of a town that the list calls by its long one, whoever else bears it.
    """
    gif, denis = a_town("Gif-sur-Yvette", "91190"), a_town("Saint-Denis", "93200")
    wrong, other, hamlet = (
        a_town("Gif-sur-Yvette", "84100"),
        a_town("Saint-Denis", "97400"),
        a_town("Le Hameau", "84100"),
    )
    listed = (gif, denis, other)

    assert merged((gif, wrong, denis, other, hamlet), listed) == (gif, denis, other, hamlet)
    assert merged((gif, wrong), ()) == (gif, wrong)
    ouen, short, namesake = (
        a_town("Saint-Ouen-sur-Seine", "93400"),
        a_town("Saint-Ouen", "93400"),
        a_town("Saint-Ouen", "41100"),
    )
    assert merged((ouen, short, namesake), (ouen, namesake)) == (ouen, short, namesake)


def test_towns_without_a_station_come_after_those_with_one_and_lend_them_their_postcodes(sqlite_database: Engine):
    """The largest first. What both lists know is one town, as the other list spells it; a namesake elsewhere is not."""
    store(sqlite_database, _station(0, "SAINT ETIENNE", "42000"), _station(1, "Orsay", "91400"))
    others = [("42218", "Saint-Étienne", "42000 42100", 170_000), ("91999", "Orsay-le-Bois", "91400", 40)]
    others += [("68277", "Saint-Étienne", "68500", 400), ("91998", "Orsel", "91401", 900)]
    with writing(sqlite_database) as session:
        rows = [
            {
                "source": "fr",
                "ref": ref,
                "name": name,
                "zip_codes": codes,
                "latitude": 47.0,
                "longitude": 2.0,
                "population": people,
            }
            for ref, name, codes, people in others
        ]
        session.execute(insert(KnownTown), rows)
    with reading(sqlite_database) as session:
        found = merged(towns(session), without_station(session))

    assert [(town.name, town.zip_codes, town.stations) for town in found] == [
        ("Orsay", ("91400",), 1),
        ("Saint-Étienne", ("42000", "42100"), 1),
        ("Orsel", ("91401",), 0),
        ("Saint-Étienne", ("68500",), 0),
        ("Orsay-le-Bois", ("91400",), 0),
    ]
    assert [town.name for town in matches(found, "ors")] == ["Orsay", "Orsel", "Orsay-le-Bois"]
    assert [town.name for town in matches(found, "91 400")] == ["Orsay", "Orsay-le-Bois"]
    assert [town.label for town in alike(found, "Orcel")] == ["Orsel (91401)"]


@pytest.mark.parametrize(
    ("typed", "label", "latitude"),
    [
        ("75015", "Paris (75015)", 47.0),
        ("Paris 15", "Paris (75015)", 47.0),
        ("75 016", "Paris (75016)", 48.0),
        ("Paris 17", None, 0),
        ("Paris", "Paris (75)", 46.667),
        ("750", "Paris (75)", 46.667),
    ],
)
def test_a_postcode_of_a_large_town_is_the_part_of_it(
    sqlite_database: Engine, typed: str, label: str | None, latitude: float
):
    """Around its own stations: the middle of the town may be an hour away."""
    found = spelt(sqlite_database, ("Paris", "75001"), ("Paris", "75015"), ("Paris", "75016"))

    shown = matches(found, typed)
    assert [town.label for town in shown] == ([label] if label else [])
    assert [town.latitude for town in shown] == pytest.approx([latitude] * len(shown), abs=0.4)


PARTS = tuple(a_town(f"Paris {number}e", f"750{number:02d}", stations=0) for number in range(2, 21))


@pytest.mark.parametrize("typed", ["Paris 15", "paris 15e", "Paris 15ème", "75015", "Paris 75015", "Paris 15e (75015)"])
def test_an_arrondissement_that_is_known_is_meant_itself(typed: str):
    """Not the middle of its town, which may be an hour away."""
    assert [town.label for town in matches(ALL + PARTS, typed)] == ["Paris 15e (75015)"]


@pytest.mark.parametrize("typed", ["paris", "75", "750"])
def test_of_a_town_without_more_the_whole_comes_first(typed: str):
    """Its arrondissements after it."""
    assert [town.label for town in matches(ALL + PARTS, typed)][:2] == ["Paris (75)", "Paris 2e (75002)"]


def test_the_whole_name_comes_first_then_beginnings_then_later_words():
    """Whoever typed Paris means Paris; Parigny begins so, Le Touquet only has it in its name."""
    assert labels("paris") == ["Paris (75)", "Le Touquet-Paris-Plage (62520)"]
    assert labels("pari") == ["Paris (75)", "Parigny (42120)", "Le Touquet-Paris-Plage (62520)"]


def test_st_is_a_saint_or_the_beginning_of_a_name():
    """Two letters typed so far: Strasbourg is not lost to the saints."""
    assert labels("st") == ["Strasbourg (67)", "Saint-Étienne (42)", "Saint-Denis (93200)", "Saint-Denis (97400)"]


@pytest.mark.parametrize("typed", ["", "   ", "-", "'’.,;:!?()", "🙂", "\u202e", "\n\t"])
def test_nothing_typed_offers_nothing(typed: str):
    """Neither emptiness nor punctuation means every town."""
    assert matches(ALL, typed) == []


def test_never_more_than_twenty():
    """A rerun sends a handful of lines, not the list."""
    many = tuple(a_town(f"Ville {number}", f"{number:05d}") for number in range(100))

    assert len(matches(many, "ville")) == MOST_MATCHES == 20
    assert len(matches(many, "ville", most=3)) == 3


@given(st.text(max_size=30))
def test_anything_may_be_typed(typed: str):
    """No text raises, and what is found is from the list, each once."""
    found = matches(ALL, typed)

    assert len(found) == len({id(town) for town in found})
    assert all(town in ALL for town in found)
    assert all(town in ALL for town in in_address(ALL, typed))


@given(st.sampled_from(ALL))
def test_a_label_finds_its_own_town(town: Town):
    """What was offered can be typed, or pasted, again."""
    assert matches(ALL, town.label)[0] == town


def test_the_country_has_its_towns(country: Engine):
    """Orsay first, with eight stations of which all have a position, around their middle."""
    with reading(country) as session:
        found = towns(session)

    assert [(town.label, town.stations) for town in found] == [
        ("Orsay (91400)", 7), ("Bures-sur-Yvette (91440)", 1), ("Lyon (69003)", 1),
        ("Nantes (44000)", 1), ("Palaiseau (91120)", 1),
    ]  # fmt: skip
    middle = scenes.ORSAY[0] + sum((1, 4, 2, 2.5, 0.5, 3, 0.1)) / 7 * scenes.DAY_KM
    assert found[0].latitude == pytest.approx(middle, abs=1e-4)
    assert found[0].longitude == pytest.approx(scenes.ORSAY[1], abs=1e-4)


def test_spellings_of_one_town_merge(database: Engine):
    """Under the mixed-case name, its middle weighted by stations."""
    found = spelt(database, ("SAINT ETIENNE", "42000"), ("Saint-Étienne", "42000"), ("ST-ETIENNE", "42100"))

    assert [(town.name, town.zip_codes, town.stations) for town in found] == [("Saint-Étienne", ("42000", "42100"), 3)]
    assert found[0].latitude == pytest.approx(47.0)


def test_one_name_in_two_departments_is_two_towns(database: Engine):
    """Saint-Denis near Paris and Saint-Denis in La Réunion."""
    found = spelt(database, ("SAINT-DENIS", "93200"), ("SAINT-DENIS", "97400"))

    assert [town.label for town in found] == ["Saint-Denis (93200)", "Saint-Denis (97400)"]


def test_a_town_of_several_postcodes_is_one(database: Engine):
    """Paris has twenty, and is searched around its middle."""
    found = spelt(database, ("PARIS", "75001"), ("PARIS", "75012"), ("Paris", "75012"))

    assert [(town.label, town.zip_codes) for town in found] == [("Paris (75)", ("75001", "75012"))]


def test_a_town_without_a_postcode_has_a_plain_label(database: Engine):
    """No empty brackets."""
    assert [town.label for town in spelt(database, ("ORSAY", ""))] == ["Orsay"]


def test_a_station_without_a_position_or_a_town_makes_no_town(database: Engine):
    """There would be nowhere to search around, or nothing to call it."""
    store(
        database,
        a_station("1000001", latitude=None, longitude=None),
        a_station("1000002", town=""),
        a_station("1000003", town="ORSAY"),
    )
    with reading(database) as session, counted(database) as sent:
        assert [town.name for town in towns(session)] == ["Orsay"]
    assert len([statement for statement in sent if statement.lstrip().startswith("SELECT")]) == 1
