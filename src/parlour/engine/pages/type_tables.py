"""The types of an operation as tables for people: what each member is, and where it is sent.

The tables are those of docs/wire/metadata.md#tables.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from parlour.engine.dto.errors import FRAMEWORK
from parlour.engine.dto.metadata import DtoType, Operation, Property, TypeRef
from parlour.engine.dto.type_names import display_name as type_name
from parlour.engine.pages.sample import sample
from parlour.engine.rules.rules import Inside, rule_sets
from parlour.engine.rules.validators import display_name, value_text
from parlour.engine.serving.routes import compile_route

Place = Literal["path", "query", "body", "form"]


@dataclass(frozen=True, slots=True)
class MemberRow:
    name: str
    place: Place
    type: str
    is_required: bool
    description: str
    rules: Sequence[str]


@dataclass(frozen=True, slots=True)
class MemberTable:
    """The DTO's own members, in their order."""

    name: str
    rows: Sequence[MemberRow]


@dataclass(frozen=True, slots=True)
class EnumTable:
    """The values of an enum. `has_values` says that they are sent as numbers."""

    name: str
    has_values: bool
    rows: Sequence[tuple[str, int]]


def type_tables(operation: Operation) -> list[MemberTable | EnumTable]:
    """A table for the request and each type it contains, then the same for the response. Each type has one table.

    Types of the framework and types without members have none. The items of a bare list have none either.
    """
    seen: set[Any] = set()
    tables: list[MemberTable | EnumTable] = [_members(operation.request, operation)]
    tables += _made_of(operation.request, operation, seen)
    if operation.response is not None and operation.response.kind == "dto":
        tables += _tables(operation.response, operation, seen)
    return [table for table in tables if table.rows]


def _tables(type_: TypeRef, operation: Operation, seen: set[Any]) -> Iterator[MemberTable | EnumTable]:
    for inner in (type_.key, type_.item):
        if inner is not None:
            yield from _tables(inner, operation, seen)
    if type_.python is None or type_.python in seen:
        return
    seen.add(type_.python)
    if type_.kind in ("enum", "flags"):
        rows = [(name, member.value) for name, member in type_.python.__members__.items()]
        yield EnumTable(type_.python.__name__, type_.kind == "flags", rows)
    elif type_.dto.namespace != FRAMEWORK:
        yield _members(type_.dto, operation)
        yield from _made_of(type_.dto, operation, seen)


def _made_of(dto: DtoType, operation: Operation, seen: set[Any]) -> Iterator[MemberTable | EnumTable]:
    if dto.base is not None:
        yield from _tables(TypeRef("dto", python=dto.base), operation, seen)
    for member in dto.own_properties:
        yield from _tables(member.type, operation, seen)


def _members(dto: DtoType, operation: Operation) -> MemberTable:
    return MemberTable(
        dto.name,
        [
            MemberRow(
                name=member.name,
                place=_place(member, operation) if dto is operation.request else "form",
                type=member.data_type or type_name(member.type),
                is_required=member.is_required,
                description=member.description or "",
                rules=list(_sentences(member)),
            )
            for member in dto.own_properties
        ],
    )


def _place(member: Property, operation: Operation) -> Place:
    variables = {variable.name for route in operation.routes for variable in compile_route(operation, route).variables}
    if member.name.lower() in {name.lower() for name in variables}:
        return "path"
    verbs = {verb for route in operation.routes for verb in route.verbs}
    return "body" if verbs & {"POST", "PUT"} else "query"


def _sentences(member: Property) -> Iterator[str]:
    """The requirements of a member's rules, and of the rules for members of the DTO in it."""
    yield from _requirements(member.rules, member.type, member.name)
    for rule in member.rules:
        if isinstance(rule, Inside):
            held = member.type.dto.by_name[rule.member.lower()]
            yield from _requirements(rule.rules, held.type, f"{member.name}.{held.name}")


def _requirements(declared: Iterable[Any], type_: TypeRef, path: str) -> Iterator[str]:
    entered = sample(type_)
    for rules in rule_sets(declared):
        verbs = f" ({', '.join(sorted(rules.verbs))})" if rules.verbs else ""
        for rule in rules.rules:
            placeholders = {**rule.placeholders(entered), "PropertyName": display_name(path), "PropertyValue": entered}
            said = {name: value_text(value) for name, value in placeholders.items()}
            yield rule.requirement().format_map(said) + verbs
