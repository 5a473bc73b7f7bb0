"""The mails: complete in both languages, plain, and nobody's but ours."""

import re
from html.parser import HTMLParser

import pytest

from texts import LANGUAGES
from texts.letters import FOLDER, LONGEST_VALUE, Item, Letter, Link, letter, names, one_line, placeholders

NAMES = sorted(names())
EACH = pytest.mark.parametrize(("name", "language"), [(name, language) for name in NAMES for language in LANGUAGES])


def _read(name: str, language: str, kind: str) -> str:
    return FOLDER.joinpath(f"{name}.{language}.{kind}").read_text(encoding="utf-8")


def _filled(name: str, language: str, value: str = "✓") -> Letter:
    return letter(name, language, **dict.fromkeys(placeholders(_read(name, language, "txt")), value))


def test_every_occasion_has_its_mail():
    """What the accounts tell by mail, and prices."""
    assert set(NAMES) == {
        "verify_mail",
        "reset_password",
        "reset_link",
        "password_changed",
        "username_reminder",
        "account_deleted",
        "mail_changed",
        "alert",
    }


def test_every_mail_is_in_every_language_and_both_forms():
    """No file is missing, none left over."""
    there = {file.name for file in FOLDER.iterdir()}

    assert there == {
        f"{name}.{language}.{kind}" for name in NAMES for language in LANGUAGES for kind in ("txt", "html")
    }


@pytest.mark.parametrize("name", NAMES)
def test_languages_and_forms_fill_in_the_same_things(name: str):
    """A code that one of them lacks would be a mail in vain."""
    # A subject that is put together stands on the first line of the text alone.
    wanted = [
        placeholders(_read(name, language, kind)) - {"subject"} for language in LANGUAGES for kind in ("txt", "html")
    ]

    assert all(found == wanted[0] for found in wanted)


@EACH
def test_a_mail_is_short_whole_and_without_links(name: str, language: str):
    """Subject, words, and nothing to click: who gets used to links in our mails will click another's."""
    made = _filled(name, language)

    assert 0 < len(made.subject) <= 60
    assert "\n" not in made.subject
    assert made.text.strip()
    for words in (made.subject, made.text, made.html):
        assert not re.search(r"https?:|www\.|href|src=|[{}]", words)
    assert f'<html lang="{language}">' in made.html


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.is_body = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.is_body = self.is_body or tag == "body"

    def handle_data(self, data: str) -> None:
        if self.is_body:
            self.words.extend(data.split())


@EACH
def test_both_forms_say_the_same(name: str, language: str):
    """Word by word."""
    made = _filled(name, language)
    parser = _Words()
    parser.feed(made.html)

    assert parser.words == made.text.split()


@EACH
def test_what_is_filled_in_is_escaped(name: str, language: str):
    """Whatever somebody called themselves."""
    made = _filled(name, language, "<script>\"&'")

    assert "<script>" not in made.html
    if placeholders(_read(name, language, "txt")):
        assert "&lt;script&gt;&quot;&amp;&#x27;" in made.html
        assert "<script>\"&'" in made.text


@pytest.mark.parametrize("name", NAMES)
def test_french_mails_are_set_in_french(name: str):
    """Curly apostrophes, and no break before two-part signs and inside quotes."""
    made = _filled(name, "fr")

    assert not set(made.subject + made.text) & {"'", '"'}
    assert not re.search(r"[^\u00a0][;!?»]|[^\u00a0]:(?=\s|$)|«[^\u00a0]", made.text)


@pytest.mark.parametrize("values", [{}, {"code": "1"}, {"code": "1", "minutes": 10, "name": "Ada"}])
def test_a_mail_gets_what_it_wants_and_no_more(values: dict[str, object]):
    """A mistake in the code is found by its first test."""
    with pytest.raises(KeyError):
        letter("verify_mail", "fr", **values)


@pytest.mark.parametrize("name", ["nothing", "../fr", ""])
def test_an_unknown_mail_is_an_error(name: str):
    """No path leads out of the folder."""
    with pytest.raises(KeyError):
        letter(name, "fr")


@pytest.mark.parametrize("language", ["de", "", "../../en"])
def test_an_unknown_language_is_french(language: str):
    """A mail in the wrong language is better than none."""
    assert letter("mail_changed", language, username="a") == letter("mail_changed", "fr", username="a")


def test_a_value_is_one_line():
    """No control signs, no reversed text, no megabyte."""
    assert one_line("a\r\nb\tc\x00\x1b[31m\u202ed \u2066e\ud800") == "a b c[31md e"
    assert len(one_line("x" * 1_000_000)) == LONGEST_VALUE
    assert one_line("Ada 👩‍💻 O’Née") == "Ada 👩‍💻 O’Née"


def test_what_a_mail_lists_reads_the_same_in_both_forms():
    """Only the mail about prices has links, each made by us; what is listed is escaped like all else."""
    items = (
        Item("A <b>", ("1,659 €", "below"), Link("See", "https://carburoam.example/station?id=1&x=2")),
        Item("B", ()),
    )
    values = {"subject": "S", "facts": items, "when": "today", "leave": Link("Stop", "")}

    made = letter("alert", "en", **values)

    assert "A <b>\n1,659 €\nbelow\nSee\nhttps://carburoam.example/station?id=1&x=2\n\nB\n" in made.text
    assert '<a href="https://carburoam.example/station?id=1&amp;x=2">See</a>' in made.html
    assert "<p><b>A &lt;b&gt;</b><br>" in made.html
    assert "\nStop\n" in made.text
    assert "<p>Stop</p>" in made.html
