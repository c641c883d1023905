"""The grammar of JSV: from text to plain trees of dicts, lists and strings, and from trees to text.

An object is `{key:value,...}`, a list `[value,...]`. Text is bare unless it contains one of `" : , { } [ ]` or a line
break. Then it is in double quotes, and its own quotes are doubled. There are no backslash escapes. JSON without escapes
is read the same way, because quoted keys and blanks before a quote or bracket are understood.
"""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from parlour.engine.codecs import MAX_DEPTH

Tree = Any
"""None, a string, a list or a dict of trees. An empty item, as in `[a,,b]`, is None."""

MAX_LENGTH = 64 * 1024
"""The longest text, unless the reader sets another limit: values in JSV are short, and reading is slow."""

QUOTED_TEXT = r'"[^"]*+(?:""[^"]*+)*+"'
"""The pattern of a text in quotes."""

_BLANK = " \t\r\n\f\v"
_KEY = r'[^:,{}\[\]"]*'
_BARE_TEXT = r'[^,{}\[\]"]*'
# Members and items that are text are read many at once: first how far they extend, then each with its text in quotes or
# bare. Nothing can match in two ways, and `*+` never goes back, so time and memory grow only with the text.
_SPACE = f"[{_BLANK}]*+"
_MEMBERS = re.compile(
    rf"(?:(?:{_SPACE}{QUOTED_TEXT}{_SPACE}|{_KEY}):(?:{_SPACE}{QUOTED_TEXT}{_SPACE}|{_BARE_TEXT})(?:,|(?=\}})))*+"
).match
_ITEMS = re.compile(rf"(?:(?:{_SPACE}{QUOTED_TEXT}{_SPACE}|{_BARE_TEXT}),)*+").match
_each_member = re.compile(
    rf"(?:{_SPACE}({QUOTED_TEXT}){_SPACE}|({_KEY})):(?:{_SPACE}({QUOTED_TEXT}){_SPACE}|({_BARE_TEXT})),?"
).findall
_each_item = re.compile(rf"(?:{_SPACE}({QUOTED_TEXT}){_SPACE}|({_BARE_TEXT})),").findall
_BARE_KEY = re.compile(_KEY).match
_QUOTED = re.compile(QUOTED_TEXT).match
_BARE = re.compile(r"[^,}\]]*").match
_BLANKS_BEFORE_TOKEN = re.compile(rf"[{_BLANK}]+(?=[\"{{\[])|").match
_BLANKS = re.compile(rf"[{_BLANK}]*").match
_STANDS_BARE = re.compile(r'[ \t\f\v]*+[^":,{}\[\]\r\n]++').fullmatch


def parse(text: str, *, max_length: int = MAX_LENGTH) -> Tree:
    """The tree of one value.

    Raises ValueError if the text ends early, continues after the value, is too deep or too long.
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
    """A tree as text in this notation; it may also come from JSON. Nulls are left out, or empty in a list."""
    return "".join(_pieces(tree))


def beginning_of(tree: Tree, length: int) -> str:
    """At least the first `length` characters of a tree's text, without writing all of a large tree."""
    # At least every second piece has a character.
    return "".join(islice(_pieces(tree), 2 * length))


def size_of(tree: Tree, most: int) -> int:
    """How many items and members a tree has on all levels together; any number above `most` if there are more."""
    level, size = [tree], 0
    while level and size <= most:
        size += sum(map(len, level))
        held = (outer.values() if isinstance(outer, dict) else outer for outer in level)
        level = [one for several in held for one in several if isinstance(one, dict | list)] if size <= most else []
    return size


def value_text(text: str) -> str:
    """Text as a value, in quotes if it contains a mark of the notation or only blanks."""
    return text if _STANDS_BARE(text) else _quoted(text)


def key_text(key: str) -> str:
    """Text as a key. Blanks around a bare key do not count, so a key with such blanks is in quotes."""
    return value_text(key) if key == key.strip() else _quoted(key)


def unquoted(text: str) -> str:
    """The text that is in quotes, as `QUOTED_TEXT` matches it."""
    return text[1:-1].replace('""', '"')


def _pieces(tree: Tree) -> Iterator[str]:
    """The text of a tree in pieces. Two pieces in a row are never both empty."""
    if isinstance(tree, dict):
        mark = "{"
        for key, value in tree.items():
            if value is not None:
                yield f"{mark}{key_text(str(key))}:"
                yield from _pieces(value)
                mark = ","
        yield "{}" if mark == "{" else "}"
    elif isinstance(tree, list):
        mark = "["
        for one in tree:
            yield mark
            yield from _pieces(one)
            mark = ","
        yield "[]" if mark == "[" else "]"
    elif isinstance(tree, bool):
        yield "true" if tree else "false"
    else:
        yield "" if tree is None else value_text(str(tree))


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
        for quoted_key, key, quoted, bare in _each_member(text, at, end):
            found[unquoted(quoted_key) if quoted_key else key.strip()] = unquoted(quoted) if quoted else bare or None
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
        if end > at:
            found += _many_items(text, at, end)
        item, at = _value(text, end, depth + 1)
        found.append(item)
        at = _after_blanks(text, at)
        if not text.startswith(",", at):
            return found, at
        at += 1


def _many_items(text: str, at: int, end: int) -> list[Tree]:
    """The items up to `end`, each with its comma."""
    if '"' in (several := text[at : end - 1]):
        return [unquoted(quoted) if quoted else bare or None for quoted, bare in _each_item(text, at, end)]
    # Lists of bare items only are several times as fast, and a body may have as many items as bytes.
    return [bare or None for bare in several.split(",")]


def _quoted_text(text: str, at: int) -> tuple[str, int]:
    quoted = _QUOTED(text, at)
    if quoted is None:
        raise ValueError("The text ends inside quotes.")
    return unquoted(quoted[0]), quoted.end()


def _after_blanks(text: str, at: int) -> int:
    # Usually there are none, and testing one character costs a fifth of a match.
    return _after(_BLANKS, text, at) if text[at : at + 1].isspace() else at


def _after(pattern: Any, text: str, at: int) -> int:
    found = pattern(text, at)
    end: int = found.end()
    return end


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
