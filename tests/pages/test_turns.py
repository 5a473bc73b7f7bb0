"""Pages step aside for others as soon as their prices are drawn."""

import threading

import pytest

from tests.pages.conftest import OpenPage
from tests.pages.seen import assert_sound
from ui import turns
from ui.turns import Turns

ORSAY = {"fuel": "1", "at": "48.6987,2.1875", "place": "Orsay"}


class Crowded(Turns):
    """Somebody always waits for their prices; what is done with the turn is written down."""

    is_wanted = True

    def __init__(self) -> None:
        super().__init__()
        self.deeds: list[str] = []

    def take(self, *, later: bool = False) -> threading.Lock:
        """Nobody really waits."""
        self.deeds.append("later" if later else "first")
        return threading.Lock()

    def give(self, turn: threading.Lock) -> None:
        """Likewise."""
        self.deeds.append("on")


@pytest.mark.usefixtures("country")
@pytest.mark.parametrize("page", ["search", "demo"])
def test_a_page_with_prices_lets_others_to_theirs_once(open_page: OpenPage, monkeypatch: pytest.MonkeyPatch, page: str):
    """It is drawn whole all the same."""
    crowded = Crowded()
    monkeypatch.setattr(turns, "_turns", crowded)

    assert_sound(open_page(page, **ORSAY))

    assert crowded.deeds == ["first", "on", "later", "on"]


@pytest.mark.usefixtures("country")
def test_a_page_without_prices_keeps_its_turn(open_page: OpenPage, monkeypatch: pytest.MonkeyPatch):
    """It has nothing that is waited for more than the rest."""
    crowded = Crowded()
    monkeypatch.setattr(turns, "_turns", crowded)

    assert_sound(open_page("about"))

    assert crowded.deeds == ["first", "on"]
