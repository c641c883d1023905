"""One emoji in all its forms, and texts that are none or more than one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlour.emoji import full_form, is_one_emoji
from parlour.engine.rules import characters

ZWJ, SELECTOR, KEY = "\u200d", "\ufe0f", "\u20e3"
SCOTLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"

# In their full form.
EMOJI = {
    "a face": "\U0001f600",
    "an old symbol": "\u231a",
    "a heart, shown as emoji": f"\u2764{SELECTOR}",
    "a copyright sign, shown as emoji": f"\xa9{SELECTOR}",
    "a keycap": f"1{SELECTOR}{KEY}",
    "the keycap of a sign": f"#{SELECTOR}{KEY}",
    "a country": "\U0001f1e9\U0001f1ea",
    "a region": SCOTLAND,
    "a tone of skin": "\U0001f44d\U0001f3fd",
    "a tone on an old symbol": "\u261d\U0001f3ff",
    "a family": f"\U0001f469{ZWJ}\U0001f469{ZWJ}\U0001f467",
    "a rainbow": f"\U0001f3f3{SELECTOR}{ZWJ}\U0001f308",
    "a pilot": f"\U0001f469\U0001f3fd{ZWJ}\u2708{SELECTOR}",
    "the longest one": f"\U0001f468\U0001f3fb{ZWJ}\u2764{SELECTOR}{ZWJ}\U0001f48b{ZWJ}\U0001f468\U0001f3ff",
    "one of Unicode 16": "\U0001fae9",
    "one of Unicode 17": "\U0001f6d8",
}

# What some keyboards write, with the full form.
SHORT_FORMS = {
    "a heart": ("\u2764", f"\u2764{SELECTOR}"),
    "a keycap": (f"1{KEY}", f"1{SELECTOR}{KEY}"),
    "a rainbow": (f"\U0001f3f3{ZWJ}\U0001f308", f"\U0001f3f3{SELECTOR}{ZWJ}\U0001f308"),
    "a pilot": (f"\U0001f469{ZWJ}\u2708", f"\U0001f469{ZWJ}\u2708{SELECTOR}"),
    "a selector too many": (f"\U0001f600{SELECTOR}", "\U0001f600"),
}

OTHERS = {
    "nothing": "",
    "a letter": "a",
    "a digit": "1",
    "a digit with a selector": f"1{SELECTOR}",
    "a sign": "#",
    "a space before it": " \U0001f600",
    "a line break after it": "\U0001f600\n",
    "two": "\U0001f600\U0001f600",
    "two countries": "\U0001f1e9\U0001f1ea\U0001f1eb\U0001f1f7",
    "half a country": "\U0001f1e9",
    "a heart, shown as text": "\u2764\ufe0e",
    "a symbol that is never an emoji": "\u2605",
    "a tile": "\U0001f000",
    "a tone where there is no skin": "\U0001f600\U0001f3fd",
    "an accent": "\U0001f600\u0301",
    "a joiner first": f"{ZWJ}\U0001f600",
    "a joiner last": f"\U0001f600{ZWJ}",
    "a joined letter": f"\U0001f469{ZWJ}a",
    "a region that does not end": SCOTLAND[:-1],
    "words in tags": f"\U0001f3f4{SCOTLAND[1:5] * 20}\U000e007f",
    "a selector alone": SELECTOR,
    "a long chain": ZWJ.join(["\U0001f469"] * 20),
    "half of a pair": "\ud83d",
}


@pytest.mark.parametrize("text", EMOJI.values(), ids=EMOJI)
def test_one_emoji_is_recognised(text: str) -> None:
    assert is_one_emoji(text)
    assert full_form(text) == text


@pytest.mark.parametrize(("text", "full"), SHORT_FORMS.values(), ids=SHORT_FORMS)
def test_short_forms_are_the_same_emoji(text: str, full: str) -> None:
    assert is_one_emoji(text)
    assert full_form(text) == full


@pytest.mark.parametrize("text", OTHERS.values(), ids=OTHERS)
def test_other_texts_are_not_one_emoji(text: str) -> None:
    assert not is_one_emoji(text)


PIECES = [
    ZWJ,
    SELECTOR,
    KEY,
    "1",
    "a",
    "\u0301",
    "\u2764",
    "\U0001f600",
    "\U0001f44d",
    "\U0001f3fd",
    *"\U0001f1e9\U0001f1ea",
]


@given(st.lists(st.sampled_from(PIECES), max_size=6).map("".join))
def test_an_emoji_is_one_character_and_its_full_form_is_final(text: str) -> None:
    if is_one_emoji(text):
        full = full_form(text)

        assert characters.count(text) == characters.count(full) == 1
        assert is_one_emoji(full)
        assert full_form(full) == full
