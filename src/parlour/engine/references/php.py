"""`/types/php`: classes for the package `servicestack/client`, which convert themselves from and to JSON."""

from collections.abc import Iterator
from dataclasses import replace

from parlour.engine.dto.metadata import TypeRef
from parlour.engine.dto.type_names import display_name
from parlour.engine.references.language import Language, Source
from parlour.engine.references.model import Type, TypeMember
from parlour.engine.references.options import Options
from parlour.engine.references.writing import TypeNames, comment_lines, indented, spaced, with_inherited

NAMES = TypeNames(
    scalars={
        "string": "string",
        "guid": "string",
        "char": "string",
        "bool": "bool",
        "int": "int",
        "long": "int",
        "short": "int",
        "byte": "int",
        "double": "float",
        "float": "float",
        "decimal": "float",
        "datetime": "DateTime",
        "offset": "DateTime",
        "span": "DateInterval",
        "bytes": "ByteArray",
        "any": "mixed",
    },
    list="array",
    map="array",
)

DOCUMENTED = replace(NAMES, list="array<{item}>", array="{item}[]", map="array<{key},{item}>", nullable="{}|null")
"""The names of types in comments, because PHP itself does not say what an array contains."""

ZEROS = (
    dict.fromkeys(["guid", "char"], "''")
    | dict.fromkeys(["int", "long", "short", "byte"], "0")
    | dict.fromkeys(["double", "float", "decimal"], "0.0")
    | dict.fromkeys(["datetime", "offset"], "new DateTime()")
)

CONVERTED = ("datetime", "offset", "span", "bytes", "enum", "flags", "dto", "any")
"""The types that are objects in PHP, but not in JSON, or are other objects there."""

CLIENT_TYPES = """
IReturn,IReturnVoid,IGet,IPost,IPut,IDelete,IPatch,IMeta,IHasSessionId,IHasBearerToken,IHasVersion
ICrud,ICreateDb,IUpdateDb,IPatchDb,IDeleteDb,ISaveDb,AuditBase,QueryDb,QueryDb2,QueryData,QueryData2,QueryResponse
ResponseStatus,ResponseError,EmptyResponse,IdResponse,ArrayList,KeyValuePair2,StringResponse,StringsResponse,\
Tuple2,Tuple3,ByteArray
JsonConverters,Returns,TypeContext
"""


def code(source: Source) -> str:
    return "\n".join(_lines(source)) + "\n"


def _lines(source: Source) -> Iterator[str]:
    yield ""
    yield from ("use DateTime;", "use Exception;", "use DateInterval;", "use JsonSerializable;")
    yield from (f"use ServiceStack\\{{{names}}};" for names in CLIENT_TYPES.split())
    yield from (f"use {name};" for name in source.options.names("DefaultImports"))
    yield ""
    for type_ in source.model.dependencies_first():
        yield ""
        yield from (f"/** @description {line} */" for line in comment_lines(type_.description))
        yield from (f"// {attribute.comment}" for attribute in type_.all_attributes)
        yield from _enum(type_) if type_.is_enum else _class(type_, source)
    yield ""


def _enum(type_: Type) -> Iterator[str]:
    yield from (f"enum {type_.name} : {'int' if type_.is_flags else 'string'}", "{")
    for name, value in type_.values:
        # `class`, in any case, is the name of the enumeration itself.
        yield f"    case {name}{'_' if name.lower() == 'class' else ''} = {value if type_.is_flags else repr(name)};"
    yield "}"


def _class(type_: Type, source: Source) -> Iterator[str]:
    returns = type_.returns
    if returns is not None:
        yield f"#[Returns('{NAMES.of(returns)}')]"
    base = f" extends {type_.base.__name__}" if type_.base else ""
    yield f"class {type_.name}{base} implements {_marker(type_)}JsonSerializable"
    yield "{"
    yield from indented(_constructor(type_, source))
    yield ""
    yield from indented(_from_map(type_))
    yield "    "
    yield from indented(_json_serialize(type_))
    if type_.operation is not None:
        yield f"    public function getTypeName(): string {{ return '{type_.name}'; }}"
        yield f"    public function getMethod(): string {{ return '{type_.verb}'; }}"
        yield f"    public function createResponse(): {_response(returns)}"
    yield "}"


def _marker(type_: Type) -> str:
    if type_.operation is None:
        return ""
    return "IReturnVoid, " if type_.returns is None else "IReturn, "


