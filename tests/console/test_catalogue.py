"""The catalogue of words: each language has each key, and the console uses each of them."""

import re
from pathlib import Path

from tests.support.console import CONSOLE, ROOT

DOCS = ROOT / "docs"
TEXT = CONSOLE / "src" / "text"
_ENTRY = re.compile(r"^  (\w+):", re.MULTILINE)
# A key as it stands in the sources, or the part of one before a value: t(`chats.level_${level}`).
_USE = re.compile(r"[\"`](\w+)\.(\w*)([\"`]|\$\{)")


def test_all_languages_have_the_same_keys() -> None:
    english = keys("en")

    assert len(english) > 100
    for language in other_languages():
        assert keys(language) ^ english == set(), language


def test_all_keys_are_used() -> None:
    used, beginnings = uses()
    unused = {key for key in keys("en") - used if not key.startswith(tuple(beginnings))}

    assert unused == set()


def test_all_keys_that_are_used_are_there() -> None:
    used, beginnings = uses()
    there = keys("en")
    areas = {key.partition(".")[0] for key in there}
    missing = {key for key in used - there if key.partition(".")[0] in areas and not _is_event(key)}
    dangling = {each for each in beginnings if not any(key.startswith(each) for key in there)}

    assert missing | {each for each in dangling if each.partition(".")[0] in areas} == set()


def test_all_texts_are_translated() -> None:
    english, german = texts("en"), texts("de")

    assert [key for key, text in (english | german).items() if text in ('""', "")] == []
    assert [key for key, text in english.items() if len(text) > 30 and german[key] == text] == []


def test_every_error_code_and_reason_of_the_server_has_words() -> None:
    """A code that is new, or a reason, needs words in the language of the person (docs/errors.md)."""
    page = (DOCS / "errors.md").read_text()
    codes, specific = page.split("\n| reason | meaning |\n")
    reasons, _, specific = specific.partition("## More specific codes")
    declared = set(re.findall(r"^\|(?: \d+ \|)? `(\w+)` \|", codes + specific, re.MULTILINE))
    source = (CONSOLE / "src" / "components" / "failures.ts").read_text()
    table = source[source.index("const CODES") : source.index("const VAGUE")]
    known = {code for words in re.findall(r'"([A-Z\d][\w ]+)"|"( [\w ]+)"', table) for code in "".join(words).split()}

    assert {"Conflict", "AccountExists", "MaximumLength"} <= declared
    assert declared ^ {code for code in known if not code.isdigit()} == set()
    given = {key.removeprefix("refusals.because_") for key in keys("en") if key.startswith("refusals.because_")}
    assert given == {*re.findall(r"^\| `(\w+)` \|", reasons, re.MULTILINE), *_OWN_REASONS}


# What the console refuses itself.
_OWN_REASONS = {"FileIsInfected", "FileWasLost"}


# Words in a view: as the text of an element, before something in braces, or as an attribute that people read or hear.
_WORDS = [
    re.compile(r"[>}]\s*([A-Za-z][^<>{}=;()]*)</"),
    re.compile(r"<\w+(?: [^<>{}]*)?>\s*([A-Za-z][^<>{}=;()]*)\{"),
    re.compile(r"\b(?:aria-label|aria-description|aria-roledescription|alt|label|placeholder|title)=\"([^\"]+)"),
    re.compile(r"\b(?:toast|alert|confirm|prompt)\([\"`]([^$\"`]+)"),
]
# Words for those who look after the code, in a `throw` or a `Failure`, are not for the page. This is a name.
_NAME = "Parlour"


def test_no_view_has_words_of_its_own() -> None:
    found = [
        f"{path.name}: {words.strip()}"
        for path in sources()
        if path.suffix == ".tsx" or "worker" in path.parts
        for pattern in _WORDS
        for words in pattern.findall(re.sub(r"^\s*//.*$", "", path.read_text(), flags=re.MULTILINE))
        if words.strip() != _NAME
    ]

    assert found == []


def test_words_of_a_view_are_found() -> None:
    """The search of the test above, on what it looks for."""
    for view in ("<p>Hello</p>", "<p>{name} said</p>", '<b class="x">By {name}</b>', '<a title="Go">', 'toast("Done")'):
        assert any(pattern.search(view) for pattern in _WORDS), view


def keys(language: str) -> set[str]:
    return set(texts(language))


def texts(language: str) -> dict[str, str]:
    """What the catalogue has for each key, as it stands in the source."""
    found = {}
    for area in sorted((TEXT / language).glob("*.ts")):
        if area.stem == "index":
            continue
        source = area.read_text()
        entries = list(_ENTRY.finditer(source))
        ends = [entry.start() for entry in entries[1:]] + [source.rfind("}")]
        for entry, end in zip(entries, ends, strict=True):
            found[f"{area.stem}.{entry[1]}"] = source[entry.end() : end].strip().rstrip(",")
    return found


def other_languages() -> list[str]:
    return [folder.name for folder in TEXT.iterdir() if folder.is_dir() and folder.name != "en"]


def uses() -> tuple[set[str], set[str]]:
    """The keys in all sources, and the beginnings of keys that are put together."""
    used: set[str] = set()
    beginnings: set[str] = set()
    for path in sources():
        for area, name, end in _USE.findall(path.read_text()):
            (used if end != "${" else beginnings).add(f"{area}.{name}")
    return used, beginnings


def sources() -> list[Path]:
    found = [path for kind in ("*.ts", "*.tsx") for path in (CONSOLE / "src").rglob(kind)]
    others = {TEXT / "en", TEXT / "de", CONSOLE / "src" / "api"}
    return [path for path in found if not others & set(path.parents)]


def _is_event(key: str) -> bool:
    """Kinds of events look the same: `me.changed`."""
    return f'"{key}":' in (CONSOLE / "src" / "state" / "events.ts").read_text()
