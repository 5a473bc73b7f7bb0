"""What a reader of a page sees: its words, and the markup that we wrote."""

import re
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser
from typing import Any

from streamlit.testing.v1 import AppTest

# Where Streamlit reads Markdown: the words of a person or a publisher must not get there unescaped.
MARKDOWN = ("label", "help", "body", "content", "caption")

# What only a programmer should read.
INNARDS = re.compile(
    r"Traceback|[Ss]qlalchemy|[Ss]qlite|psycopg|[a-z]Error\b|\.py\b|\bNone\b|\{[a-z_]+\}|carburoam_[a-z]+\."
)
BARS = (
    {"Prix", "Carte", "Démo", "À propos"},
    {"Prices", "Map", "Demo", "About"},
    {"Accueil", "Prix", "Carte", "Stations", "Profil"},
    {"Home", "Prices", "Map", "Stations", "Profile"},
)


def elements(app: AppTest) -> Iterator[Any]:
    """Everything drawn, in the order of the page."""
    blocks: list[Any] = [app._tree]
    while blocks:
        node = blocks.pop(0)
        children = getattr(node, "children", None)
        if children is None:
            yield node
        else:
            if getattr(node, "proto", None) is not None and node.proto.ByteSize():
                yield node
            blocks = [*children.values(), *blocks]


def html(app: AppTest) -> str:
    """All the HTML of ours, style and script included."""
    return "\n".join(node.proto.body for node in elements(app) if node.type == "html")


def body(app: AppTest) -> str:
    """The HTML of ours that is drawn: without style and script."""
    return "\n".join(
        node.proto.body
        for node in elements(app)
        if node.type == "html" and not node.proto.body.startswith(("<style", "<script"))
    )


def words(app: AppTest) -> str:
    """Every word on the page: of our HTML its text, of all else what it is drawn from."""
    parts = []
    for node in elements(app):
        if node.type != "html":
            parts += _texts(node.proto, (*MARKDOWN, "placeholder", "default"))
        elif not node.proto.body.startswith(("<style", "<script")):
            parser = _Text()
            parser.feed(node.proto.body)
            parts.append("".join(parser.found))
    return unescape("\n".join(parts)).replace("\u00a0", " ").replace("\u202f", " ")


def in_one_line(app: AppTest) -> str:
    """The words of a page without line breaks."""
    return " ".join(words(app).split())


def assert_sound(app: AppTest) -> None:
    """The page is drawn, in its frame, and shows nothing of our insides."""
    assert not app.exception
    shown = in_one_line(app)
    assert not INNARDS.findall(shown)
    # Words in <i> or <em> would have a phone fetch an italic font, 139 KB.
    assert not re.findall(r"<(?:i|em)\b[^>]*>[^<]", body(app))
    assert any(bar <= set(re.findall(r"<span>([^<]+)</span></a>", body(app))) for bar in BARS)


def tags(app: AppTest) -> list[tuple[str, dict[str, str | None]]]:
    """The elements of our HTML as a browser would read them, with their attributes."""
    parser = _Text()
    parser.feed(body(app))
    return parser.tags


def labels(app: AppTest) -> list[str]:
    """What Streamlit reads as Markdown."""
    found = []
    for node in elements(app):
        if node.type != "html":
            found += _texts(node.proto, MARKDOWN)
    return found


def _texts(message: Any, names: tuple[str, ...]) -> list[str]:
    found = []
    for field, value in message.ListFields():
        if isinstance(value, str):
            found += [value] if field.name in names else []
        elif field.type == field.TYPE_MESSAGE:
            for each in [value] if hasattr(value, "ListFields") else value:
                found += _texts(each, names) if hasattr(each, "ListFields") else []
    return found


class _Text(HTMLParser):
    """The text and the tags of a piece of HTML."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_data(self, data: str) -> None:
        self.found.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        # The last digit of a price is a sign of the same number.
        if tag != "sup":
            self.found.append("\n" if tag in {"p", "li", "tr", "div", "article", "h1", "h2", "h3"} else " ")
