"""The same filters where stations are added: beside a search, on the map, and from a link."""

import pytest
from streamlit.testing.v1 import AppTest

from services import layer_address
from tests import scenes
from tests.pages.boards import id_of, managed, press
from tests.pages.conftest import OpenPage, go
from tests.pages.seen import assert_sound, in_one_line
from tests.pages.test_map import button, layer

AT_ORSAY = {"at": "48.6987,2.1875", "place": "Orsay"}
FOLLOWED = (scenes.CHEAPEST, scenes.FAR_TIE, scenes.MOTORWAY)
"""What the demo begins with."""


def offered(app: AppTest) -> set[str]:
    """What can be added by a tap."""
    return {str(each.key) for each in app.button if each.icon == ":material/add:"}


def keys(*refs: str) -> set[str]:
    """The buttons of these stations."""
    return {f"add_{id_of(ref)}" for ref in refs}


@pytest.mark.usefixtures("country")
def test_filters_decide_what_can_be_added(open_page: OpenPage):
    """From a link or the drawer, each in sight to be taken away; where none is left it says how many it hides."""
    app = managed(open_page("demo", **AT_ORSAY, only="open,fresh"))
    assert_sound(app)
    assert button(app, "filters").label == "Filtres · 2"
    near = (scenes.CLOSED, scenes.STALE, scenes.OUT, scenes.SUSPECT, scenes.NEAR_TIE)
    assert offered(app) == keys(*near) - keys(scenes.CLOSED, scenes.STALE)

    press(app, "without_0")
    assert offered(app) == keys(*near) - keys(scenes.STALE)
    assert app.query_params["only"] == "fresh"

    press(app, "filters")
    next(each for each in app.button_group if each.key == "filters_amenities").set_value(["showers"]).run()
    assert_sound(app)
    assert offered(app) == set()
    # The three that are followed would not be offered anyhow.
    assert f"Vos filtres masquent les {len(near)} stations d’ici." in in_one_line(app)

    press(app, "filters_clear")
    assert offered(app) == keys(*near)
    assert "only" not in app.query_params


@pytest.mark.usefixtures("country")
def test_what_was_added_is_said(open_page: OpenPage):
    """Its row goes from the list, and another stands where it was: who looked away knows what a tap did."""
    app = managed(open_page("demo", **AT_ORSAY))
    key = min(offered(app))

    press(app, key)

    assert key not in offered(app)
    (said,) = app.toast
    assert said.value.endswith("suivie.")


@pytest.mark.usefixtures("country")
def test_the_map_to_choose_on_has_them_too(open_page: OpenPage, noon: pytest.MonkeyPatch):
    """Without a place they are there with the map; what was set beside the search counts here, and the other way."""
    noon.setattr(layer_address, "_served", {layer_address.ROUTE})
    app = managed(open_page("demo", only="wash"))
    assert "filters" not in {each.key for each in app.button}
    app.toggle(key="add_on_map").set_value(True).run()
    assert_sound(app)
    assert layer(app).endswith("/1.json?only=wash")

    press(app, "filters")
    next(each for each in app.button_group if each.key == "filters_amenities").set_value(["showers"]).run()
    assert layer(app).endswith("/1.json?only=showers")
    assert "Vos filtres masquent les 10 stations d’ici." in in_one_line(app)
    assert layer(go(app, "map")).endswith("/1.json?only=showers")
