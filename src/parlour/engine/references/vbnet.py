"""`/types/vbnet`: partial classes by namespace in Visual Basic, for the framework's own client."""

from collections.abc import Iterator

from parlour.engine.references.clr import (
    DEFAULTS,
    EXTENSIBLE,
    attributes_of,
    by_namespace,
    contract_namespaces,
    is_extensible,
    namespaces,
    opened,
)
from parlour.engine.references.language import Head, Language, Source
from parlour.engine.references.model import Attribute, Type, TypeMember
from parlour.engine.references.options import Options
from parlour.engine.references.writing import TypeNames, indented, spaced

NAMES = TypeNames(
    scalars={
        "string": "String", "guid": "Guid", "char": "Char", "bool": "Boolean", "int": "Integer", "long": "Long",
        "short": "Short", "byte": "Byte", "double": "Double", "float": "Single", "decimal": "Decimal",
        "datetime": "Date", "offset": "DateTimeOffset", "span": "TimeSpan", "bytes": "Byte()", "any": "Object",
    },
    list="List(Of {item})",
    map="Dictionary(Of {key}, {item})",
    nullable="{}?",
    array="{item}()",
)  # fmt: skip

WORDS = """
addhandler addressof alias and andalso as boolean byref byte byval call case catch cbool cbyte cchar cdate cdbl cdec
char cint class clng cobj const continue csbyte cshort csng cstr ctype cuint culng cushort date decimal declare
default delegate dim directcast do double each else elseif end endif enum erase error event exit false finally for
friend function get gettype getxmlnamespace global gosub goto handles if implements imports in inherits integer
interface is isnot let lib like long loop me mod module mustinherit mustoverride mybase myclass nameof namespace
narrowing new next not nothing notinheritable notoverridable object of on operator option optional or orelse out
overloads overridable overrides paramarray partial private property protected public raiseevent readonly redim rem
removehandler resume return sbyte select set shadows shared short single static step stop string structure sub
synclock then throw to true try trycast typeof uinteger ulong ushort using variant wend when while widening with
withevents writeonly xor
"""
"""The reserved words of the language, which ignores case. Members with these names are in brackets."""

_TAKEN = frozenset(WORDS.split())


def code(source: Source) -> str:
    return "".join(f"{line}\n" for line in _lines(source))


def _lines(source: Source) -> Iterator[str]:
    for namespace in dict.fromkeys((*opened(source.options), *namespaces(source))):
        yield f"Imports {namespace}"
    for attribute in contract_namespaces(source):
        yield f"<{_text(attribute)}>"
    yield ""
    if source.options.flag("ExcludeNamespace"):
        for type_ in source.model.by_name:
            yield from (*_type(type_, source.options), "")
        return
    yield "Namespace Global"
    for namespace, types in by_namespace(source):
        yield ""
        yield f"    Namespace {namespace}"
        for type_ in types:
            yield ""
            yield from indented(_type(type_, source.options), " " * 8)
        yield "    End Namespace"
    yield "End Namespace"
    yield ""


def _type(type_: Type, options: Options) -> Iterator[str]:
    yield from _summary(type_.description)
    yield from (f"<{_text(attribute)}>" for attribute in attributes_of(type_, options))
    if type_.is_enum:
        yield f"Public Enum {type_.name}"
        yield from (f"    {name} = {value}" if type_.is_numbered else f"    {name}" for name, value in type_.values)
        yield "End Enum"
        return
    yield f"Public {'Partial ' if options.flag('MakePartial') else ''}Class {type_.name}"
    yield from indented(_bases(type_, options))
    yield from indented(spaced((_head(member), [_member(member, options)]) for member in type_.members))
    if is_extensible(type_, options):
        property_ = f"{_overridable(options)}Property ExtensionData As ExtensionDataObject"
        yield f"    Public {property_} Implements {EXTENSIBLE}.ExtensionData"
    yield "End Class"


def _bases(type_: Type, options: Options) -> Iterator[str]:
    if type_.base is not None:
        yield f"Inherits {type_.base.__name__}"
    if type_.operation is not None and options.flag("AddReturnMarker"):
        yield "Implements IReturnVoid" if type_.returns is None else f"Implements IReturn(Of {NAMES.of(type_.returns)})"
    if is_extensible(type_, options):
        yield f"Implements {EXTENSIBLE}"


def _head(member: TypeMember) -> list[str]:
    return [*_summary(member.description), *(f"<{_text(attribute)}>" for attribute in member.all_attributes)]


def _member(member: TypeMember, options: Options) -> str:
    name = f"[{member.name}]" if member.name.lower() in _TAKEN else member.name
    type_ = NAMES.inside(member.type)
    initial = "" if member.initial is None else f" = {member.initial}"
    if member.begins_empty:
        initial = " = {}" if member.type.is_array else f" = New {type_}"
    return f"Public {_overridable(options)}Property {name} As {type_}{initial}"


def _overridable(options: Options) -> str:
    return "Overridable " if options.flag("MakeVirtual") else ""


def _text(attribute: Attribute) -> str:
    # A quotation mark in a text is doubled. A backslash needs no escape.
    return attribute.text(":=", '"')


def _summary(text: str) -> list[str]:
    return ["'''<Summary>", *(f"'''{line}" for line in text.splitlines()), "'''</Summary>"] if text else []


LANGUAGE = Language(
    path="vbnet",
    title="VB.NET",
    key="VbNet",
    code=code,
    head=Head(opening=("' Options:",), closing=("",), line="'", unset="'''", given="'", separator=", ", gap=("'",)),
    options=(
        "GlobalNamespace", "MakePartial", "MakeVirtual", "MakeDataContractsExtensible", "AddReturnMarker",
        "AddDescriptionAsComments", "AddDataContractAttributes", "AddIndexesToDataMembers",
        "AddGeneratedCodeAttributes", "AddResponseStatus", "AddImplicitVersion", "InitializeCollections",
        "ExportValueTypes", "IncludeTypes", "ExcludeTypes", "AddNamespaces", "AddDefaultXmlNamespace",
    ),
    defaults=DEFAULTS,
)  # fmt: skip
