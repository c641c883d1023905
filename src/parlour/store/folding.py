"""Folds text for searching, so that both databases find the same: `Müller`, `MULLER` and `muller` are one word.

A text becomes words. A run of Chinese, Japanese or Korean has no spaces between its words, so it becomes overlapping
pairs of letters and its last letter: `東京都` is `東京 京都 都`. A text to search for becomes phrases of such words.

The folded form is stored. A change of the rules here needs a migration that makes it anew.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

# The longest that PostgreSQL takes in any script. Longer words are found by this beginning.
LONGEST_WORD = 64

# What PostgreSQL keeps of one text: places up to 16,383, and 255 of one word. Both databases leave out the rest.
MOST_WORDS = 16_000
MOST_OF_ONE_WORD = 255

LEFT_OUT = "\ue000"
"""Stands for a word that is left out, so that its neighbours do not become neighbours. No text has this word."""

# The marks that make other letters of kana: they do not fall away like accents.
_VOICED = "\u3099\u309a"

# Letters without a decomposition. Case is folded before.
_PLAIN = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ß": "ss"}
)

# Neither part of a word nor the end of one, like format characters: the filler of lines in Arabic, the joiner of marks,
# and selectors of variants.
_IGNORED = re.compile("[\u0640\u034f\u180b-\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")

# Ideographs, kana and Hangul, without the punctuation between them.
_UNSPACED = (
    "\u3005-\u3007\u3041-\u309a\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3105-\u312f\u31a0-\u31bf\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U000323af"
)
_RUN = re.compile(f"([{_UNSPACED}]+)|[^{_UNSPACED} ]+")

# Hangul vowels and final consonants, which join the letter before them.
_FIRST_JOINING, _LAST_JOINING = "\u1160", "\u11ff"


@dataclass(frozen=True, slots=True)
class Place:
    """A part of a text, in code points."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words beside each other. With `is_open` the last one may go on."""

    words: tuple[str, ...]
    is_open: bool


def words_of(text: str) -> list[str]:
    """The words under which a text is found, in order."""
    folded = _folded(text)
    if folded.isascii():
        words = folded.split()
        return _kept(words if len(folded) <= LONGEST_WORD else [word[:LONGEST_WORD] for word in words])
    words = []
    for run in _RUN.finditer(folded):
        if run[1] is None:
            words.append(run[0][:LONGEST_WORD])
        else:
            words += [run[1][index : index + 2] for index in range(len(run[1]))]
    return _kept(words)


def phrase_of(text: str, *, is_open: bool) -> Phrase | None:
    """The phrase that finds `text` in others, or None if it has no word.

    With `is_open` its last word also finds longer ones. A letter of Chinese, Japanese or Korean is found everywhere.
    """
    folded = _folded(text)
    words = [word for word, _, _ in _placed(folded)]
    if not words:
        return None
    run = re.search(f"[{_UNSPACED}]+$", folded.rstrip())
    if run is None:
        return Phrase(tuple(words), is_open)
    # In the text that is searched, its last letter may be followed by others.
    is_single = len(run[0]) == 1
    return Phrase(tuple(words if is_single else words[:-1]), is_open=is_single)


def places_in(text: str, phrases: Iterable[Phrase]) -> list[Place]:
    """The parts of a text that the phrases find, in order, without overlaps."""
    folded, origins = _folded_with_origins(text)
    placed = list(_placed(folded))
    words = _kept([word for word, _, _ in placed])
    found = []
    for phrase in phrases:
        for first in _starts(words, phrase):
            last = first + len(phrase.words) - 1
            found.append(Place(origins[placed[first][1]].start, origins[_end(placed[last], phrase) - 1].end))
    return _united(found)


def matches(words: Sequence[str], phrase: Phrase) -> bool:
    """Whether a phrase finds a text with these words."""
    return next(_starts(words, phrase), None) is not None


