"""The mails that people get: texts/mail/<name>.<language>.txt, subject on the first line, and .html beside it.

None holds a name that somebody typed at will: a mail from here cannot be made to carry another's message. Only the mail
about prices and the one that an admin sends on request hold links, all of them to this site.
"""

import html
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Formatter

from texts import FRENCH_SPACE, LANGUAGES

FOLDER = Path(__file__).with_name("mail")
LONGEST_VALUE = 120
BIDI_CONTROLS = {"LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI", "PDI"}
FRAME = (
    '<!doctype html>\n<html lang="{language}">\n<head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width"><title>{subject}</title></head>\n'
    '<body style="font-family: sans-serif; font-size: 16px; line-height: 1.5; max-width: 36em">\n{body}'
    "</body>\n</html>\n"
)


@dataclass(frozen=True)
class Letter:
    """What a mail says."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True)
class Link:
    """Words that lead somewhere, where there is an address."""

    words: str
    address: str = ""
    """Of this site, made by us; empty: the words stand alone."""

    def as_text(self) -> str:
        """The address stands on a line of its own, so that every program makes a link of it."""
        return "\n".join(part for part in (one_line(self.words), self.address) if part)

    def as_html(self) -> str:
        """The words are the link."""
        words = html.escape(one_line(self.words))
        return f'<a href="{html.escape(self.address)}">{words}</a>' if self.address else words


@dataclass(frozen=True)
class Item:
    """One of several things that a mail tells of."""

    title: str
    lines: tuple[str, ...]
    link: Link | None = None

    def as_text(self) -> str:
        """A line each."""
        told = [one_line(words) for words in (self.title, *self.lines)]
        return "\n".join([*told, *([self.link.as_text()] if self.link else [])])

    def as_html(self) -> str:
        """A paragraph."""
        title, *told = (html.escape(one_line(words)) for words in (self.title, *self.lines))
        return "<br>\n".join([f"<b>{title}</b>", *told, *([self.link.as_html()] if self.link else [])])


def letter(name: str, /, language: str, **values: object) -> Letter:
    """The mail `name`, its placeholders filled in. Raises KeyError where it is unknown or given other values."""
    language = language if language in LANGUAGES else LANGUAGES[0]
    if name not in names():
        raise KeyError(f"there is no mail {name!r}")
    plain, rich = (_template(f"{name}.{language}.{kind}") for kind in ("txt", "html"))
    if (wanted := placeholders(plain)) != values.keys():
        raise KeyError(f"the mail {name!r} wants {sorted(wanted)}, given {sorted(values)}")
    subject, _, text = plain.format(**{key: _as_text(value) for key, value in values.items()}).partition("\n\n")
    body = rich.format(**{key: _as_html(value) for key, value in values.items()})
    return Letter(subject, text, FRAME.format(language=language, subject=html.escape(subject), body=body))


@cache
def names() -> frozenset[str]:
    """Every mail there is."""
    return frozenset(file.name.partition(".")[0] for file in FOLDER.glob("*.txt"))


def placeholders(template: str) -> set[str]:
    """The names that a template wants filled in."""
    return {name for _, name, _, _ in Formatter().parse(template) if name is not None}


def one_line(value: str) -> str:
    """The value on one line, without what steers a terminal, a mail header or the direction of the text around it."""
    shown = (sign for sign in value[: LONGEST_VALUE * 4] if not _is_control(sign))
    return " ".join("".join(shown).split())[:LONGEST_VALUE]


def _as_text(value: object) -> str:
    if isinstance(value, Link):
        return value.as_text()
    return "\n\n".join(item.as_text() for item in value) if isinstance(value, tuple) else one_line(str(value))


def _as_html(value: object) -> str:
    if isinstance(value, Link):
        return value.as_html()
    if isinstance(value, tuple):
        return "</p>\n<p>".join(item.as_html() for item in value)
    return html.escape(one_line(str(value)))


def _is_control(sign: str) -> bool:
    is_space = sign in "\t\n\r"  # becomes one, so that two words do not grow together
    return unicodedata.bidirectional(sign) in BIDI_CONTROLS or (
        unicodedata.category(sign) in {"Cc", "Cs"} and not is_space
    )


@cache
def _template(file: str) -> str:
    words = FOLDER.joinpath(file).read_text(encoding="utf-8")
    return FRENCH_SPACE.sub("\u00a0", words) if ".fr." in file else words
