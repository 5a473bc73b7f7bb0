"""What a username, a mail and a name may be, and the one form in which they are compared and kept."""

import re
import unicodedata

from errors import FieldRefused

USERNAME_LENGTHS = (2, 64)
# A character of the key takes three bytes a byte of UTF-8, and a file's name has 255.
USERNAME_MOST_BYTES = 80
MAIL_MOST = 254
LOCAL_MOST = 64
LABEL_MOST = 63
NAME_MOST = 120

# Scripts that are written together; everything else stands alone.
TOGETHER = (
    {"CJK", "HIRAGANA", "KATAKANA"},
    {"CJK", "HANGUL"},
    {"CJK", "BOPOMOFO"},
)
# First words of Unicode's names that are another script's.
SAME_AS = {"IDEOGRAPHIC": "CJK", "EXTENDED": "ARABIC"}
# Latin letters beyond these are phonetic and historic ones: doubles of the ordinary.
LATIN_BLOCKS = (range(0x0250), range(0x1E00, 0x1F00))
# Small letters of other scripts that nobody tells from Latin ones; a word made of these alone poses as Latin.
LATIN_DOUBLES = frozenset("асеһіјӏорԛѕԝхуԁѵґ" + "οναιυρκχ")
# Letters and marks that show nothing: with them two names differ that no eye tells apart.
INVISIBLE = frozenset(
    chr(code)
    for block in (range(0x115F, 0x1161), range(0x17B4, 0x17B6), range(0x180B, 0x1810), range(0xFE00, 0xFE10),
                  range(0x3164, 0x3165), range(0xFFA0, 0xFFA1), range(0xE0100, 0xE01F0), range(0x034F, 0x0350))
    for code in block
)  # fmt: skip
JOINERS = "\u200c\u200d"
"""Invisible, but Persian and the languages of India are misspelt without them."""
EMOJI_STYLE = "\ufe0f"
LOCAL_PART = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+(\.[\w!#$%&'*+/=?^`{|}~-]+)*")
LABEL = re.compile(r"[^\W_]([\w-]*[^\W_])?")


def folded(text: str) -> str:
    """The form in which usernames are compared and kept: without case, width and the two dots of a Turkish i."""
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return plain.replace("i\u0307", "i").replace("ı", "i")


def username(text: str) -> str:
    """The folded username. Raises FieldRefused for what cannot be one."""
    _bound("username", text, USERNAME_LENGTHS[1])
    name = folded(text.strip())
    shortest, longest = USERNAME_LENGTHS
    if len(name) < shortest:
        raise FieldRefused("username", "short" if name else "empty")
    if len(name) > longest or len(name.encode(errors="replace")) > USERNAME_MOST_BYTES:
        raise FieldRefused("username", "long")
    # Spaces, signs, `@` and whatever is invisible: a username is never taken for a mail or a path.
    if not all(_is_letter(sign) or sign in "._-" for sign in name) or not name[0].isalnum() or name.endswith("."):
        raise FieldRefused("username", "characters")
    _check_script("username", name)
    return name


def mail(text: str) -> str:
    """The mail in small letters, the form in which it is compared, kept and written to. Raises FieldRefused."""
    _bound("mail", text, MAIL_MOST)
    address = text.strip().lower()
    if not address:
        raise FieldRefused("mail", "empty")
    if len(address) > MAIL_MOST:
        raise FieldRefused("mail", "long")
    local, at, domain = address.rpartition("@")
    labels = domain.split(".")
    is_well_formed = (
        at
        and len(local) <= LOCAL_MOST
        and LOCAL_PART.fullmatch(local)
        and len(labels) > 1
        and all(len(label) <= LABEL_MOST and LABEL.fullmatch(label) for label in labels)
    )
    if not is_well_formed:
        raise FieldRefused("mail", "form")
    # Where folding changes more than case, two mailboxes of two people would count as one (ß and ss in a domain).
    if folded(address) != address:
        raise FieldRefused("mail", "lookalike")
    for part in (local, *labels):
        _check_script("mail", part)
    return address


def name(text: str) -> str:
    """A person's name as they write it, in one line. Raises FieldRefused for what no name has."""
    _bound("name", text, NAME_MOST)
    if any(_is_unfit(sign) for sign in text.strip()):
        raise FieldRefused("name", "characters")
    line = " ".join(unicodedata.normalize("NFC", text).split())
    if not line:
        raise FieldRefused("name", "empty")
    if len(line) > NAME_MOST:
        raise FieldRefused("name", "long")
    return line


def key_of(name: str) -> str:
    """Where the credentials of this folded username lie in the store."""
    encoded = "".join(sign if sign.isascii() else "".join(f"%{byte:02X}" for byte in sign.encode()) for sign in name)
    return f"users/{encoded}.yaml"


def _bound(field: str, text: str, longest: int) -> None:
    # Before any work on it: a megabyte is refused as quickly as a letter.
    if len(text) > 4 * longest:
        raise FieldRefused(field, "long")


def _is_unfit(sign: str) -> bool:
    # Control, format (among them those that turn the direction of writing), surrogate, private, unassigned, line ends.
    if sign in INVISIBLE:
        return sign != EMOJI_STYLE
    return sign not in JOINERS and unicodedata.category(sign) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def _is_letter(sign: str) -> bool:
    return unicodedata.category(sign)[0] in "LM" or sign.isdecimal()


def _check_script(field: str, text: str) -> None:
    """One script, or those that are written together; no letters that pose as others."""
    scripts = {_script(sign) for sign in text if not sign.isascii()}
    if any(sign.isascii() and sign.isalpha() for sign in text):
        scripts.add("LATIN")
    if "COMBINING" in scripts or any(sign in INVISIBLE for sign in text):
        raise FieldRefused(field, "lookalike")
    if len(scripts) > 1 and not any(scripts <= family for family in TOGETHER):
        raise FieldRefused(field, "scripts")
    if any(_script(sign) == "LATIN" and _is_odd_latin(sign) for sign in text):
        raise FieldRefused(field, "lookalike")
    letters = {sign for sign in text if sign.isalpha()}
    if letters and letters <= LATIN_DOUBLES:
        raise FieldRefused(field, "lookalike")


def _script(sign: str) -> str:
    word = unicodedata.name(sign, "UNKNOWN").replace("-", " ").split()[0]
    return SAME_AS.get(word, word)


def _is_odd_latin(sign: str) -> bool:
    return not any(ord(sign) in block for block in LATIN_BLOCKS)
