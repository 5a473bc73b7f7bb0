"""What a page brings to the browser: style sheets and scripts, each in one piece."""

import json
import re
from functools import cache
from pathlib import Path

from texts import text

FOLDER = Path(__file__).resolve().parent
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
SCRIPTS = ("follow", "install", "share", "parts")
# What Streamlit and the map library call parts of theirs, and the texts that say the same.
PARTS = {
    "Skip to main content": "skip",
    "Sidebar": "sidebar",
    "Expand sidebar": "expand",
    "Collapse sidebar": "collapse",
    "Clear entry": "clear",
    "Show password": "show_password",
    "Hide password": "hide_password",
    "Map": "map",
    "Zoom In": "zoom_in",
    "Zoom Out": "zoom_out",
    "Fullscreen": "fullscreen",
    "Close fullscreen": "fullscreen_off",
}


@cache
def style(name: str) -> str:
    """A style sheet in one line: Streamlit looks at each line of what it is given, on each run."""
    return f"<style>{' '.join(COMMENT.sub('', _written(f'{name}.css')).split())}</style>"


@cache
def scripts(language: str) -> str:
    """The scripts of every page, for a reader of this language."""
    parts = json.dumps({name: text(f"part.{key}", language) for name, key in PARTS.items()}, ensure_ascii=False)
    lines = "\n".join(_written(f"frontend/{name}.js") for name in SCRIPTS).splitlines()
    written = "\n".join(line.strip() for line in lines if not line.lstrip().startswith("//"))
    # A screen reader speaks the language that the document names; Streamlit always says English.
    return f"document.documentElement.lang='{language}';window.carburoamParts={parts};{written}"


def _written(file: str) -> str:
    return (FOLDER / file).read_text(encoding="utf-8")
