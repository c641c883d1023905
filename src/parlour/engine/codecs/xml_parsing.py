"""From bytes to elements, within limits: no document type, no processing instructions, no deep or endless nesting."""

import re
from collections.abc import Sequence
from typing import Any, NoReturn
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, XMLParser
from xml.parsers import expat

from parlour.engine.codecs import MAX_DEPTH, MAX_NODES
from parlour.engine.codecs.contracts import INSTANCE
from parlour.engine.dto.errors import BodyError
from parlour.engine.dto.scalars import XML_BOOLEANS

__all__ = ["NIL", "TYPE", "Element", "is_nil", "items_of", "local_name", "parse", "qualified", "text_of"]


def qualified(namespace: str, name: str) -> str:
    """The tag of an element."""
    return f"{{{namespace}}}{name}"


NIL = qualified(INSTANCE, "nil")
TYPE = qualified(INSTANCE, "type")
_SAYS_UTF_8 = re.compile(rb"""encoding\s*=\s*(["'])utf-8\1""", re.IGNORECASE).search
_TOO_DEEP = f"The XML is nested deeper than {MAX_DEPTH} levels."


def parse(body: bytes) -> Element:
    """The root element. Raises BodyError if this is not XML, has a document type, or is too deep or too large."""
    if _is_plain(body):
        # All in C, and three times as fast. It has no limits of its own, so it only reads what needs none.
        parser = XMLParser()  # noqa: S314 - what attacks it is not plain
        try:
            parser.feed(body)
            root: Element = parser.close()
        except ParseError:
            # The other parser reports it in its own words.
            return _guarded(body)
        # A document has at most as many levels as elements that begin.
        if _beginnings(body) > MAX_DEPTH:
            _check_depth(root)
        return root
    return _guarded(body)


def text_of(element: Element) -> str:
    """The text of an element that may only contain text. Raises ValueError if it contains elements."""
    if len(element):
        raise ValueError(f"<{local_name(element[0])}>")
    return element.text or ""


def items_of(element: Element) -> Element:
    """The element, which is also the sequence of its children. Raises ValueError if it contains text as well."""
    if element.text and not element.text.isspace():
        raise ValueError(element.text)
    for child in element:
        if child.tail and not child.tail.isspace():
            raise ValueError(child.tail)
    return element


def is_nil(element: Element) -> bool:
    """Whether an element stands for null. Raises BodyError if its mark is neither true nor false."""
    mark = element.get(NIL)
    if mark is None:
        return False
    nil = XML_BOOLEANS.get(mark.strip())
    if nil is None:
        raise BodyError(f"The nil of '{local_name(element)}' is neither true nor false.")
    return nil


def local_name(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _is_plain(body: bytes) -> bool:
    """Whether a body only contains elements, attributes, text and comments, in UTF-8 and not too many."""
    declaration, rest = b"", body
    if body.startswith(b"<?xml "):
        declaration, _, rest = body.partition(b"?>")
    return (
        (b"encoding" not in declaration or _SAYS_UTF_8(declaration) is not None)
        and b"\0" not in body
        and b"<?" not in rest
        and b"<!DOCTYPE" not in rest
        and _beginnings(body) <= MAX_NODES
    )


def _beginnings(body: bytes) -> int:
    """The number of elements that begin, or more: comments and sections of text look like elements here."""
    return body.count(b"<") - body.count(b"</")


def _check_depth(root: Element) -> None:
    level: Sequence[Element] = [root]
    for _ in range(MAX_DEPTH):
        level = [child for element in level for child in element]
        if not level:
            return
    raise BodyError(_TOO_DEEP)


def _guarded(body: bytes) -> Element:
    """The root element of any body, with the limits checked at each step."""
    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True
    parser.ordered_attributes = True
    builder = TreeBuilder()
    depth, left = 0, MAX_NODES

    def start(name: str, attributes: list[str]) -> None:
        nonlocal depth, left
        depth, left = depth + 1, left - 1
        if left < 0:
            raise BodyError(f"The XML has more than {MAX_NODES:,} elements.")
        if depth > MAX_DEPTH:
            raise BodyError(_TOO_DEEP)
        named = {_tag(key): value for key, value in zip(attributes[::2], attributes[1::2], strict=True)}
        builder.start(_tag(name), named)

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(_tag(name))

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = _refuse
    parser.ProcessingInstructionHandler = _refuse
    try:
        parser.Parse(body, True)
    except expat.ExpatError as error:
        reason = expat.errors.messages[error.code]
        raise BodyError(f"Error in line {error.lineno} position {error.offset + 1}. {reason}.") from None
    except (LookupError, ValueError) as error:
        raise BodyError(f"The encoding of the XML is not supported: {error}.") from None
    return builder.close()


def _tag(name: str) -> str:
    """The tag for the parser's `namespace}name`."""
    return f"{{{name}" if "}" in name else name


def _refuse(*_: Any) -> NoReturn:
    raise BodyError("Processing instructions (other than the XML declaration) and DTDs are not supported.")
