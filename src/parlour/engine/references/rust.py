"""`/types/rust`: structures for `serde` and the Rust client library `servicestack`, in the layout of rustfmt."""

from collections.abc import Iterable, Iterator

from parlour.engine.dto.metadata import snake
from parlour.engine.references.language import Head, Language, Source
from parlour.engine.references.model import Attribute, Type, TypeMember
from parlour.engine.references.writing import TypeNames, comment_lines, holds, indented, with_inherited, words

NAMES = TypeNames(
    scalars={
        "string": "String",
        "guid": "String",
        "char": "char",
        "bool": "bool",
        "int": "i32",
        "long": "i64",
        "short": "i16",
        "byte": "u8",
        "double": "f64",
        "float": "f32",
        "decimal": "f64",
        "datetime": "String",
        "offset": "String",
        "span": "String",
        "bytes": "Vec<u8>",
        "any": "Value",
    },
    list="Vec<{item}>",
    map="HashMap<{key}, {item}>",
    nullable="Option<{}>",
)

IMPORTS = "serde::{Deserialize, Serialize},serde_json::Value,std::collections::HashMap"

CLIENT = "servicestack::*"

TAKEN = words(
    "abstract as async await become box break const continue do dyn else enum extern false final fn for if impl in "
    "let loop macro match mod move mut override priv pub ref return static struct trait true try type typeof unsafe "
    "unsized use virtual where while yield"
)

NEVER_NAMES = ("self", "Self", "super", "crate")
"""Reserved words that cannot be used as names, even with a mark."""

LINTS = """\
#![allow(
    dead_code,
    non_camel_case_types,
    non_snake_case,
    clippy::upper_case_acronyms
)]
"""


def code(source: Source) -> str:
    return "\n".join(_lines(source)) + "\n"


def _lines(source: Source) -> Iterator[str]:
    if not source.is_page:
        yield LINTS
    module = source.options.text("GlobalNamespace")
    yield from (f"pub mod {module} {{", *indented(_items(source)), "}") if module else _items(source)


def _items(source: Source) -> Iterator[str]:
    for name in sorted([*source.options.names("DefaultImports"), CLIENT]):
        yield f"use {name};"
    for type_ in source.model.dependencies_first():
        yield ""
        yield from _comments(type_.description, (*type_.routes, *type_.attributes))
        yield from _enum(type_) if type_.is_enum else _struct(type_, source)


def _comments(description: str, attributes: Iterable[Attribute]) -> Iterator[str]:
    yield from (f"/// {line}".rstrip() for line in comment_lines(description))
    yield from (f"// {attribute.text()}" for attribute in attributes)


def _enum(type_: Type) -> Iterator[str]:
    yield "#[derive(Serialize, Deserialize, Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]"
    if type_.is_flags:
        yield "#[repr(i32)]"
    yield f"pub enum {type_.name} {{"
    for place, (name, value) in enumerate(type_.values):
        if place == 0:
            yield "    #[default]"
        if type_.is_flags:
            yield f"    {_escaped(name)} = {value},"
        else:
            yield f'    #[serde(rename = "{name}")]'
            yield f"    {_escaped(name)},"
    yield "}"


def _struct(type_: Type, source: Source) -> Iterator[str]:
    yield "#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Default)]"
    yield "#[serde(default)]"
    members = with_inherited(type_, source.model)
    yield f"pub struct {type_.name} {{" + ("" if members else "}")
    for member in members:
        may_be_absent = member.may_be_absent and not member.begins_empty
        is_optional = may_be_absent or source.options.flag("MakePropertiesOptional")
        yield from (f"    {line}" for line in _member(member, type_, is_optional=is_optional))
    if members:
        yield "}"
    if type_.operation is not None:
        yield from _request(type_)


def _member(member: TypeMember, owner: Type, *, is_optional: bool) -> Iterator[str]:
    name, type_name = snake(member.name), NAMES.of(member.type)
    if holds(member.type, owner.cls):
        type_name = f"Box<{type_name}>"
    yield from _comments(member.description, member.attributes)
    if member.wire_name != name:
        yield f'#[serde(rename = "{member.wire_name}")]'
    if is_optional:
        yield '#[serde(default, skip_serializing_if = "Option::is_none")]'
        type_name = f"Option<{type_name}>"
    yield f"pub {_escaped(name)}: {type_name},"


def _escaped(name: str) -> str:
    if name in NEVER_NAMES:
        return f"{name}_"
    return f"r#{name}" if name in TAKEN else name


def _request(type_: Type) -> Iterator[str]:
    yield ""
    yield f"impl IRequest for {type_.name} {{"
    yield f'    const NAME: &\'static str = "{type_.name}";'
    yield f'    const VERB: &\'static str = "{type_.verb}";'
    yield "}"
    if type_.returns is None:
        yield f"impl IReturnVoid for {type_.name} {{}}"
    elif type_.returns.python is not type_.cls:
        yield f"impl IReturn for {type_.name} {{"
        yield f"    type Response = {NAMES.of(type_.returns)};"
        yield "}"


LANGUAGE = Language(
    path="rust",
    title="Rust",
    code=code,
    head=Head(strips=True),
    options=(
        "GlobalNamespace", "MakePropertiesOptional", "AddServiceStackTypes", "AddResponseStatus",
        "AddImplicitVersion", "AddDescriptionAsComments", "IncludeTypes", "ExcludeTypes", "DefaultImports",
    ),
    defaults={"DefaultImports": IMPORTS},
)  # fmt: skip
