"""JSON read through a window: what lies across its edge, what never ends, what is no list."""

import json
from pathlib import Path

import pytest

from errors import SourceMalformed
from sources import jsonlists
from sources.jsonlists import members, rows

VALUES = [{"à": 'é\\"]}'}, 12, -1.5e3, "x", None, [[], {}], True, 1234567890]


@pytest.mark.parametrize("window", [1, 7, 4_096])
@pytest.mark.parametrize("indent", [None, 2])
def test_a_value_may_lie_across_the_edge_of_the_window(
    window: int, indent: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Numbers, escapes and letters of two bytes too."""
    monkeypatch.setattr(jsonlists, "CHUNK", window)
    file = tmp_path / "a.json"
    file.write_text(json.dumps(VALUES, ensure_ascii=False, indent=indent), "utf-8-sig")
    assert list(rows(file, source="x")) == VALUES

    file.write_text(json.dumps({"at": 12, "list": VALUES, "note": ""}, indent=indent), "utf-8")
    expected = [("at", 12), *(("list", value) for value in VALUES), ("note", "")]
    assert list(members(file, listed="list", source="x")) == expected


@pytest.mark.parametrize(
    "written",
    ["", "[1, 2", "[1 2]", "[1],", '{"list": 1}', '{"list": [1]', "[" * 100_000, b"\xff[", '["' + "x" * 3_000_000],
    ids=lambda written: str(written[:12]),
)
def test_what_is_no_whole_list_is_malformed(written: str | bytes, tmp_path: Path):
    """Cut short, of another shape, without an end, nested beyond reason or in another encoding."""
    file = tmp_path / "a.json"
    file.write_bytes(written if isinstance(written, bytes) else written.encode())

    with pytest.raises(SourceMalformed, match="JSON"):
        list(members(file, listed="list", source="x") if written[:1] == "{" else rows(file, source="x"))
