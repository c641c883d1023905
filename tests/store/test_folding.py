"""Words and phrases of texts in many scripts."""

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlour.store import folding
from parlour.store.folding import MOST_OF_ONE_WORD, MOST_WORDS, Place, matches, phrase_of, places_in, words_of

ONE_WORD = {
    "case": ("MULLER", "muller"),
    "an accent": ("M\u00fcller", "muller"),
    "an accent beside its letter": ("Mu\u0308ller", "muller"),
    "sharp s": ("Stra\u00dfe", "strasse"),
    "Danish": ("S\u00f8rens \u00c6r\u00f8", "sorens aero"),
    "Polish": ("\u0141\u00f3d\u017a", "lodz"),
    "Turkish": ("\u0130stanbul \u0131s\u0131", "istanbul isi"),
    "Icelandic": ("\u00deingvellir", "thingvellir"),
    "final sigma": ("\u039f\u03b4\u03cc\u03c2", "\u03bf\u03b4\u03bf\u03c3"),
    "Russian": ("\u0401\u043b\u043a\u0430", "\u0435\u043b\u043a\u0430"),
    "Hebrew points": ("\u05e9\u05c1\u05b8\u05dc\u05d5\u05b9\u05dd", "\u05e9\u05dc\u05d5\u05dd"),
    "Arabic vowels and fillers": ("\u0645\u064f\u062d\u0640\u0640\u0645\u062f", "\u0645\u062d\u0645\u062f"),
    "Hindi keeps its vowels": ("\u0939\u093f\u0928\u094d\u0926\u0940", "\u0939\u093f\u0928\u0926\u0940"),
    "wide letters": ("\uff21\uff22\uff11", "ab1"),
    "a ligature": ("\ufb01n", "fin"),
    "a soft hyphen": ("soft\xadhyphen", "softhyphen"),
    "a joiner": ("\u0645\u06cc\u200c\u062e\u0648", "\u0645\u06cc\u062e\u0648"),
    "punctuation": ("don't_stop: a@b.example!", "don t stop a b example"),
    "an emoji": ("well \U0001f44d\U0001f3fd done", "well done"),
    "a long word": ("x" * 1000, "x" * 64),
}

PAIRS = {
    "Chinese": ("\u4e0a\u6d77\u4e1c", "\u4e0a\u6d77 \u6d77\u4e1c \u4e1c"),
    "one letter": ("\u96e8", "\u96e8"),
    "Japanese": ("\u30bf\u30ef\u30fc\u3078", "\u30bf\u30ef \u30ef\u30fc \u30fc\u3078 \u3078"),
    "voiced kana stay": ("\u304c\u3051", "\u304c\u3051 \u3051"),
    "half-width kana": ("\uff76\uff9e\uff79", "\u30ac\u30b1 \u30b1"),
    "a mark beside its kana": ("\u304b\u3099\u3051", "\u304c\u3051 \u3051"),
    "Korean": ("\uc11c\uc6b8\uc5d0", "\uc11c\uc6b8 \uc6b8\uc5d0 \uc5d0"),
    "letters of Korean": ("\u1109\u1165\u110b\u116e\u11af", "\uc11c\uc6b8 \uc6b8"),
    "punctuation between": ("\u6771\u4eac\u30fb\u5927\u962a", "\u6771\u4eac \u4eac \u5927\u962a \u962a"),
    "beside other letters": ("gen\u540e50\u6761", "gen \u540e 50 \u6761"),
}


@pytest.mark.parametrize(("text", "words"), (ONE_WORD | PAIRS).values(), ids=ONE_WORD | PAIRS)
def test_a_text_becomes_words(text: str, words: str) -> None:
    assert words_of(text) == words.split()


# Sought, with the texts that it finds and those that it does not.
PHRASES = {
    "the beginning of a word": ("fras", ["Tisch fr\u00e4sen"], ["Tischfr\u00e4se"]),
    "several words": ("don't", ["I don't know", "dons, don thanks"], ["don", "t don"]),
    "an address": ("ann@acme.ex", ["write to Ann@Acme.example"], ["ann acm example"]),
    "a letter of Chinese": ("\u96e8", ["\u5927\u96e8", "\u96e8\u304c\u964d\u308b"], ["\u96ea"]),
    "two letters": ("\u4e0a\u6d77", ["\u6211\u5728\u4e0a\u6d77\u4e1c", "\u4e0a\u6d77"], ["\u4e0a\u4e1c\u6d77"]),
    "three letters": ("\u4e0a\u6d77\u4e1c", ["\u5728\u4e0a\u6d77\u4e1c\u8fb9"], ["\u4e0a\u6d77 \u6d77\u4e1c"]),
    "a run and a number": ("\u6771\u4eac20", ["\u6771\u4eac2024"], ["\u6771\u4eac\u90fd2024"]),
}


