"""The house as its plan says: who imports whom, what lies where, how large a file may grow."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from settings import ROOT

# From the street door down to the cellar: a module imports from its own row or from a row below.
ROWS = (
    {"server", "home", "pages"},
    {"ui", "web", "etl", "commands", "child", "flows"},
    {"services", "pipeline"},
    {"sources", "session"},
    {"adapters", "models", "tables", "texts"},
    {"records"},
    {"settings", "setting_values", "errors", "utils"},
)
ROW = {name: number for number, row in enumerate(ROWS) for name in row}
# What the design names at the top of the tree; each has its one job.
TOP = (
    "home.py", "pages", "models.py", "session.py", "etl.py", "utils.py", "outputs", "probe-action", ".github",
    "requirements.txt", "tests",
)  # fmt: skip
# A library that only some may know, so that it can be exchanged, and the child stays light.
ONLY_IN = {
    "streamlit": {"server", "home", "pages", "ui"},
    "pydeck": {"ui"},
    "starlette": {"server", "web", "ui"},
    "sqlalchemy": {"models", "tables", "session", "pipeline", "services"},
    "sqlalchemy_utils": {"session"},
    "alembic": {"session"},
    "lxml": {"sources", "adapters"},
    "requests": {"adapters"},
    "boto3": {"adapters"},
    "apprise": {"adapters"},
    "smtplib": {"adapters"},
    "prefect": {"flows"},
}
# A server, a schema and a command line are read by whoever changes them; a page should fit two screens.
MOST_LINES = 300
MOST_LINES_OF_A_PAGE = 120

OURS = {file: name for name in ROW for file in sorted([*ROOT.glob(f"{name}.py"), *(ROOT / name).glob("**/*.py")])}
TESTS = sorted((ROOT / "tests").glob("**/*.py"))


def _name(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def _tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


def _imported_by(file: Path) -> set[str]:
    nodes = list(ast.walk(_tree(file)))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    taken_from = {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    return {name.partition(".")[0] for name in plain | taken_from}


EDGES = {(module, name) for file, module in OURS.items() for name in _imported_by(file)}


@pytest.mark.parametrize(("importer", "imported"), sorted(edge for edge in EDGES if edge[1] in ROW))
def test_imports_go_down(importer: str, imported: str):
    """A module knows its own row and what lies below it, never what lies above."""
    assert ROW[importer] <= ROW[imported], f"{importer} must not import {imported}"


@pytest.mark.parametrize("library", sorted(ONLY_IN))
def test_a_library_is_known_only_where_it_belongs(library: str):
    """Pages draw, services query, adapters talk to the world."""
    assert {importer for importer, imported in EDGES if imported == library} <= ONLY_IN[library]


def test_nothing_needs_the_flows():
    """Prefect stands beside: who does not have it misses nothing."""
    assert {importer for importer, imported in EDGES if imported == "flows"} <= {"flows"}


def test_a_source_knows_no_other():
    """Adding, changing or removing a publisher touches one file and one line; helpers carry its country's prefix."""
    for file in (ROOT / "sources").glob("[a-z]*_*.py"):
        country = file.name.partition("_")[0]
        others = {
            node.module
            for node in ast.walk(_tree(file))
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sources.")
        }
        foreign = {name for name in others if name and "_" in name and not name.startswith(f"sources.{country}_")}
        assert not foreign, f"{_name(file)} imports {foreign}"


@pytest.mark.parametrize("file", sorted(OURS), ids=_name)
def test_no_file_outgrows_a_reader(file: Path):
    """A module that needs more than six screens has two jobs."""
    most = MOST_LINES_OF_A_PAGE if OURS[file] in {"pages", "home"} else MOST_LINES
    assert len(file.read_text(encoding="utf-8").splitlines()) <= most


@pytest.mark.parametrize("file", sorted(OURS), ids=_name)
def test_a_module_says_what_lives_there(file: Path):
    """The first line tells a reader whether to read on; an empty `__init__` has nothing to say."""
    if file.read_text(encoding="utf-8").strip():
        assert ast.get_docstring(_tree(file))


def test_utils_needs_only_the_standard_library():
    """The day a helper wants more, it has found its real home."""
    assert _imported_by(ROOT / "utils.py") <= sys.stdlib_module_names


