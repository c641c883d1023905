"""Valid names, invisible texts, and texts for terminals. Test data contains no unescaped invisible characters."""

import json
import sys
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlour.texts import for_terminal, json_for_terminal, name_error, one_line, shows_nothing

ZWNJ, ZWJ = "\u200c", "\u200d"

SCOTLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"

NAMES = {
    "latin": "Zo\u00eb O\u2019Brien-M\u00fcller, 3rd (she/her)",
    "chinese": "\u674e\u5c0f\u9f8d",
    "persian": "\u0645\u0631\u06cc\u0645" + ZWNJ + "\u0632\u0627\u062f\u0647",
    "persian and a digit": "\u06f5" + ZWNJ + "\u062a\u0646",
    "hindi": "\u0915\u094d" + ZWJ + "\u0937",
    "malayalam, a final half consonant": "\u0d30\u0d3e\u0d1c\u0d28\u0d4d" + ZWJ,
    "bengali": "\u09b0" + ZWJ + "\u09cd\u09af\u09be\u09ae",
    "marks beside letters": "Zoe\u0308 \u1ed2 e\u0301\u0316",
    "family": f"\U0001f469{ZWJ}\U0001f469{ZWJ}\U0001f467 Team",
    "pilot, with a colour of skin": f"\U0001f469\U0001f3fd{ZWJ}\u2708\ufe0f",
    "kiss": f"\U0001f469{ZWJ}\u2764\ufe0f{ZWJ}\U0001f48b{ZWJ}\U0001f468",
    "nodding": f"\U0001f642{ZWJ}\u2195\ufe0f",
    "shaking its head": f"\U0001f642{ZWJ}\u2194\ufe0f",
    "pirates": f"\U0001f3f4{ZWJ}\u2620\ufe0f",
    "rainbow": f"\U0001f3f3\ufe0f{ZWJ}\U0001f308",
    "an emoji newer than this Python": f"\U0001faef{ZWJ}\U0001faea",
    "a country": "\U0001f1e9\U0001f1ea",
    "scotland": SCOTLAND,
    "scotland, joined": f"{SCOTLAND}{ZWJ}\U0001f3c6",
    "keycap": "1\ufe0f\u20e3",
    "a variant of a character": "\u845b\U000e0100",
    "a change of direction": "Caf\u00e9 \u2067\u05d0\u05d1\u2069!",
    "one in another": "\u202a\u2066a\u2069 \u202bb\u202c\u202c",
    "a wide space": "\u674e\u3000\u5c0f\u9f8d",
    "a filler beside a letter": "\u1112\u1160",
}

# Each with the reason why it is refused.
NOT_NAMES = {
    "two lines": ("Ann\nBcc: x", "must not contain U+000A"),
    "a final line break": ("Ann\n", "must not contain U+000A"),
    "carriage return": ("a\rb", "must not contain U+000D"),
    "tab": ("a\tb", "must not contain U+0009"),
    "escape": ("a\x1b[31mb", "must not contain U+001B"),
    "delete": ("a\x7f", "must not contain U+007F"),
    "a control sequence of one character": ("a\x9b31m", "must not contain U+009B"),
    "next line": ("a\x85b", "must not contain U+0085"),
    "line separator": ("a\u2028b", "must not contain U+2028"),
    "paragraph separator": ("a\u2029b", "must not contain U+2029"),
    "soft hyphen": ("a\xadb", "must not contain U+00AD"),
    "zero width space": ("a\u200bb", "must not contain U+200B"),
    "byte order mark": ("\ufeffAnn", "must not contain U+FEFF"),
    "word joiner": ("a\u2060b", "must not contain U+2060"),
    "a direction that does not end": ("a\u202enna", "must not contain U+202E without U+202C after it"),
    "an isolate that does not end": ("\u2067a", "must not contain U+2067 without U+2069 after it"),
    "an end without a beginning": ("a\u202c", "must not contain U+202C"),
    "the wrong end": ("\u202ea\u2069", "must not contain U+2069"),
    "ends that cross": ("\u202a\u2066a\u202c\u2069", "must not contain U+202C"),
    "a mark of direction": ("a\u200f", "must not contain U+200F"),
    "a joiner first": (ZWJ + "a", "must not contain U+200D"),
    "a joiner last": ("a" + ZWNJ, "must not contain U+200C"),
    "a joiner beside a space": (f"a{ZWNJ} b", "must not contain U+200C"),
    "two joiners": (f"a{ZWNJ}{ZWNJ}b", "must not contain U+200C"),
    "a joiner after an emoji": (f"\U0001f469{ZWJ} Team", "must not contain U+200D"),
    "tags without a flag": (f"a{SCOTLAND[1:]}", "must not contain U+E0067"),
    "a flag that does not end": (SCOTLAND[:-1], "must not contain U+E0067"),
    "words in tags": (f"\U0001f3f4{SCOTLAND[1:5] * 20}\U000e007f", "must not contain U+E0067"),
    "half of a pair": ("a\ud800", "must not contain U+D800"),
}

