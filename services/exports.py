"""Files that people take away: CSV for a spreadsheet, and all that is kept of a person as JSON and as CSV in a zip.

The CSV is the one that a French spreadsheet opens with a double click: UTF-8 with its mark, columns set apart by
semicolons, decimal commas, lines ended as RFC 4180 has them. An English one asks for the separator.
"""

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Sequence
from typing import Any

# What makes a spreadsheet take a text for a formula; the wide ones are an Asian keyboard's.
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
BYTE_ORDER_MARK = "\ufeff"


def csv_bytes(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A CSV with a head line; a text that a spreadsheet would run as a formula gets an apostrophe before it.

    None is an empty cell, a float has a decimal comma; what is neither text nor number is written as `str` has it.
    """
    written = io.StringIO(newline="")
    written.write(BYTE_ORDER_MARK)
    lines = csv.writer(written, delimiter=";")
    lines.writerow([_cell(column) for column in columns])
    lines.writerows([_cell(value) for value in row] for row in rows)
    # A surrogate that came with somebody's text is no character; it must not cost the file.
    return written.getvalue().encode("utf-8", "replace")


def json_bytes(data: dict[str, Any]) -> bytes:
    """Plain values (`personal_data`) as a file that people can read too."""
    return json.dumps(data, ensure_ascii=False, indent=2).encode("utf-8", "replace")


def csv_archive(data: dict[str, Any]) -> bytes:
    """Plain values (`personal_data`) as a zip with a CSV for each table that holds something."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, value in data.items():
            rows = value if isinstance(value, list) else [value]
            if rows:
                columns = list(rows[0])
                archive.writestr(f"{name}.csv", csv_bytes(columns, ([row[key] for key in columns] for row in rows)))
    return packed.getvalue()


def _cell(value: object) -> object:
    if isinstance(value, float):
        return str(value).replace(".", ",")
    if isinstance(value, list):
        value = ", ".join(str(part) for part in value)
    if isinstance(value, str) and value.startswith(FORMULA_SIGNS):
        return f"'{value}"
    return value