def _constructor(type_: Type, source: Source) -> Iterator[str]:
    options = source.options
    inherited = [member for member in with_inherited(type_, source.model) if member not in type_.members]
    # The base declares its own members; here they are only passed on.
    parameters: list[tuple[list[str], list[str]]] = [([], [_parameter(member, options)]) for member in inherited]
    parameters += [
        (_head(member), [_var(member, options), f"public {_parameter(member, options)}"]) for member in type_.members
    ]
    yield "public function __construct("
    for _, lines in parameters[:-1]:
        lines[-1] += ","
    yield from indented(spaced(parameters))
    yield ") {"
    if inherited:
        yield f"    parent::__construct({', '.join(f'${_name(member)}' for member in inherited)});"
    yield "}"


def _head(member: TypeMember) -> list[str]:
    described = [f"/** @description {line} */" for line in comment_lines(member.description)]
    return [*described, *(f"// {attribute.comment}" for attribute in member.all_attributes)]


def _var(member: TypeMember, options: Options) -> str:
    null = "|null" if _default(member, options) is None else ""
    return f"/** @var {DOCUMENTED.of(member.type)}{null} */"


def _parameter(member: TypeMember, options: Options) -> str:
    default = _default(member, options)
    mark = "?" if default is None and member.type.kind != "any" else ""
    return f"{mark}{NAMES.of(member.type)} ${_name(member)}={default or 'null'}"


def _name(member: TypeMember) -> str:
    """The name of the variable. `$this` is reserved."""
    return "this_" if member.wire_name == "this" else member.wire_name


def _default(member: TypeMember, options: Options) -> str | None:
    """The first value of a member; None if it may be null."""
    kind = member.type.kind
    if options.flag("MakePropertiesOptional"):
        return None
    if member.initial is not None:
        return str(member.initial)
    if member.type.item is not None:
        return "[]" if options.flag("InitializeCollections") else None
    if kind == "string" and member.is_required:
        return "''"
    return None if member.type.nullable else ZEROS.get(kind)


def _from_map(type_: Type) -> Iterator[str]:
    yield from ("/** @throws Exception */", "public function fromMap($o): void {")
    if type_.base is not None:
        yield "    parent::fromMap($o);"
    for member in type_.members:
        name, given = _name(member), f"$o['{member.wire_name}']"
        yield f"    if (isset({given})) $this->{name} = {_converted(member.type, 'from', given)};"
    yield "}"


def _json_serialize(type_: Type) -> Iterator[str]:
    yield from ("/** @throws Exception */", "public function jsonSerialize(): mixed", "{")
    yield f"    $o = {'[]' if type_.base is None else '(array) parent::jsonSerialize()'};"
    for member in type_.members:
        value = f"$this->{_name(member)}"
        yield f"    if (isset({value})) $o['{member.wire_name}'] = {_converted(member.type, 'to', value)};"
    yield from ("    return empty($o) ? new class(){} : $o;", "}")


def _converted(type_: TypeRef, way: str, value: str) -> str:
    """The expression `value`, converted `from` JSON or `to` JSON."""
    if type_.kind == "list" and type_.item is not None:
        return f"JsonConverters::{way}Array('{_plain(type_.item)}', {value})"
    if type_.key is not None and type_.item is not None:
        arguments = f"genericArgs:['{_plain(type_.key)}','{_plain(type_.item)}']"
        return f"JsonConverters::{way}(JsonConverters::context('Dictionary',{arguments}), {value})"
    if type_.kind not in CONVERTED:
        return value
    name = _plain(type_) if type_.nullable and type_.is_value_type else NAMES.of(type_)
    return f"JsonConverters::{way}('{name}', {value})"


def _plain(type_: TypeRef) -> str:
    """The name of a type for the client's converters."""
    return display_name(type_).rstrip("?")


def _response(type_: TypeRef | None) -> str:
    if type_ is None:
        return "void {}"
    if type_.kind == "list" and type_.item is not None:
        created = f'ArrayList::create(["{_plain(type_.item)}"])'
    elif type_.kind == "dto":
        created = f"new {NAMES.of(type_)}()"
    else:
        created = f"'{NAMES.of(type_)}'"
    return f"mixed {{ return {created}; }}"


LANGUAGE = Language(
    path="php",
    title="PHP",
    code=code,
    preamble="<?php namespace {GlobalNamespace};\n",
    content_type="text/javascript; charset=utf-8",
    options=(
        "GlobalNamespace", "MakePropertiesOptional", "AddServiceStackTypes", "AddResponseStatus",
        "AddImplicitVersion", "AddDescriptionAsComments", "IncludeTypes", "ExcludeTypes", "DefaultImports",
    ),
    defaults={"GlobalNamespace": "dtos"},
)  # fmt: skip