NOTHING = {
    "nothing": "",
    "spaces": " \xa0\u2003\u3000",
    "zero width": "\u200b",
    "joiners": ZWJ + ZWNJ,
    "byte order mark": "\ufeff",
    "braille": "\u2800",
    "hangul": "\u3164",
    "half-width hangul": "\uffa0",
    "jamo": "\u115f\u1160",
    "marks alone": "\u0301\u0316\u20e3",
    "a mark on a space": " \u0301",
    "a variation selector": "\ufe0f",
    "tags": SCOTLAND[1:],
    "reserved": "\u2065\U000e0fff",
    "invisible operators": "\u2061\u2064",
    "line breaks": "\r\n\x85\u2028",
    "controls": "\x00\x1b\x9f",
    "mixed": " \u200b\u2800\u3164\u0301\u202e\u2069\xad",
    "a musical sign": "\U0001d159",
}


@pytest.mark.parametrize("text", NAMES.values(), ids=NAMES)
def test_a_name_in_any_script_is_a_name(text: str) -> None:
    assert name_error(text) is None
    assert for_terminal(text) == text


@pytest.mark.parametrize(("text", "told"), NOT_NAMES.values(), ids=NOT_NAMES)
def test_a_deceptive_text_is_not_a_name(text: str, told: str) -> None:
    assert name_error(text) == told


@pytest.mark.parametrize("text", NOTHING.values(), ids=NOTHING)
def test_an_invisible_text_is_not_a_name(text: str) -> None:
    assert shows_nothing(text)
    assert name_error(text) == "must show something"


@pytest.mark.parametrize("text", [text + "." for text in NOTHING.values()], ids=NOTHING)
def test_one_visible_character_is_enough(text: str) -> None:
    assert not shows_nothing(text)


def test_a_terminal_gets_no_control_sequence() -> None:
    assert for_terminal("a\x1b[2J\n\u202eb\u0645\u200b\x9b") == "a\\x1b[2J\\n\\u202eb\u0645\\u200b\\x9b"
    assert for_terminal("\U000e0067") == "\\U000e0067"


def test_on_one_line_all_characters_are_visible() -> None:
    assert one_line("caf\u00e9 \U0001f600") == "caf\u00e9 \U0001f600"
    assert one_line("a\r\nb\x1b[2J\x85\u2028\u2067c\u2069") == r"a\r\nb\x1b[2J\x85\u2028\u2067c\u2069"


@given(st.text())
def test_a_line_has_only_visible_characters(text: str) -> None:
    assert one_line(text).isprintable()


@given(st.text(st.characters(codec="utf-8")))
def test_text_for_a_terminal_is_a_name_or_escaped(text: str) -> None:
    given = for_terminal(text)

    assert given.isprintable() or name_error(given) is None
    assert "\n" not in given


@given(st.recursive(st.text(st.characters(codec="utf-8")), st.lists))
def test_json_for_a_terminal_has_the_same_value(value: object) -> None:
    given = json_for_terminal(json.dumps(value, indent=2, ensure_ascii=False))

    assert json.loads(given) == value
    assert given.replace("\n", "").isprintable()


@pytest.mark.parametrize(
    "shape", ["a" + ZWNJ, "\u202aa\u202c", "\u202a", "\u0301", "\u200b", "\u2800", SCOTLAND, SCOTLAND[:-1], "\u00e9"]
)
@pytest.mark.parametrize("rule", [name_error, shows_nothing, for_terminal])
def test_the_work_is_linear_in_the_text(rule: Callable[[str], object], shape: str) -> None:
    def events(times: int) -> int:
        """The calls of functions, including those in C, for a text of `times` repetitions."""
        text, entered = shape * times + "a", 0

        def count(_frame: object, event: str, _argument: object) -> None:
            nonlocal entered
            entered += event in ("call", "c_call")

        sys.setprofile(count)
        try:
            rule(text)
        finally:
            sys.setprofile(None)
        return entered

    assert events(400) < 6 * events(100)