def test_each_function_of_utils_has_two_callers_and_an_example():
    """With one caller it belongs to that caller; without an example nobody finds it."""
    functions = [node for node in _tree(ROOT / "utils.py").body if isinstance(node, ast.FunctionDef)]
    for function in functions:
        used = re.compile(rf"from utils import .*\b{function.name}\b|\butils\.{function.name}\b")
        callers = [file for file, name in OURS.items() if name != "utils" and used.search(file.read_text("utf-8"))]
        assert len(callers) >= 2, f"utils.{function.name} has {len(callers)} callers"
        assert ">>>" in (ast.get_docstring(function) or ""), f"utils.{function.name} has no example"


@pytest.mark.parametrize("name", TOP)
def test_the_design_is_there(name: str):
    """Whoever knows the design finds its names at the top of the tree."""
    assert (ROOT / name).exists()


@pytest.mark.parametrize("file", TESTS, ids=_name)
def test_every_test_is_a_sentence(file: Path):
    """The docstring of a test is its case; a failure can be understood without the code."""
    tests = [node for node in ast.walk(_tree(file)) if isinstance(node, ast.FunctionDef)]
    silent = [node.name for node in tests if node.name.startswith("test_") and not ast.get_docstring(node)]
    assert not silent


# Written in pieces, or this file would be the first to be found.
PRIVATE = re.compile(
    "|".join((
        r"--(extra-)?index" + r"-url\b",
        r"--find" + r"-links\b",
        r"pythonhosted\." + "org",
        r"pypi[\w.-]*(/\w+)*/" + "simple",
        r"(?<![\w.)}])/(home|Users)" + r"/\w",
        r"(?<![\w.)}])/(root|work)" + r"/\w",
    ))
)  # fmt: skip


def test_nothing_tells_of_the_machine_it_was_made_on():
    """No registry's address and no home folder in any file that is or would be committed."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    found = {}
    for name in names:
        try:
            content = (ROOT / name).read_text(encoding="utf-8")
        except (UnicodeDecodeError, FileNotFoundError):
            continue
        if told := PRIVATE.search(content):
            found[name] = told.group()
    assert names
    assert not found


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt", "requirements-prefect.txt"])
def test_requirements_are_exact(name: str):
    """The same versions everywhere, until someone decides otherwise."""
    lines = [line for line in (ROOT / name).read_text().splitlines() if line and not line.lstrip().startswith("#")]

    assert lines
    assert [line for line in lines if not re.match(r"[a-z0-9-]+(\[[a-z,]+\])?==[\w.]+( ;.*)?$", line)] == []


@pytest.mark.parametrize("name", ["requirements.in", "requirements-dev.in", "requirements-prefect.in"])
def test_each_requirement_has_its_reason(name: str):
    """A dependency without a reason cannot be removed, and one day cannot be kept."""
    lines = [line for line in (ROOT / name).read_text().splitlines() if line and not line.startswith(("#", "-c"))]

    assert lines
    assert [line for line in lines if not re.match(r"[a-z0-9-]+(\[[a-z0-9,]+\])?([<>=][\w.<>=,]*)?\s+# \w", line)] == []


@pytest.mark.parametrize("name", ["requirements", "requirements-dev", "requirements-prefect"])
def test_the_locks_hold_what_was_asked_for(name: str):
    """A line added to the input and not locked would be missing on the next machine."""
    asked = re.findall(r"^([a-z][a-z0-9-]+)", (ROOT / f"{name}.in").read_text(), re.MULTILINE)
    locked = re.findall(r"^([a-z0-9-]+)==", (ROOT / f"{name}.txt").read_text(), re.MULTILINE)

    assert set(asked) - set(locked) == set()


def test_prefects_environment_differs_where_it_must():
    """What both install is of one version, but for what Prefect cannot run with."""
    of_app, of_prefect = (
        dict(re.findall(r"^([a-z0-9-]+)==(\S+)", (ROOT / name).read_text(), re.MULTILINE))
        for name in ("requirements.txt", "requirements-prefect.txt")
    )

    other = {name for name in of_app.keys() & of_prefect.keys() if of_app[name] != of_prefect[name]}
    assert other == {"apprise", "sqlalchemy", "websockets"}
