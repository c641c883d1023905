"""The fast way from XML to a DTO, for bodies as our writers and data-contract serialisers write them.

They have no blanks between elements, all members in their order, and prefixes that are numbered by depth. See
`usual_shape.py`.
"""

import re
from collections.abc import Callable
from typing import Any

from parlour.engine.codecs import MAX_NODES, Reader
from parlour.engine.codecs.contracts import contract_name, contract_namespace
from parlour.engine.codecs.usual_shape import (
    DASHED_GUID,
    INTEGERS,
    TIME,
    Found,
    Scalar,
    Scalars,
    Scope,
    Steps,
    has_usual_shape,
)
from parlour.engine.codecs.xml_writing import DECLARATION, Namespaces, declared, prefixed, root_opening
from parlour.engine.dto.metadata import DtoType, Property, TypeRef

Read = Callable[[str, int], Found]

_SCALARS: Scalars = {
    **INTEGERS,
    # Without marks, and without the characters that a parser replaces or refuses.
    "string": Scalar("[^<>&\x00-\x08\x0b-\x1f\ufffe\uffff]*+"),
    "guid": DASHED_GUID,
    "bool": Scalar("true|false", "{0} == 'true'"),
    "datetime": TIME,
}
_NIL = ' i:nil="true" ?/>'


def typed_reader(dto: DtoType) -> Reader | None:
    """Reads a body into a new DTO, or raises one of REFUSALS. None for a DTO whose bodies it cannot read."""
    if not has_usual_shape(dto, _SCALARS):
        return None
    opening = f"(?:{re.escape(DECLARATION)})?+{re.escape(root_opening(dto.name, dto.xml_namespace))}>"
    read = _Shapes().of_dto(dto, opening, f"</{dto.name}>", 1, ((dto.xml_namespace, ""),))

    def read_body(body: bytes) -> Any:
        # As many elements begin, or fewer.
        if body.count(b"<") - body.count(b"</") > MAX_NODES:
            raise ValueError
        text = body.decode()
        value, end = read(text, 0)
        if end != len(text):
            raise ValueError(end)
        return value

    return read_body


class _Shapes:
    """Makes a function for each place of a DTO, from a text and a place in it to the DTO and the place behind it."""

    def __init__(self) -> None:
        self._scope = Scope(_SCALARS)

    def of_dto(self, dto: DtoType, opening: str, closing: str, depth: int, scope: Namespaces) -> Read:
        """`opening` is the pattern of all that comes before the members, `closing` the tag behind them."""
        steps, values = Steps(self._scope), {}
        steps.expect(opening)
        for member in dto.xml_properties:
            tag = prefixed(dto.xml_namespace, member.wire_name, scope)
            if member.type.kind in ("dto", "list"):
                values[member.attribute] = self._inner(steps, member, tag, depth + 1, scope)
            else:
                values[member.attribute] = self._scalar(steps, member, tag)
        steps.expect(closing)
        return steps.function(dto, values, "xml shape of")

    def _scalar(self, steps: Steps, member: Property, tag: str) -> str:
        scalar = self._scope.scalar(member.type)
        if not member.type.nullable:
            return scalar.value.format(steps.group(f"<{tag}>({scalar.pattern})</{tag}>"))
        found = steps.group(f"<{tag}(?:{_NIL}|>({scalar.pattern})</{tag}>)")
        value = scalar.value.format(found)
        return value if value == found else f"None if {found} is None else {value}"

    def _inner(self, steps: Steps, member: Property, tag: str, depth: int, scope: Namespaces) -> str:
        """A list or a DTO in its element: nil, empty, or with a call for its content."""
        type_ = member.type
        declaration, scope = declared(type_, depth, scope)
        ends = [">", *([_NIL] if type_.nullable else []), *([" ?/>"] if type_.kind == "list" else [])]
        end = steps.group(f"<{tag}{re.escape(declaration)}({'|'.join(ends)})")
        if type_.kind == "dto":
            read = self.of_dto(type_.dto, "", f"</{tag}>", depth, scope)
            return steps.inner(read, f"{end} == '>'", "None")
        empty = f"None if 'nil' in {end} else []" if type_.nullable else "[]"
        return steps.inner(self._items_reader(type_, f"</{tag}>", depth, scope), f"{end} == '>'", empty)

    def _items_reader(self, type_: TypeRef, closing: str, depth: int, scope: Namespaces) -> Read:
        item = type_.item
        assert item is not None
        tag = prefixed(contract_namespace(item), contract_name(item), scope)
        declaration, scope = declared(item, depth + 1, scope)
        read = self.of_dto(item.dto, re.escape(f"<{tag}{declaration}>"), f"</{tag}>", depth + 1, scope)

        def read_items(text: str, at: int) -> Found:
            found: list[Any] = []
            while not text.startswith(closing, at):
                item, at = read(text, at)
                found.append(item)
            return found, at + len(closing)

        return read_items
