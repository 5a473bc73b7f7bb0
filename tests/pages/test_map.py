"""The national map as its page draws it: the filters of the search go with it."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from pipeline.run import run_once
from services import layer_address, shared
from sources.es_minetur import EsMinetur
from tests.neighbours import spanish
from tests.pages.conftest import OpenPage
from tests.pages.seen import assert_sound, elements, in_one_line
from texts import catalogue


def layer(app: AppTest) -> str:
    """Where the browser is sent for the stations."""
    (chart,) = (node for node in elements(app) if node.type == "deck_gl_json_chart")
    return str(next(each["data"] for each in json.loads(chart.proto.json)["layers"] if each["id"] == "stations"))


def button(app: AppTest, key: str) -> Any:
    """The button with this key."""
    return next(each for each in app.button if each.key == key)


@pytest.mark.usefixtures("country")
def test_filters_decide_what_the_map_loads(open_page: OpenPage, noon: pytest.MonkeyPatch):
    """From a link or the drawer, each in sight to be taken away; where none is left the page says why."""
    noon.setattr(layer_address, "_served", {layer_address.ROUTE})
    app = open_page("map", fuel="1", only="wash,24h,bogus", brand="<script>")
    assert_sound(app)
    assert layer(app).endswith("/1.json?only=24h,wash")
    assert button(app, "filters").label == "Filtres · 2"
    assert "masquent" not in in_one_line(app)

    button(app, "without_0").click().run()
    assert layer(app).endswith("?only=wash")
    assert app.query_params["only"] == "wash"

    button(app, "filters").click().run()
    assert "search_sort_shown" not in {each.key for each in app.button_group}
    next(each for each in app.button_group if each.key == "filters_amenities").set_value(["showers"]).run()
    assert_sound(app)
    assert layer(app).endswith("?only=showers")
    assert "Vos filtres masquent les 10 stations d’ici." in in_one_line(app)

    button(app, "filters_clear").click().run()
    assert layer(app).endswith("/1.json")
    assert "only" not in app.query_params


@pytest.mark.usefixtures("country")
def test_a_town_whose_stations_are_all_filtered_out_says_how_far_the_next_one_is(open_page: OpenPage):
    """The map shows nothing there: who looks at it must not take it for broken."""
    words = "aucune station ne passe vos filtres"
    lyon = open_page("map", fuel="1", only="wash", at="45.7640,4.8357", place="Lyon")
    assert_sound(lyon)
    assert f"Autour de « Lyon », {words} ; la plus proche est à 3" in in_one_line(lyon)

    assert words not in in_one_line(open_page("map", fuel="1", at="45.7640,4.8357", place="Lyon"))
    assert words not in in_one_line(open_page("map", fuel="1", only="wash", at="48.6987,2.1875", place="Orsay"))
    assert words not in in_one_line(open_page("map", fuel="1", only="wash"))


@pytest.mark.usefixtures("country")
def test_without_a_server_a_filtered_map_is_a_file_of_its_own(open_page: OpenPage):
    """Which holds only what passes."""
    name = layer(open_page("map", fuel="1", only="wash")).rpartition("/")[2]

    points = json.loads((Path(layer_address.STATIC) / name).read_bytes())
    assert len(points) == 1


def test_beside_neighbours_the_colours_are_of_provinces_too(country: Engine, open_page: OpenPage, tmp_path: Path):
    """Said once there is a neighbour on the map, not before."""
    only_departments, with_provinces = (
        catalogue("fr")[f"map.against_{what}"].replace("\u00a0", " ") for what in ("department", "areas")
    )
    assert only_departments in in_one_line(open_page("map", fuel="1"))

    assert run_once(EsMinetur(), url=spanish(tmp_path / "es.json", {}), on=country).outcome == "loaded"
    shared.forget()

    assert with_provinces in in_one_line(open_page("map", fuel="1"))
