"""`/types/ruby`: classes for the gem `servicestack`."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from parlour.engine.dto.metadata import snake
from parlour.engine.references.language import Head, Language, Source
from parlour.engine.references.model import Attribute, Type, TypeMember
from parlour.engine.references.writing import TypeNames, indented, spaced

NAMES = TypeNames(
    scalars={
        "string": "String",
        "guid": "String",
        "char": "String",
        "bool": "TrueClass",
        "int": "Integer",
        "long": "Integer",
        "short": "Integer",
        "byte": "Integer",
        "double": "Float",
        "float": "Float",
        "decimal": "BigDecimal",
        "datetime": "DateTime",
        "offset": "DateTime",
        "span": "Time",
        "bytes": "String",
        "any": "Object",
    },
    list="List",
    array="Array",
    map="Dictionary",
    framework="ServiceStack::{}",
)

CONVERTED = ("datetime", "offset", "dto")
"""The client makes these into objects from JSON, so it must know their class."""

TAKEN = ("BEGIN", "END")
"""Reserved words that are written like constants."""

QUOTED = ("ApiMember", "ApiResponse")


def code(source: Source) -> str:
    return "\n".join(_lines(source)) + "\n"


def _lines(source: Source) -> Iterator[str]:
    types = source.model.dependencies_first()
    has_markers = source.options.flag("AddReturnMarker")
    yield from (f"require '{name}'" for name in ("json", "servicestack", *source.options.names("AddNamespaces")))
    yield ""
    for type_ in types:
        if type_.is_enum:
            yield from _enum(type_)
    operations = [type_ for type_ in types if type_.operation is not None]
    if has_markers and any(type_.returns is not None for type_ in operations):
        yield from _marker("IReturn", "T")
    if has_markers and any(type_.returns is None for type_ in operations):
        yield from _marker("IReturnVoid", "nil")
    for type_ in types:
        if not type_.is_enum:
            yield from _class(type_, has_marker=has_markers)


def _enum(type_: Type) -> Iterator[str]:
    yield ""
    yield from _comments(type_.attributes)
    yield f"module {type_.name}"
    for name, value in type_.values:
        constant = snake(name).upper()
        yield f"    {constant}{'_' if constant in TAKEN else ''} = {value if type_.is_flags else repr(name)}"
    yield "end"


def _class(type_: Type, *, has_marker: bool) -> Iterator[str]:
    yield ""
    yield from _comments(type_.all_attributes)
    yield f"class {type_.name}{f' < {type_.base.__name__}' if type_.base else ''}"
    yield from ("    include ServiceStack::DTO", "")
    yield from indented(spaced(_accessor(member) for member in type_.members))
    yield from ("", "    def self.properties", "        {")
    yield from (f"            {_property(member)}" for member in type_.members)
    if type_.base is None:
        yield "        }"
    else:
        yield "        }.merge(super)"
    yield from ("    end", "")
    if type_.operation is not None:
        if has_marker:
            yield f"    def response_type() = {'nil' if type_.returns is None else NAMES.of(type_.returns)}"
        yield f"    def get_type_name() = '{type_.name}'"
        yield f"    def get_method() = '{type_.verb}'"
    yield "end"


def _comments(attributes: Iterable[Attribute]) -> list[str]:
    """The first attribute of each name, except those that say nothing."""
    firsts: dict[str, str] = {}
    for attribute in attributes:
        if attribute.arguments or attribute.name != "DataMember":
            firsts.setdefault(attribute.name, f"# @{_text(attribute)}")
    return list(firsts.values())


def _text(attribute: Attribute) -> str:
    if attribute.name not in QUOTED:
        return attribute.text()
    arguments = ((name, "true" if value is True else value) for name, value in attribute.arguments)
    return replace(attribute, arguments=tuple(arguments)).text(equals=": ")


def _accessor(member: TypeMember) -> tuple[list[str], list[str]]:
    lines = [f"# @return [{NAMES.of(member.type)}]", f"attr_accessor :{snake(member.name)}"]
    return _comments(member.all_attributes), lines


def _property(member: TypeMember) -> str:
    type_ = member.type
    converted = type_ if type_.item is None else type_.item
    type_option = ""
    if converted.kind in CONVERTED and type_.key is None:
        type_option = f", type: {f'[{NAMES.of(converted)}]' if type_.item else NAMES.of(converted)}"
    return f"{snake(member.name)}: {{ name: '{member.wire_name}'{type_option} }},"


def _marker(name: str, response: str) -> list[str]:
    return [
        "",
        f"module {name}",
        f"    def response_type() = {response}",
        f"    def get_type_name() = '{name}'",
        "end",
    ]


LANGUAGE = Language(
    path="ruby",
    title="Ruby",
    code=code,
    preamble="# frozen_string_literal: true\n# encoding: utf-8\n\n",
    head=Head(opening=("# Options:", "=begin"), closing=("=end", ""), unset="#"),
    options=(
        "MakePartial", "MakeVirtual", "MakeInternal", "MakeDataContractsExtensible", "AddReturnMarker",
        "AddDescriptionAsComments", "AddDataContractAttributes", "AddIndexesToDataMembers",
        "AddGeneratedCodeAttributes", "AddResponseStatus", "AddImplicitVersion", "InitializeCollections",
        "ExportValueTypes", "IncludeTypes", "ExcludeTypes", "AddNamespaces", "AddDefaultXmlNamespace",
    ),
)  # fmt: skip
