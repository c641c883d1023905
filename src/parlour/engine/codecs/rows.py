"""Which part of an answer is written in CSV and JSON Lines (docs/wire/rows.md#which-rows)."""

from collections.abc import Callable
from typing import Any, TypeVar

from parlour.engine.dto.metadata import DtoType, Property, TypeRef

T = TypeVar("T", str, bytes)


def rows_writer(type_: TypeRef, writer: Callable[[TypeRef], Callable[[Any], T]], nothing: T) -> Callable[[Any], T]:
    """Return a function that writes the rows of an answer, by what `writer` makes for their type.

    The rows of a data contract are its first list or map, else its first object. All other answers, and failures, are
    written whole. `nothing` is written for a missing value.
    """
    write_whole = writer(type_)
    rows = _rows_member(type_.dto) if type_.kind == "dto" and type_.dto.is_data_contract else None
    write_rows = None if rows is None else writer(rows.type)
    if rows is None or write_rows is None:
        return lambda value: nothing if value is None else write_whole(value)
    status = type_.dto.status_property

    def write(value: Any) -> T:
        if value is None:
            return nothing
        reported = None if status is None else getattr(value, status.attribute)
        if getattr(reported, "error_code", None) is not None:
            return write_whole(value)
        part = getattr(value, rows.attribute)
        return nothing if part is None else write_rows(part)

    return write


def _rows_member(dto: DtoType) -> Property | None:
    members = [member for member in dto.properties if member is not dto.status_property]
    return next(
        (member for kinds in (("list", "map"), ("dto",)) for member in members if member.type.kind in kinds), None
    )
