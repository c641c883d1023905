"""`/types/mjs`: classes for browsers and Node that need no compiler. Types are in comments, for editors."""

from collections.abc import Iterator

from parlour.engine.references.language import Language, Source
from parlour.engine.references.model import Type, TypeMember
from parlour.engine.references.options import Options
from parlour.engine.references.typescript import NAMES, field_name, imports, new_answer
from parlour.engine.references.writing import comment_lines, indented

CONTENT_TYPE = "text/javascript; charset=utf-8"


def code(source: Source) -> str:
    options = source.options
    lines = ['"use strict";', *imports(options)]
    for type_ in source.model.dependencies_first(with_framework=options.flag("AddServiceStackTypes")):
        lines += _enum(type_, options) if type_.is_enum else _class(type_, options)
    return "\n".join([*lines, "", ""])


def _enum(type_: Type, options: Options) -> Iterator[str]:
    if options.flag("AddDocAnnotations"):
        names = "|".join(f"'{name}'" for name, _ in type_.values)
        yield f"/** @typedef {{{'number' if type_.is_flags else names}}} */"
    yield f"export var {type_.name};"
    yield f"(function ({type_.name}) {{"
    yield from indented(enum_values(type_))
    yield f"}})({type_.name} || ({type_.name} = {{}}));"


def enum_values(type_: Type) -> Iterator[str]:
    """The values of an enumeration as members of an object. If they are numbers, names are found by number too."""
    for name, value in type_.values:
        key = f'{type_.name}["{name}"]'
        yield f'{type_.name}[{key} = {value}] = "{name}"' if type_.is_flags else f'{key} = "{name}"'


def _class(type_: Type, options: Options) -> Iterator[str]:
    has_types = options.flag("AddDocAnnotations")
    base = "" if type_.base is None else f" extends {type_.base.__name__}"
    if type_.description:
        yield f"/** @description {' '.join(comment_lines(type_.description))} */"
    yield f"export class {type_.name}{base} {{"
    if has_types:
        members = ",".join(f"{member.wire_name}?:{NAMES.of(member.type)}" for member in type_.members)
        yield f"    /** @param {{{{{members}}}}} [init] */"
    first = "super(init); " if base else ""
    yield f"    constructor(init) {{ {first}Object.assign(this, init) }}"
    for member in type_.members:
        yield from indented(_comment(member, has_types=has_types))
        yield f"    {field_name(member)}{_initial(member)};"
    if type_.operation is not None:
        answer = new_answer(type_.returns)
        yield f"    getTypeName() {{ return '{type_.name}' }}"
        yield f"    getMethod() {{ return '{type_.verb}' }}"
        yield f"    createResponse() {{{f' return {answer}' if answer else ''} }}"
    yield "}"


def _comment(member: TypeMember, *, has_types: bool) -> list[str]:
    name = NAMES.of(member.type)
    is_nullable = member.may_be_absent and not member.begins_empty
    said = [f"@type {{{'?' if is_nullable else ''}{name}}}"] if has_types else []
    if not member.description:
        return [f"/** {line} */" for line in said]
    said.append(f"@description {' '.join(comment_lines(member.description))} */")
    return ["/**", *(f" * {line}" for line in said)]


def _initial(member: TypeMember) -> str:
    if member.begins_empty:
        return " = []" if member.type.kind == "list" else " = {}"
    return "" if member.initial is None else f" = {member.initial}"


LANGUAGE = Language(
    path="mjs",
    title="JavaScript",
    key="Mjs",
    code=code,
    options=(
        "AddServiceStackTypes", "AddDocAnnotations", "AddDescriptionAsComments", "IncludeTypes", "ExcludeTypes",
        "DefaultImports",
    ),
    content_type=CONTENT_TYPE,
)  # fmt: skip
