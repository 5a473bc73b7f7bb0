"""The words of both languages: complete, used, and filled in with what the code gives them."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

from pipeline.transforms import STEPS as TRANSFORMS
from records import Amenity, Fuel
from services.admin_people import LinkWay
from services.cars import BOUNDS
from services.filter_words import AMENITIES, SWITCHES
from services.history import SPANS
from services.layers import Shade
from services.passwords import Strength
from services.ranking import Sort
from settings import ROOT
from texts import LANGUAGES, catalogue, text
from ui.admin_backups import CHANGES
from ui.admin_people import DEEDS
from ui.board_csv import COLUMNS, STATES
from ui.filter_picker import GROUPS
from ui.pictures import GUIDE
from ui.profile_car import FIGURES
from ui.sheets import PARTS

REFERENCE = catalogue(LANGUAGES[0])
SECTIONS = {key.partition(".")[0] for key in REFERENCE}
CODE = sorted(
    file
    for name in ("home.py", "server.py", "pages", "ui", "web", "services", "texts")
    for file in ([ROOT / name] if name.endswith(".py") else (ROOT / name).glob("**/*.py"))
)
TREES = {file: ast.parse(file.read_text(encoding="utf-8")) for file in CODE}
NODES = [(file, node) for file, tree in TREES.items() for node in ast.walk(tree)]


def _headings() -> list[str]:
    """What pages/about.py puts into `about.{}`: the first argument of its `section`."""
    return [
        str(node.args[0].value)
        for file, node in NODES
        if file.name == "about.py" and _name(node) == "section"
        if isinstance(node, ast.Call) and isinstance(node.args[0], ast.Constant)
    ]


def _name(node: ast.AST) -> str:
    return node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""


# Keys that the code puts together, each with all that can stand in its gap.
FAMILIES = {
    "admin.bytes_{}": ["kb", "mb"],
    "admin.outcome_{}": ["running", "loaded", "unchanged", "refused", "unreachable", "malformed", "failed"],
    "admin.ordered_{}": ["run", "stop", "restart"],
    "admin.backup_{}": ["missing", "foreign", "newer", "cut", "corrupt", "none"],
    "admin.change_{}": CHANGES,
    "admin.link_{}": [way.value for way in LinkWay if way is not LinkWay.MAIL],
    "admin.step_{}": [step.name for step in TRANSFORMS],
    "admin.stage_{}": ["download", "read", "load"],
    "admin.use_active_{}": ["1", "7", "30"],
    **{f"admin.{step}_{{}}": list(DEEDS) for step in ("do", "warn", "done")},
    "fuel.{}": [fuel.name.lower() for fuel in Fuel],
    "amenity.{}": [str(amenity.name).lower() for amenity in Amenity],
    "map.shade_{}": [value.name.lower() for value in Shade],
    "about.{}": _headings(),
    "about.step_{}": list(GUIDE),
    "about.step_{}_more": list(GUIDE),
    # Every reason that services.identity and services.passwords refuse a field for.
    "refused.{}": [
        *(f"name_{reason}" for reason in ("empty", "long", "characters")),
        *(f"mail_{reason}" for reason in ("empty", "long", "form", "scripts", "lookalike")),
        *(f"username_{reason}" for reason in ("empty", "short", "long", "characters", "scripts", "lookalike")),
        *(f"password_{reason}" for reason in ("short", "long", "characters", "common")),
        *("fill_l_above_tank", "position_form", "position_outside"),
        *("alert_price_form", "alert_gain_form"),
    ],
    "refused.figure_{}": list(BOUNDS),
    "car.{}": list(FIGURES),
    "notice.{}": ["base", "disk", "etl", "refused", "backup", "store"],
    "part.{}": list(PARTS.values()),
    "forgot.{}": ["password", "username"],
    "filter.{}": list(GROUPS),
    "filter.word_{}": [*SWITCHES, *AMENITIES],
    "filter.sort_{}": [sort.value for sort in Sort],
    "filter.sorted_{}": ["distance", "net"],
    "results.best_{}": ["distance", "net"],
    "history.span_{}": [str(days) for days in SPANS],
    "history.period_{}": ["day", "week", "month"],
    "csv.{}": [*COLUMNS, *STATES.values()],
    "register.{}": ["name", "mail", "username"],
    "strength.{}": [strength.name.lower() for strength in Strength],
}
BUILT = {pattern.format(gap) for pattern, gaps in FAMILIES.items() for gap in gaps}


def _patterns() -> set[str]:
    """Every f-string of the code that begins like a key."""
    found = set()
    for _, node in NODES:
        if isinstance(node, ast.JoinedStr):
            pattern = "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
            if re.fullmatch(rf"({'|'.join(SECTIONS)})\.[\w{{}}]+", pattern):
                found.add(pattern)
    return found


def _named() -> set[str]:
    """Every plain string of the code that looks like a key."""
    looks_like_one = re.compile(rf"({'|'.join(SECTIONS)})\.[a-z_0-9]*[a-z0-9]")
    strings = {node.value for _, node in NODES if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return {string for string in strings if looks_like_one.fullmatch(string)}


def _calls() -> Iterator[tuple[str, str, set[str]]]:
    """Every key that is said outright: where, which, and the names it is given."""
    for file, node in NODES:
        if _name(node) not in {"say", "text"} or not isinstance(node, ast.Call):
            continue
        first = node.args[0]
        keys = [first.body, first.orelse] if isinstance(first, ast.IfExp) else [first]
        given = {keyword.arg for keyword in node.keywords if keyword.arg}
        for key in keys:
            if isinstance(key, ast.Constant):
                yield f"{file.relative_to(ROOT)}:{node.lineno}", str(key.value), given


def _placeholders(words: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(words) if name is not None}


def test_languages_say_the_same_things():
    """The same keys in both files."""
    for language in LANGUAGES:
        assert catalogue(language).keys() == REFERENCE.keys()


@pytest.mark.parametrize("key", sorted(REFERENCE))
def test_languages_fill_in_the_same_things(key: str):
    """A placeholder that one language lacks would hide a figure from its readers."""
    assert len({frozenset(_placeholders(catalogue(language)[key])) for language in LANGUAGES}) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_says_something(language: str):
    """None is empty, and none begins or ends with a space."""
    assert {key: words for key, words in catalogue(language).items() if not words or words != words.strip()} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_can_be_filled_in(language: str):
    """No stray brace, no placeholder without a name, nothing left of a brace."""
    for key, words in catalogue(language).items():
        names = _placeholders(words)
        assert all(name.isidentifier() for name in names), key
        filled = text(key, language, **dict.fromkeys(names, "✓"))
        assert not set(filled) & {"{", "}"}, key
        assert filled.count("✓") >= len(names), key


def test_every_key_in_the_code_exists():
    """Written outright or put together."""
    assert _named() - REFERENCE.keys() == set()
    assert {key for _, key, _ in _calls()} - REFERENCE.keys() == set()
    assert BUILT - REFERENCE.keys() == set()


def test_every_family_of_keys_is_known_here():
    """A new f-string key must say what can stand in its gap, or nobody would notice a missing text."""
    assert _patterns() == FAMILIES.keys()
    assert all(FAMILIES.values())


def test_no_text_is_left_over():
    """What nobody says is not translated."""
    assert REFERENCE.keys() - _named() - BUILT == set()


def test_every_text_is_given_what_it_asks_for():
    """No figure missing, none given in vain."""
    wrong = [
        f"{where}: {key} given {sorted(given)}"
        for where, key, given in _calls()
        if given != _placeholders(REFERENCE[key])
    ]
    assert list(_calls())
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_a_name_and_a_way_to_it(language: str):
    """The switch is drawn in the language that it leads to."""
    assert text("language.name", language)
    assert text("language.to", language)


def test_french_is_set_in_french():
    """Curly apostrophes, angle quotes, and a space that does not break before two-part signs and inside quotes."""
    for key, words in REFERENCE.items():
        assert not set(words) & {"'", '"'}, key
        assert not re.search(r"[^\u00a0\u202f][;!?»%€]|[^\u00a0\u202f]:(?=\s|$)|«[^\u00a0\u202f]", words), key


def test_english_is_set_in_english():
    """No space before signs."""
    for key, words in catalogue("en").items():
        assert not re.search(r"\s[:;!?%]|[«»]", words), key


def test_an_unknown_key_is_an_error():
    """A reader must never see a key in the place of a word."""
    with pytest.raises(KeyError, match="nav\\.nowhere"):
        text("nav.nowhere")


def test_what_is_filled_in_is_not_read_again():
    """A name with braces is a name."""
    assert text("following.removed", "en", name="{saved} {0}") == "{saved} {0}: removed."


def test_languages_are_the_files_that_are_there():
    """One file a language, French first."""
    files = {file.stem for file in Path(ROOT / "texts").glob("*.toml")}

    assert LANGUAGES[0] == "fr"
    assert set(LANGUAGES) == files
