"""Sample values of types, and how each format shows them to people."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from parlour.engine.codecs import Codec
from parlour.engine.dto.metadata import TypeRef

_TEXT = "String"

_XML_PIECE = re.compile(r"<[^>]*>|[^<]+")
_JSV_PIECE = re.compile(r'"(?:[^"]|"")*"|[{}\[\],:]|[^"{}\[\],:]+')


def sample(type_: TypeRef, *, above: tuple[Any, ...] = ()) -> Any:
    """A value of the type with every member filled: texts are `String`, numbers are zero, lists have one item.

    A DTO inside its own kind (one of `above`) is None, or its list is empty.
    """
    match type_.kind:
        case "string" | "any":
            return _TEXT
        case "bytes":
            return b"\0"
        case "list":
            assert type_.item is not None
            return [item for item in (sample(type_.item, above=above),) if item is not None]
        case "map":
            assert type_.key is not None and type_.item is not None
            item = sample(type_.item, above=above)
            return {} if item is None else {sample(type_.key): item}
        case "enum":
            return next(iter(type_.python))
        case "flags":
            return type_.python(0)
        case "dto" if type_.python in above:
            return None
        case "dto":
            dto = type_.python()
            for member in type_.dto.properties:
                setattr(dto, member.attribute, sample(member.type, above=(*above, type_.python)))
            return dto
    return TypeRef(type_.kind).default


def sample_text(type_: TypeRef, codec: Codec, json: Codec) -> str:
    """A sample in a format, laid out for people. Formats of rows are shown as `json`, because their rows are its
    objects.
    """
    if type_.kind in ("string", "bytes"):
        return "(byte[])" if type_.kind == "bytes" else "(string)"
    if codec.writes_rows:
        codec = json
    text = codec.writer(type_)(sample(type_)).decode()
    return _LAYOUTS.get(codec.name, str)(text)


def _indented_xml(text: str) -> str:
    """XML indented by two blanks a level, without its declaration. An element with text is one line."""
    lines: list[str] = []
    depth = 0
    pieces = _XML_PIECE.findall(text.partition("?>")[2])
    for before, piece in zip(["", *pieces], pieces, strict=False):
        if not piece.startswith("<"):
            lines[-1] += piece
        elif piece.startswith("</"):
            depth -= 1
            if before.startswith("</") or before.endswith("/>"):
                lines.append("  " * depth + piece)
            else:
                lines[-1] += piece
        else:
            lines.append("  " * depth + piece)
            depth += 0 if piece.endswith("/>") else 1
    return "\n".join(lines)


def _indented_jsv(text: str) -> str:
    """JSV indented by a tab a level, with a blank after each key. Nested values begin on a new line."""
    return "".join(_jsv_parts(text))


def _jsv_parts(text: str) -> Iterator[str]:
    depth = 0
    is_key = False
    before = ""
    for piece in _JSV_PIECE.findall(text):
        if piece in ("{", "["):
            yield _line(depth) + piece if before == ":" else piece
            depth += 1
            yield _line(depth)
        elif piece in ("}", "]"):
            depth -= 1
            yield _line(depth) + piece
        elif piece == ",":
            yield piece + _line(depth)
        else:
            # Only the first colon ends the key, because times contain others.
            yield ": " if piece == ":" and is_key else piece
        is_key = piece in ("{", ",") or (is_key and piece != ":")
        before = piece


def _line(depth: int) -> str:
    return "\n" + "\t" * depth


_LAYOUTS: Mapping[str, Callable[[str], str]] = {"xml": _indented_xml, "jsv": _indented_jsv}
"""Lays out a format for people, by its name. Other formats are shown as they are written."""
