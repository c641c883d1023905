"""`/types/go`: structures for the client library `servicestack-go`, in the layout of gofmt."""

from collections.abc import Iterator, Sequence

from parlour.engine.references.language import Head, Language, Source
from parlour.engine.references.model import Type, TypeMember
from parlour.engine.references.writing import TypeNames, capitalised, comment_lines

NAMES = TypeNames(
    scalars={
        "string": "string",
        "guid": "string",
        "char": "string",
        "bool": "bool",
        "int": "int",
        "long": "int64",
        "short": "int16",
        "byte": "byte",
        "double": "float64",
        "float": "float32",
        "decimal": "float64",
        "datetime": "time.Time",
        "offset": "time.Time",
        "span": "time.Duration",
        "bytes": "[]byte",
        "any": "interface{}",
    },
    list="[]{item}",
    map="map[{key}]{item}",
    nullable="*{}",
    framework="ss.{}",
)

IMPORTS = {"ss.": 'ss "github.com/ServiceStack/servicestack-go"', "time.": '"time"'}
"""The import for code that contains the prefix. The compiler refuses unused imports."""

POINTED = ("string", "dto")
"""The types, besides value types, that need a pointer to be absent. Lists and maps may be nil."""


def code(source: Source) -> str:
    package = source.options.text("GlobalNamespace") or "dtos"
    types = [line for type_ in source.model.dependencies_first() for line in _type(type_, source)]
    declared = [line for line in types if not line.lstrip().startswith("/")]
    wanted = [name for prefix, name in IMPORTS.items() if any(prefix in line for line in declared)]
    wanted += [f'"{name}"' for name in source.options.names("DefaultImports")]
    imports = ["import (", *(f"\t{name}" for name in wanted), ")"] if wanted else []
    return "\n".join([f"package {package}", "", *imports, *types, ""])


def _type(type_: Type, source: Source) -> Iterator[str]:
    yield ""
    yield from (f"/** @description {line} */" for line in comment_lines(type_.description))
    yield from (f"// {attribute.comment}" for attribute in type_.all_attributes)
    yield from _enum(type_) if type_.is_enum else _struct(type_, source)


def _enum(type_: Type) -> Iterator[str]:
    yield f"type {type_.name} {'int' if type_.is_flags else 'string'}"
    yield from ("", "const (")
    rows = [
        (
            type_.name + name,
            type_.name if type_.is_flags or place == 0 else "",
            f"= {value}" if type_.is_flags else f'= "{name}"',
        )
        for place, (name, value) in enumerate(type_.values)
    ]
    yield from _aligned(rows)
    yield ")"


def _struct(type_: Type, source: Source) -> Iterator[str]:
    yield f"type {type_.name} struct {{"
    if type_.base is not None:
        yield f"\t{type_.base.__name__}"
    rows: list[tuple[str, ...]] = []
    for member in type_.members:
        comments = [f"/** @description {line} */" for line in comment_lines(member.description)]
        comments += [f"// {attribute.comment}" for attribute in member.all_attributes]
        # Only neighbouring lines are aligned.
        if comments:
            yield from _aligned(rows)
            yield from (f"\t{line}" for line in comments)
            rows = []
        rows.append(_member(member, is_optional=source.options.flag("MakePropertiesOptional")))
    yield from _aligned(rows)
    yield "}"
    if type_.operation is not None:
        yield ""
        yield from _functions(type_)


def _member(member: TypeMember, *, is_optional: bool) -> tuple[str, ...]:
    kind = member.type.kind
    is_pointer = (member.may_be_absent or is_optional) and (member.type.is_value_type or kind in POINTED)
    name = "".join(capitalised(part) for part in member.wire_name.split("_"))
    tag = f'`json:"{member.wire_name}{"" if member.is_required else ",omitempty"}"`'
    return name, f"{'*' if is_pointer else ''}{NAMES.of(member.type)}", tag


def _functions(type_: Type) -> list[str]:
    functions = [("HttpMethod() string", f'{{ return "{type_.verb}" }}')]
    if type_.returns is None:
        functions.insert(0, ("CreateResponseVoid()", "{}"))
    elif type_.returns.python is not type_.cls:
        functions.insert(0, (f"CreateResponse() (r {NAMES.of(type_.returns)})", "{ return }"))
    return _columns([(f"func ({type_.name}) {signature}", body) for signature, body in functions])


def _aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    return [f"\t{line}" for line in _columns(rows)]


def _columns(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [" ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


LANGUAGE = Language(
    path="go",
    title="Go",
    code=code,
    head=Head(strips=True),
    options=(
        "GlobalNamespace", "MakePropertiesOptional", "AddServiceStackTypes", "AddResponseStatus",
        "AddImplicitVersion", "AddDescriptionAsComments", "IncludeTypes", "ExcludeTypes", "DefaultImports",
    ),
)  # fmt: skip
