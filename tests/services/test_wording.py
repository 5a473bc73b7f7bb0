"""Addresses that feeds shout, spelt as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.wording import short_title, station_title, street, whereabouts


@pytest.mark.parametrize(
    ("shouted", "spelt"),
    [
        ("20 RTE DE ST GILLES", "20 route de Saint-Gilles"),
        ("12 RUE DE L EGLISE", "12 rue de l'Église"),
        ("12 RUE DE L'EGLISE", "12 rue de l'Église"),
        ("27 AV DU GENERAL LECLERC", "27 av. du Général-Leclerc"),
        ("AVENUE DU 8 MAI 1945", "Avenue du 8-Mai-1945"),
        ("12BIS RUE D ORLEANS", "12bis rue d'Orléans"),
        ("4 BIS RUE D.HESDIN", "4 bis rue d'Hesdin"),
        ("AV DU MAL FOCH", "Avenue du Maréchal-Foch"),
        ("AV DU MARECHAL DE LATTRE DE TASSIGNY", "Avenue du Maréchal-de-Lattre-de-Tassigny"),
        ("3 AVENUE CHARLES DE GAULLE", "3 av. Charles-de-Gaulle"),
        ("45 RUE VICTOR HUGO RN 785", "45 rue Victor-Hugo RN 785"),
        ("AIRE ST MICHEL DE MAURIENNE", "Aire Saint-Michel de Maurienne"),
        ("19 RUE NATIONALE", "19 rue Nationale"),
        ("ROUTE NATIONALE 57", "Route nationale 57"),
        ("ROND POINT DE LA CROIX", "Rond-point de la Croix"),
        ("RN 96 CENTRE COMMERCIAL LE PLAN", "RN 96 centre commercial le Plan"),
        ("PLACE STE ANNE", "Place Sainte-Anne"),
        ("ROUTE DE CHALON-SUR-SAONE", "Route de Chalon-sur-Saône"),
        ("24 BD. VICTOR HUGO", "24 bd Victor-Hugo"),
        ("CCIAL CARREFOUR", "Centre commercial Carrefour"),
        ("ZI LES PRES", "ZI les Pres"),
        ("RN 7", "RN 7"),
        ("D906", "D906"),
        ("RUE DU 1ER MAI", "Rue du 1er-Mai"),
        ("  5   RUE   HAUTE ", "5 rue Haute"),
        ("rue vincent van gogh", "Rue Vincent-Van-Gogh"),
        ("A10 - AIRE DE PALAISEAU", "A10 - aire de Palaiseau"),
    ],
)
def test_capitals_become_words(shouted: str, spelt: str):
    """Kinds and particles small, names capitalised, postal abbreviations written out, numbers of roads as they are."""
    assert street(shouted) == spelt


@pytest.mark.parametrize("written", ["", "123", "12 rue de l'Exemple", "Rte de Lyon", "Lieu-dit la Croix"])
def test_what_was_written_with_care_stays(written: str):
    """Mixed case is somebody's own spelling."""
    assert street(written) == written


@pytest.mark.parametrize(
    ("written", "set_"),
    [
        ("36 Avenue du Général Leclerc", "36 av. du Général-Leclerc"),
        ("1, Av Dauphiné-Provence", "1 av. Dauphiné-Provence"),
        ("5 Rue du 8 mai 1945", "5 rue du 8-Mai-1945"),
        ("Avenue Pierre et Marie Curie", "Avenue Pierre-et-Marie-Curie"),
        ("12 Rue Bis", "12 rue Bis"),
    ],
)
def test_careful_addresses_are_set_like_the_others(written: str, set_: str):
    """The kind of street behind its number, and a name in one piece: a list reads the same from line to line."""
    assert street(written) == set_


@pytest.mark.parametrize(
    ("brand", "name", "address", "called", "place", "alone"),
    [
        ("Esso", "Relais", "1 RUE HAUTE", "Esso", "1 rue Haute, Orsay", "Esso, Orsay"),
        (None, "Garage du Lac", "", "Garage du Lac", "Orsay", "Garage du Lac, Orsay"),
        (None, None, "1 RUE HAUTE", "1 rue Haute", "Orsay", "1 rue Haute, Orsay"),
        (None, None, "", "Orsay", "", "Orsay"),
    ],
)
def test_a_station_is_called_by_the_best_that_is_known(
    brand: str | None, name: str | None, address: str, called: str, place: str, alone: str
):
    """Brand, else name, else street, else town; beside it what it does not say yet."""
    told = (brand, name, address, "Orsay")
    assert (station_title(*told), whereabouts(*told), short_title(*told)) == (called, place, alone)


@given(
    st.lists(
        st.sampled_from(
            [
                "12",
                "3BIS",
                "RTE",
                "AV",
                "DE",
                "L'",
                "D'",
                "EGLISE",
                "ST",
                "STE",
                "-",
                "RN",
                "D906",
                "ÉTÉ",
                "ZAC",
                "PÉAGE",
                "GENERAL",
                "JEAN",
                "8",
                "MAI",
                "LIEU",
                "DIT",
                "Avenue",
            ]
        ),
        max_size=8,
    )
)
def test_spelling_twice_is_spelling_once(words: list[str]):
    """What has been spelt is not spelt again."""
    shouted = " ".join(words)
    assert street(street(shouted)) == street(shouted)


@given(st.text(max_size=60))
def test_any_address_stays_one_line_and_loses_no_digit(written: str):
    """Numbers are what one looks for at the roadside."""
    spelt = street(written)

    assert spelt == " ".join(spelt.split())
    assert [c for c in spelt if c in "0123456789"] == [c for c in written if c in "0123456789"]
