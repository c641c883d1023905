"""`/types/typescript`: classes for the npm package `@servicestack/client`; `/types/typescript.d`: interfaces."""

from collections.abc import Callable, Iterable, Iterator

from parlour.engine.dto.metadata import TypeRef
from parlour.engine.references.language import Language, Source
from parlour.engine.references.model import Type, TypeMember
from parlour.engine.references.options import Options
from parlour.engine.references.writing import TypeNames, comment_lines, indented, spaced

NAMES = TypeNames(
    scalars={
        "string": "string", "guid": "string", "char": "string", "bool": "boolean", "int": "number", "long": "number",
        "short": "number", "byte": "number", "double": "number", "float": "number", "decimal": "number",
        "datetime": "string", "offset": "string", "span": "string", "bytes": "string", "any": "any",
    },
    list="{item}[]",
    map="{{ [index:{key}]: {item}; }}",
)  # fmt: skip

EMPTY_ANSWERS = {"string": "''", "number": "0", "boolean": "false"}

OPTIONS = (
    "GlobalNamespace", "MakePropertiesOptional", "AddServiceStackTypes", "AddResponseStatus", "AddImplicitVersion",
    "AddDescriptionAsComments", "IncludeTypes", "ExcludeTypes", "DefaultImports",
)  # fmt: skip


def code(source: Source) -> str:
    markers = (
        ("IReturn<T>", "createResponse(): T;"),
        ("IReturnVoid", "createResponse(): void;"),
    )
    return _text(source, "export namespace", [_marker(f"export interface {n}", [m]) for n, m in markers], _class)


def declarations(source: Source) -> str:
    markers = [_marker("interface IReturn<T>", ()), _marker("interface IReturnVoid", ())]
    return _text(source, "declare module", markers, _interface)


def new_answer(type_: TypeRef | None) -> str:
    """The value that `createResponse` returns and clients fill. Empty for an operation without a response."""
    if type_ is None:
        return ""
    if type_.kind == "dto":
        return f"new {NAMES.of(type_)}()"
    if type_.kind == "list":
        return "[]"
    return EMPTY_ANSWERS.get(NAMES.of(type_), "{}")


def imports(options: Options) -> Iterator[str]:
    """Imports that the caller asks for: `module` as a whole, `module:Name/Other` by names."""
    for wanted in options.names("DefaultImports"):
        module, _, names = wanted.partition(":")
        yield f'import {{ {", ".join(names.split("/"))} }} from "{module}";' if names else f'import "{module}";'


def _text(
    source: Source,
    block: str,
    markers: list[list[str]],
    written: Callable[[Type, Options], Iterable[str]],
) -> str:
    options = source.options
    has_framework = options.flag("AddServiceStackTypes")
    body = [line for marker in _used(source, markers) for line in marker] if has_framework else []
    for type_ in source.model.dependencies_first(with_framework=has_framework):
        text = f"/** @description {' '.join(comment_lines(type_.description))} */"
        body += [text] if type_.description else []
        body += [f"// {attribute.comment}" for attribute in type_.all_attributes]
        body += [*written(type_, options), ""]
    everywhere = options.text("GlobalNamespace")
    if everywhere:
        body = [f"{block} {everywhere}", "{", *indented(body[:-1]), "}", ""]
    return "\n".join(["// @ts-nocheck", "", *imports(options), *body, ""])


def _marker(declaration: str, members: Iterable[str]) -> list[str]:
    return [declaration, "{", *indented(members), "}", ""]


def _used(source: Source, markers: list[list[str]]) -> Iterator[list[str]]:
    """The markers for requests with and without a response that the code uses."""
    answers = {type_.returns is not None for type_ in source.model.requests if type_.operation is not None}
    return (marker for marker, has_answer in zip(markers, (True, False), strict=True) if has_answer in answers)


def _class(type_: Type, options: Options) -> Iterator[str]:
    if type_.is_enum:
        yield f"export enum {type_.name}"
        yield "{"
        yield from (f"    {name} = {value if type_.is_flags else repr(name)}," for name, value in type_.values)
        yield "}"
        return
    base = "" if type_.base is None else f" extends {type_.base.__name__}"
    marker = "" if type_.operation is None else f" implements {_returned(type_)}"
    yield f"export class {type_.name}{base}{marker}"
    yield "{"
    yield from indented(_members(type_, options, "public "))
    if type_.members:
        yield ""
    first = "super(init); " if base else ""
    yield (f"    public constructor(init?: Partial<{type_.name}>) {{ {first}(Object as any).assign(this, init); }}")
    if type_.operation is not None:
        yield f"    public getTypeName() {{ return '{type_.name}'; }}"
        yield f"    public getMethod() {{ return '{type_.verb}'; }}"
        answer = new_answer(type_.returns)
        if answer == "[]" and type_.returns is not None and type_.returns.item is not None:
            answer = f"new Array<{NAMES.of(type_.returns.item)}>()"
        yield f"    public createResponse() {{{f' return {answer}; ' if answer else ''}}}"
    yield "}"


def _interface(type_: Type, options: Options) -> Iterator[str]:
    if type_.is_enum:
        names = " | ".join(f'"{name}"' for name, _ in type_.values)
        yield f"type {type_.name} = {names};"
        return
    bases = [] if type_.base is None else [type_.base.__name__]
    if type_.operation is not None:
        bases.append(_returned(type_))
    extends = f" extends {', '.join(bases)}" if bases else ""
    yield f"interface {type_.name}{extends}"
    yield "{"
    yield from indented(_members(type_, options, ""))
    yield "}"


def _returned(type_: Type) -> str:
    return "IReturnVoid" if type_.returns is None else f"IReturn<{NAMES.of(type_.returns)}>"


def _members(type_: Type, options: Options, access: str) -> Iterator[str]:
    return spaced((_head(member), [access + _member(member, options)]) for member in type_.members)


def _head(member: TypeMember) -> list[str]:
    said = " ".join(comment_lines(member.description))
    comments = [f"// {attribute.comment}" for attribute in member.all_attributes]
    return [f"/** @description {said} */", *comments] if said else comments


def _member(member: TypeMember, options: Options) -> str:
    is_optional = options.flag("MakePropertiesOptional") or (member.may_be_absent and not member.begins_empty)
    initial = "" if member.initial is None else f" = {member.initial}"
    if member.begins_empty:
        initial = " = []" if member.type.kind == "list" else " = {}"
    return f"{field_name(member)}{'?' if is_optional else ''}: {NAMES.of(member.type)}{initial};"


def field_name(member: TypeMember) -> str:
    """The name of a field in a class, where a field called `constructor` must be a computed name."""
    return '["constructor"]' if member.wire_name == "constructor" else member.wire_name


LANGUAGE = Language(path="typescript", title="TypeScript", code=code, options=OPTIONS)

DECLARATIONS = Language(
    path="typescript.d",
    title="TypeScript.d",
    code=declarations,
    options=OPTIONS,
    defaults={"MakePropertiesOptional": "True"},
    is_listed=False,
)
