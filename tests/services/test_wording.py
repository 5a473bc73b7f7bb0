"""Addresses that feeds shout, spelt as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.wording import street


@pytest.mark.parametrize(
    ("shouted", "spelt"),
    [
        ("20 RTE DE ST GILLES", "20 route de Saint-Gilles"),
        ("12 RUE DE L EGLISE", "12 rue de l'Église"),
        ("12 RUE DE L'EGLISE", "12 rue de l'Église"),
        ("AVENUE DU 8 MAI 1945", "Avenue du 8 Mai 1945"),
        ("12BIS RUE D ORLEANS", "12bis rue d'Orleans"),
        ("AV DU MAL FOCH", "Avenue du Maréchal Foch"),
        ("PLACE STE ANNE", "Place Sainte-Anne"),
        ("ROUTE DE CHALON-SUR-SAONE", "Route de Chalon-sur-Saone"),
        ("24 BD. VICTOR HUGO", "24 boulevard Victor Hugo"),
        ("CCIAL CARREFOUR", "Centre commercial Carrefour"),
        ("ZI LES PRES", "ZI les Pres"),
        ("RN 7", "RN 7"),
        ("D906", "D906"),
        ("RUE DU 1ER MAI", "Rue du 1er Mai"),
        ("  5   RUE   HAUTE ", "5 rue Haute"),
        ("A10 - AIRE DE PALAISEAU", "A10 - aire de Palaiseau"),
    ],
)
def test_capitals_become_words(shouted: str, spelt: str):
    """Kinds and particles small, names capitalised, postal abbreviations written out, numbers of roads as they are."""
    assert street(shouted) == spelt


@pytest.mark.parametrize("written", ["", "123", "12 Rue de l'Exemple", "Rte de Lyon", "Lieu-dit la Croix", "rue haute"])
def test_what_was_written_with_care_stays(written: str):
    """Mixed case is somebody's own spelling."""
    assert street(written) == written


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