def _starts(words: Sequence[str], phrase: Phrase) -> Iterator[int]:
    """Where the phrase begins among the words."""
    sought, size = list(phrase.words), len(phrase.words)
    for first in range(len(words) - size + 1):
        if words[first] != sought[0] and size > 1:
            continue
        last = words[first + size - 1]
        if list(words[first : first + size - 1]) != sought[:-1]:
            continue
        if last == sought[-1] or (phrase.is_open and last.startswith(sought[-1])):
            yield first


def _end(placed: tuple[str, int, int], phrase: Phrase) -> int:
    """The end of a phrase in the folded text. Of an open last word, only the part that was searched for is found."""
    word, start, end = placed
    return start + len(phrase.words[-1]) if phrase.is_open and len(word) < LONGEST_WORD else end


def _united(places: list[Place]) -> list[Place]:
    united: list[Place] = []
    for place in sorted(places, key=lambda each: (each.start, -each.end)):
        if united and place.start < united[-1].end:
            united[-1] = Place(united[-1].start, max(place.end, united[-1].end))
        else:
            united.append(place)
    return united


def _kept(words: list[str]) -> list[str]:
    if len(words) <= MOST_OF_ONE_WORD:
        return words
    del words[MOST_WORDS:]
    counted: Counter[str] = Counter()
    for index, word in enumerate(words):
        counted[word] += 1
        if counted[word] > MOST_OF_ONE_WORD:
            words[index] = LEFT_OUT
    return words


def _placed(folded: str) -> Iterator[tuple[str, int, int]]:
    """The words of a folded text, each with its start and end there."""
    for run in _RUN.finditer(folded):
        start, end = run.span()
        if run[1] is None:
            yield run[0][:LONGEST_WORD], start, end
            continue
        for index in range(start, end):
            yield folded[index : min(index + 2, end)], index, min(index + 2, end)


class _Folds(dict[int, str]):
    """The folded form of each character, which is found once. A character between words becomes a space."""

    def __missing__(self, code: int) -> str:
        folded = self[code] = "".join(map(_in_word, _letters(chr(code))))
        return folded


def _letters(character: str) -> str:
    decomposed = unicodedata.normalize("NFKD", character)
    kept = "".join(each for each in decomposed if not unicodedata.combining(each) or each in _VOICED)
    return unicodedata.normalize("NFC", kept.casefold().translate(_PLAIN))


def _in_word(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Cf" or _IGNORED.match(character):
        return ""
    return character if character.isalnum() or category[0] == "M" else " "


_FOLDS = _Folds()

# Each character of ASCII folds to one.
_ASCII_FOLDS = "".join(_FOLDS[code] for code in range(128)).encode() + bytes(range(128, 256))


def _folded(text: str) -> str:
    """A text of words with single or several spaces between them."""
    if text.isascii():
        # Six times as fast for a message of the usual length.
        return text.encode().translate(_ASCII_FOLDS).decode()
    return unicodedata.normalize("NFKC", text).translate(_FOLDS)


def _folded_with_origins(text: str) -> tuple[str, list[Place]]:
    """The folded text, with the part of the text that each of its characters comes from."""
    if text.isascii():
        # Each character by itself. The other way takes 210 us for 100 letters, and a page has 50 messages.
        return _folded(text), [Place(index, index + 1) for index in range(len(text))]
    folded, origins = [], []
    for place in _composed(text):
        for character in unicodedata.normalize("NFKC", text[place.start : place.end]):
            letters = _FOLDS[ord(character)]
            folded.append(letters)
            origins += [place] * len(letters)
    return "".join(folded), origins


def _composed(text: str) -> Iterator[Place]:
    """The parts of a text that are composed each for itself: a letter with all that joins it."""
    start = 0
    for index in range(1, len(text)):
        if not _joins(text[index]):
            yield Place(start, index)
            start = index
    if text:
        yield Place(start, len(text))


def _joins(character: str) -> bool:
    if character.isascii():
        return False
    first = unicodedata.normalize("NFKD", character)[0]
    return unicodedata.category(first)[0] == "M" or _FIRST_JOINING <= first <= _LAST_JOINING
