"""`/types/zig`: structures for the Zig client library `servicestack`."""

from collections.abc import Iterator

from parlour.engine.references.language import Head, Language, Source
from parlour.engine.references.model import Type, TypeMember
from parlour.engine.references.writing import TypeNames, comment_lines, holds, indented, spaced, with_inherited, words

NAMES = TypeNames(
    scalars={
        "string": "[]const u8",
        "guid": "[]const u8",
        "char": "u8",
        "bool": "bool",
        "int": "i32",
        "long": "i64",
        "short": "i16",
        "byte": "u8",
        "double": "f64",
        "float": "f32",
        "decimal": "f64",
        "datetime": "[]const u8",
        "offset": "[]const u8",
        "span": "[]const u8",
        "bytes": "[]const u8",
        "any": "std.json.Value",
    },
    list="[]{item}",
    map="std.json.Value",
    nullable="?{}",
    framework="ss.{}",
)

ZEROS = {"bool": "false"} | dict.fromkeys(["char", "int", "long", "short", "byte", "double", "float", "decimal"], "0")

IMPORTS = 'const std = @import("std");'

TAKEN = words(
    "addrspace align allowzero and anyframe anytype asm async await break callconv catch comptime const continue defer "
    "else enum errdefer error export extern fn for if inline linksection noalias noinline nosuspend null opaque or "
    "orelse packed pub resume return struct suspend switch test threadlocal true false try undefined union unreachable "
    "usingnamespace var volatile while"
)


def code(source: Source) -> str:
    return "\n".join(_lines(source))


def _lines(source: Source) -> Iterator[str]:
    yield source.options.text("DefaultImports")
    yield 'const ss = @import("servicestack");'
    namespace = source.options.text("GlobalNamespace")
    if namespace:
        yield from ("", f"pub const {namespace} = struct {{", *indented(_types(source)), "};")
    else:
        yield from _types(source)
    yield ""


def _types(source: Source) -> Iterator[str]:
    for type_ in source.model.dependencies_first():
        yield ""
        yield from _head(type_)
        yield from _enum(type_) if type_.is_enum else _struct(type_, source)
        yield "};"


def _enum(type_: Type) -> Iterator[str]:
    yield f"pub const {type_.name} = enum{'(i32)' if type_.is_flags else ''} {{"
    for name, value in type_.values:
        yield f"    {_escaped(name)}{f' = {value}' if type_.is_flags else ''},"


def _struct(type_: Type, source: Source) -> Iterator[str]:
    yield f"pub const {type_.name} = struct {{"
    if type_.operation is not None:
        yield f'    pub const ss_name = "{type_.name}";'
        yield f'    pub const ss_verb = "{type_.verb}";'
        # A request that is its own response would refer to itself here.
        if type_.returns is not None and type_.returns.python is not type_.cls:
            yield f"    pub const Response = {NAMES.of(type_.returns)};"
        yield ""
    is_optional = source.options.flag("MakePropertiesOptional")
    members = with_inherited(type_, source.model)
    yield from indented(spaced((_head(each), [_member(each, type_, is_optional=is_optional)]) for each in members))


def _head(of: Type | TypeMember) -> list[str]:
    description = [f"/// {line}".rstrip() for line in comment_lines(of.description)]
    return [*description, *(f"// {attribute.comment}" for attribute in of.all_attributes)]


def _member(member: TypeMember, owner: Type, *, is_optional: bool) -> str:
    type_ = member.type
    name, type_name = _escaped(member.wire_name), NAMES.of(type_)
    if member.begins_empty and type_.kind == "list" and not is_optional:
        return f"{name}: {type_name} = &.{{}},"
    if type_.kind in ZEROS and not type_.nullable and not is_optional:
        return f"{name}: {type_name} = {ZEROS[type_.kind] if member.initial is None else member.initial},"
    pointer = "*const " if holds(type_, owner.cls) else ""
    return f"{name}: ?{pointer}{type_name} = null,"


def _escaped(name: str) -> str:
    return f'@"{name}"' if name in TAKEN else name


LANGUAGE = Language(
    path="zig",
    title="Zig",
    code=code,
    head=Head(
        opening=("/// Options:",), closing=("///",), line="/// ", unset="/// ", given="//", gap=(), strips=True
    ),
    options=(
        "GlobalNamespace", "MakePropertiesOptional", "AddServiceStackTypes", "AddResponseStatus",
        "AddImplicitVersion", "AddDescriptionAsComments", "IncludeTypes", "ExcludeTypes", "DefaultImports",
    ),
    defaults={"DefaultImports": IMPORTS},
)  # fmt: skip
