"""The words a person reads, one TOML file a language. Code names a text by its key."""

import re
import tomllib
from functools import cache
from pathlib import Path

LANGUAGES = ("fr", "en")

# French sets a space before these signs and inside its quotes, at which no line may break.
FRENCH_SPACE = re.compile(r" (?=[:;!?»%€])|(?<=«) ")


@cache
def catalogue(language: str) -> dict[str, str]:
    """All the texts of one language, under dotted keys."""
    file = Path(__file__).with_name(f"{language}.toml")
    return {
        f"{section}.{key}": FRENCH_SPACE.sub("\u00a0", text) if language == "fr" else text
        for section, texts in tomllib.loads(file.read_text(encoding="utf-8")).items()
        for key, text in texts.items()
    }


def text(key: str, /, language: str = "fr", **values: object) -> str:
    """The text `key` with its `{placeholders}` filled in. An unknown key raises: a test has missed it."""
    found = catalogue(language)[key]
    return found.format(**values) if values else found
