"""What a username, a mail and a name may be."""

import time

import pytest

from errors import FieldRefused
from services import identity


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Anna", "anna"),
        (" anna ", "anna"),
        ("ＡＮＮＡ", "anna"),
        ("ANNA_b-2.c", "anna_b-2.c"),
        ("Straße", "strasse"),
        ("KILIÇ", "kiliç"),
        ("kılıç", "kiliç"),
        ("İpek", "ipek"),
        ("e\u0301lodie", "élodie"),
        ("ΣΊΣΥΦΟΣ", "σίσυφοσ"),
        ("Иван", "иван"),
        ("山田たろう", "山田たろう"),
        ("サトー", "サトー"),
        ("김철수", "김철수"),
        ("عَلِي", "عَلِي"),
        ("प्रिया", "प्रिया"),
        ("Nguyễn", "nguyễn"),
    ],
)
def test_usernames_of_any_script_have_one_form(typed: str, kept: str):
    """However it was typed, the same person is found."""
    assert identity.username(typed) == kept
    assert identity.username(kept) == kept


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("a", "short"),
        ("x" * 65, "long"),
        ("ﷺ" * 10, "long"),
        ("山" * 27, "long"),
        ("a b", "characters"),
        ("a@b.fr", "characters"),
        ("../etc", "characters"),
        ("a/b", "characters"),
        (".anna", "characters"),
        ("anna.", "characters"),
        ("-nobody", "characters"),
        ("anna\r\nBcc: x", "characters"),
        ("an\0na", "characters"),
        ("an\u200bna", "characters"),
        ("anna\u202e", "characters"),
        ("<b>anna</b>", "characters"),
        ("😀😀", "characters"),
        ("аnna", "scripts"),
        ("annα", "scripts"),
        ("аррӏе".replace("ӏ", "l"), "scripts"),
        ("сосо", "lookalike"),
        ("ɑnnɑ", "lookalike"),
        ("ann\u0327\u0327\u0327a", "lookalike"),
        ("12\ufe0f", "lookalike"),
        ("김\u3164", "lookalike"),
    ],
)
def test_a_username_that_cannot_be_told_apart_or_written_is_refused(typed: str, reason: str):
    """Look-alikes, invisible signs, other people's markup and paths."""
    with pytest.raises(FieldRefused) as refused:
        identity.username(typed)

    assert (refused.value.field, refused.value.reason) == ("username", reason)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Anna@Example.ORG", "anna@example.org"),
        (" anna+fuel@sub.example.org ", "anna+fuel@sub.example.org"),
        ("o'neil@example.org", "o'neil@example.org"),
        ("иван@почта.рф", "иван@почта.рф"),
        ("info@münchen.de", "info@münchen.de"),
    ],
)
def test_mails_are_kept_in_small_letters(typed: str, kept: str):
    """One mailbox, one account."""
    assert identity.mail(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "", "anna", "anna@", "@example.org", "anna@example", "a b@example.org", "anna@exa mple.org", "a@b@example.org",
        "anna@example.org\nBcc: all@example.org", "anna@example.org\r\n\r\nHello", "anna@example.org,eve@example.org",
        "Anna <anna@example.org>", '"anna"@example.org', "anna@-example.org", "anna@example..org", ".anna@example.org",
        "an\0na@example.org", "anna@exаmple.org", "аnna@example.org", "anna@straße.de", "ａnna@example.org",
        "anna@example.org\u202e", "kıl@example.org", "x" * 65 + "@example.org", "anna@" + "x" * 260 + ".org",
    ],
)  # fmt: skip
def test_a_mail_that_is_none_or_poses_as_another_is_refused(typed: str):
    """No header can be smuggled in, and no two mailboxes count as one."""
    with pytest.raises(FieldRefused) as refused:
        identity.mail(typed)

    assert refused.value.field == "mail"


@pytest.mark.parametrize(
    "typed",
    ["Anna Müller", "D'Artagnan-Bélier, 3e", "Иван Anna", "山田 太郎", "علی\u200cرضا", "<b>Bobby</b>", "Zoé 🚗"],
)
def test_names_are_as_people_write_them(typed: str):
    """Any script, mixed or not; markup is text, and drawn as text."""
    assert identity.name(typed) == typed


@pytest.mark.parametrize(
    "typed", ["", " \t ", "Anna\nBcc: x", "An\rna", "An\0na", "Anna\u202e", "x" * 121, "a\u2028b", "\u3164"]
)
def test_a_name_is_one_visible_line(typed: str):
    """No line ends for a mail's header, no signs that turn the writing of what follows."""
    with pytest.raises(FieldRefused):
        identity.name(typed)


@pytest.mark.parametrize("check", [identity.username, identity.mail, identity.name])
@pytest.mark.parametrize("sign", ["a", "é", "ﷺ", "\u0301", "@", " "])
def test_a_megabyte_is_refused_at_once(check, sign: str):
    """Nothing slow is done with it first."""
    started = time.perf_counter()
    with pytest.raises(FieldRefused):
        check(sign * 1_000_000)

    assert time.perf_counter() - started < 0.1


@pytest.mark.parametrize("name", ["anna", "élodie", "山" * 26, "x" * 64])
def test_a_key_fits_a_file_name_and_leads_back(name: str):
    """A file's name has 255 bytes."""
    from services.credentials import username_of

    key = identity.key_of(name)

    assert key.isascii()
    assert len(key.removeprefix("users/")) <= 255
    assert username_of(key) == name


@pytest.mark.parametrize(
    "key", ["users/Anna.yaml", "users/%41nna.yaml", "users/%ff.yaml", "users/anna.txt", "users/a b.yaml"]
)
def test_a_key_that_no_sign_in_would_look_under_is_nobodys(key: str):
    """Written by hand, it can be read but never be found."""
    from services.credentials import username_of

    assert username_of(key) is None
