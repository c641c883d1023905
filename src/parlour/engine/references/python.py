"""`/types/python`: dataclasses for the PyPI package `servicestack`."""

import keyword
import re
from collections.abc import Collection, Iterator, Mapping

from parlour.engine.dto.metadata import Kind, TypeRef, snake
from parlour.engine.references.language import Head, Language, Source
from parlour.engine.references.model import Model, Type, TypeMember
from parlour.engine.references.options import Options
from parlour.engine.references.writing import TypeNames, indented

NAMES = TypeNames(
    scalars={
        "string": "str",
        "guid": "str",
        "char": "str",
        "bool": "bool",
        "int": "int",
        "long": "int",
        "short": "int",
        "byte": "int",
        "double": "float",
        "float": "float",
        "decimal": "Decimal",
        "datetime": "datetime.datetime",
        "offset": "datetime.datetime",
        "span": "datetime.timedelta",
        "bytes": "bytes",
        "any": "Object",
    },
    list="List[{item}]",
    map="Dict[{key}, {item}]",
    nullable="Optional[{}]",
)

ZEROS: Mapping[Kind, str] = {
    "bool": "False",
    "int": "0",
    "long": "0",
    "short": "0",
    "byte": "0",
    "double": "0.0",
    "float": "0.0",
    "decimal": "decimal.Decimal(0)",
    "datetime": "datetime.datetime(1, 1, 1)",
    "offset": "datetime.datetime(1, 1, 1)",
    "span": "datetime.timedelta()",
}
"""The first values of members that may not be null."""

TAKEN = {*keyword.kwlist, "bool", "bytes", "datetime", "float", "int", "str"}
"""Names that a member of a class cannot have, because the members after it need them."""

IMPORTS = (
    "datetime,decimal,marshmallow.fields:*,servicestack:*,typing:*,dataclasses:dataclass/field,"
    "dataclasses_json:dataclass_json/LetterCase/Undefined/config,enum:Enum/IntEnum"
)
"""Imports that the caller asks for: `module` as a whole, `module:name/name` by names."""

DATA_CLASS = "@dataclass"
DATA_CLASS_JSON = "@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)"


def code(source: Source) -> str:
    return "\n".join(_lines(source.model, source.options)) + "\n"


def _lines(model: Model, options: Options) -> Iterator[str]:
    for wanted in options.names("DefaultImports"):
        module, _, names = wanted.partition(":")
        yield f"from {module} import {', '.join(names.split('/'))}" if names else f"import {module}"
    yield "Object = TypeVar('Object')"
    types = model.dependencies_first()
    # A class that is defined later is named in quotes, for example where types contain each other.
    later = {type_.name for type_ in types}
    for type_ in types:
        yield from ("", "")
        yield from (f"# {attribute.comment}" for attribute in (*type_.routes, *type_.attributes))
        yield from _enum(type_) if type_.is_enum else _class(type_, options, later)
        later.remove(type_.name)
    yield ""


def _enum(type_: Type) -> Iterator[str]:
    yield f"class {type_.name}({'IntEnum' if type_.is_flags else 'str, Enum'}):"
    for name, value in type_.values:
        yield f"    {snake(name).upper()} = {value if type_.is_flags else repr(name)}"


def _class(type_: Type, options: Options, later: Collection[str]) -> Iterator[str]:
    bases = [type_.base.__name__] if type_.base else []
    if type_.operation is not None:
        bases.append("IReturnVoid" if type_.returns is None else f"IReturn[{_named(type_.returns, later)}]")
    yield options.text("DataClassJson") or DATA_CLASS_JSON
    yield options.text("DataClass") or DATA_CLASS
    yield f"class {type_.name}({', '.join(bases)}):" if bases else f"class {type_.name}:"
    if type_.description:
        yield from (*_docstring(type_.description), "")
    space: tuple[str, ...] = ()
    for member in type_.members:
        yield from space
        yield from (f"    # {attribute.comment}" for attribute in member.attributes)
        yield f"    {_member(member, later)}"
        space = ("",) if member.attributes else ()
        if member.description:
            yield from _docstring(member.description)
            space = ("", "")
    if not type_.members:
        yield "    pass"


def _named(type_: TypeRef, later: Collection[str]) -> str:
    return re.sub(r"\w+", lambda word: f'"{word[0]}"' if word[0] in later else word[0], NAMES.of(type_))


def _docstring(text: str) -> Iterator[str]:
    plain = text.replace("\\", r"\\").replace('"""', "'''")
    return indented(['"""', *plain.splitlines(), '"""'])


def _member(member: TypeMember, later: Collection[str]) -> str:
    name, type_, kind = snake(member.name), _named(member.type, later), member.type.kind
    if member.begins_empty:
        default = f"default_factory={'dict' if kind == 'map' else 'list'}"
        plain = f"field({default})"
    elif kind in ZEROS and not member.type.nullable:
        plain = ZEROS[kind] if member.initial is None else str(member.initial)
        default = f"default={plain}"
    else:
        type_, plain, default = f"Optional[{type_}]", "None", "default=None"
    if name in TAKEN:
        return f"{name}_: {type_} = field(metadata=config(field_name='{name}'), {default})"
    return f"{name}: {type_} = {plain}"


LANGUAGE = Language(
    path="python",
    title="Python",
    code=code,
    head=Head(opening=('""" Options:',), closing=('"""', ""), unset="#"),
    options=(
        "GlobalNamespace", "AddServiceStackTypes", "AddResponseStatus", "AddImplicitVersion",
        "AddDescriptionAsComments", "IncludeTypes", "ExcludeTypes", "DefaultImports", "DataClass", "DataClassJson",
    ),
    defaults={"DefaultImports": IMPORTS},
)  # fmt: skip
