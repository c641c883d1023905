"""Counts the characters of a text as a person does: `é`, `👩‍👩‍👧`, a flag and `क्षि` are one each.

These are nearly the extended grapheme clusters of Unicode. Unlike those, every mark joins the character before it, and
so does any emoji after a joiner. Source: Unicode Standard Annex #29, 3.
"""

import re
import unicodedata
from collections.abc import Iterable

# No character in use is longer: two kissing people of different skin tones have 35 bytes.
LONGEST_BYTES = 40
"""The bytes of UTF-8 to allow for a character, so that a limit on characters also bounds the memory."""

_BLOCKS_OF_MARKS = (
    (0x0300, 0x3100),
    (0xA600, 0xAC00),
    (0xFB00, 0x10000),
    (0x10000, 0x12000),
    (0x16000, 0x17000),
    (0x1B000, 0x1F000),
)
"""The Unicode blocks that contain marks, except tags and variation selectors."""


def _marks() -> Iterable[int]:
    for first, end in _BLOCKS_OF_MARKS:
        yield from (code for code in range(first, end) if unicodedata.category(chr(code)) in ("Mn", "Mc", "Me"))


def _ranges(codes: Iterable[int]) -> str:
    """The ascending codes, as ranges between the brackets of a regular expression."""
    found: list[tuple[int, int]] = []
    for code in codes:
        if found and found[-1][1] == code - 1:
            found[-1] = (found[-1][0], code)
        else:
            found.append((code, code))
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in found)


# Marks, half-width voice marks, skin tones, tags, variation selectors and the zero-width non-joiner.
_EXTENDING = (
    _ranges(_marks()) + "\u0e33\u0eb3\u200c\uff9e\uff9f\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f\U000e0100-\U000e01ef"
)
_JOINER = "\u200d"
_EMOJI = "\xa9\xae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u23ff\u24c2\u25a0-\u27bf\u2900-\u297f\u2b00-\u2bff"
_EMOJI += "\u3030\u303d\u3297\u3299\U0001f000-\U0001f1e5\U0001f200-\U0001f3fa\U0001f400-\U0001faff"
# The signs that join consonants, and these consonants, in the six scripts that write them as one character.
_BINDING = "\u094d\u09cd\u0acd\u0b4d\u0c4d\u0d4d"
_CONSONANT = "\u0915-\u0939\u0958-\u095f\u0978-\u097f\u0995-\u09b9\u09dc-\u09df\u09f0\u09f1\u0a95-\u0ab9\u0af9"
_CONSONANT += "\u0b15-\u0b39\u0b5c-\u0b5f\u0b71\u0c15-\u0c39\u0c58-\u0c5a\u0d15-\u0d3a"
# Hangul: the leading consonants, vowels and trailing consonants of syllables, and whole syllables.
_FIRST, _VOWEL, _LAST, _SYLLABLE = (
    "\u1100-\u115f\ua960-\ua97c",
    "\u1160-\u11a7\ud7b0-\ud7c6",
    "\u11a8-\u11ff\ud7cb-\ud7fb",
    "\uac00-\ud7a3",
)
_CONTROL = "\\x00-\\x1f\\x7f-\\x9f\u2028\u2029"

# Code points that belong to the character before them. Each alternative looks back at most two characters and never
# backtracks, so the time is linear in the text.
_JOINED = re.compile(
    rf"(?<=\r)\n"
    rf"|(?<=[{_EMOJI}])(?:[{_EXTENDING}]*+{_JOINER}[{_EMOJI}])++"
    rf"|(?<=[^{_CONTROL}])[{_EXTENDING}{_JOINER}]++"
    rf"|(?:(?<=[{_BINDING}])|(?<=[{_BINDING}]{_JOINER}))[{_CONSONANT}]"
    rf"|(?<=[{_FIRST}])[{_FIRST}{_VOWEL}{_SYLLABLE}]"
    rf"|(?<=[{_VOWEL}{_SYLLABLE}])[{_VOWEL}{_LAST}]"
    rf"|(?<=[{_LAST}])[{_LAST}]"
)
_FLAG = re.compile("[\U0001f1e6-\U0001f1ff]{2}")


def count(text: str) -> int:
    """The number of characters that a person counts in a text, in linear time."""
    if text.isascii():
        return len(text) - text.count("\r\n")
    return len(_JOINED.sub("", text)) - len(_FLAG.findall(text))
