"""`/types/csharp`: partial classes by namespace, for the framework's own client."""

from collections.abc import Iterator, Sequence

from parlour.engine.dto.type_names import display_name
from parlour.engine.references.clr import (
    DEFAULTS,
    EXTENSIBLE,
    attributes_of,
    by_namespace,
    contract_namespaces,
    is_extensible,
    namespaces,
    opened,
    summary,
)
from parlour.engine.references.language import Language, Source
from parlour.engine.references.model import Type, TypeMember
from parlour.engine.references.options import Options
from parlour.engine.references.writing import indented, spaced


def code(source: Source) -> str:
    return "".join(f"{line}\n" for line in _lines(source))


def _lines(source: Source) -> Iterator[str]:
    for namespace in dict.fromkeys((*opened(source.options), *namespaces(source))):
        yield f"using {namespace};"
    yield ""
    for attribute in contract_namespaces(source):
        yield f"[{attribute.text()}]"
    if source.options.flag("ExcludeNamespace"):
        for type_ in source.model.by_name:
            yield from (*_type(type_, source.options), "")
    for namespace, types in by_namespace(source):
        yield f"namespace {namespace}"
        yield "{"
        for type_ in types:
            yield from indented(_type(type_, source.options))
            yield ""
        yield "}"
        yield ""


def _type(type_: Type, options: Options) -> Iterator[str]:
    yield from summary(type_.description)
    yield from (f"[{attribute.text()}]" for attribute in attributes_of(type_, options))
    access = "internal" if options.flag("MakeInternal") else "public"
    if type_.is_enum:
        yield f"{access} enum {type_.name}"
        body = [f"{name} = {value}," if type_.is_numbered else f"{name}," for name, value in type_.values]
    else:
        yield f"{access} {'partial ' if options.flag('MakePartial') else ''}class {type_.name}"
        bases = _bases(type_, options)
        if bases:
            yield f"    : {', '.join(bases)}"
        body = list(spaced((_head(member), [_member(member, options)]) for member in type_.members))
    yield "{"
    yield from indented(body)
    if is_extensible(type_, options):
        yield f"    public {_virtual(options)}ExtensionDataObject? ExtensionData {{ get; set; }}"
    yield "}"


def _bases(type_: Type, options: Options) -> Sequence[str]:
    bases = [] if type_.base is None else [type_.base.__name__]
    if type_.operation is not None and options.flag("AddReturnMarker"):
        bases.append("IReturnVoid" if type_.returns is None else f"IReturn<{display_name(type_.returns)}>")
    return [*bases, EXTENSIBLE] if is_extensible(type_, options) else bases


def _head(member: TypeMember) -> list[str]:
    return [*summary(member.description), *(f"[{attribute.text()}]" for attribute in member.all_attributes)]


def _member(member: TypeMember, options: Options) -> str:
    name = display_name(member.type)
    is_reference = not member.type.is_value_type
    if is_reference and member.may_be_absent and not member.begins_empty and options.flag("AddNullableAnnotations"):
        name += "?"
    initial = "" if member.initial is None else f" = {member.initial};"
    if member.begins_empty:
        initial = " = [];" if member.type.kind == "list" else " = new();"
    return f"public {_virtual(options)}{name} {member.name} {{ get; set; }}{initial}"


def _virtual(options: Options) -> str:
    return "virtual " if options.flag("MakeVirtual") else ""


LANGUAGE = Language(
    path="csharp",
    title="C#",
    key="CSharp",
    code=code,
    options=(
        "GlobalNamespace", "MakePartial", "MakeVirtual", "MakeInternal", "MakeDataContractsExtensible",
        "AddNullableAnnotations", "AddReturnMarker", "AddDescriptionAsComments", "AddDataContractAttributes",
        "AddIndexesToDataMembers", "AddGeneratedCodeAttributes", "AddResponseStatus", "AddImplicitVersion",
        "InitializeCollections", "ExportValueTypes", "IncludeTypes", "ExcludeTypes", "AddNamespaces",
        "AddDefaultXmlNamespace",
    ),
    defaults=DEFAULTS,
)  # fmt: skip
