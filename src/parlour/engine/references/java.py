"""`/types/java`: classes for the client library `net.servicestack`."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from parlour.engine.codecs import Profile
from parlour.engine.dto.metadata import TypeRef
from parlour.engine.references.language import Language, Source
from parlour.engine.references.model import Attribute, Type, TypeMember
from parlour.engine.references.options import Options
from parlour.engine.references.writing import TypeNames, block_comment, capitalised, indented, spaced, words

NAMES = TypeNames(
    scalars={
        "string": "String",
        "guid": "UUID",
        "char": "String",
        "bool": "Boolean",
        "int": "Integer",
        "long": "Long",
        "short": "Short",
        "byte": "Short",
        "double": "Double",
        "float": "Float",
        "decimal": "BigDecimal",
        "datetime": "Date",
        "offset": "Date",
        "span": "TimeSpan",
        "bytes": "byte[]",
        "any": "Object",
    },
    list="ArrayList<{item}>",
    map="HashMap<{key},{item}>",
)

TAKEN = words(
    "abstract assert boolean break byte case catch char class const continue default do double else enum extends false "
    "final finally float for goto if implements import instanceof int interface long native new null package private "
    "protected public return short static strictfp super switch synchronized this throw throws transient true try void "
    "volatile while responseType"
)

TAKEN_ACCESSORS = ("Class", "ResponseType")
"""Accessors that members cannot have: every object has `getClass`, and requests have `getResponseType`."""

IMPORTS = "java.math.*,java.util.*,java.io.InputStream,net.servicestack.client.*"

NEEDED_IMPORTS = {"@SerializedName": "com.google.gson.annotations.*", "TypeToken<": "com.google.gson.reflect.*"}
"""Also imported, if the code contains the word."""


def imports_for(code: str) -> str:
    return ",".join([IMPORTS, *(module for word, module in NEEDED_IMPORTS.items() if word in code)])


def names_of(options: Options, names: TypeNames = NAMES) -> TypeNames:
    """The names of types whose values are to be text."""
    return replace(names, strings=frozenset(options.names("TreatTypesAsStrings")))


def annotations(attributes: Iterable[Attribute]) -> list[str]:
    """Attributes as annotations. A second one of the same name is a comment, because the compiler allows only one."""
    lines: dict[str, list[str]] = {}
    for attribute in attributes:
        same = lines.setdefault(attribute.name, [])
        same.append(f"{'// ' if same else ''}{replace(attribute, is_positional=False).comment}")
    return [line for same in lines.values() for line in same]


def head_of(member: TypeMember) -> list[str]:
    """The lines above a field: its description, its annotations, and its name in JSON if that differs."""
    own_name = [f'@SerializedName("{member.declared.alias}")'] if member.declared.alias else []
    return [*block_comment(member.description), *annotations(member.all_attributes), *own_name]


def field_of(member: TypeMember, profile: Profile, taken: Collection[str]) -> tuple[str, str]:
    """The name of a field, and its annotation if the language reserves the member's name."""
    name = profile.cased(member.name)
    if name not in taken:
        return name, ""
    return capitalised(name), "" if member.declared.alias else f'@SerializedName("{name}") '


def code(source: Source) -> str:
    options = source.options
    classes = "\n".join(indented(line for type_ in source.model.by_role for line in _type(type_, source)))
    package = [f"package {options.text('Package')};", ""] if options.text("Package") else []
    imports = [f"import {name};" for name in options.names("DefaultImports") or imports_for(classes).split(",")]
    wrapper = options.text("GlobalNamespace")
    return "\n".join([*package, *imports, "", f"public class {wrapper}", "{", classes, "", "}", ""])


def _type(type_: Type, source: Source) -> Iterator[str]:
    yield ""
    yield from block_comment(type_.description)
    yield from annotations(type_.all_attributes)
    yield from _enum(type_) if type_.is_enum else _class(type_, source)


def _enum(type_: Type) -> Iterator[str]:
    yield from (f"public static enum {type_.name}", "{")
    values = [f'@SerializedName("{value}") {name}({value})' if type_.is_flags else name for name, value in type_.values]
    yield from (f"    {value}," for value in values[:-1])
    yield from (f"    {value};" for value in values[-1:])
    if type_.is_flags:
        yield ""
        yield "    private final int value;"
        yield f"    {type_.name}(final int intValue) {{ value = intValue; }}"
        yield "    public int getValue() { return value; }"
    yield "}"


def _class(type_: Type, source: Source) -> Iterator[str]:
    options = source.options
    names = names_of(options)
    base = f" extends {type_.base.__name__}" if type_.base else ""
    yield f"public static class {type_.name}{base}{_marker(type_, names)}"
    yield "{"
    fields = [(member, *field_of(member, source.profile, TAKEN)) for member in type_.members]
    yield from indented(
        spaced(
            (head_of(member), [f"{prefix}public {names.of(member.type)} {name} = {_default(member, names)};"])
            for member, name, prefix in fields
        )
    )
    if fields and options.flag("AddPropertyAccessors"):
        yield "    "
        for member, name, _ in fields:
            yield from _accessors(names.of(member.type), name, type_, options)
    if type_.returns is not None:
        yield f"    private static Object responseType = {_type_value(type_.returns, names)};"
        yield "    public Object getResponseType() { return responseType; }"
    yield "}"


def _marker(type_: Type, names: TypeNames) -> str:
    if type_.operation is None:
        return ""
    return " implements IReturnVoid" if type_.returns is None else f" implements IReturn<{names.of(type_.returns)}>"


def _default(member: TypeMember, names: TypeNames) -> str:
    if member.begins_empty:
        return f"new {names.of(member.type)}()"
    return "null" if member.initial is None else str(member.initial)


def _accessors(type_name: str, name: str, type_: Type, options: Options) -> Iterator[str]:
    get = "is" if type_name == "Boolean" and not name.startswith("is") else "get"
    called = capitalised(name)
    called += "_" if called in TAKEN_ACCESSORS else ""
    gives, back = (type_.name, " return this;") if options.flag("SettersReturnThis") else ("void", "")
    yield f"    public {type_name} {get}{called}() {{ return {name}; }}"
    yield f"    public {gives} set{called}({type_name} value) {{ this.{name} = value;{back} }}"


def _type_value(type_: TypeRef, names: TypeNames) -> str:
    name = names.of(type_)
    return f"{name}.class" if type_.item is None else f"new TypeToken<{name}>(){{}}.getType()"


LANGUAGE = Language(
    path="java",
    title="Java",
    code=code,
    options=(
        "Package", "GlobalNamespace", "AddPropertyAccessors", "SettersReturnThis", "AddServiceStackTypes",
        "AddResponseStatus", "AddDescriptionAsComments", "AddImplicitVersion", "IncludeTypes", "ExcludeTypes",
        "TreatTypesAsStrings", "DefaultImports",
    ),
    defaults={"GlobalNamespace": "dtos"},
    defaults_of=lambda code: {"DefaultImports": imports_for(code)},
)  # fmt: skip
