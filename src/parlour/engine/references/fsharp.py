"""`/types/fsharp`: classes in one namespace, each after the classes it needs, for the framework's own client."""

from collections.abc import Iterator

from parlour.engine.references.clr import DEFAULTS, EXTENSIBLE, attributes_of, is_extensible, opened, summary
from parlour.engine.references.language import Head, Language, Source
from parlour.engine.references.model import Type, TypeMember
from parlour.engine.references.options import Options
from parlour.engine.references.writing import TypeNames, indented, spaced

NAMES = TypeNames(
    scalars={
        "string": "String", "guid": "Guid", "char": "Char", "bool": "Boolean", "int": "Int32", "long": "Int64",
        "short": "Int16", "byte": "Byte", "double": "Double", "float": "Single", "decimal": "Decimal",
        "datetime": "DateTime", "offset": "DateTimeOffset", "span": "TimeSpan", "bytes": "Byte[]", "any": "Object",
    },
    list="ResizeArray<{item}>",
    map="Dictionary<{key}, {item}>",
    nullable="Nullable<{}>",
    array="{item}[]",
)  # fmt: skip

PREFERRED_SUFFIX = "ServiceModel"
"""The namespace that ends like this is the namespace of all types."""


def code(source: Source) -> str:
    return "".join(f"{line}\n" for line in _lines(source))


def _lines(source: Source) -> Iterator[str]:
    if not source.options.flag("ExcludeNamespace"):
        yield f"namespace {_namespace(source)}"
        yield ""
    yield from (f"open {namespace}" for namespace in opened(source.options))
    for type_ in source.model.dependencies_first():
        yield ""
        yield from indented(_type(type_, source.options))
    yield ""


def _namespace(source: Source) -> str:
    declared = sorted(source.model.namespaces)
    preferred = [name for name in declared if name.endswith(PREFERRED_SUFFIX)]
    return source.options.text("GlobalNamespace") or next(iter((*preferred, *declared)), "dtos")


def _type(type_: Type, options: Options) -> Iterator[str]:
    yield from summary(type_.description)
    yield from (f"[<{attribute.text()}>]" for attribute in attributes_of(type_, options))
    if type_.is_enum:
        yield f"type {type_.name} ="
        yield from (f"    | {name} = {value}" for name, value in type_.values)
        return
    yield "[<AllowNullLiteral>]"
    yield f"type {type_.name}() = "
    body = [*_bases(type_, options), *spaced((_head(member), [_member(member, options)]) for member in type_.members)]
    yield from indented(body or ["class end"])


def _bases(type_: Type, options: Options) -> Iterator[str]:
    if type_.base is not None:
        yield f"inherit {type_.base.__name__}()"
    if type_.operation is not None and options.flag("AddReturnMarker"):
        yield "interface IReturnVoid" if type_.returns is None else f"interface IReturn<{NAMES.of(type_.returns)}>"
    if is_extensible(type_, options):
        yield f"interface {EXTENSIBLE} with"
        yield "    member val ExtensionData:ExtensionDataObject = null with get,set"


def _head(member: TypeMember) -> list[str]:
    return [*summary(member.description), *(f"[<{attribute.text()}>]" for attribute in member.all_attributes)]


def _member(member: TypeMember, options: Options) -> str:
    name = NAMES.inside(member.type)
    initial = f"new {name}()" if member.type.is_value_type else "null"
    if member.initial is not None:
        initial = str(member.initial)
    # A required list is null here, as recorded. Only the option makes it empty.
    if member.type.kind in ("list", "map") and options.flag("InitializeCollections"):
        initial = "[||]" if member.type.is_array else f"new {name}()"
    return f"member val {member.name}:{name} = {initial} with get,set"


LANGUAGE = Language(
    path="fsharp",
    title="F#",
    key="FSharp",
    code=code,
    head=Head(opening=("(* Options:",), closing=("*)", "")),
    options=(
        "GlobalNamespace", "MakeDataContractsExtensible", "AddReturnMarker", "AddDescriptionAsComments",
        "AddDataContractAttributes", "AddIndexesToDataMembers", "AddGeneratedCodeAttributes", "AddResponseStatus",
        "AddImplicitVersion", "ExportValueTypes", "IncludeTypes", "ExcludeTypes", "InitializeCollections",
        "AddNamespaces",
    ),
    defaults=DEFAULTS,
)  # fmt: skip
