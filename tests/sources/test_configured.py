"""Which sources run, where they ask and how often."""

from datetime import timedelta

import pytest

from errors import SettingsInvalid
from settings import Settings
from sources import SOURCES, configured


def test_the_french_feed_is_on_by_default():
    """At the publisher's own address, every half hour."""
    [(source, url, interval)] = configured(Settings())[:1]

    assert source.name == "fr_prix_carburants"
    assert url == "https://donnees.roulez-eco.fr/opendata/instantane_ruptures"
    assert interval == timedelta(minutes=30)


def test_names_are_asked_for_once_a_week_whatever_the_pace_of_prices(environment: pytest.MonkeyPatch):
    """At data.gouv.fr, unless the operator says otherwise."""
    environment.delenv("CARBUROAM_SOURCES__FR_BRANDS__IS_ON")
    environment.setenv("CARBUROAM_ETL_INTERVAL", "PT5M")
    source, url, interval = configured(Settings())[1]

    assert (source.name, interval) == ("fr_brands", timedelta(days=7))
    assert url.startswith("https://www.data.gouv.fr/")

    environment.setenv("CARBUROAM_SOURCES__FR_BRANDS__URL", "file:///brands.csv")
    environment.setenv("CARBUROAM_SOURCES__FR_BRANDS__INTERVAL", "P1D")
    assert configured(Settings())[1][1:] == ("file:///brands.csv", timedelta(days=1))


def test_towns_are_asked_for_once_a_month(environment: pytest.MonkeyPatch):
    """Those of the mainland, at the state's own service."""
    environment.delenv("CARBUROAM_SOURCES__FR_COMMUNES__IS_ON")
    source, url, interval = configured(Settings())[1]

    assert (source.name, interval) == ("fr_communes", timedelta(days=30))
    assert url.startswith("https://geo.api.gouv.fr/communes?")


def test_each_source_knows_its_own_name():
    """The table and the base call it the same."""
    assert {name: make().name for name, make in SOURCES.items()} == {name: name for name in SOURCES}


def test_an_operator_may_change_address_and_interval(environment: pytest.MonkeyPatch):
    """By the source's own setting; `CARBUROAM_FEED_URL` wins."""
    environment.setenv("CARBUROAM_SOURCES__FR_PRIX_CARBURANTS__URL", "https://example.org/a.zip")
    environment.setenv("CARBUROAM_SOURCES__FR_PRIX_CARBURANTS__INTERVAL", "PT10M")
    assert configured(Settings())[0][1:] == ("https://example.org/a.zip", timedelta(minutes=10))

    environment.setenv("CARBUROAM_FEED_URL", "file:///feed.zip")
    assert configured(Settings())[0].url == "file:///feed.zip"


def test_a_source_can_be_switched_off(environment: pytest.MonkeyPatch):
    """Then nothing is asked."""
    environment.setenv("CARBUROAM_SOURCES__FR_PRIX_CARBURANTS__IS_ON", "false")

    assert configured(Settings()) == []


def test_a_misspelt_source_is_told(environment: pytest.MonkeyPatch):
    """Rather than left without effect."""
    environment.setenv("CARBUROAM_SOURCES__FR_PRIX_CARBURANT__IS_ON", "false")

    with pytest.raises(SettingsInvalid, match="names fr_prix_carburant; known are fr_prix_carburants"):
        configured(Settings())
