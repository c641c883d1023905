"""What a person may choose as a name, which texts show nothing, and how a terminal is given either.

The rules look at every character, so check the length of a text before them.
"""

import json
import re
import unicodedata

_JOINERS = ("\u200c", "\u200d")

# What begins a change of direction, with what ends it.
_DIRECTIONS = {
    **dict.fromkeys(("\u202a", "\u202b", "\u202d", "\u202e"), "\u202c"),
    **dict.fromkeys(("\u2066", "\u2067", "\u2068"), "\u2069"),
}

# Control and format characters, halves of pairs, separators of lines and of paragraphs.
_UNFIT = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})

# The flag of a part of a country, such as Scotland: a black flag, the code of the part in tags, and the last tag.
# Source: Unicode Technical Standard 51, ED-14a.
_FLAG = re.compile("\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,7}\U000e007f")
_BLACK_FLAG = "\U0001f3f4"

# Where emoji stand; a Python older than an emoji knows only that something may come here.
_FIRST_EMOJI, _LAST_EMOJI = "\U0001f000", "\U0001faff"

# The canonical combining class of the sign that takes a consonant's vowel away, after which a joiner chooses its form.
_VIRAMA = 9

# Letters and symbols without a shape: fillers of Hangul, the empty pattern of Braille, a placeholder, an empty note.
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0\ufffc\U0001d159")

# Reserved for characters without a shape. Source: Default_Ignorable_Code_Point of the Unicode Character Database.
_IGNORED = re.compile("[\u2065\ufff0-\ufff8\U000e0000-\U000e0fff]")


def name_error(text: str) -> str | None:
    """What keeps a text from being a name, as a sentence goes on: `must not contain U+001B`. None for a name.

    A name shows something and has no control or format characters and no line breaks. Joiners may stand inside a
    word or an emoji, tags in a flag, and changes of direction where each is ended.
    """
    if shows_nothing(text):
        return "must show something"
    if text.isprintable():
        return None
    begun: list[str] = []
    text = _FLAG.sub(_BLACK_FLAG, text)
    for place, character in enumerate(text):
        if unicodedata.category(character) not in _UNFIT:
            continue
        if character in _JOINERS and _is_inside_word(text, place):
            continue
        if character in _DIRECTIONS:
            begun.append(character)
        elif begun and character == _DIRECTIONS[begun[-1]]:
            begun.pop()
        else:
            return f"must not contain {_code_point(character)}"
    if begun:
        return f"must not contain {_code_point(begun[-1])} without {_code_point(_DIRECTIONS[begun[-1]])} after it"
    return None


def shows_nothing(text: str) -> bool:
    """Whether a reader sees nothing: the text is empty, or all spaces, fillers, controls and marks without a letter."""
    return not any(_is_shown(character) for character in text)


def for_terminal(text: str) -> str:
    r"""The text as one line: as it is where it could be a name, else with what is not shown escaped, as `\x1b`."""
    return text if name_error(text) is None else one_line(text)


def one_line(text: str) -> str:
    r"""The text with everything escaped that is not shown, as `\n` and `\u202e`; logs are written so."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def json_for_terminal(text: str) -> str:
    r"""The same JSON, in which everything that is not shown is escaped, as `\u202e`; its lines stay lines."""
    return "".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text)


def _is_shown(character: str) -> bool:
    category = unicodedata.category(character)
    if category[0] in "MZ" or category in ("Cc", "Cf"):
        return False
    return character not in _BLANK and not _IGNORED.match(character)


def _is_inside_word(text: str, place: int) -> bool:
    """Whether a joiner has something to join: on both sides, or before it where it chooses a consonant's form."""
    before, after = text[max(place - 1, 0) : place], text[place + 1 : place + 2]
    if before and unicodedata.combining(before) == _VIRAMA:
        return True
    return _is_of_word(before) and _is_of_word(after)


def _is_of_word(character: str) -> bool:
    """Whether this is a letter, mark, digit or symbol, emoji among them."""
    if not character:
        return False
    category = unicodedata.category(character)
    return category[0] in "LMN" or category in ("So", "Sm") or _FIRST_EMOJI <= character <= _LAST_EMOJI


def _code_point(character: str) -> str:
    return f"U+{ord(character):04X}"
