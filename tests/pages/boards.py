"""A board, and the list of what is followed, as a reader of the page sees them."""

import re
from html import unescape

from sqlalchemy import select
from streamlit.testing.v1 import AppTest

import session
from models import Station
from tests.pages.seen import body
from ui.board import BY_STATION, VIEW_KEY


def show(app: AppTest, view: int = BY_STATION) -> AppTest:
    """Tap a fuel, by its number, or the view of all of them."""
    app.pills(key=f"{VIEW_KEY}_shown").set_value(view).run()
    return app


def cards(app: AppTest) -> list[str]:
    """The cards from top to bottom, each as its words in one line."""
    return [_words(card) for card in re.findall(r"<article.*?</article>", body(app), re.DOTALL)]


def prices(app: AppTest) -> list[str]:
    """The prices of the board that is shown, in its order."""
    return [re.sub(r"\s|€/L", "", _words(price)) for price in re.findall(r"<div class='cb-price.*?</div>", body(app))]


def called(app: AppTest) -> list[str]:
    """What the stations of the board are called, in its order."""
    return [_words(name) for name in re.findall(r"<div class='cb-who'><b>(.*?)</b>", body(app))]


def best(app: AppTest) -> str:
    """The card that stands out, in words; empty where none does."""
    found = re.search(r"<article class='cb-card cb-(best|caution).*?</article>", body(app), re.DOTALL)
    return _words(found[0]) if found else ""


def switch(app: AppTest) -> list[str]:
    """What can be chosen above the board."""
    return [str(option).replace("*", "") for option in app.pills(key=f"{VIEW_KEY}_shown").options]


def managed(app: AppTest) -> AppTest:
    """With the drawers of the demo open."""
    app.session_state["manage"] = True
    app.session_state["add_drawer"] = True
    return app.run()


def rows(app: AppTest) -> list[str]:
    """The followed stations, as their list names them."""
    found = [str(button.label) for button in app.button if re.fullmatch(r"station_\d+", str(button.key))]
    return [re.sub(r"\\(.)", r"\1", re.sub(r"^\*\*(.*?)\*\*.*", r"\1", label)) for label in found]


def open_row(app: AppTest, place: int) -> AppTest:
    """Tap a station of the list."""
    keys = [str(button.key) for button in app.button if re.fullmatch(r"station_\d+", str(button.key))]
    app.button(key=keys[place]).click().run()
    return app


def press(app: AppTest, key: str) -> AppTest:
    """Tap the button whose key begins like this, the first one if there are several."""
    next(button for button in app.button if str(button.key).startswith(key)).click().run()
    return app


def named(app: AppTest, name: str) -> AppTest:
    """Type a name into the open row."""
    next(field for field in app.text_input if str(field.key).startswith("name_")).input(name).run()
    return app


def id_of(source_ref: str) -> int:
    """Our own number of a station, as the keys of buttons have it."""
    with session.reading() as opened:
        return opened.scalars(select(Station.id).where(Station.source_ref == source_ref)).one()


def _words(html: str) -> str:
    # The last digit of a price is a sign of the same number.
    plain = re.sub(r"<sup>(\d)</sup>", r"\1", html)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", plain)).split())
