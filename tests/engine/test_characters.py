"""Counting the characters of a text as a person sees them."""

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlour.engine.dto.metadata import TypeRef
from parlour.engine.rules import characters
from parlour.engine.rules.rules import MaximumCharacters, MaximumLength
from tests.engine.samples import UNHURRIED

ONE = [
    "a", "é", "e\u0301", "Z\u0351\u036b\u0343\u0361", "😀", "👍🏽", "❤️", "1️⃣", "👩‍👩‍👧", "👩‍👩‍👧‍👦",
    "👩🏽‍❤️‍💋‍👨🏾", "🏳️‍🌈", "👁️‍🗨️",
    "🇸🇪", "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f", "क्षि", "क्‍षि", "நி", "กำ", "가",
    "\u1112\u1161\u11ab", "\r\n", "李",
]  # fmt: skip


@pytest.mark.parametrize("text", ONE)
def test_one_visible_character_counts_as_one(text: str) -> None:
    assert characters.count(text) == 1
    assert [characters.count(f"{text} " * times) for times in (2, 201)] == [4, 402]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0), ("\u0301", 1),
        ("李小龍", 3), ("مریم‌زاده", 8), ("नमस्ते", 3), ("한국어", 3), ("🇸🇪🇩🇰", 2), ("🇸🇪🇩", 2), ("a\r\nb\n", 4),
        ("👩‍👩‍👧 Team", 6), ("a\u200d😀", 2), ("\n\u0301\u0301", 2), ("😀" * 201, 201), ("e\u0301" * 201, 201),
    ],
)  # fmt: skip
def test_a_text_has_as_many_characters_as_a_person_counts(text: str, count: int) -> None:
    assert characters.count(text) == count


@UNHURRIED
@given(st.text(st.sampled_from("a \r\n\u0301\u200d\ufe0f😀👩🇸क्ष한ᄒ\u1161\u11ab\u200b") | st.characters()))
def test_a_text_has_at_least_one_and_at_most_as_many_characters_as_code_points(text: str) -> None:
    assert bool(text) <= characters.count(text) <= len(text)
    assert characters.count(text + "\n" + text) in (2 * characters.count(text) + 1, 2 * characters.count(text))


@pytest.mark.long
@pytest.mark.parametrize(
    "unit",
    ["e\u0301", "\u0301", "👩‍", "👩‍👩", "🇸", "क्", "क्ष", "ᄒ", "각\u11a8", "\u200d", "\r", "👩\ufe0f", "\ufe0f\u200d"],
)
def test_counting_takes_linear_time(unit: str) -> None:
    text = "é" + unit * (200_000 // len(unit))
    began = process_time()

    characters.count(text)

    assert process_time() - began < 0.5


def test_our_rule_counts_visible_characters_and_the_recorded_rule_counts_as_recorded() -> None:
    text = TypeRef("string")

    assert MaximumCharacters(200).holds("😀" * 200, text)
    assert not MaximumCharacters(200).holds("😀" * 201, text)
    assert MaximumCharacters(200).placeholders("😀" * 201)["TotalLength"] == 201
    assert MaximumLength(200).placeholders("😀" * 201)["TotalLength"] == 402
    assert (MaximumCharacters(200).code, MaximumCharacters(200).message) == (MaximumLength.code, MaximumLength.message)
