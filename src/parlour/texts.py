"""Checks names and texts that people choose, and escapes them for terminals and logs.

The rules read every character, so check the length of a text first.
"""

import json
import re
import unicodedata

_JOINERS = ("\u200c", "\u200d")

# The characters that begin a change of direction, with those that end it.
_DIRECTIONS = {
    **dict.fromkeys(("\u202a", "\u202b", "\u202d", "\u202e"), "\u202c"),
    **dict.fromkeys(("\u2066", "\u2067", "\u2068"), "\u2069"),
}

# Control and format characters, surrogates, line and paragraph separators.
_UNFIT = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})

# The flag of a region, such as Scotland: a black flag, the region's code in tags, and the end tag. Source: Unicode
# Technical Standard 51, ED-14a.
_FLAG = re.compile("\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,7}\U000e007f")
_BLACK_FLAG = "\U0001f3f4"

# The range of emoji. A Python older than an emoji sees it as unassigned.
_FIRST_EMOJI, _LAST_EMOJI = "\U0001f000", "\U0001faff"

# The canonical combining class of the virama, which removes a consonant's vowel. A joiner after it chooses the form.
_VIRAMA = 9

# Invisible letters and symbols: Hangul fillers, the empty Braille pattern, a placeholder, an empty note.
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0\ufffc\U0001d159")

# Reserved for invisible characters. Source: Default_Ignorable_Code_Point of the Unicode Character Database.
_IGNORED = re.compile("[\u2065\ufff0-\ufff8\U000e0000-\U000e0fff]")


def name_error(text: str) -> str | None:
    """The reason why a text is not a valid name, as the end of a sentence: `must not contain U+001B`. None if it is
    valid.

    A name is visible and has no control or format characters and no line breaks. Joiners are allowed inside words and
    emoji, tags in flags, and changes of direction if each is ended.
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
    """Whether a text is invisible: empty, or only spaces, fillers, controls and marks without a letter."""
    # Nearly all texts begin with a letter of ASCII.
    if text[:1].isascii() and text[:1].isalnum():
        return False
    return not any(_is_shown(character) for character in text)


def for_terminal(text: str) -> str:
    r"""The text as one line: unchanged if it is a valid name, else with invisible characters escaped, as `\x1b`."""
    return text if name_error(text) is None else one_line(text)


def one_line(text: str) -> str:
    r"""The text with all invisible characters escaped, as `\n` and `\u202e`. Logs use it."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def json_for_terminal(text: str) -> str:
    r"""The same JSON with invisible characters escaped, as `\u202e`, except line breaks."""
    return "".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text)


def _is_shown(character: str) -> bool:
    category = unicodedata.category(character)
    if category[0] in "MZ" or category in ("Cc", "Cf"):
        return False
    return character not in _BLANK and not _IGNORED.match(character)


def _is_inside_word(text: str, place: int) -> bool:
    """Whether a joiner has characters to join on both sides, or follows a virama and chooses a consonant's form."""
    before, after = text[max(place - 1, 0) : place], text[place + 1 : place + 2]
    if before and unicodedata.combining(before) == _VIRAMA:
        return True
    return _is_of_word(before) and _is_of_word(after)


def _is_of_word(character: str) -> bool:
    """Whether this is a letter, mark, digit or symbol, including emoji."""
    if not character:
        return False
    category = unicodedata.category(character)
    return category[0] in "LMN" or category in ("So", "Sm") or _FIRST_EMOJI <= character <= _LAST_EMOJI


def _code_point(character: str) -> str:
    return f"U+{ord(character):04X}"
