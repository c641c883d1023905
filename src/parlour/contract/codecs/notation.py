"""The notation of JSV: text into plain trees of dicts, lists and strings, and trees into text.

An object is `{key:value,...}`, a list `[value,...]`; text is bare unless it holds one of `" : , { } [ ]` or a
line break, then it stands in double quotes with its own quotes doubled. There are no backslash escapes.
JSON without escapes reads the same, as quoted keys and blanks before a quote or bracket are understood.
"""

import re
from typing import Any

from parlour.contract.codecs import MAX_DEPTH

Tree = Any
"""None, a string, a list or a dict of trees. Nothing at all, as in `[a,,b]`, is None."""

MAX_LENGTH = 64 * 1024
"""Of a text read here, unless its reader says otherwise: values in this notation are small, and reading is slow."""

_KEY = r'[^:,{}\[\]"]*'
_QUOTED_TEXT = r'"[^"]*(?:""[^"]*)*"'
_BARE_TEXT = r'[^,{}\[\]"]*'
# Members and items that hold text are read many at once: first how far they go, then each with its text in
# quotes or bare. Nothing is matched in two ways, and `*+` keeps no way back, so time and memory grow with the
# text alone.
_MEMBERS = re.compile(rf"(?:{_KEY}:(?:{_QUOTED_TEXT}|{_BARE_TEXT})(?:,|(?=\}})))*+").match
_ITEMS = re.compile(rf"(?:(?:{_QUOTED_TEXT}|{_BARE_TEXT}),)*+").match
_each_member = re.compile(rf"({_KEY}):(?:({_QUOTED_TEXT})|({_BARE_TEXT})),?").findall
_each_item = re.compile(rf"(?:({_QUOTED_TEXT})|({_BARE_TEXT})),").findall
_BARE_KEY = re.compile(_KEY).match
_QUOTED = re.compile(_QUOTED_TEXT).match
_BARE = re.compile(r"[^,}\]]*").match
_BLANK = " \t\r\n\f\v"
_BLANKS_BEFORE_TOKEN = re.compile(rf"[{_BLANK}]+(?=[\"{{\[])|").match
_BLANKS = re.compile(rf"[{_BLANK}]*").match
_NEEDS_QUOTES = re.compile(r'[":,{}\[\]\r\n]').search


def parse(text: str, *, max_length: int = MAX_LENGTH) -> Tree:
    """The tree of one value.

    Raises ValueError when the text ends early, goes on after the value, is too deep or too long.
    """
    if len(text) > max_length:
        raise ValueError("Too long.")
    tree, at = _value(text, 0, 0)
    if text[at:].strip():
        raise ValueError(f"Unexpected text at {at}.")
    return tree


def items(text: str) -> list[Tree]:
    """The items of a list, whose brackets may be missing. Raises ValueError like `parse`."""
    if text.startswith("["):
        tree = parse(text)
        assert isinstance(tree, list)
        return tree
    if len(text) > MAX_LENGTH:
        raise ValueError("Too long.")
    found, at = _items(text, 0, 0, closing="")
    if at < len(text):
        raise ValueError(f"Unexpected text at {at}.")
    return found


def text_of(tree: Tree) -> str:
    """A tree, also one read from JSON, in this notation. What is null is left out, or empty in a list."""
    if isinstance(tree, dict):
        pairs = (f"{key_text(str(key))}:{text_of(value)}" for key, value in tree.items() if value is not None)
        return "{" + ",".join(pairs) + "}"
    if isinstance(tree, list):
        return "[" + ",".join(map(text_of, tree)) + "]"
    if isinstance(tree, bool):
        return "true" if tree else "false"
    return "" if tree is None else value_text(str(tree))


def value_text(text: str) -> str:
    """Text as a value: in quotes when it holds a mark of the notation, or nothing but blanks."""
    return text if text.strip(_BLANK) and not _NEEDS_QUOTES(text) else _quoted(text)


def key_text(key: str) -> str:
    """Text as a key: blanks round a bare one do not count, so one that has some stands in quotes."""
    return value_text(key) if key == key.strip() else _quoted(key)


def _value(text: str, at: int, depth: int) -> tuple[Tree, int]:
    opening = text[at : at + 1]
    if opening.isspace():
        at = _after(_BLANKS_BEFORE_TOKEN, text, at)
        opening = text[at : at + 1]
    if depth >= MAX_DEPTH and opening in ("{", "["):
        raise ValueError("Too deep.")
    if opening == "{":
        return _object(text, at + 1, depth)
    if opening == "[":
        found, at = _items(text, at + 1, depth, closing="]")
        if text[at : at + 1] != "]":
            raise ValueError("The text ends inside a list.")
        return found, at + 1
    if opening == '"':
        return _quoted_text(text, at)
    bare = _BARE(text, at)
    assert bare is not None
    return bare[0] or None, bare.end()


def _object(text: str, at: int, depth: int) -> tuple[dict[str, Tree], int]:
    found: dict[str, Tree] = {}
    while True:
        end = _after(_MEMBERS, text, at)
        for key, quoted, bare in _each_member(text, at, end):
            found[key.strip()] = _unquoted(quoted) if quoted else bare or None
        at = _after_blanks(text, end)
        if text.startswith("}", at):
            return found, at + 1
        key, at = _key(text, at)
        found[key], at = _value(text, at, depth + 1)
        at = _after_blanks(text, at)
        if text.startswith(",", at):
            at += 1
        elif not text.startswith("}", at):
            raise ValueError("The text ends inside an object.")


def _key(text: str, at: int) -> tuple[str, int]:
    """A key, and where its value begins."""
    if text.startswith('"', at):
        key, at = _quoted_text(text, at)
        at = _after_blanks(text, at)
    else:
        end = _after(_BARE_KEY, text, at)
        key, at = text[at:end].strip(), end
    if not text.startswith(":", at):
        raise ValueError("A key without a value.")
    return key, at + 1


def _items(text: str, at: int, depth: int, *, closing: str) -> tuple[list[Tree], int]:
    found: list[Tree] = []
    if closing and text.startswith(closing, _after_blanks(text, at)):
        return found, _after_blanks(text, at)
    while True:
        end = _after(_ITEMS, text, at)
        found += [_unquoted(quoted) if quoted else bare or None for quoted, bare in _each_item(text, at, end)]
        item, at = _value(text, end, depth + 1)
        found.append(item)
        at = _after_blanks(text, at)
        if not text.startswith(",", at):
            return found, at
        at += 1


def _quoted_text(text: str, at: int) -> tuple[str, int]:
    quoted = _QUOTED(text, at)
    if quoted is None:
        raise ValueError("The text ends inside quotes.")
    return _unquoted(quoted[0]), quoted.end()


def _unquoted(text: str) -> str:
    return text[1:-1].replace('""', '"')


def _after_blanks(text: str, at: int) -> int:
    # Mostly there are none: asking one character costs a fifth of a match.
    return _after(_BLANKS, text, at) if text[at : at + 1].isspace() else at


def _after(pattern: Any, text: str, at: int) -> int:
    found = pattern(text, at)
    end: int = found.end()
    return end


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
