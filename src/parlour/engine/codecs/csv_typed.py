"""The fast way from CSV to a DTO, for bodies as our writers and typed clients write them (`usual_shape.py`)."""

import re
from collections.abc import Callable
from typing import Any

from parlour.engine.codecs import Profile, Reader, jsv_grammar
from parlour.engine.codecs.jsv_typed import JsvShapes, Read, usual_scalars, whole
from parlour.engine.codecs.usual_shape import Scalar, Scalars, Scope, Steps
from parlour.engine.dto.metadata import DtoType, Property

_QUOTED = r'"[^"\0]*+(?:""[^"\0]*+)*+"'
_TEXT = rf'{_QUOTED}|[^",\r\n\0]*+'
_LINE_END = r"\r?\n"


def typed_reader(dto: DtoType, profile: Profile, names: str) -> Reader | None:
    """Reads a body of one row, under the line `names`, into a new DTO, or raises one of REFUSALS. None for a DTO whose
    bodies it cannot read.
    """
    shapes = JsvShapes(profile)
    if not shapes.include(dto):
        return None
    read = _row_reader(dto, profile, names, shapes)

    def read_body(body: bytes) -> Any:
        # A cell may not be longer, and only the exact reader knows which one is.
        if len(body) > jsv_grammar.MAX_LENGTH:
            raise ValueError
        return whole(read, body.decode())

    return read_body


def _row_reader(dto: DtoType, profile: Profile, names: str, shapes: JsvShapes) -> Read:
    scalars: Scalars = {**usual_scalars(profile), "string": Scalar(_TEXT, "_text({0})")}
    scope = Scope(scalars)
    scope.names["_text"] = _text
    steps, values = Steps(scope), {}
    steps.expect(re.escape(names.strip()) + _LINE_END)
    for number, member in enumerate(dto.properties):
        if number:
            steps.expect(",")
        values[member.attribute] = _value(member, scope, steps, shapes)
    steps.expect(f"(?:{_LINE_END})?")
    return steps.function(dto, values, "csv row of")


def _value(member: Property, scope: Scope, steps: Steps, shapes: JsvShapes) -> str:
    """Adds the pattern of a member's cell, and returns the expression for its value. An empty cell is not given."""
    type_ = member.type
    if type_.kind in ("dto", "list"):
        scalar = Scalar(_QUOTED, f"{scope.named(_inner(shapes.of(type_)))}({{0}})")
    else:
        scalar = scope.scalar(type_)
    is_optional = type_.nullable and type_.kind != "string"
    found = steps.group(f"({scalar.pattern})" + ("?+" if is_optional else ""))
    value = scalar.value.format(found)
    if type_.kind == "string":
        return f"({value} or {scope.named(member.default_factory())})"
    return f"(None if {found} is None else {value})" if type_.nullable else value


def _inner(read: Read) -> Callable[[str], Any]:
    """Reads the JSV in a cell."""
    return lambda cell: whole(read, _text(cell))


def _text(cell: str) -> str:
    return jsv_grammar.unquoted(cell) if cell[:1] == '"' else cell
