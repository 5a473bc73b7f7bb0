"""Writes docs/settings.md from the settings themselves: `python -m scripts.settings_doc`."""

from typing import Any

from pydantic import BaseModel, TypeAdapter
from pydantic.fields import FieldInfo

from setting_values import SourceSettings
from settings import ROOT, Settings
from sources import SOURCES

PAGE = ROOT / "docs" / "settings.md"
PREFIX = str(Settings.model_config["env_prefix"])
HEAD = """# Settings

Written by `make settings-doc` from `settings.py`; a test compares. Do not edit.

Each setting is an environment variable, or a line of a file `.env` beside `settings.py`. All are read once, at start,
and a value that cannot be used stops the start with the name of the variable. Relative paths are taken from the
project's folder. Spans of time are ISO 8601 (`PT30M`, `P1D`) or seconds.
"""
SOURCES_HEAD = """
## Sources

Each source may be configured on its own; what is left out keeps the source's default. `<SOURCE>` is one of {names}.
"""


def page() -> str:
    """The whole page."""
    names = ", ".join(f"`{name.upper()}`" for name in SOURCES)
    return (
        f"{HEAD}\n{_table(Settings, PREFIX, leave_out={'sources'})}"
        f"{SOURCES_HEAD.format(names=names)}\n{_table(SourceSettings, f'{PREFIX}SOURCES__<SOURCE>__')}"
    )


def _table(model: type[BaseModel], prefix: str, *, leave_out: frozenset[str] | set[str] = frozenset()) -> str:
    rows = [
        f"| `{prefix}{name.upper()}` | {_default(field)} | {_cell(field.description)} |\n"
        for name, field in model.model_fields.items()
        if name not in leave_out
    ]
    return "| variable | default | meaning |\n|---|---|---|\n" + "".join(rows)


def _default(field: FieldInfo) -> str:
    value: Any = TypeAdapter(Any).dump_python(field.default, mode="json")
    if value in {None, ""}:
        return ""
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _cell(text: str | None) -> str:
    if not text:
        raise ValueError("each setting says what it means: Field(description=…)")
    return text.replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
