"""What the page says of itself, its sources and its readers' data; and the two pages that say they come."""

import pytest

from settings import settings
from tests.pages.conftest import OpenPage
from tests.pages.seen import assert_sound, in_one_line, tags
from texts import catalogue


def links(app: object) -> set[str]:
    """Where our links lead."""
    return {str(attributes["href"]) for tag, attributes in tags(app) if tag == "a"}  # type: ignore[arg-type]


@pytest.mark.usefixtures("country")
def test_the_source_is_named_with_its_licence_and_the_date_of_the_data(open_page: OpenPage):
    """As the Licence Ouverte 2.0 asks."""
    app = open_page("about")

    shown = in_one_line(app)
    assert "données du 7 février 2025" in shown
    assert "Licence Ouverte" in shown
    assert "2.0" in shown
    assert any("prix-carburants" in link for link in links(app))
    assert "les contributeurs d’OpenStreetMap, ODbL" in shown
    assert "https://www.openstreetmap.org/copyright" in links(app)


@pytest.mark.usefixtures("sample")
def test_example_data_are_not_given_a_publisher_s_date(open_page: OpenPage):
    """The publisher is named as the source to come, not as the author of fictional stations."""
    shown = in_one_line(open_page("about"))

    assert "données du" not in shown
    assert "Licence Ouverte" in shown


@pytest.mark.usefixtures("country")
def test_a_neighbour_is_named_once_it_is_switched_on(open_page: OpenPage, environment: pytest.MonkeyPatch):
    """Whose prices they are and by which licence; without the French date, which is not theirs."""
    assert "geoportalgasolineras" not in in_one_line(open_page("about"))
    environment.setenv("CARBUROAM_SOURCES__ES_MINETUR__IS_ON", "true")
    settings.cache_clear()

    shown = in_one_line(open_page("about"))

    assert "geoportalgasolineras.es, reutilización con mención de la fuente" in shown
    assert shown.count("données du 7 février 2025") == 1


@pytest.mark.usefixtures("country")
def test_the_address_service_is_named_where_it_is_asked(open_page: OpenPage, environment: pytest.MonkeyPatch):
    """Its licence wants it; where nobody is asked there is nothing to name."""
    assert "Base Adresse Nationale" not in in_one_line(open_page("about"))
    environment.setenv("CARBUROAM_GEOCODING_URL", "https://data.geopf.fr/geocodage/reverse")
    settings.cache_clear()

    app = open_page("about")

    assert "Base Adresse Nationale, Licence Ouverte 2.0" in in_one_line(app)
    assert "https://adresse.data.gouv.fr/" in links(app)


@pytest.mark.usefixtures("country")
def test_the_guide_is_illustrated_and_the_rest_is_there(open_page: OpenPage):
    """Five steps with a picture each; how, privacy, legal notice, a wrong price."""
    app = open_page("about")

    assert_sound(app)
    assert len([tag for tag, _ in tags(app) if tag == "img"]) == 5
    for section in ("guide", "how", "sources", "privacy", "legal", "contact"):
        assert catalogue("fr")[f"about.{section}"] in in_one_line(app)
    assert "Signaler un prix faux" in in_one_line(app)


@pytest.mark.usefixtures("country")
def test_the_code_is_linked_where_its_address_is_known(open_page: OpenPage, environment: pytest.MonkeyPatch):
    """A deployment says where its code is."""
    environment.setenv("CARBUROAM_CODE_URL", "https://example.org/code")
    settings.cache_clear()

    app = open_page("about")

    assert "https://example.org/code" in links(app)
    assert "Code source" in in_one_line(app)


@pytest.mark.usefixtures("country")
def test_the_interval_said_is_the_interval_set(open_page: OpenPage, environment: pytest.MonkeyPatch):
    """And the address to write to is shown once it is set."""
    assert "Toutes les 30 minutes" in in_one_line(open_page("about"))
    environment.setenv("CARBUROAM_ETL_INTERVAL", "PT10M")
    environment.setenv("CARBUROAM_CONTACT", "bonjour@example.org")
    settings.cache_clear()

    shown = in_one_line(open_page("about"))
    assert "Toutes les 10 minutes" in shown
    assert "bonjour@example.org" in shown
