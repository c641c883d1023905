"""The fast way from JSV to a DTO, for bodies as our writers and typed clients write them (`usual_shape.py`)."""

import re
from collections.abc import Callable
from typing import Any

from parlour.engine.codecs import MAX_NODES, Profile, Reader, jsv_grammar
from parlour.engine.codecs.text_writing import member_name
from parlour.engine.codecs.usual_shape import (
    DASHED_GUID,
    DAY_OR_TIME,
    INTEGERS,
    PLAIN_GUID,
    Found,
    Scalar,
    Scalars,
    Scope,
    Steps,
    has_usual_shape,
)
from parlour.engine.dto.metadata import DtoType, TypeRef

Read = Callable[[str, int], Found]

# Before a member that may be the first, behind others that are left out.
_COMMA_UNLESS_FIRST = r"(?:(?<=\{)|(?<!\{),)"


def usual_scalars(profile: Profile) -> Scalars:
    """The scalars as JSV and CSV write them in a profile. How text is written differs."""
    return {
        **INTEGERS,
        "guid": PLAIN_GUID if profile.guid_format == "N" else DASHED_GUID,
        "bool": Scalar("True|False", "{0} == 'True'"),
        "datetime": DAY_OR_TIME,
    }


def typed_reader(dto: DtoType, profile: Profile) -> Reader | None:
    """Reads a body into a new DTO, or raises one of REFUSALS. None for a DTO whose bodies it cannot read."""
    shapes = JsvShapes(profile)
    if not shapes.include(dto):
        return None
    read = shapes.of_dto(dto)

    def read_body(body: bytes) -> Any:
        if body.count(b"{") + body.count(b"[") > MAX_NODES:
            raise ValueError
        return whole(read, body.decode())

    return read_body


def whole(read: Read, text: str) -> Any:
    """The value that is all of a text."""
    value, end = read(text, 0)
    if end != len(text):
        raise ValueError(end)
    return value


class JsvShapes:
    """Makes a function for each DTO, from a text and a place in it to the DTO and the place behind it."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        text = Scalar(rf"[^,{{}}\[\]\"]++|{jsv_grammar.QUOTED_TEXT}", "({0} if {0}[0] != '\"' else _unquoted({0}))")
        self._scalars: Scalars = {**usual_scalars(profile), "string": text}
        self._scope = Scope(self._scalars)
        self._scope.names["_unquoted"] = jsv_grammar.unquoted
        self._made: dict[DtoType, Read] = {}

    def include(self, dto: DtoType) -> bool:
        return has_usual_shape(dto, self._scalars)

    def of(self, type_: TypeRef) -> Read:
        """The function for a DTO or a list of DTOs."""
        if type_.kind == "dto":
            return self.of_dto(type_.dto)
        assert type_.item is not None
        return _items_reader(self.of_dto(type_.item.dto))

    def of_dto(self, dto: DtoType) -> Read:
        if dto not in self._made:
            self._made[dto] = self._function(dto)
        return self._made[dto]

    def _function(self, dto: DtoType) -> Read:
        steps, values = Steps(self._scope), {}
        comma = ""
        steps.expect(r"\{")
        for member in dto.properties:
            type_ = member.type
            name = comma + re.escape(jsv_grammar.key_text(member_name(self._profile, member)) + ":")
            if type_.kind in ("dto", "list"):
                is_there = ""
                if type_.nullable:
                    is_there = f"{steps.group(f'({name})?+')} is not None"
                else:
                    steps.expect(name)
                value = steps.inner(self.of(type_), is_there, "None")
            else:
                scalar = self._scope.scalar(type_)
                found = steps.group(
                    f"(?:{name}({scalar.pattern}))?+" if type_.nullable else f"{name}({scalar.pattern})"
                )
                value = scalar.value.format(found)
                if type_.nullable and value != found:
                    value = f"None if {found} is None else {value}"
            values[member.attribute] = value
            comma = "," if comma == "," or not type_.nullable else _COMMA_UNLESS_FIRST
        steps.expect(r"\}")
        return steps.function(dto, values, "jsv shape of")


def _items_reader(read: Read) -> Read:
    def read_items(text: str, at: int) -> Found:
        if text.startswith("[]", at):
            return [], at + 2
        found: list[Any] = []
        mark = "["
        while text[at : at + 1] == mark:
            item, at = read(text, at + 1)
            found.append(item)
            mark = ","
        if not found or text[at : at + 1] != "]":
            raise ValueError(at)
        return found, at + 1

    return read_items