@pytest.mark.parametrize(("sought", "hits", "misses"), PHRASES.values(), ids=PHRASES)
def test_a_phrase_finds_the_texts_that_have_it(sought: str, hits: list[str], misses: list[str]) -> None:
    phrase = phrase_of(sought, is_open=True)

    assert phrase is not None
    assert [text for text in hits if not matches(words_of(text), phrase)] == []
    assert [text for text in misses if matches(words_of(text), phrase)] == []


def test_a_closed_phrase_finds_whole_words() -> None:
    phrase = phrase_of("quick ok", is_open=False)

    assert phrase is not None
    assert matches(words_of("Quick, OK!"), phrase)
    assert not matches(words_of("quick okay"), phrase)


def test_a_text_without_words_has_no_phrase() -> None:
    assert phrase_of("\U0001f44d \u2026 !", is_open=True) is None


@pytest.mark.parametrize(
    ("text", "sought", "found"),
    [
        ("Anna M\u00fcller", "mul", ["M\u00fcl"]),
        ("Anna Mu\u0308ller", "mul", ["Mu\u0308l"]),
        ("STRASSE, Stra\u00dfe", "strass", ["STRASS", "Stra\u00df"]),
        ("\u6211\u5728\u4e0a\u6d77\u4e1c", "\u4e0a\u6d77", ["\u4e0a\u6d77"]),
        ("\u5927\u96e8\u96e8", "\u96e8", ["\u96e8", "\u96e8"]),
        ("\U0001f44d don't", "don't", ["don't"]),
        ("nothing", "else", []),
    ],
)
def test_places_are_those_of_the_original_text(text: str, sought: str, found: list[str]) -> None:
    phrase = phrase_of(sought, is_open=True)

    assert phrase is not None
    assert [text[place.start : place.end] for place in places_in(text, [phrase])] == found


def test_places_that_overlap_are_one() -> None:
    phrases = [phrase_of(sought, is_open=True) for sought in ("a b", "b c", "d")]

    assert places_in("a b c d", [phrase for phrase in phrases if phrase]) == [Place(0, 5), Place(6, 7)]


def test_what_no_database_keeps_is_left_out() -> None:
    assert len(words_of("a b " * MOST_WORDS)) == MOST_WORDS
    assert words_of("a " * 1000).count("a") == MOST_OF_ONE_WORD
    beyond = phrase_of("a b", is_open=False)
    assert beyond is not None
    assert not matches(words_of("a " * 300 + "b"), beyond)


def test_folding_a_folded_text_changes_nothing() -> None:
    for code in range(sys.maxunicode + 1):
        once = folding._folded(chr(code))
        assert folding._folded(once) == once, hex(code)


# Letters of many scripts, and everything that joins or composes.
LETTERS = [
    chr(code)
    for first, end in (
        (0x20, 0x180),
        (0x300, 0x340),
        (0x390, 0x3D0),
        (0x410, 0x460),
        (0x5B0, 0x5F0),
        (0x620, 0x660),
        (0x900, 0xA00),
        (0xB80, 0xC00),
        (0xD00, 0xE80),
        (0x1100, 0x1200),
        (0x1B00, 0x1B40),
        (0x200B, 0x2010),
        (0x3040, 0x3200),
        (0x4E00, 0x4E10),
        (0xAC00, 0xAC10),
        (0xFE00, 0xFE10),
        (0xFF00, 0xFFE0),
        (0x11100, 0x11140),
        (0x1F44D, 0x1F450),
    )
    for code in range(first, end)
]
TEXTS = st.lists(st.sampled_from(LETTERS), max_size=12).map("".join)


@given(TEXTS)
def test_words_are_the_same_whether_places_are_asked_for(text: str) -> None:
    folded, origins = folding._folded_with_origins(text)

    assert folded == folding._folded(text)
    assert len(origins) == len(folded)


@given(TEXTS)
def test_the_form_of_a_text_does_not_matter(text: str) -> None:
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert words_of(unicodedata.normalize(form, text)) == words_of(text)


@given(TEXTS, st.data())
def test_a_text_is_found_by_the_beginning_of_each_of_its_words(text: str, data: st.DataObject) -> None:
    words = words_of(text)
    if words:
        word = data.draw(st.sampled_from(words))
        phrase = phrase_of(word[: data.draw(st.integers(1, len(word)))], is_open=True)

        assert phrase is not None
        assert matches(words, phrase)
        assert places_in(text, [phrase]) != []
