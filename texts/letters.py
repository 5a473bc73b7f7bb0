"""The mails that people get: texts/mail/<name>.<language>.txt, subject on the first line, and .html beside it.

None holds a link or a name that somebody typed at will: a mail from here cannot be made to carry another's message.
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


def letter(name: str, /, language: str, **values: object) -> Letter:
    """The mail `name`, its placeholders filled in. Raises KeyError where it is unknown or given other values."""
    language = language if language in LANGUAGES else LANGUAGES[0]
    if name not in names():
        raise KeyError(f"there is no mail {name!r}")
    plain, rich = (_template(f"{name}.{language}.{kind}") for kind in ("txt", "html"))
    if (wanted := placeholders(plain)) != values.keys():
        raise KeyError(f"the mail {name!r} wants {sorted(wanted)}, given {sorted(values)}")
    safe = {key: one_line(str(value)) for key, value in values.items()}
    subject, _, text = plain.format(**safe).partition("\n\n")
    body = rich.format(**{key: html.escape(value) for key, value in safe.items()})
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


def _is_control(sign: str) -> bool:
    is_space = sign in "\t\n\r"  # becomes one, so that two words do not grow together
    return unicodedata.bidirectional(sign) in BIDI_CONTROLS or (
        unicodedata.category(sign) in {"Cc", "Cs"} and not is_space
    )


@cache
def _template(file: str) -> str:
    words = FOLDER.joinpath(file).read_text(encoding="utf-8")
    return FRENCH_SPACE.sub("\u00a0", words) if ".fr." in file else words
