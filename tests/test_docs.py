"""The documents say what is so: links lead somewhere, the entity diagram is the schema, commands exist."""

import re
from pathlib import Path

import pytest

from models import Base
from settings import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("*/README.md")])
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def _name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_links_lead_somewhere(page: Path):
    """A file that moved takes its links along."""
    links = re.findall(r"\]\((?!https?:|mailto:|#)([^)#]+)", page.read_text(encoding="utf-8"))

    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_entity_diagram_is_the_schema():
    """Every table with every column and key, and every foreign key as a line."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    diagram = readme[readme.index("erDiagram") :]
    diagram = diagram[: diagram.index("```")]
    drawn = {
        table: [tuple(line.split(maxsplit=2)[1:]) for line in body.strip().splitlines()]
        for table, body in re.findall(r"^    (\w+) \{\n(.*?)^    \}", diagram, re.MULTILINE | re.DOTALL)
    }
    lines = set(re.findall(r"^    (\w+) \|\|--o\{ (\w+) :", diagram, re.MULTILINE))

    tables = Base.metadata.sorted_tables
    keys = {(key.column.table.name, table.name) for table in tables for key in table.foreign_keys}
    assert lines == keys
    for table in tables:
        columns = []
        for column in table.columns:
            marks = {"PK": column.primary_key, "FK": bool(column.foreign_keys), "UK": bool(column.unique)}
            key = ", ".join(mark for mark, is_on in marks.items() if is_on)
            columns.append((column.name, key) if key else (column.name,))
        assert drawn.get(table.name) == columns, f"README.md draws {table.name} otherwise"


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_commands_exist(page: Path):
    """What a document tells a reader to run can be run."""
    told = set(re.findall(r"(?:^    |`)make ([a-z][a-z-]*)", page.read_text(encoding="utf-8"), re.MULTILINE))

    assert [target for target in told if not re.search(rf"^{target}:", MAKEFILE, re.MULTILINE)] == []


def test_every_promise_names_a_test_that_exists():
    """What nothing holds is no promise."""
    text = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    promises = [line for line in text.splitlines() if line.startswith("| ") and not line.startswith("| against")]

    assert len(promises) > 30
    for promise in promises:
        held_by = re.findall(r"`(tests/[^`]+)`", promise.rsplit("|", 2)[1])
        assert held_by, promise
        assert [name for name in held_by if not (ROOT / name).exists()] == []


def test_every_fault_names_a_test_that_exists():
    """A fault that nothing makes happen is only believed to be survived."""
    text = (ROOT / "docs" / "faults.md").read_text(encoding="utf-8")
    faults = [line for line in text.splitlines() if line.startswith("| ") and not line.startswith("| fault")]

    assert len(faults) > 25
    for fault in faults:
        made_by = re.findall(r"`(tests/[^`]+)::(\w+)`", fault.rsplit("|", 2)[1])
        assert made_by, fault
        for file, test in made_by:
            assert f"def {test}(" in (ROOT / file).read_text(encoding="utf-8"), f"{file}::{test}"


def test_every_decision_is_told_in_the_same_form():
    """Context, decision, consequences, numbered without a gap."""
    records = sorted((ROOT / "docs" / "adr").glob("*.md"))

    assert [int(record.name[:4]) for record in records] == list(range(1, len(records) + 1))
    for record in records:
        titles = re.findall(r"^## (.*)$", record.read_text(encoding="utf-8"), re.MULTILINE)
        assert titles == ["Context", "Decision", "Consequences"], record.name
