"""Searching around a town that has no station: most towns have none, and people live there."""

from pathlib import Path

from sqlalchemy import Engine

from pipeline.run import run_once
from sources.fr_communes import FrCommunes
from tests import scenes
from tests.communes import at, commune, written
from tests.pages.conftest import OpenPage
from tests.pages.seen import assert_sound, in_one_line

NEAR_ORSAY = at(scenes.ORSAY[0] + scenes.DAY_KM, scenes.ORSAY[1])


def test_who_lives_where_no_station_is_searches_around_their_own_town(
    open_page: OpenPage, country: Engine, tmp_path: Path
):
    """By its postcode at once, by its name among others; date and extent of the data stay those of the prices."""
    before = in_one_line(open_page("search", fuel="1"))
    rows = [
        commune("91411", "Saint-Hilaire-sous-Bois", ["91999"], NEAR_ORSAY),
        commune("91412", "Saint-Hilaire-la-Plaine", ["91998"], NEAR_ORSAY, 900),
    ]
    assert run_once(FrCommunes(), url=written(tmp_path / "communes.json", *rows), on=country).outcome == "loaded"

    app = open_page("search", fuel="1")
    assert_sound(app)
    data = next(words for words in before.split(" · ") if "Prix du" in words)
    assert data in in_one_line(app)
    app.text_input(key="search_where_typed").set_value("91999").run()
    assert_sound(app)
    assert app.query_params["place"] == "Saint-Hilaire-sous-Bois (91999)"
    assert "10 rue de Paris" in in_one_line(app)
    assert "1,659" in in_one_line(app)

    app = open_page("search", fuel="1")
    app.text_input(key="search_where_typed").set_value("st hilaire").run()
    offered = [each.label for each in app.button if each.label.startswith("Saint-Hilaire")]
    assert offered == ["Saint-Hilaire-la-Plaine (91998)", "Saint-Hilaire-sous-Bois (91999)"]
